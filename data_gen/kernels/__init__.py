"""The interaction kernels of Section 3.1, their sums over the pairs of snapshots and their descriptions as JSON."""
