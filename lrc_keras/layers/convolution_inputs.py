"""Checks of the inputs of `LongRangeConvolution`: positions, sources and cell."""

import numpy as np
import tensorflow as tf

from lrc_keras.ops.arguments import as_tensor, check_points, known_cell
from lrc_keras.ops.cells import is_flat

SLACK = 1e-6  # in fractional coordinates: rounding may move a point on a face outside


def check_shapes(box_length, positions_shape, sources_shape, cell_shape):
    """Checks the known parts of the shapes. None means no input. Raises: ValueError when they do not fit together."""
    batch, points, dim = positions_shape
    sources_shape, cell_shape = (
        None if shape is None else tf.TensorShape(shape) for shape in (sources_shape, cell_shape)
    )
    if sources_shape is not None and not _fits(sources_shape, (batch, points, None)):
        raise ValueError(
            f"sources must have shape (batch, points, channels) with the batch and points of positions "
            f"{tuple(positions_shape)}; received {sources_shape}"
        )
    if (box_length is None) == (cell_shape is None):
        reason = "given for a layer without box_length" if box_length is None else "None for a layer with box_length"
        raise ValueError(f"cell must be {reason}; received {'none' if cell_shape is None else cell_shape}")
    if cell_shape is not None and not (_fits(cell_shape, (batch, dim, dim)) or _fits(cell_shape, (dim, dim))):
        raise ValueError(f"cell must have shape ({batch}, {dim}, {dim}) or ({dim}, {dim}); received {cell_shape}")


def as_inputs(box_length, positions, sources, cell):
    """Converts positions, sources (default ones) and cell to tensors. Raises: ValueError or TypeError."""
    positions = check_points(positions, "positions")
    given = sources is not None
    sources = as_tensor("sources", sources) if given else tf.ones_like(positions[..., :1])
    cell = None if cell is None else as_tensor("cell", cell)
    for name, value in (("sources", sources), ("cell", cell)):
        if value is not None and not (value.dtype.is_floating or value.dtype.is_integer or value.dtype.is_bool):
            raise TypeError(f"{name} must be real; received {value.dtype.name}")
    check_shapes(box_length, positions.shape, sources.shape, None if cell is None else cell.shape)
    cell = None if cell is None else known_cell(cell, positions.shape[-1])
    if given and not (sources.shape[:2].is_fully_defined() and positions.shape[:2].is_fully_defined()):
        message = "sources must have the batch and points of positions"
        sources = _with_first_axes(sources, positions, 2, message)
    if cell is not None and cell.shape.rank == 3 and None in (cell.shape[0], positions.shape[0]):
        cell = _with_first_axes(cell, positions, 1, "cell must have the batch of positions")
    if cell is not None and tf.executing_eagerly():
        for vectors in np.reshape(cell, (-1, *cell.shape[-2:])):
            if is_flat(vectors):
                raise ValueError(f"cell must be linearly independent lattice vectors; received {vectors.tolist()}")
    return positions, sources, cell


def _with_first_axes(values, positions, count, message):
    """Values whose first axes must be those of positions, checked in a graph when it runs.

    An assertion has the message, but XLA omits it. So the shape is set as well, and where it is not known, the values
    take it by a reshape, which needs as many numbers.
    """
    known = tf.TensorShape([*positions.shape[:count], *values.shape[count:]])
    shape, sizes = tf.shape(values), tf.shape(positions)[:count]
    with tf.control_dependencies([tf.debugging.assert_equal(shape[:count], sizes, message)]):
        if known[:count].is_fully_defined():
            return tf.ensure_shape(values, known)
        return tf.ensure_shape(tf.reshape(values, tf.concat([sizes, shape[count:]], axis=0)), known)


def check_inside(positions, fractions):
    """Checks that isolated clouds are inside their cell. Returns: positions (B, N, d).

    Raises: ValueError in eager mode; an assertion in a graph. XLA omits assertions, and positions outside are then NaN.
    """
    lowest, highest = tf.reduce_min(fractions), tf.reduce_max(fractions)
    inside = (lowest >= -SLACK) & (highest <= 1 + SLACK)
    message = "positions must be within the cell for periodic=False; received fractional coordinates from"
    if not tf.executing_eagerly():
        with tf.control_dependencies([tf.debugging.Assert(inside, [message, lowest, "to", highest])]):
            within = tf.reduce_all((fractions >= -SLACK) & (fractions <= 1 + SLACK), axis=-1, keepdims=True)
            return tf.where(within, positions, tf.constant(np.nan, positions.dtype))
    if not inside:
        raise ValueError(f"{message} {float(lowest)} to {float(highest)}")
    return positions


def _fits(shape, expected):
    """Whether a shape of known rank is the expected one, as far as both are known."""
    return shape.rank is not None and shape.is_compatible_with(expected)
