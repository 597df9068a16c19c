"""Direct sums: O(N·modes) for the transforms and O(N²) for the convolution. Reference, and rival in Fig. 7 right."""

import numpy as np
import tensorflow as tf

from lrc_keras.ops.modes import check_num_modes, wavenumbers
from lrc_keras.ops.torus import check_box_length, displacement


def nudft_type1(points, strengths, num_modes, box_length):
    """F(n) = Σ_j f_j exp(−i k_n·x_j) by direct summation.

    Args:
        points: (B, N, d) float.
        strengths: (B, N, C) real or complex, of the points' precision.
        num_modes, box_length: one number or d of them.

    Returns: (B, C, M1, …, Md) complex.
    """
    phase, shape = _phase(points, num_modes, box_length)
    strengths = tf.cast(strengths, phase.dtype)
    modes = tf.einsum("bnc,bnm->bcm", strengths, tf.math.conj(phase))
    return tf.reshape(modes, tf.concat([tf.shape(modes)[:2], shape], axis=0))


def nudft_type2(points, coefficients, num_modes, box_length):
    """u(x_j) = Σ_n c(n) exp(+i k_n·x_j) by direct summation: (B, N, d), (B, C, M1, …, Md) → (B, N, C) complex."""
    phase, _ = _phase(points, num_modes, box_length)
    coefficients = tf.convert_to_tensor(coefficients)
    flat = tf.reshape(coefficients, tf.concat([tf.shape(coefficients)[:2], [-1]], axis=0))
    return tf.einsum("bcm,bnm->bnc", flat, phase)


def _phase(points, num_modes, box_length):
    """exp(+i k_n·x_j) for all points and modes: (B, N, ΠM) complex, and the shape (M1, …, Md)."""
    points = tf.convert_to_tensor(points)
    dim = points.shape[-1]
    num_modes = check_num_modes(num_modes, dim)
    k = wavenumbers(num_modes, check_box_length(box_length, dim)).reshape(-1, dim)
    angle = tf.einsum("bnd,md->bnm", points, tf.constant(k, dtype=points.dtype))
    return tf.complex(tf.cos(angle), tf.sin(angle)), np.array(num_modes, dtype=np.int32)


def direct_convolution(positions, sources, kernel, box_length):
    """u_i = Σ_{j≠i} φ(x_i − x_j) f_j over all pairs, minimum image.

    Args:
        positions: (B, N, d) float.
        sources: (B, N, C) float.
        kernel: function of displacements (B, N, N, d) returning φ, (B, N, N); its value at zero is ignored.
        box_length: one number or d of them.

    Returns: (B, N, C) float.
    """
    positions = tf.convert_to_tensor(positions)
    separation = displacement(positions[:, :, tf.newaxis], positions[:, tf.newaxis], box_length)
    others = ~tf.eye(tf.shape(positions)[1], dtype=tf.bool)[tf.newaxis]
    # the diagonal is moved away from zero before the kernel sees it: a singular φ would spoil the gradient
    separation = tf.where(others[..., tf.newaxis], separation, tf.ones_like(separation))
    values = tf.where(others, kernel(separation), tf.zeros([], positions.dtype))
    return tf.einsum("bij,bjc->bic", values, sources)
