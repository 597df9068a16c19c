"""Arguments, checked before any work: numbers, counts, flags, tensors. Errors say what was received.

What belongs to one idea is checked where that is at home: the box in `ops.torus`, mode counts in `ops.modes`, the
cutoff in `ops.neighbors`.
"""

import math
import numbers
import os
import reprlib
from pathlib import Path

import numpy as np
import tensorflow as tf

PRECISIONS = (tf.float32, tf.float64)


def working_precision(compute_dtype):
    """The dtype of the work under a dtype policy: float64 with that policy, float32 with any other, a mixed one too."""
    return "float64" if compute_dtype == "float64" else "float32"


def is_real(value):
    """Whether it is a real number that a float holds, and finite; True and False are no numbers."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the largest float
        return False


def is_count(value):
    """Whether it is a positive integer that an int32 holds; True is none."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and 1 <= value < 2**31


def check_count(name, value):
    """The value as an int. Raises: ValueError naming it when it is not a positive integer below 2³¹."""
    if not is_count(value):
        raise ValueError(f"{name} must be a positive integer below 2**31; received {value!r}")
    return int(value)


def check_dim(dim):
    """The dimension as an int. Raises: ValueError when it is not 1, 2 or 3."""
    if not is_count(dim) or dim > 3:
        raise ValueError(f"dim must be 1, 2 or 3; received {dim!r}")
    return int(dim)


def is_listed(value):
    """Whether it is a list, a tuple or an array with one axis; a text is none."""
    return isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1


def check_positive(name, value):
    """The value as a float. Raises: ValueError naming it when it is not a positive finite number."""
    if not is_real(value) or value <= 0:
        raise ValueError(f"{name} must be a positive finite number; received {value!r}")
    return float(value)


def check_not_negative(name, value):
    """The value as a float. Raises: ValueError naming it when it is not a finite number, 0 or more."""
    if not is_real(value) or value < 0:
        raise ValueError(f"{name} must be a finite number, 0 or more; received {value!r}")
    return float(value)


def check_flag(name, value):
    """The value as a bool. Raises: ValueError naming it for anything else: Python takes "no" for true."""
    if not isinstance(value, (bool, int, np.bool_)) or value not in (0, 1):
        raise ValueError(f"{name} must be True or False; received {value!r}")
    return bool(value)


def check_natural(name, value, bits=63):
    """The value as an int. Raises: ValueError naming it when it is not an integer of so many bits, 0 or more."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or not 0 <= value < 2**bits:
        raise ValueError(f"{name} must be an integer from 0 to 2**{bits} − 1; received {value!r}")
    return int(value)


def check_path(name, path):
    """The path as a Path. Raises: ValueError naming it when it cannot be the name of a file."""
    if not isinstance(path, (str, os.PathLike)) or not Path(path).name or "\0" in str(path):
        raise ValueError(f"{name} must be the name of a file; received {path!r}")
    return Path(path)


def real_array(name, values):
    """The values as a NumPy array of integers or floating-point numbers. Raises: ValueError naming it."""
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{name} must be an array of numbers; received {reprlib.repr(values)}") from error
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must be an array of real numbers; received {array.dtype} {array.shape}")
    return array


def as_tensor(name, values):
    """The values as a tensor. Raises: TypeError naming it when there is none of them."""
    try:
        return tf.convert_to_tensor(values)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be a tensor or an array; received {reprlib.repr(values)}") from error


def check_points(points, name="points"):
    """Points (B, N, d) as a tensor. Raises: TypeError or ValueError for another dtype or rank."""
    points = as_tensor(name, points)
    if points.dtype not in PRECISIONS:
        raise TypeError(f"{name} must be float32 or float64; received {points.dtype.name}")
    if points.shape.rank != 3:
        raise ValueError(f"{name} must have shape (batch, points, dimension); received {tuple(points.shape)}")
    return points


def check_strengths(points, strengths, names=("points", "strengths")):
    """Points (B, N, d) and strengths (B, N, C) as tensors of one precision. Raises: TypeError or ValueError."""
    return _check_together(points, strengths, names, rank=3, shared=2)


def check_coefficients(points, coefficients, num_modes):
    """Points (B, N, d) and complex coefficients (B, C, M1, …, Md) as tensors. Raises: TypeError or ValueError."""
    names, rank = ("points", "coefficients"), 2 + len(num_modes)
    points, coefficients = _check_together(points, coefficients, names, rank, shared=1)
    if not coefficients.dtype.is_complex:
        raise TypeError(f"coefficients must be complex; received {coefficients.dtype.name}")
    if tuple(coefficients.shape[2:]) != num_modes:
        raise ValueError(
            f"coefficients must have shape (batch, channels, {', '.join(map(str, num_modes))}); "
            f"received {tuple(coefficients.shape)}"
        )
    return points, coefficients


def _check_together(points, values, names, rank, shared):
    """`shared` is the number of axes that the values share with the points: the batch, or the points as well."""
    points_name, name = names
    points, values = as_tensor(points_name, points), as_tensor(name, values)
    if values.dtype.real_dtype != points.dtype:
        raise TypeError(
            f"{points_name} and {name} must share one precision, float32 or float64; "
            f"received {points.dtype.name} and {values.dtype.name}"
        )
    points = check_points(points, points_name)
    if values.shape.rank != rank:
        raise ValueError(f"{name} must have {rank} axes; received shape {tuple(values.shape)}")
    if not values.shape[:shared].is_compatible_with(points.shape[:shared]):
        raise ValueError(
            f"{name} must have {tuple(points.shape[:shared])} for its first axes, as {points_name} have; received "
            f"shape {tuple(values.shape)}"
        )
    return points, values
