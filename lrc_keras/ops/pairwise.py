"""Direct sums: O(N·modes) for the transforms and O(N²) for the convolution. Fig. 7 right compares with the latter."""

import numpy as np
import tensorflow as tf

from lrc_keras.ops.arguments import as_tensor, check_coefficients, check_points, check_strengths
from lrc_keras.ops.cells import Cell
from lrc_keras.ops.modes import check_num_modes, mode_grid
from lrc_keras.ops.torus import displacement


def nudft_type1(points, strengths, num_modes, box_length):
    """F(n) = Σ_j f_j exp(−i k_n·x_j) by direct summation.

    Args:
        points: (B, N, d) float.
        strengths: (B, N, C) real or complex, of the points' precision.
        num_modes: one mode count or d of them.
        box_length: one side, d sides, or a matrix (d, d) whose rows are the lattice vectors.

    Returns: (B, C, M1, …, Md) complex.
    Raises: ValueError or TypeError when shapes or dtypes do not fit together.

    Example: the mode n = 0 is the sum of the strengths.
        >>> from lrc_keras.ops import nudft_type1
        >>> points, strengths = np.array([[[1.0], [4.0]]]), np.array([[[2.0], [3.0]]])
        >>> modes = nudft_type1(points, strengths, num_modes=5, box_length=10.0)
        >>> modes.shape, round(abs(complex(modes[0, 0, 2])), 6)
        (TensorShape([1, 1, 5]), 5.0)
    """
    points, strengths = check_strengths(points, strengths)
    num_modes = check_num_modes(num_modes, points.shape[-1])
    phase = _phase(points, num_modes, box_length)
    strengths = tf.cast(strengths, phase.dtype)
    modes = tf.einsum("bnc,bnm->bcm", strengths, tf.math.conj(phase))
    return tf.reshape(modes, [*tf.unstack(tf.shape(modes)[:2]), *num_modes])


def nudft_type2(points, coefficients, num_modes, box_length):
    """u(x_j) = Σ_n c(n) exp(+i k_n·x_j) by direct summation: (B, N, d), (B, C, M1, …, Md) → (B, N, C) complex.

    Arguments are as in `nudft_type1`, coefficients complex.
    Raises: ValueError or TypeError when shapes or dtypes do not fit together.

    Example: the mode n = 0 is a constant.
        >>> from lrc_keras.ops import nudft_type2
        >>> points, coefficients = np.array([[[1.0], [4.0]]]), np.array([[[0, 1.0 + 0j, 0]]])
        >>> values = nudft_type2(points, coefficients, num_modes=3, box_length=10.0)
        >>> values.shape, np.allclose(values, 1)
        (TensorShape([1, 2, 1]), True)
    """
    points = check_points(points)
    num_modes = check_num_modes(num_modes, points.shape[-1])
    points, coefficients = check_coefficients(points, coefficients, num_modes)
    phase = _phase(points, num_modes, box_length)
    flat = tf.reshape(coefficients, tf.concat([tf.shape(coefficients)[:2], [-1]], axis=0))
    return tf.einsum("bcm,bnm->bnc", flat, phase)


def _phase(points, num_modes, box_length):
    """exp(+i k_n·x_j) for all points and modes: (B, N, ΠM) complex. Angles are reduced to [−π, π] in float64."""
    fractions = Cell.fixed(box_length, len(num_modes)).fractional(points)
    turns = tf.matmul(fractions, mode_grid(num_modes).reshape(-1, len(num_modes)).astype(np.float64), transpose_b=True)
    angle = tf.cast(2 * np.pi * (turns - tf.stop_gradient(tf.round(turns))), points.dtype)
    return tf.complex(tf.cos(angle), tf.sin(angle))


def direct_convolution(positions, sources, kernel, box_length):
    """u_i = Σ_{j≠i} φ(x_i − x_j) f_j over all pairs, with minimum-image displacements.

    Args:
        positions: (B, N, d) float.
        sources: (B, N, C) float.
        kernel: function φ of displacements (B, N, N, d) → (B, N, N); pairs with i = j are ignored.
        box_length: one number or d of them.

    Returns: (B, N, C) float.
    Raises: ValueError or TypeError when an argument does not fit, or the kernel returns another shape.

    Example: φ(s) = 1/|s|. The first and third point are neighbours across the boundary of the box.
        >>> from lrc_keras.ops import direct_convolution
        >>> positions, sources = np.array([[[0.0], [1.0], [9.0]]]), np.ones((1, 3, 1))
        >>> values = direct_convolution(positions, sources, lambda s: 1 / abs(s[..., 0]), box_length=10.0)
        >>> values.numpy()[0, :, 0].tolist()
        [2.0, 1.5, 1.5]
    """
    if not callable(kernel):
        raise TypeError(f"kernel must be a function of displacements; received {kernel!r}")
    positions, sources = check_strengths(positions, sources, ("positions", "sources"))
    if sources.dtype.is_complex:
        raise TypeError(f"sources must be real; received {sources.dtype.name}")
    separation = displacement(positions[:, :, tf.newaxis], positions[:, tf.newaxis], box_length)
    others = ~tf.eye(tf.shape(positions)[1], dtype=tf.bool)[tf.newaxis]
    # replace the zero diagonal before calling the kernel: the gradient of a singular φ would be NaN
    separation = tf.where(others[..., tf.newaxis], separation, tf.ones_like(separation))
    values = as_tensor("kernel", kernel(separation))
    if values.dtype != positions.dtype or not values.shape.is_compatible_with(separation.shape[:-1]):
        raise ValueError(
            f"kernel must return {positions.dtype.name} of shape {tuple(separation.shape[:-1])}, one number per "
            f"displacement; received {values.dtype.name} {tuple(values.shape)}"
        )
    values = tf.where(others, values, tf.zeros([], positions.dtype))
    return tf.einsum("bij,bjc->bic", values, sources)
