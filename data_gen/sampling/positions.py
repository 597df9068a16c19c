"""Random positions of snapshots, with a minimum distance.

Either the box is cut into equal cells with equally many uniform points in each. (The paper says so for 3-D only; its
particle numbers are those of two points in a cell in every experiment.) Or N points are uniform in the whole box. In
both cases no two points, periodic images included, are closer than δ_min, and the configurations are exact samples of
the independent points *given* that: see `cells` and `uniform`.
"""

import math

import numpy as np

from ..arguments import check_cells, check_count, check_dimension, check_sides, is_real
from .cells import CellPoints
from .uniform import BALL_VOLUME, UniformPoints

MAX_ROW_BYTES = 2**32  # upper bound of the positions of a snapshot: HDF5 stores no larger block
DENSEST_PACKING = {1: 1.0, 2: math.pi / math.sqrt(12), 3: math.pi / math.sqrt(18)}


def sample_positions(
    num_snapshots,
    box_length,
    cells,
    points_per_cell,
    min_distance,
    seed,
    *,
    dimension=None,
    first_snapshot=0,
    num_points=None,
):
    """Positions of snapshots `first_snapshot`, …, `first_snapshot + num_snapshots − 1` of the data set named `seed`.

    Snapshot i has its own random stream, made from (seed, i): it does not depend on the other snapshots of a call.

    Args:
        num_snapshots: S ≥ 1.
        box_length: one number, or d of them; the box is [0, L₁)×…×[0, L_d).
        cells: number of cells along each side, one integer or d of them; or None, for points uniform in the box.
        points_per_cell: points in every cell, N = points_per_cell · Π cells; None without cells.
        min_distance: δ_min ≥ 0, in the unit of the box, at most half the shortest side.
        seed: integer in [0, 2⁶³).
        dimension: d = 1, 2 or 3; default the length of `box_length` or `cells`, and 1 if both are numbers.
        first_snapshot: index of the first snapshot wanted.
        num_points: N ≥ 1 without cells; None with them.

    Returns: (S, N, d) float64 in [0, L). Points are ordered by cell, the cells with the last dimension fastest; without
        cells their order is random.

    Raises: ValueError for a bad argument, or a δ_min that no configuration can keep, with its bound; RuntimeError when
        a snapshot is not admissible after a bounded number of redraws.

    Example: 10 × 10 cells of two points each, or 30 points anywhere.
        >>> from data_gen import sample_positions
        >>> sample_positions(3, (5.0, 5.0), 10, 2, min_distance=0.05, seed=0).shape
        (3, 200, 2)
        >>> sample_positions(3, (5.0, 5.0), None, None, min_distance=0.05, seed=0, num_points=30).shape
        (3, 30, 2)
    """
    num_snapshots = check_count("num_snapshots", num_snapshots)
    first_snapshot = check_count("first_snapshot", first_snapshot, minimum=0)
    seed = check_count("seed", seed, minimum=0)
    points = check_points(box_length, cells, points_per_cell, num_points, min_distance, dimension)
    sides, min_distance = np.array(points["box_length"]), points["min_distance"]
    if points["cells"] is None:
        sampler = UniformPoints(sides, points["num_points"], min_distance)
    else:
        sampler = CellPoints(sides, points["cells"], points["points_per_cell"], min_distance)
    positions = np.empty((num_snapshots, points["num_points"], len(sides)))
    for row in range(num_snapshots):
        stream = np.random.SeedSequence(seed, spawn_key=(first_snapshot + row,))
        positions[row] = sampler.draw(np.random.default_rng(stream))
    return positions


def check_points(box_length, cells, points_per_cell, num_points, min_distance, dimension=None):
    """The arguments of `sample_positions` that describe one configuration, checked: a dict of box_length (d floats),
    cells (d ints, or None), points_per_cell (int, or None), num_points (int) and min_distance (float).
    """
    named = {"box_length": box_length} if cells is None else {"box_length": box_length, "cells": cells}
    dimension = check_dimension(dimension, **named)
    sides = check_sides(box_length, dimension)
    if cells is None:
        if points_per_cell is not None:
            raise ValueError(f"points_per_cell must be None without cells; received {points_per_cell!r}")
        if num_points is None:
            raise ValueError("cells or num_points must be given; received neither")
        num_points = check_count("num_points", num_points)
    else:
        if num_points is not None:
            raise ValueError(f"num_points must be None with cells; received {num_points!r}")
        cells = check_cells(cells, dimension)
        points_per_cell = check_count("points_per_cell", points_per_cell)
        num_points = math.prod(cells) * points_per_cell
    if 8 * num_points * dimension >= MAX_ROW_BYTES:
        bound = f"{MAX_ROW_BYTES // (8 * dimension)} in {dimension}-D, where a snapshot is 4 GiB"
        raise ValueError(f"num_points must be below {bound}; received {num_points}")
    checked = {"box_length": tuple(sides.tolist()), "cells": cells, "points_per_cell": points_per_cell}
    return checked | {"num_points": num_points, "min_distance": _check_min_distance(min_distance, sides, num_points)}


def _check_min_distance(min_distance, sides, num_points):
    """`min_distance` as a float that N points in the box can keep, by the densest packing of balls."""
    if not is_real(min_distance) or not min_distance >= 0:
        raise ValueError(f"min_distance must be a number of at least 0; received {min_distance!r}")
    if min_distance > np.min(sides) / 2:
        bound = f"{np.min(sides) / 2:g}, half the shortest side"
        raise ValueError(f"min_distance must be at most {bound}; received {min_distance!r}")
    d = len(sides)
    largest = (np.prod(sides) * DENSEST_PACKING[d] / (num_points * BALL_VOLUME[d])) ** (1 / d)
    if num_points > 1 and min_distance > largest:
        box = " × ".join(f"{side:g}" for side in sides)
        bound = f"{largest:.4g}, the densest packing of {num_points} points in a box of {box}"
        raise ValueError(f"min_distance must be at most {bound}; received {min_distance!r}")
    return float(min_distance)
