"""Geometry of the periodic box [0, L₁)×…×[0, L_d): displacement, distance and the box itself as edge lengths."""

import math
import numbers

import numpy as np
import tensorflow as tf


def check_box_length(box_length, dim=None):
    """Box as a tuple of positive floats; a single number stands for every dimension when `dim` is given.

    Raises: ValueError naming the argument when a side is not positive and finite or their number is not `dim`.
    """
    listed = box_length.tolist() if isinstance(box_length, np.ndarray) else box_length
    values = tuple(listed) if isinstance(listed, (tuple, list)) else (listed,) * (dim or 1)
    if not values or not all(isinstance(v, numbers.Real) and math.isfinite(v) and v > 0 for v in values):
        raise ValueError(f"box_length must be a positive number or a tuple of them; received {box_length!r}")
    if dim is not None and len(values) != dim:
        raise ValueError(f"box_length must name {dim} sides, one a dimension; received {box_length!r}")
    return tuple(float(side) for side in values)


def displacement(targets, sources, box_length):
    """Minimum-image displacement x_i − x_j ∈ [−L/2, L/2]^d on the torus.

    Args:
        targets, sources: (..., d) float, broadcast against each other; points may lie outside the box.
        box_length: one number, or d of them.

    Returns: (..., d), of the inputs' dtype. Its derivative with respect to the points is the identity: the number of
    boxes between the two is constant almost everywhere.
    """
    return nearest_image(targets - sources, box_length)


def nearest_image(difference, box_length):
    """The image of a displacement (..., d) nearest to zero, in [−L/2, L/2]^d; see `displacement`."""
    sides = tf.cast(box_length, difference.dtype)
    return difference - sides * tf.stop_gradient(tf.round(difference / sides))


def safe_norm(vectors, mask):
    """‖v‖ over the last axis where `mask` is true, and 1 elsewhere, with finite derivatives of every order there.

    A NaN times zero is a NaN in a gradient, so masked vectors are replaced before the root is taken, not after.

    Args:
        vectors: (..., d) float.
        mask: (...) bool.

    Returns: (...), of the vectors' dtype.
    """
    squared = tf.reduce_sum(tf.square(vectors), axis=-1)
    return tf.sqrt(tf.where(mask, squared, tf.ones_like(squared)))
