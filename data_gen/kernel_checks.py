"""What a kernel must be, checked before any work: its methods, what they return, and the range of μ and the box."""

import numpy as np

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
