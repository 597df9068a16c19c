"""Geometry of the periodic box [0, L₁)×…×[0, L_d): its sides, displacements and distances."""

import numpy as np
import tensorflow as tf

from lrc_keras.arguments import is_real
from lrc_keras.ops.arguments import as_tensor


def check_box_length(box_length, dim=None):
    """Converts the sides to a tuple of floats. If `dim` is given, a single number means equal sides.

    Raises: ValueError naming the argument when a side is not positive and finite, or when there are not `dim` sides.
    """
    listed = box_length.tolist() if isinstance(box_length, np.ndarray) else box_length
    values = tuple(listed) if isinstance(listed, (tuple, list)) else (listed,) * (dim or 1)
    if not values or not all(is_real(v) and v > 0 for v in values):
        raise ValueError(f"box_length must be a positive number or a tuple of them; received {box_length!r}")
    if dim is not None and len(values) != dim:
        raise ValueError(f"box_length must have {dim} sides, one per dimension; received {box_length!r}")
    return tuple(float(side) for side in values)


def displacement(targets, sources, box_length):
    """Minimum-image displacement x_i − x_j ∈ [−L/2, L/2]^d on the torus.

    Args:
        targets, sources: (..., d) float, broadcast against each other, anywhere in ℝ^d.
        box_length: one side or d sides, in the same units.

    Returns: (..., d) in the inputs' dtype. Its derivative is ±1: the number of subtracted sides is constant almost
    everywhere.
    Raises: ValueError naming `box_length`; TypeError when targets and sources are not of one floating-point dtype.

    Example:
        >>> from lrc_keras.ops import displacement
        >>> displacement(np.array([0.5, 9.0]), np.array([9.5, 9.5]), box_length=10.0).numpy().tolist()
        [1.0, -0.5]
    """
    targets, sources = as_tensor("targets", targets), as_tensor("sources", sources)
    if not targets.dtype.is_floating or sources.dtype != targets.dtype:
        raise TypeError(
            f"targets and sources must have one floating-point dtype; received {targets.dtype.name} and "
            f"{sources.dtype.name}"
        )
    difference = targets - sources
    dim = difference.shape[-1] if difference.shape.rank else None
    return nearest_image(difference, check_box_length(box_length, dim))


def nearest_image(difference, box_length):
    """The image of a displacement (..., d) nearest to zero, in [−L/2, L/2]^d; see `displacement`."""
    sides = tf.convert_to_tensor(box_length, difference.dtype)  # tf.cast would round Python floats to float32 first
    return difference - sides * tf.stop_gradient(tf.round(difference / sides))


def safe_norm(vectors, mask):
    """‖v‖ over the last axis where `mask` is true. Elsewhere the result is 1 and its derivatives are finite.

    NaN times zero is NaN in a gradient, so masked values are replaced before the square root, not after.

    Args:
        vectors: (..., d) float.
        mask: (...) bool.

    Returns: (...), in the vectors' dtype.
    """
    squared = tf.reduce_sum(tf.square(vectors), axis=-1)
    return tf.sqrt(tf.where(mask, squared, tf.ones_like(squared)))
