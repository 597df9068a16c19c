"""Snapshots: arrays checked against each other, read from files and from ASE, shuffled into batches."""
