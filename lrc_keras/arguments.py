"""Arguments, checked before any work: numbers, counts, flags, paths, arrays. Errors say what was received.

Nothing here needs TensorFlow, so that commands which only list their work start at once. Tensors are checked in
`ops.arguments`, the box in `ops.torus`, mode counts in `ops.modes`, the cutoff in `ops.neighbors`.
"""

import math
import numbers
import os
import reprlib
from pathlib import Path

import numpy as np


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
