"""Checks of arguments, made before any work starts.

A function returns the checked value, or raises a ValueError with the argument, what it must be and what was received.
"""

import math
import numbers
import os
import reprlib
from pathlib import Path

import numpy as np

SIDE_RANGE = (1e-50, 1e50)  # the fifth power of a side, which a kernel in 3-D may need, is then a float
FLOAT32_ROUNDING = 2.0**-24  # of a box that was stored in float32
MAX_ROW_BYTES = 2**32  # upper bound of the positions of a snapshot: HDF5 stores no larger block
BALL_VOLUME = {1: 1.0, 2: math.pi / 4, 3: math.pi / 6}  # of a ball of diameter one
DENSEST_PACKING = {1: 1.0, 2: math.pi / math.sqrt(12), 3: math.pi / math.sqrt(18)}  # share of the volume


def check_sides(box_length, dimension):
    """The sides of the box [0, L₁)×…×[0, L_d), (d,) float64, in [1e-50, 1e50]; one number stands for every side."""
    sides = np.array(_one_a_dimension("box_length", box_length, dimension, "positive number"), dtype=np.float64)
    if not np.all((sides > 0) & (sides < np.inf)):
        raise ValueError(f"box_length must be positive and finite; received {box_length!r}")
    if np.min(sides) < SIDE_RANGE[0] or np.max(sides) > SIDE_RANGE[1]:
        raise ValueError(f"box_length must be in [{SIDE_RANGE[0]:g}, {SIDE_RANGE[1]:g}]; received {box_length!r}")
    return sides


def check_points(box_length, cells, points_per_cell, num_points, min_distance, dimension=None):
    """The arguments of `sample_positions` that describe one configuration, checked: a dict of box_length (d floats),
    cells (d ints, or None), points_per_cell (int, or None), num_points (int) and min_distance (float).
    """
    named = {"box_length": box_length} if cells is None else {"box_length": box_length, "cells": cells}
    lengths = {name: len(value) for name, value in named.items() if check_array(name, value).ndim > 0}
    if dimension is None:
        dimension = next(filter(None, lengths.values()), 1)  # an empty sequence defines no dimension
    if not _is_integer(dimension) or not 1 <= dimension <= 3:
        raise ValueError(f"dimension must be 1, 2 or 3; received {dimension!r}")
    for name, length in lengths.items():
        if length != dimension:
            expected = f"one value for each of {dimension} dimensions"
            raise ValueError(f"{name} must name {expected}; received {named[name]!r}")
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
        counts = _one_a_dimension("cells", cells, dimension, "positive integer")
        cells = tuple(check_count("cells", count, below=math.inf) for count in counts)  # N bounds them
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
    d, box = len(sides), " × ".join(f"{side:g}" for side in sides)
    packed = (np.prod(sides) * DENSEST_PACKING[d] / (num_points * BALL_VOLUME[d])) ** (1 / d)
    packing = f"the densest packing of {num_points} points in a box of {box}"
    for bound, name in ((np.min(sides) / 2, "half the shortest side"), (packed, packing)):
        if min_distance > bound:
            raise ValueError(f"min_distance must be at most {bound:.4g}, {name}; received {min_distance!r}")
    return float(min_distance)


def check_count(name, value, minimum=1, below=2**63):
    """`value` as an int of at least `minimum` that an HDF5 attribute can hold."""
    if not _is_integer(value) or value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}; received {value!r}")
    if value >= below:
        raise ValueError(f"{name} must be below 2**63; received {value!r}")
    return int(value)


def check_positive(name, value):
    """`value` as a positive, finite float."""
    if not is_real(value) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} must be a positive, finite number; received {value!r}")
    return float(value)


def check_flag(name, value):
    """`value` as a bool. Nothing else is taken for one: the text "no" would count as true."""
    if not isinstance(value, (bool, int, np.bool_)) or value not in (0, 1):
        raise ValueError(f"{name} must be True or False; received {value!r}")
    return bool(value)


def check_path(name, path):
    """`path`, which must be a name that a file can have, as a Path."""
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes) or "\0" in str(path):
        raise ValueError(f"{name} must be the name of a file; received {path!r}")
    return Path(path)


def check_array(name, values):
    """`values`, whose rows must be of equal length, as a NumPy array."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array; received {reprlib.repr(values)} ({error})") from error


def not_finite(values):
    """The place of the first number in an array that is NaN or infinite, a tuple; None if all are finite."""
    return first_true(~np.isfinite(values))


def first_true(values):
    """The place of the first value of an array that is True, a tuple; None if there is none."""
    places = np.argwhere(values)
    return tuple(places[0].tolist()) if len(places) else None


def is_real(value):
    """Whether `value` is a number that a float can hold, NaN and infinity included, True and False excluded."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        float(value)
    except OverflowError:  # an integer beyond the largest float
        return False
    return True


def one_line(error):
    """The message of an exception, on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _is_integer(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _one_a_dimension(name, value, dimension, kind):
    rank = check_array(name, value).ndim
    values = [value] * dimension if rank == 0 else list(value)
    if rank > 1 or len(values) != dimension or not all(is_real(number) for number in values):
        raise ValueError(f"{name} must be a {kind} or a sequence of {dimension} of them; received {value!r}")
    return values
