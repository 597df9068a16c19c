"""Checks of arguments: numbers, counts, flags, paths and arrays.

This module does not import TensorFlow, so that commands which need no computation start quickly. `ops.arguments` checks
tensors, `ops.torus` the box, `ops.modes` mode counts, and `ops.neighbors` the cutoff.
"""

import math
import numbers
import os
import reprlib
from pathlib import Path

import numpy as np


def is_real(value):
    """Whether the value is a finite real number in the range of a float. True and False are not numbers."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond the largest float
        return False


def is_count(value):
    """Whether the value is a positive integer in the range of an int32. True is not an integer."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and 1 <= value < 2**31


def check_count(name, value):
    """Converts to an int. Raises: ValueError naming the argument if it is not a positive integer below 2³¹."""
    if not is_count(value):
        raise ValueError(f"{name} must be a positive integer below 2**31; received {value!r}")
    return int(value)


def check_dim(dim):
    """Converts the dimension to an int. Raises: ValueError if it is not 1, 2 or 3."""
    if not is_count(dim) or dim > 3:
        raise ValueError(f"dim must be 1, 2 or 3; received {dim!r}")
    return int(dim)


def is_listed(value):
    """Whether the value is a list, a tuple or an array with one axis."""
    return isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) == 1


def check_positive(name, value):
    """Converts to a float. Raises: ValueError naming the argument if it is not a positive finite number."""
    if not is_real(value) or value <= 0:
        raise ValueError(f"{name} must be a positive finite number; received {value!r}")
    return float(value)


def check_not_negative(name, value):
    """Converts to a float. Raises: ValueError naming the argument if it is not a finite number, 0 or more."""
    if not is_real(value) or value < 0:
        raise ValueError(f"{name} must be a finite number, 0 or more; received {value!r}")
    return float(value)


def check_flag(name, value):
    """Converts True, False, 1 or 0 to a bool. Raises: ValueError naming the argument, for example for "no"."""
    if not isinstance(value, (bool, int, np.bool_)) or value not in (0, 1):
        raise ValueError(f"{name} must be True or False; received {value!r}")
    return bool(value)


def check_natural(name, value, bits=63):
    """Converts to an int. Raises: ValueError naming the argument if it is not an integer in [0, 2^bits)."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or not 0 <= value < 2**bits:
        raise ValueError(f"{name} must be an integer from 0 to 2**{bits} − 1; received {value!r}")
    return int(value)


def check_path(name, path):
    """Converts to a Path. Raises: ValueError naming the argument if it cannot be a file name."""
    if not isinstance(path, (str, os.PathLike)) or not Path(path).name or "\0" in str(path):
        raise ValueError(f"{name} must be the name of a file; received {path!r}")
    return Path(path)


def real_array(name, values):
    """Converts to a NumPy array of integers or floats. Raises: ValueError naming the argument."""
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{name} must be an array of numbers; received {reprlib.repr(values)}") from error
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{name} must be an array of real numbers; received {array.dtype} {array.shape}")
    return array


def cloud_array(positions):
    """Converts positions (S, N, d) to float64. Raises: ValueError for another shape or numbers that are not finite."""
    positions = real_array("positions", positions).astype(np.float64)
    if positions.ndim != 3 or positions.shape[-1] not in (1, 2, 3):
        raise ValueError(
            f"positions must have shape (batch, points, dimension), dimension 1, 2 or 3; received {positions.shape}"
        )
    if not np.all(np.isfinite(positions)):
        raise ValueError(f"positions must be finite; received {np.sum(~np.isfinite(positions))} NaN or infinite values")
    return positions
