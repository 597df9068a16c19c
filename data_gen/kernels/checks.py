"""Checks of kernels before any work: their methods, what these return, and their range against the box."""

import numpy as np

# Range of μL. Below it, ψ is the constant 1/μ²V to rounding. Above it, a position's rounding, 1e-16 L, is 1e-8 of ψ.
DECAY_RANGE = (1e-8, 1e8)


def check_kernel(kernel):
    """Raises: ValueError when `kernel` is not an object with the methods `value` and `gradient`."""
    if isinstance(kernel, type) or not all(callable(getattr(kernel, name, None)) for name in ("value", "gradient")):
        raise ValueError(f"kernel must be an object with the methods value and gradient; received {kernel!r}")


def check_decay(mu, box_length):
    """Raises: ValueError when the inverse length μ times a side of the box is outside [1e-8, 1e8]."""
    low, high = DECAY_RANGE
    sides = np.asarray(box_length)
    if not sides.size or sides.dtype.kind not in "fiu":
        raise ValueError(f"box_length must be positive numbers, one a dimension; received {box_length!r}")
    if not (mu * float(np.min(sides)) >= low and mu * float(np.max(sides)) <= high):
        received = f"mu = {mu:g} and box_length = {np.ravel(sides).tolist()}"
        raise ValueError(f"mu times every side of box_length must be in [{low:g}, {high:g}]; received {received}")


def probe_kernel(kernel, sides):
    """Evaluates both methods of a kernel (not a mixture, whose sum would hide a wrong shape) at six displacements.

    Raises: ValueError when what they return is not real, finite and of the right shape; whatever the kernel itself
        raises for a dimension or a box, (d,), that it does not support.
    """
    s = np.linspace(-0.4, 0.4, 6 * len(sides)).reshape(2, 3, -1) * sides
    for name, shape in (("value", s.shape[:-1]), ("gradient", s.shape)):
        values = getattr(kernel, name)(s.copy(), sides)
        check_returned(name, values, shape)
        if not np.all(np.isfinite(values)):
            place = tuple(np.argwhere(~np.isfinite(values))[0])
            received = (
                f"{np.asarray(values)[place]} at the displacement {s[place[:2]].tolist()} in the box {sides.tolist()}"
            )
            raise ValueError(f"kernel.{name} must return finite numbers; received {received}")


def check_returned(method, values, shape):
    """Raises: ValueError when what a kernel's method returned is not an array of real numbers of this shape."""
    if not hasattr(values, "shape"):
        raise ValueError(f"kernel.{method} must return an array of shape {shape}; received {values!r}")
    values = np.asarray(values)
    if values.shape != shape:
        raise ValueError(f"kernel.{method} must return shape {shape}; received {values.shape}")
    if values.dtype.kind not in "fiu":
        raise ValueError(f"kernel.{method} must return real numbers; received {values.dtype}")
