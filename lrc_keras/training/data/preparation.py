"""From arrays to `Snapshots`: positions are wrapped and neighbours listed in float64, then all is cast."""

import numpy as np

from lrc_keras.arguments import real_array
from lrc_keras.ops.cells import is_flat, lattice_vectors
from lrc_keras.ops.neighbors import check_cutoff, neighbor_list
from lrc_keras.training.data.snapshots import ALWAYS_FLOAT64, ZERO_IN_PADDING, Snapshots, check_shape

OF_PARTICLES = ("positions", *ZERO_IN_PADDING)


def make_snapshots(
    positions, energies, forces, cutoff, *, box_length=None, cells=None, species=None, sources=None, stresses=None,
    particle_energies=None, half_list=False, cell_images=False, max_neighbors=None, dtype="float32",
):  # fmt: skip
    """`Snapshots` from arrays. All readers of files call this function.

    Positions are wrapped into the cell and their neighbours listed in float64, because float32 positions far from the
    cell lack digits that forces need. Energies stay float64. Positions, forces, sources and particle
    energies of padded particles (species −1) are replaced by zeros, also where they are NaN.

    Args:
        positions: (S, N, d) float, anywhere in ℝ^d.
        energies: (S,) float.
        forces: (S, N, d) float.
        cutoff: radius R of the neighbour lists.
        box_length: fixed cell of the model: one side, d sides, or a matrix (d, d) of lattice vectors. Exactly one of
            `box_length` and `cells` is given.
        cells: (S, d, d) float, a cell for each snapshot, for models with the input "cell".
        species, sources, stresses, particle_energies: see `Snapshots`.
        half_list: whether each pair is listed once, for models with `half_list=True`.
        cell_images: whether points may see several images of a neighbour, for models with `cell_images=True`.
        max_neighbors: padded width K; default the length of the longest list.
        dtype: "float32" or "float64", of all other numbers.

    Raises: ValueError naming the argument, what was expected and what was received.

    Example: three particles, of which the last is wrapped into the box.
        >>> from lrc_keras.training import make_snapshots
        >>> positions = np.array([[[0.5], [1.0], [14.75]]])
        >>> snapshots = make_snapshots(positions, np.zeros(1), np.zeros((1, 3, 1)), cutoff=1.0, box_length=5.0)
        >>> snapshots.positions[0, :, 0].tolist(), snapshots.neighbors[0].tolist()
        ([0.5, 1.0, 4.75], [[1, 2], [0, -1], [0, -1]])
    """
    check_dtype(dtype)
    given = {
        "positions": positions, "energies": energies, "forces": forces, "cells": cells, "sources": sources,
        "stresses": stresses, "particle_energies": particle_energies,
    }  # fmt: skip
    sizes = {}
    arrays = {name: _float64(name, values, sizes) for name, values in given.items() if values is not None}
    if (box_length is None) == (cells is None):
        received = "neither" if cells is None else f"box_length={box_length!r} and cells {np.shape(cells)}"
        raise ValueError(f"box_length or cells must be given, and not both; received {received}")
    if species is not None:
        species = real_array("species", species)
        check_shape("species", species.shape, sizes)
        for name in set(OF_PARTICLES) & set(arrays):
            real = np.reshape(species >= 0, [*species.shape, *[1] * (arrays[name].ndim - 2)])
            arrays[name] = np.where(real, arrays[name], 0.0)
    for name, values in arrays.items():
        _check_finite(name, values)
    if box_length is None:
        cell = box_length = _check_cells(arrays["cells"], cutoff, cell_images)
    else:
        cell = lattice_vectors(box_length, sizes["d"])
    # neighbours are listed before the cast: rounding to float32 moves no point into another cell
    positions = arrays["positions"] = wrapped(arrays["positions"], cell)
    options = {"half": half_list, "images": cell_images, "species": species}
    lists = neighbor_list(positions, box_length, cutoff, max_neighbors, **options)
    neighbors, images = lists if cell_images else (lists, None)
    cast = {name: values if name in ALWAYS_FLOAT64 else values.astype(dtype) for name, values in arrays.items()}
    return Snapshots(neighbors=neighbors, images=images, species=species, **cast)


def wrapped(positions, cell):
    """Positions (S, N, d) moved by lattice vectors into the cell: x − ⌊x H⁻¹⌋ H, H (d, d) or (S, d, d), in float64."""
    return positions - np.floor(positions @ np.linalg.inv(cell)) @ cell


def check_dtype(dtype):
    """Raises: ValueError when it is neither "float32" nor "float64"."""
    if dtype not in ("float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64'; received {dtype!r}")


def _float64(name, values, sizes):
    values = real_array(name, values).astype(np.float64)
    check_shape(name, values.shape, sizes)
    return values


def _check_finite(name, values):
    if not np.all(np.isfinite(values)):
        where = np.argwhere(~np.isfinite(values))[0].tolist()
        raise ValueError(f"{name} must be finite; received NaN or infinite values, the first at {where}")


def _check_cells(cells, cutoff, cell_images):
    for number, cell in enumerate(cells):
        if is_flat(cell):
            raise ValueError(f"cells must be finite and have a volume; received {cell.tolist()} in snapshot {number}")
        if not cell_images:
            check_cutoff(cell.tolist(), cutoff, name=f"snapshot {number}: cells")
    return cells
