"""Conversions between two layouts of modes: all modes, and the half spectrum (see `ops.modes`).

The modes of a real field are Hermitian, c(−n) = conj c(n). Complex coefficients are a sum c = a + ib of two Hermitian
sets: a and b are the modes of the real and the imaginary part of the field.
"""

import tensorflow as tf

from lrc_keras.ops.derivatives import linear


def _to_all(half, num_modes):
    full = tf.concat([mirrored(half[..., 1:], num_modes), half], axis=-1)  # −m…m in every dimension
    return full[(..., *(slice(0, m) for m in num_modes))]  # an even M has no mode +M/2


def _to_half(values, num_modes):
    """c(n) + conj c(−n) for n_d > 0, and c(n) in the plane n_d = 0, which holds both n and −n."""
    positive, negative = _both_halves(values, num_modes)
    return tf.concat([positive[..., :1], (positive + negative)[..., 1:]], axis=-1)


@linear(_to_half)
def from_half_spectrum(half, num_modes):
    """Half spectrum (..., H1, …, Hd) of a real field → all its modes (..., M1, …, Md)."""
    return _to_all(half, num_modes)


def _hermitian_half_adjoint(half, num_modes):
    half = hermitian_plane(half, num_modes)
    return _to_all(tf.concat([half[..., :1], half[..., 1:] / 2], axis=-1), num_modes)


@linear(_hermitian_half_adjoint)
def hermitian_half(values, num_modes):
    """Half spectrum of the Hermitian part (φ̂(n) + conj φ̂(−n))/2: real or complex (..., M1, …, Md) → (..., H1, …, Hd).

    Applied to a real field, a multiplier and its Hermitian part give results with the same real part.
    """
    positive, negative = _both_halves(values, num_modes)
    return (positive + negative) / 2


def to_half_spectra(coefficients, num_modes):
    """All modes (..., M1, …, Md) → half spectra (..., H1, …, Hd) of the field's real and imaginary part.

    a(n) = (c(n) + conj c(−n))/2,  b(n) = (c(n) − conj c(−n))/2i, with c = 0 outside the given modes.
    """
    return hermitian_half(coefficients, num_modes), hermitian_half(-1j * coefficients, num_modes)


def hermitian_plane(half, num_modes):
    """The half spectrum of the same real field with its plane n_d = 0, which holds n and −n, made Hermitian."""
    plane = half[..., :1]
    return tf.concat([(plane + mirrored(plane, num_modes)) / 2, half[..., 1:]], axis=-1)


def mirrored(values, num_modes):
    """conj c(−n): reverses the last d axes and conjugates."""
    axes = list(range(values.shape.rank - len(num_modes), values.shape.rank))
    return tf.math.conj(tf.reverse(values, axis=axes))


def _both_halves(values, num_modes):
    """c(n) and conj c(−n) for n in the half spectrum. For even M, c(M/2) is zero."""
    missing = [[0, 0]] * (values.shape.rank - len(num_modes)) + [[0, 1 - m % 2] for m in num_modes]
    symmetric, start = tf.pad(values, missing), num_modes[-1] // 2  # −m…m in every dimension
    return symmetric[..., start:], mirrored(symmetric[..., : start + 1], num_modes)
