"""A data set from its description: positions, energies and forces, chunk by chunk into one file."""

import math
from pathlib import Path

import numpy as np

from .arguments import check_cells, check_count, check_dimension, check_seed, check_sides
from .descriptions import kernel_to_json, mu_and_alpha
from .energies import energy_and_forces
from .hdf5 import create_snapshot_file
from .kernels import check_kernel
from .progress import ProgressBar
from .sampling import check_min_distance, sample_positions

SNAPSHOTS_PER_CHUNK = 64


def generate(
    path,
    *,
    kernel,
    box_length,
    cells,
    points_per_cell,
    min_distance,
    num_snapshots,
    seed,
    dimension=None,
    chunk_size=SNAPSHOTS_PER_CHUNK,
    progress=False,
    overwrite=False,
):
    """Makes a data set and writes it to `path` (see `data_gen.hdf5` for the schema).

    Memory holds one chunk of snapshots at a time. The same arguments give the same file, byte for byte,
    whatever `chunk_size`; a run that fails or is stopped leaves nothing behind.

    Args:
        path: the file to write; folders that do not exist are made.
        kernel: ψ, an object with `value` and `gradient`.
        box_length, cells, points_per_cell, min_distance, num_snapshots, seed, dimension: see
            `sample_positions`.
        chunk_size: snapshots in memory at a time.
        progress: whether to show a progress bar on standard error.
        overwrite: whether a file that is there already is replaced.

    Returns: the path of the file.

    Raises: ValueError, NotImplementedError, FileExistsError or OSError before any work; RuntimeError when no
        admissible configuration is found.
    """
    num_snapshots = check_count("num_snapshots", num_snapshots)
    chunk_size = check_count("chunk_size", chunk_size)
    seed = check_seed(seed)
    dimension = check_dimension(dimension, box_length=box_length, cells=cells)
    sides = check_sides(box_length, dimension)
    cells = check_cells(cells, dimension)
    points_per_cell = check_count("points_per_cell", points_per_cell)
    num_points = math.prod(cells) * points_per_cell
    min_distance = check_min_distance(min_distance, sides, num_points)
    check_kernel(kernel)
    kernel.value(sides[None] / 4, sides)  # a kernel that does not know this dimension says so now

    mu, alpha = mu_and_alpha(kernel)
    attributes = {
        "box_length": sides,
        "kernel": kernel_to_json(kernel),
        "mu": np.array(mu),
        "alpha": np.array(alpha),
        "min_distance": min_distance,
        "cells": np.array(cells),
        "points_per_cell": points_per_cell,
        "seed": seed,
    }
    shape = (num_snapshots, num_points, dimension)
    with (
        create_snapshot_file(path, shape, attributes, overwrite=overwrite) as datasets,
        ProgressBar(num_snapshots, visible=progress) as bar,
    ):
        for start in range(0, num_snapshots, chunk_size):
            count = min(chunk_size, num_snapshots - start)
            positions = sample_positions(
                count,
                sides,
                cells,
                points_per_cell,
                min_distance,
                seed,
                dimension=dimension,
                first_snapshot=start,
            )
            energies, forces = energy_and_forces(positions, sides, kernel)
            for name, values in (("positions", positions), ("energies", energies), ("forces", forces)):
                datasets[name][start : start + count] = values
            bar.update(start + count)
    return Path(path)
