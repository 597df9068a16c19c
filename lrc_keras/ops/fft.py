"""Real FFTs over the last d axes, differentiable to every order.

    real_fft       F(n) = Σ_m b(m) exp(−2πi n·m/G)                      real grid → half spectrum (n_d ≥ 0)
    real_synthesis b(m) = Σ_n c(n) exp(+2πi n·m/G), c(−n) = conj c(n)    half spectrum → real grid

Each is the other's adjoint, up to counting the modes with a partner in the missing half twice. Saying so replaces
TensorFlow's own derivatives, which end at two dimensions.
"""

import math

import numpy as np
import tensorflow as tf

_FORWARD = {1: tf.signal.rfft, 2: tf.signal.rfft2d, 3: tf.signal.rfft3d}
_INVERSE = {1: tf.signal.irfft, 2: tf.signal.irfft2d, 3: tf.signal.irfft3d}


def real_fft(grid, grid_size):
    """Real (..., G1, …, Gd) → complex (..., G1, …, ⌊Gd/2⌋+1)."""

    @tf.custom_gradient
    def transform(values):
        def gradient(upstream):
            return real_synthesis(upstream / _multiplicity(grid_size, upstream.dtype), grid_size)

        return _FORWARD[len(grid_size)](values, fft_length=grid_size), gradient

    return transform(grid)


def real_synthesis(spectrum, grid_size):
    """Half spectrum, complex (..., G1, …, ⌊Gd/2⌋+1) → real (..., G1, …, Gd), unnormalised."""

    @tf.custom_gradient
    def transform(values):
        def gradient(upstream):
            return real_fft(upstream, grid_size) * _multiplicity(grid_size, values.dtype)

        return _INVERSE[len(grid_size)](values, fft_length=grid_size) * math.prod(grid_size), gradient

    return transform(spectrum)


def _multiplicity(grid_size, dtype):
    """How often each mode of the half spectrum counts: (⌊Gd/2⌋+1,), 2 with a partner in the missing half, else 1."""
    last = grid_size[-1]
    n = np.arange(last // 2 + 1)
    return tf.constant(np.where((2 * n) % last == 0, 1, 2), dtype=dtype)
