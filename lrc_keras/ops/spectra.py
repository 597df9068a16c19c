"""Between the three layouts of modes: all modes, the half spectrum, and the FFT grid's own order.

A real field's modes are Hermitian, c(−n) = conj c(n), and its half spectrum (see `ops.modes`) says all. Complex
coefficients split into two Hermitian sets, c = a + ib with a, b the modes of the field's real and imaginary part.
"""

import tensorflow as tf


def from_half_spectrum(half, num_modes):
    """Half spectrum (..., H1, …, Hd) of a real field → all its modes (..., M1, …, Md)."""
    dim = len(num_modes)
    mirrored = tf.math.conj(tf.reverse(half[..., 1:], axis=_last_axes(half, dim)))
    full = tf.concat([mirrored, half], axis=-1)  # −m…m in every dimension
    return full[(..., *(slice(0, m) for m in num_modes))]  # an even M has no mode +M/2


def to_half_spectra(coefficients, num_modes):
    """All modes (..., M1, …, Md) → half spectra (..., H1, …, Hd) of the field's real and of its imaginary part.

    a(n) = (c(n) + conj c(−n))/2,  b(n) = (c(n) − conj c(−n))/2i, with c = 0 outside the modes given.
    """
    symmetric = _symmetric_modes(coefficients, num_modes)
    mirrored = tf.math.conj(tf.reverse(symmetric, axis=_last_axes(symmetric, len(num_modes))))
    start = num_modes[-1] // 2
    real = (symmetric + mirrored)[..., start:] / 2
    imaginary = (symmetric - mirrored)[..., start:] / 2j
    return real, imaginary


def even_half(values, num_modes):
    """Half spectrum of the even part of real values on all modes: (..., M1, …, Md) → (..., H1, …, Hd).

    A real multiplier acts on a real field by its even part (φ̂(n) + φ̂(−n))/2 alone.
    """
    symmetric = _symmetric_modes(values, num_modes)
    mirrored = tf.reverse(symmetric, axis=_last_axes(symmetric, len(num_modes)))
    return (symmetric + mirrored)[..., num_modes[-1] // 2 :] / 2


def crop_modes(spectrum, num_modes):
    """Grid half spectrum (..., G1, …, ⌊Gd/2⌋+1) in FFT order → mode half spectrum (..., H1, …, Hd), ascending."""
    dim = len(num_modes)
    for axis, m in zip(range(-dim, -1), num_modes[:-1], strict=True):
        m = m // 2
        size = spectrum.shape[axis]
        negative = _take(spectrum, axis, size - m, size)
        spectrum = tf.concat([negative, _take(spectrum, axis, 0, m + 1)], axis=axis)
    return spectrum[..., : num_modes[-1] // 2 + 1]


def pad_modes(modes, num_modes, grid_size):
    """Mode half spectrum (..., H1, …, Hd) → grid half spectrum (..., G1, …, ⌊Gd/2⌋+1), zero beyond. Adjoint of crop."""
    dim = len(num_modes)
    missing = grid_size[-1] // 2 - num_modes[-1] // 2
    modes = tf.pad(modes, [[0, 0]] * (modes.shape.rank - 1) + [[0, missing]])
    for axis, m, size in zip(range(-dim, -1), num_modes[:-1], grid_size[:-1], strict=True):
        m = m // 2
        shape = tf.shape(modes)
        position = modes.shape.rank + axis
        gap = tf.concat([shape[:position], [size - 2 * m - 1], shape[position + 1 :]], axis=0)
        negative = _take(modes, axis, 0, m)
        modes = tf.concat([_take(modes, axis, m, 2 * m + 1), tf.zeros(gap, modes.dtype), negative], axis=axis)
    return modes


def _symmetric_modes(values, num_modes):
    """Modes −m…m in every dimension: an even M gets a zero at +M/2."""
    missing = [[0, 0]] * (values.shape.rank - len(num_modes)) + [[0, 1 - m % 2] for m in num_modes]
    return tf.pad(values, missing)


def _last_axes(tensor, dim):
    return list(range(tensor.shape.rank - dim, tensor.shape.rank))


def _take(tensor, axis, start, stop):
    index = [slice(None)] * tensor.shape.rank
    index[axis] = slice(start, stop)
    return tensor[tuple(index)]
