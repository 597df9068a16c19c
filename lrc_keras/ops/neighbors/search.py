"""Search of pairs of points closer than the cutoff R, by k-d trees in NumPy.

A cell is a matrix H (d, d) whose rows are the lattice vectors. A pair (i, j, n) consists of point i and the image of
point j at x_j + n H. It is the same pair as (j, i, −n) and is returned once.
"""

import numpy as np
from scipy.spatial import cKDTree

# Relative margin of the searches against rounding. Afterwards pairs are selected by their exact distance.
SLACK = 1e-6


def heights(cells):
    """Distances of opposite faces: h_k = 1/‖column k of H⁻¹‖, (…, d, d) → (…, d)."""
    return 1 / np.linalg.norm(np.linalg.inv(cells), axis=-2)


def find_pairs(positions, cells, real, cutoff, images):
    """The pairs of all snapshots. Point p of snapshot s has the index s N + p.

    Args:
        positions: (S, N, d) float64, anywhere in ℝ^d.
        cells: H (S, d, d) float64.
        real: (S, N) bool, false for padding.
        cutoff: R.
        images: whether to find all images (`image_pairs`) or only the nearest (`nearest_pairs`).

    Returns: indices i ≤ j, both (P,) int, and n as floats, (P, d) with `images`, else (P, 0).
    """
    ends, shifts = [np.empty((0, 2), np.int64)], [np.empty((0, positions.shape[-1] if images else 0))]
    for number, (points, cell, kept) in enumerate(zip(positions, cells, real, strict=True)):
        rows = np.flatnonzero(kept)
        if images:
            pairs, vectors = image_pairs(points[rows], cell, cutoff)
        else:
            pairs = nearest_pairs(points[rows], cell, cutoff)
            vectors = np.empty((len(pairs), 0))
        ends.append(number * positions.shape[1] + rows[pairs])
        shifts.append(vectors)
    i, j = np.concatenate(ends).T.copy()
    return i, j, np.concatenate(shifts)


def nearest_pairs(points, cell, cutoff):
    """Pairs i < j with ‖x_i − x_j‖ < R for the nearest image, in a cell with all heights ≥ 2R.

    Args:
        points: (N, d) float64, anywhere in ℝ^d.
        cell: H (d, d) float64.
        cutoff: R.

    Returns: (P, 2) int, each pair once.
    """
    sides = np.diag(cell)
    if np.count_nonzero(cell) == np.count_nonzero(sides):  # the k-d tree handles periodic boxes itself
        return _pairs_in_box(points, np.abs(sides), cutoff)
    pairs, _ = image_pairs(points, cell, cutoff)
    # at a height of exactly 2R, rounding can accept two images of one point at distance R
    keys = np.unique(pairs[:, 0] * len(points) + pairs[:, 1])
    return np.stack(np.divmod(keys, max(len(points), 1)), axis=-1)


def image_pairs(points, cell, cutoff):
    """Pairs i ≤ j and cell vectors n with ‖x_i − (x_j + n H)‖ < R, in any cell.

    Arguments are those of `nearest_pairs`.

    Returns: pairs (P, 2) int and n (P, d) float, each pair once. For i = j the first nonzero number of n is positive.
    """
    inverse = np.linalg.inv(cell)
    home = -np.floor(points @ inverse)  # lattice vectors that move the points into the cell
    inside = points + home @ cell
    reach = (1 + SLACK) * cutoff + 1e-15 * np.max(np.abs(points), initial=0.0)
    index, image = _images_ahead(inside @ inverse, reach / heights(cell) + SLACK)

    tree = _tree(inside)
    within = tree.query_pairs(reach, output_type="ndarray")
    across = tree.sparse_distance_matrix(_tree(inside[index] + image @ cell), reach, output_type="ndarray")
    i = np.concatenate([within[:, 0], across["i"]])
    j = np.concatenate([within[:, 1], index[across["j"]]])
    shifts = np.concatenate([np.zeros((len(within), len(cell))), image[across["j"]]]) + home[j] - home[i]

    near = np.sum((points[i] - points[j] - shifts @ cell) ** 2, axis=-1) < cutoff**2
    i, j, shifts = i[near], j[near], shifts[near]
    pairs = np.stack([np.minimum(i, j), np.maximum(i, j)], axis=-1)
    return pairs, np.where((i > j)[:, np.newaxis], -shifts, shifts)


def _pairs_in_box(points, sides, cutoff):
    # np.mod rounds a tiny negative coordinate to L, which the tree refuses
    wrapped = np.mod(points, sides)
    wrapped[wrapped >= sides] = 0.0
    pairs = cKDTree(wrapped, boxsize=sides).query_pairs(cutoff, output_type="ndarray")
    separation = wrapped[pairs[:, 0]] - wrapped[pairs[:, 1]]
    separation -= sides * np.round(separation / sides)
    return pairs[np.sum(separation**2, axis=1) < cutoff**2]  # the tree includes pairs at distance R


def _images_ahead(fractions, margins):
    """Images of the points in other cells m that lie within the margins of the cell, for one of each m and −m.

    Args:
        fractions: (N, d), fractional coordinates in [0, 1].
        margins: (d,), in fractional coordinates.

    Returns: index of the point (G,) int and m (G, d) float, whose first nonzero number is positive.
    """
    index, image = np.arange(len(fractions)), np.zeros_like(fractions)
    leading = np.zeros(len(fractions))  # first nonzero number of m
    for axis, margin in enumerate(margins):
        steps = np.arange(-np.floor(1 + margin), np.floor(1 + margin) + 1)
        moved = fractions[index, axis, np.newaxis] + steps
        ahead = (leading[:, np.newaxis] > 0) | (steps >= 0)
        copy, step = np.nonzero(ahead & (moved >= -margin) & (moved <= 1 + margin))
        index, image, leading = index[copy], image[copy], leading[copy]
        image[:, axis] = steps[step]
        leading = np.where(leading == 0, steps[step], leading)
    return index[leading > 0], image[leading > 0]


def _tree(points):
    # such a tree is faster to build and as fast to search
    return cKDTree(points, balanced_tree=False, compact_nodes=False)
