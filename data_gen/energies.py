"""Energy and forces of snapshots by the direct sum over pairs, Eq. (2)."""

import numpy as np

from .arguments import check_sides
from .kernels import check_kernel

ELEMENTS_PER_CHUNK = 2**16  # numbers in one temporary array: small enough to stay in the cache


def energy_and_forces(positions, box_length, kernel):
    """Energy U = Σ_{i<j} ψ(x_i − x_j) and forces F_j = −∂U/∂x_j of every snapshot.

    F_j is the physical force: a repulsive kernel pushes particles apart. Eq. (5) as printed has the same
    sign. Snapshots are taken in chunks, and particles one row of pairs at a time: temporaries stay below a
    few megabytes whatever S is. The result of a snapshot does not depend on which others are passed with it.

    Args:
        positions: (S, N, d), in the unit of the box; points outside [0, L) are taken to be periodic images.
        box_length: one positive number, or d of them.
        kernel: an object with `value` and `gradient`, see `data_gen.kernels`.

    Returns: energies (S,) and forces (S, N, d), float64.

    Raises: ValueError for a wrong shape, a NaN or an infinity, or a box that does not fit.
    """
    positions = np.asarray(positions)
    if positions.ndim != 3 or 0 in positions.shape or positions.dtype.kind not in "fiu":
        raise ValueError(
            "positions must be real numbers of shape (snapshots, points, dimension); "
            f"received shape {positions.shape} of {positions.dtype}"
        )
    positions = positions.astype(np.float64)
    if not np.all(np.isfinite(positions)):
        snapshot, point, _ = np.argwhere(~np.isfinite(positions))[0]
        raise ValueError(
            f"positions must be finite; received {positions[snapshot, point]} for snapshot {snapshot}, point {point}"
        )
    num_snapshots, num_points, dimension = positions.shape
    sides = check_sides(box_length, dimension)
    check_kernel(kernel)

    energies = np.zeros(num_snapshots)
    forces = np.zeros_like(positions)
    step = max(1, ELEMENTS_PER_CHUNK // (num_points * dimension))
    for start in range(0, num_snapshots, step):
        chunk = slice(start, start + step)
        _sum_pairs(positions[chunk], sides, kernel, energies[chunk], forces[chunk])
    return energies, forces


def _sum_pairs(positions, sides, kernel, energies, forces):
    """Adds every pair i < j to `energies` (S,) and `forces` (S, N, d), in place."""
    for i in range(positions.shape[1] - 1):
        displacement = positions[:, i, None] - positions[:, i + 1 :]  # x_i − x_j: (S, N−i−1, d)
        energies += kernel.value(displacement, sides).sum(axis=1)
        gradient = kernel.gradient(displacement, sides)
        forces[:, i] -= gradient.sum(axis=1)  # ∂(x_i − x_j)/∂x_i = 1
        forces[:, i + 1 :] += gradient  # and −1 for x_j: Newton's third law
