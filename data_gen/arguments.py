"""Checks of arguments and kernels before any work. Errors say what was received."""

import math
import numbers
import os
import reprlib
from pathlib import Path

import numpy as np

SIDE_RANGE = (1e-50, 1e50)  # the fifth power of a side, which a kernel in space may need, is then a number


def check_sides(box_length, dimension):
    """The box [0, L₁)×…×[0, L_d) as its sides.

    Args:
        box_length: one positive number for every side, or a sequence of d of them.
        dimension: d.

    Returns: (d,) float64.

    Raises: ValueError when a side is not positive and finite or outside [1e-50, 1e50], or their number is not d.
    """
    sides = np.array(_one_a_dimension("box_length", box_length, dimension, "positive number"), dtype=np.float64)
    if not (np.all(np.isfinite(sides)) and np.all(sides > 0)):
        raise ValueError(f"box_length must be positive and finite; received {box_length!r}")
    if np.min(sides) < SIDE_RANGE[0] or np.max(sides) > SIDE_RANGE[1]:
        raise ValueError(f"box_length must be in [{SIDE_RANGE[0]:g}, {SIDE_RANGE[1]:g}]; received {box_length!r}")
    return sides


def check_cells(cells, dimension):
    """Number of cells along each side, as a tuple of d positive ints; one integer stands for every dimension.

    Raises: ValueError when a count is not a positive integer, or their number is not d.
    """
    counts = _one_a_dimension("cells", cells, dimension, "positive integer")
    return tuple(check_count("cells", count, below=math.inf) for count in counts)  # their number is bounded by N


def check_dimension(dimension, **values):
    """The dimension d: `dimension` itself, else the length of whichever value is a sequence, else 1.

    Raises: ValueError when d is not 1, 2 or 3, or a sequence has another length.
    """
    lengths = {name: len(value) for name, value in values.items() if check_array(name, value).ndim > 0}
    if dimension is None:
        dimension = next(filter(None, lengths.values()), 1)  # of nothing there is no dimension to be had
    if not _is_integer(dimension) or not 1 <= dimension <= 3:
        raise ValueError(f"dimension must be 1, 2 or 3; received {dimension!r}")
    for name, length in lengths.items():
        if length != dimension:
            raise ValueError(
                f"{name} must name one value for each of {dimension} dimensions; received {values[name]!r}"
            )
    return int(dimension)


def check_count(name, value, minimum=1, below=2**63):
    """`value` as an int of at least `minimum`, and below what an HDF5 attribute keeps. Raises: ValueError naming it."""
    if not _is_integer(value) or value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}; received {value!r}")
    if value >= below:
        raise ValueError(f"{name} must be below 2**63; received {value!r}")
    return int(value)


def check_flag(name, value):
    """`value` as a bool. Raises: ValueError naming the argument for anything else: Python takes "no" for true."""
    if not isinstance(value, (bool, int, np.bool_)) or value not in (0, 1):
        raise ValueError(f"{name} must be True or False; received {value!r}")
    return bool(value)


def check_path(name, path):
    """`path` as a Path. Raises: ValueError naming the argument when it is not the name of a file."""
    if not isinstance(path, (str, os.PathLike)) or isinstance(os.fspath(path), bytes) or "\0" in str(path):
        raise ValueError(f"{name} must be the name of a file; received {path!r}")
    return Path(path)


def check_sequence(name, values):
    """`values` as a tuple. Raises: ValueError naming the argument when it is no list, tuple or array."""
    if not isinstance(values, (list, tuple)) and getattr(values, "ndim", 0) != 1:
        raise ValueError(f"{name} must be a list or a tuple; received {values!r}")
    return tuple(values)


def check_array(name, values):
    """`values` as a NumPy array. Raises: ValueError naming the argument when its rows differ in length."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be an array; received {reprlib.repr(values)} ({error})") from error


def check_positive(name, value):
    """`value` as a positive, finite float. Raises: ValueError naming the argument."""
    if not is_real(value) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} must be a positive, finite number; received {value!r}")
    return float(value)


def is_real(value):
    """Whether it is a number that a float holds, be it NaN or infinite; True and False are none."""
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True


def _is_integer(value):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _one_a_dimension(name, value, dimension, kind):
    rank = check_array(name, value).ndim
    values = [value] * dimension if rank == 0 else list(value)
    if rank > 1 or len(values) != dimension or not all(is_real(number) for number in values):
        raise ValueError(f"{name} must be a {kind} or a sequence of {dimension} of them; received {value!r}")
    return values


# Of μ·L. Below, ψ of the screened Coulomb kernel is 1/μ²V at every distance: what distinguishes two of them is (μL)²
# of it, less than its rounding. Above, the rounding of a position, 1e-16 L, is more than 1e-8 of ψ.
DECAY_RANGE = (1e-8, 1e8)


def check_kernel(kernel):
    """Raises: ValueError when `kernel` is not an object with the methods `value` and `gradient`."""
    if isinstance(kernel, type) or not all(callable(getattr(kernel, name, None)) for name in ("value", "gradient")):
        raise ValueError(f"kernel must be an object with the methods value and gradient; received {kernel!r}")


def check_decay(mu, box_length):
    """Whether numbers of 16 digits can hold a kernel of this range in this box.

    Args:
        mu: inverse interaction length μ > 0.
        box_length: sides, (d,), in the inverse unit of μ.

    Raises: ValueError when μ times a side is outside [1e-8, 1e8].
    """
    low, high = DECAY_RANGE
    sides = np.asarray(box_length)
    if not sides.size or sides.dtype.kind not in "fiu":
        raise ValueError(f"box_length must be positive numbers, one a dimension; received {box_length!r}")
    if not (mu * float(np.min(box_length)) >= low and mu * float(np.max(box_length)) <= high):
        raise ValueError(
            f"mu times every side of box_length must be in [{low:g}, {high:g}]; received mu = {mu:g} and box_length = "
            f"{np.ravel(box_length).tolist()}"
        )


def probe_kernel(kernel, sides):
    """Evaluates both methods at six displacements, of shape (2, 3, d) and none of them zero.

    Args:
        kernel: an object with `value` and `gradient`, not a mixture, whose sum would hide a wrong shape.
        sides: (d,) float64, the box.

    Raises: ValueError when what they return is not real, finite and of shape (2, 3) and (2, 3, d); whatever a
        kernel raises that does not know the dimension or the box.
    """
    s = np.linspace(-0.4, 0.4, 6 * len(sides)).reshape(2, 3, -1) * sides
    for name, shape in (("value", s.shape[:-1]), ("gradient", s.shape)):
        values = getattr(kernel, name)(s.copy(), sides)
        check_returned(name, values, shape)
        if not np.all(np.isfinite(values)):
            place = tuple(np.argwhere(~np.isfinite(values))[0])
            raise ValueError(
                f"kernel.{name} must return finite numbers; received {np.asarray(values)[place]} at the displacement "
                f"{s[place[:2]].tolist()} in the box {sides.tolist()}"
            )


def check_returned(method, values, shape):
    """Raises: ValueError when what a kernel's method returned is not an array of real numbers of this shape."""
    if not hasattr(values, "shape"):
        raise ValueError(f"kernel.{method} must return an array of shape {shape}; received {values!r}")
    if np.shape(values) != shape:
        raise ValueError(f"kernel.{method} must return shape {shape}; received {np.shape(values)}")
    kind = np.asarray(values).dtype
    if kind.kind not in "fiu":
        raise ValueError(f"kernel.{method} must return real numbers; received {kind}")
