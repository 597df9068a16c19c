"""Arguments, checked before any work: the box as d sides, numbers, counts. Errors say what was received."""

import math
import numbers

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
    return tuple(check_count("cells", count) for count in counts)


def check_dimension(dimension, **values):
    """The dimension d: `dimension` itself, else the length of whichever value is a sequence, else 1.

    Raises: ValueError when d is not 1, 2 or 3, or a sequence has another length.
    """
    lengths = {name: len(value) for name, value in values.items() if np.ndim(value) > 0}
    if dimension is None:
        dimension = next(iter(lengths.values()), 1)
    if dimension not in (1, 2, 3) or isinstance(dimension, bool):
        raise ValueError(f"dimension must be 1, 2 or 3; received {dimension!r}")
    for name, length in lengths.items():
        if length != dimension:
            raise ValueError(
                f"{name} must name one value for each of {dimension} dimensions; received {values[name]!r}"
            )
    return int(dimension)


def check_count(name, value, minimum=1):
    """`value` as an int of at least `minimum`. Raises: ValueError naming the argument."""
    if not isinstance(value, numbers.Integral) or isinstance(value, (bool, np.bool_)) or value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}; received {value!r}")
    return int(value)


def check_seed(seed):
    """`seed` as an int in [0, 2⁶³), the range an HDF5 attribute keeps. Raises: ValueError."""
    seed = check_count("seed", seed, minimum=0)
    if seed >= 2**63:
        raise ValueError(f"seed must be below 2**63; received {seed!r}")
    return seed


def check_positive(name, value):
    """`value` as a positive, finite float. Raises: ValueError naming the argument."""
    if not _is_real(value) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} must be a positive, finite number; received {value!r}")
    return float(value)


def _is_real(value):
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))


def _one_a_dimension(name, value, dimension, kind):
    if np.ndim(value) > 1:
        raise ValueError(f"{name} must be a {kind} or a sequence of {dimension} of them; received {value!r}")
    values = [value] * dimension if np.ndim(value) == 0 else list(value)
    if len(values) != dimension or not all(_is_real(number) for number in values):
        raise ValueError(f"{name} must be a {kind} or a sequence of {dimension} of them; received {value!r}")
    return values
