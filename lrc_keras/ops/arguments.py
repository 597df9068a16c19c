"""Checks of tensors that are passed as arguments. Checks of plain values are in `lrc_keras.arguments`."""

import reprlib

import tensorflow as tf

PRECISIONS = (tf.float32, tf.float64)


def working_precision(compute_dtype):
    """The working dtype of a layer: "float64" if its policy computes in float64, else "float32", also if mixed."""
    return "float64" if compute_dtype == "float64" else "float32"


def as_tensor(name, values):
    """Converts the values to a tensor. Raises: TypeError naming the argument when they cannot be converted."""
    try:
        return tf.convert_to_tensor(values)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be a tensor or an array; received {reprlib.repr(values)}") from error


def dimension(positions_shape):
    """The dimension d of positions (B, N, d). Raises: ValueError for any other shape."""
    if any(isinstance(size, (list, tuple)) for size in positions_shape):
        raise ValueError(
            "positions must be one tensor (batch, points, dimension), and further inputs further arguments, as in "
            f"layer(positions, sources); received a list of {len(positions_shape)}"
        )
    if len(positions_shape) != 3 or positions_shape[-1] not in (1, 2, 3):
        raise ValueError(
            f"positions must have shape (batch, points, dimension), dimension 1, 2 or 3; "
            f"received {tuple(positions_shape)}"
        )
    return positions_shape[-1]


def known_cell(cell, dim):
    """A cell ([B,] d, d) whose sizes a graph may not know, with them. Raises: TensorFlow's error where they differ."""
    return tf.ensure_shape(cell, [*cell.shape[:-2], dim, dim])


def check_points(points, name="points"):
    """Converts points (B, N, d) to a tensor. Raises: TypeError for a wrong dtype, ValueError for a wrong shape."""
    points = as_tensor(name, points)
    if points.dtype not in PRECISIONS:
        raise TypeError(f"{name} must be float32 or float64; received {points.dtype.name}")
    if points.shape.rank != 3:
        raise ValueError(f"{name} must have shape (batch, points, dimension); received {points.shape}")
    if points.shape[-1] not in (None, 1, 2, 3):
        raise ValueError(f"{name} must have 1, 2 or 3 coordinates; received {points.shape}")
    return points


def check_strengths(points, strengths, names=("points", "strengths")):
    """Converts points (B, N, d) and strengths (B, N, C) to tensors. Raises: TypeError or ValueError."""
    return _check_together(points, strengths, names, rank=3, shared=2)


def check_coefficients(points, coefficients, num_modes):
    """Converts points (B, N, d) and coefficients (B, C, M1, …, Md) to tensors. Raises: TypeError or ValueError."""
    names, rank = ("points", "coefficients"), 2 + len(num_modes)
    points, coefficients = _check_together(points, coefficients, names, rank, shared=1)
    if not coefficients.dtype.is_complex:
        raise TypeError(f"coefficients must be complex; received {coefficients.dtype.name}")
    if tuple(coefficients.shape[2:]) != num_modes:
        raise ValueError(
            f"coefficients must have shape (batch, channels, {', '.join(map(str, num_modes))}); "
            f"received {coefficients.shape}"
        )
    return points, coefficients


def _check_together(points, values, names, rank, shared):
    """Checks points and values. Their first `shared` axes must agree: 1 for the batch, 2 for batch and points."""
    points_name, name = names
    points, values = as_tensor(points_name, points), as_tensor(name, values)
    if values.dtype.real_dtype != points.dtype:
        raise TypeError(
            f"{points_name} and {name} must share one precision, float32 or float64; "
            f"received {points.dtype.name} and {values.dtype.name}"
        )
    points = check_points(points, points_name)
    if values.shape.rank != rank:
        raise ValueError(f"{name} must have {rank} axes; received shape {values.shape}")
    if not values.shape[:shared].is_compatible_with(points.shape[:shared]):
        raise ValueError(
            f"{name} must have the first axes {tuple(points.shape[:shared])} of {points_name}; "
            f"received shape {values.shape}"
        )
    return points, values
