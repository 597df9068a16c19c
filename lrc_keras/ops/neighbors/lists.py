"""Periodic neighbour lists in NumPy, padded with −1: the interaction lists I_i of Section 4.1."""

import numpy as np

from lrc_keras.arguments import check_count, check_flag, check_positive, cloud_array, real_array
from lrc_keras.ops.cells import check_cell, lattice_vectors
from lrc_keras.ops.neighbors.search import find_pairs, heights
from lrc_keras.ops.neighbors.sharing import share_pairs, sort_pairs
from lrc_keras.ops.torus import check_box_length

POINTS_AT_A_TIME = 2**16  # points processed together, which bounds the memory


def neighbor_list(positions, box_length, cutoff, max_neighbors=None, *, half=False, images=False, species=None):
    """Indices j ≠ i with ‖x_i − x_j‖ < cutoff in a periodic cell, for every point of every snapshot.

    Args:
        positions: (S, N, d) float array, finite, anywhere in ℝ^d, d = 1, 2 or 3.
        box_length: the cell: one side, d sides, a matrix H (d, d) whose rows are the lattice vectors, or one matrix per
            snapshot (S, d, d). Without `images`, all heights (distances of opposite faces) must be at least 2R.
        cutoff: radius R > 0, in the units of positions.
        max_neighbors: padded width K; default the length of the longest list, at least 1.
        half: whether each pair is listed by only one of its points. The choice of the points minimises the length of
            the longest list.
        images: whether all images within R are listed, not only the nearest one. The cell may then have any size, and
            a point can be its own neighbour.
        species: (S, N) int, −1 for padded points, which are in no pair.

    Returns: (S, N, K) int32, ascending indices, then −1. With `images`, a tuple of this array and the cell vectors n
    (S, N, K, d) int32, zero for padding. The displacement of a pair is x_i − (x_j + n H).
    Raises: ValueError when an argument does not fit, or a list is longer than `max_neighbors`.

    Example: three points near the boundary of the box are neighbours, the fourth has no neighbour.
        >>> from lrc_keras.ops import neighbor_list
        >>> positions = np.array([[[0.2], [0.5], [4.9], [2.5]]])
        >>> neighbor_list(positions, box_length=5.0, cutoff=1.0)[0].tolist()
        [[1, 2], [0, 2], [0, 1], [-1, -1]]
        >>> neighbor_list(positions, box_length=5.0, cutoff=1.0, half=True)[0].tolist()
        [[2], [0], [1], [-1]]

    In a cell of one atom, its neighbours are its own images.
        >>> neighbors, images = neighbor_list(np.array([[[0.2]]]), box_length=1.0, cutoff=1.5, images=True)
        >>> neighbors.tolist(), images.tolist()
        ([[[0, 0]]], [[[[-1], [1]]]])
    """
    half, images = check_flag("half", half), check_flag("images", images)
    positions = cloud_array(positions)
    count, num_points, dim = positions.shape
    cutoff = check_positive("cutoff", cutoff)
    cells = _check_cells(box_length, cutoff, count, dim, images)
    if images and np.max(np.abs(positions @ np.linalg.inv(cells)), initial=0) >= 2**30:
        raise ValueError("positions must be less than 2**30 cells from the origin; received larger values")
    real = _check_species(species, positions.shape[:2])
    width = None if max_neighbors is None else check_count("max_neighbors", max_neighbors)

    needed, parts, step = 1, [], max(1, POINTS_AT_A_TIME // max(num_points, 1))
    for start in range(0, max(count, 1), step):
        part = slice(start, start + step)
        i, j, shifts = find_pairs(positions[part], cells[part], real[part], cutoff, images)
        if half:
            i, j, shifts = share_pairs(i, j, shifts, num_points, enough=needed)
        else:
            i, j, shifts = np.concatenate([i, j]), np.concatenate([j, i]), np.concatenate([shifts, -shifts])
        i, j, shifts = sort_pairs(i, j, shifts, num_points)
        lengths = np.bincount(i, minlength=real[part].size)
        needed = max(needed, int(np.max(lengths, initial=0)))
        parts.append((lengths, (j % num_points).astype(np.int32), shifts.astype(np.int32)))
    if width is not None and needed > width:
        raise ValueError(
            f"max_neighbors must be at least {needed}, the length of the longest list for cutoff={cutoff}; "
            f"received {max_neighbors}"
        )

    lengths, indices, shifts = (np.concatenate(values) for values in zip(*parts, strict=True))
    listed = np.arange(width or needed) < lengths.reshape(count, num_points, 1)  # (S, N, K)
    neighbors = np.full(listed.shape, -1, np.int32)
    neighbors[listed] = indices
    if not images:
        return neighbors
    vectors = np.zeros((*listed.shape, dim), np.int32)
    vectors[listed] = shifts
    return neighbors, vectors


def check_cutoff(box_length, cutoff, dim=None, name="box_length"):
    """Checks that every height (distance of opposite faces) of a cell is ≥ 2R, so that nearest images suffice.

    Args:
        box_length: one side, d sides, or a matrix (d, d) whose rows are the lattice vectors.
        cutoff: radius R > 0.
        dim: dimension d; default the number of sides.
        name: of the cell, for the error of one that is too small.

    Raises: ValueError naming the argument.
    """
    cell = check_cell(box_length, dim)
    if np.ndim(cell) < 2:
        cell = check_box_length(cell, dim)
    check_positive("cutoff", cutoff)
    _check_heights(cell if np.ndim(cell) < 2 else heights(np.array(cell)), cutoff, box_length, name)


def _check_heights(values, cutoff, box_length, name="box_length"):
    if np.min(values) < (1 - 1e-12) * 2 * cutoff:  # heights are rounded
        raise ValueError(
            f"{name} must be at least twice the cutoff (2 · {cutoff} = {2 * cutoff}) in every side or height "
            "of the cell, or images=True (models: cell_images=True) must be set to list several images of a point; "
            f"received {box_length!r}, whose smallest height is {np.min(values):g}"
        )


def _check_cells(box_length, cutoff, count, dim, images):
    """The lattice vectors of every snapshot: (S, d, d) float64."""
    try:
        of_each = np.ndim(box_length) == 3
    except ValueError:  # rows of different lengths, which `_check_cell` refuses
        of_each = False
    if not of_each:
        return np.broadcast_to(_check_cell(box_length, cutoff, dim, images), (count, dim, dim))
    if len(box_length) != count:
        raise ValueError(f"box_length must be one cell for each of {count} snapshots; received {len(box_length)} cells")
    cells = np.empty((count, dim, dim))
    for number, cell in enumerate(box_length):
        try:
            cells[number] = _check_cell(cell, cutoff, dim, images)
        except ValueError as error:
            raise ValueError(f"snapshot {number}: {error}") from error
    return cells


def _check_cell(box_length, cutoff, dim, images):
    if not images:
        check_cutoff(box_length, cutoff, dim)
    return lattice_vectors(box_length, dim)


def _check_species(species, shape):
    """Mask of the points that are not padding: (S, N) bool."""
    if species is None:
        return np.ones(shape, bool)
    species = real_array("species", species)
    if species.shape != shape or species.dtype.kind not in "iu":
        raise ValueError(f"species must be integers of shape {shape}; received {species.dtype} {species.shape}")
    if np.min(species, initial=0) < -1:
        raise ValueError(f"species must be 0 or more, or −1 for padding; received {species.min()}")
    return species >= 0
