"""What a `LongRangeConvolution` is called with, checked: positions, sources, cell."""

import tensorflow as tf

from lrc_keras.ops.arguments import as_tensor, check_points


def check_sources(positions, sources):
    """Positions (B, N, d) and sources (B, N, C_in), ones for None, as tensors. Raises: ValueError or TypeError."""
    positions = check_points(positions, "positions")
    sources = tf.ones_like(positions[..., :1]) if sources is None else as_tensor("sources", sources)
    if not (sources.dtype.is_floating or sources.dtype.is_integer or sources.dtype.is_bool):
        raise TypeError(f"sources must be real; received {sources.dtype.name}")
    if sources.shape.rank != 3 or not sources.shape[:2].is_compatible_with(positions.shape[:2]):
        raise ValueError(
            f"sources must have shape (batch, points, channels) with the batch and points of positions "
            f"{tuple(positions.shape)}; received {tuple(sources.shape)}"
        )
    return positions, sources


def dimension(positions_shape):
    """d of positions (B, N, d). Raises: ValueError when the shape is not that of one tensor."""
    if any(isinstance(size, (list, tuple)) for size in positions_shape):
        raise ValueError(
            f"positions must be one tensor (batch, points, dimension), as in layer(positions, sources); "
            f"received a list of {len(positions_shape)}"
        )
    if len(positions_shape) != 3:
        raise ValueError(f"positions must have shape (batch, points, dimension); received {tuple(positions_shape)}")
    return positions_shape[-1]


def check_cell_shape(box_length, positions_shape, cell_shape):
    """Raises: ValueError when there is no cell, or two, or one of another shape than (B, d, d) or (d, d)."""
    if (box_length is None) == (cell_shape is None):
        reason = "given for a layer without box_length" if box_length is None else "None for a layer with box_length"
        raise ValueError(f"cell must be {reason}; received {'none' if cell_shape is None else tuple(cell_shape)}")
    if cell_shape is None:
        return
    batch, _, dim = positions_shape
    fits = tuple(cell_shape[-2:]) == (dim, dim) and len(cell_shape) in (2, 3)
    if not fits or (len(cell_shape) == 3 and None not in (batch, cell_shape[0]) and cell_shape[0] != batch):
        raise ValueError(f"cell must have shape ({batch}, {dim}, {dim}) or ({dim}, {dim}); received {tuple(cell_shape)}")


def check_inside(fractions):
    """Refuses points of an isolated cloud outside its cell: ValueError in eager code, an assertion in a graph."""
    inside = tf.reduce_all((fractions >= 0) & (fractions <= 1))
    message = "positions must be within the cell for periodic=False; received fractional coordinates from"
    lowest, highest = tf.reduce_min(fractions), tf.reduce_max(fractions)
    if not tf.executing_eagerly():
        tf.debugging.Assert(inside, [message, lowest, "to", highest])
    elif not inside:
        raise ValueError(f"{message} {float(lowest):g} to {float(highest):g}")
