"""Periodic neighbour lists, padded with −1: the interaction list I_i of Section 4.1, once per snapshot in NumPy."""

import numpy as np
from scipy.spatial import cKDTree

from lrc_keras.ops.arguments import check_count, is_real, real_array
from lrc_keras.ops.torus import check_box_length


def neighbor_list(positions, box_length, cutoff, max_neighbors=None):
    """Indices j ≠ i with ‖x_i − x_j‖ < cutoff on the torus, for every point of every snapshot.

    Args:
        positions: (B, N, d) float array, finite, anywhere in ℝ^d.
        box_length: side of the box, or d sides; none shorter than twice the cutoff.
        cutoff: radius R > 0.
        max_neighbors: padded width K; default the largest number of neighbours in these snapshots (at least 1).

    Returns: (B, N, K) int32, ascending indices, then −1.
    Raises: ValueError when an argument does not fit, or a point has more than `max_neighbors` neighbours.

    Example: three points around the wall of the box see each other, the fourth sees none.
        >>> from lrc_keras.ops import neighbor_list
        >>> positions = np.array([[[0.2], [0.5], [4.9], [2.5]]])
        >>> neighbor_list(positions, box_length=5.0, cutoff=1.0)[0].tolist()
        [[1, 2], [0, 2], [0, 1], [-1, -1]]
    """
    positions = real_array("positions", positions).astype(np.float64)
    if positions.ndim != 3:
        raise ValueError(f"positions must have shape (batch, points, dimension); received {positions.shape}")
    if not np.all(np.isfinite(positions)):
        raise ValueError(f"positions must be finite; received {np.sum(~np.isfinite(positions))} NaN or infinite values")
    sides = np.array(check_cutoff(box_length, cutoff, positions.shape[-1]))
    width = None if max_neighbors is None else check_count("max_neighbors", max_neighbors)
    # a tiny negative coordinate wraps to L itself in floating point, which the tree refuses
    wrapped = np.mod(positions, sides)
    wrapped[wrapped >= sides] = 0.0

    pairs = [_directed_pairs(snapshot, sides, cutoff) for snapshot in wrapped]
    counts = [np.bincount(i, minlength=positions.shape[1]) for i, _ in pairs]
    needed = max((int(count.max(initial=0)) for count in counts), default=0)
    width = max(needed, 1) if width is None else width
    if needed > width:
        raise ValueError(
            f"max_neighbors must be at least {needed}, the largest number of neighbours within "
            f"cutoff={cutoff}; received {max_neighbors}"
        )
    neighbors = np.full((*positions.shape[:2], width), -1, dtype=np.int32)
    for row, (i, j), count in zip(neighbors, pairs, counts, strict=True):
        slot = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
        row[i, slot] = j
    return neighbors


def _directed_pairs(points, sides, cutoff):
    """All (i, j), i ≠ j, closer than the cutoff, sorted by i and then j: two int arrays."""
    half = cKDTree(points, boxsize=sides).query_pairs(cutoff, output_type="ndarray")
    separation = points[half[:, 0]] - points[half[:, 1]]
    separation -= sides * np.round(separation / sides)
    half = half[np.sum(separation**2, axis=1) < cutoff**2]  # the tree includes the radius itself
    i, j = np.concatenate([half, half[:, ::-1]]).T
    order = np.lexsort((j, i))
    return i[order], j[order]


def check_cutoff(box_length, cutoff, dim=None):
    """Box sides as a tuple, after checking that the minimum image is enough: every side ≥ 2 · cutoff.

    Raises: ValueError naming the argument.
    """
    sides = check_box_length(box_length, dim)
    if not is_real(cutoff) or cutoff <= 0:
        raise ValueError(f"cutoff must be a positive number; received {cutoff!r}")
    if min(sides) < 2 * cutoff:
        raise ValueError(
            f"box_length must be at least twice the cutoff in every dimension (2 · {cutoff} = {2 * cutoff}): a point "
            f"would see two images of its neighbour; received {box_length!r}"
        )
    return sides
