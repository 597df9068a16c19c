"""Between the two layouts of modes: all modes, and the half spectrum.

A real field's modes are Hermitian, c(−n) = conj c(n), and its half spectrum (see `ops.modes`) says all. Complex
coefficients split into two Hermitian sets, c = a + ib with a, b the modes of the field's real and imaginary part.
"""

import tensorflow as tf

from lrc_keras.ops.derivatives import linear


def _to_all(half, num_modes):
    full = tf.concat([mirrored(half[..., 1:], num_modes), half], axis=-1)  # −m…m in every dimension
    return full[(..., *(slice(0, m) for m in num_modes))]  # an even M has no mode +M/2


def _to_half(values, num_modes):
    """c(n) + conj c(−n) for n_d > 0, and c(n) alone in the plane n_d = 0, where n and −n have an entry each."""
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

    It is what a multiplier does to real fields, when only the real part of the result is kept.
    """
    positive, negative = _both_halves(values, num_modes)
    return (positive + negative) / 2


def to_half_spectra(coefficients, num_modes):
    """All modes (..., M1, …, Md) → half spectra (..., H1, …, Hd) of the field's real and of its imaginary part.

    a(n) = (c(n) + conj c(−n))/2,  b(n) = (c(n) − conj c(−n))/2i, with c = 0 outside the modes given.
    """
    return hermitian_half(coefficients, num_modes), hermitian_half(-1j * coefficients, num_modes)


def hermitian_plane(half, num_modes):
    """The half spectrum of the same real field whose plane n_d = 0, which holds both n and −n, is Hermitian."""
    plane = half[..., :1]
    return tf.concat([(plane + mirrored(plane, num_modes)) / 2, half[..., 1:]], axis=-1)


def mirrored(values, num_modes):
    """conj c(−n): conjugates in reversed order along the last d axes."""
    axes = list(range(values.shape.rank - len(num_modes), values.shape.rank))
    return tf.math.conj(tf.reverse(values, axis=axes))


def _both_halves(values, num_modes):
    """c(n) and conj c(−n) for n of the half spectrum; an even M has a zero at +M/2."""
    missing = [[0, 0]] * (values.shape.rank - len(num_modes)) + [[0, 1 - m % 2] for m in num_modes]
    symmetric, start = tf.pad(values, missing), num_modes[-1] // 2  # −m…m in every dimension
    return symmetric[..., start:], mirrored(symmetric[..., : start + 1], num_modes)
