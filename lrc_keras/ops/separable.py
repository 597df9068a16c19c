"""Small clouds: the Fourier sums themselves, as one matrix product per snapshot.

    F(n₁, …, n_d) = Σ_j [e₁(n₁, j) ⋯ e_{d−1}(n_{d−1}, j)] · [f_j e_d(n_d, j)],   e_k(n, j) = exp(−2πi n x_jk / L_k)

For few points this is cheaper than a grid and its FFT, and exact. Half spectra throughout (see `ops.modes`).
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from lrc_keras.ops.gridding import flat_outer


class SeparableSum(NamedTuple):
    """Phases of every point, e₁⋯e_{d−1} (B, N, H₁⋯H_{d−1}) and e_d (B, N, H_d), complex; the half spectrum's shape."""

    outer: tf.Tensor
    last: tf.Tensor
    shape: tuple

    def type1(self, strengths):
        """Real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd)."""
        batch, channels = tf.shape(strengths)[0], strengths.shape[-1]
        strengths = tf.complex(strengths, tf.zeros_like(strengths))
        right = strengths[..., tf.newaxis] * self.last[:, :, tf.newaxis]  # (B, N, C, H_d)
        right = tf.reshape(right, [batch, -1, channels * self.shape[-1]])
        modes = tf.matmul(self.outer, right, transpose_a=True)
        modes = tf.reshape(modes, [batch, self.outer.shape[-1], channels, self.shape[-1]])
        return tf.reshape(tf.transpose(modes, [0, 2, 1, 3]), [batch, channels, *self.shape])

    def type2(self, modes):
        """Half spectrum, complex (B, C, H1, …, Hd) → real field at the points (B, N, C)."""
        batch, channels = tf.shape(modes)[0], modes.shape[1]
        modes = tf.reshape(modes, [batch, channels, -1, self.shape[-1]])
        modes = tf.reshape(tf.transpose(modes, [0, 2, 1, 3]), [batch, -1, channels * self.shape[-1]])
        values = tf.matmul(tf.math.conj(self.outer), modes)  # (B, N, C·H_d)
        values = tf.reshape(values, [batch, -1, channels, self.shape[-1]])
        # modes with a partner in the missing half count twice
        weight = tf.constant([1.0] + [2.0] * (self.shape[-1] - 1), dtype=values.dtype)
        return tf.math.real(tf.reduce_sum(values * tf.math.conj(self.last[:, :, tf.newaxis]) * weight, axis=-1))


def make_separable_sum(points, box_length, shape):
    """Phases of points (B, N, d), anywhere in ℝ^d, for a half spectrum of the given shape."""
    outer = None
    for axis, (side, count) in enumerate(zip(box_length, shape, strict=True)):
        start = 0 if axis == len(shape) - 1 else -(count // 2)
        fraction = points[..., axis : axis + 1] / tf.cast(side, points.dtype)
        fraction -= tf.stop_gradient(tf.floor(fraction))  # small angles round less
        angle = fraction * tf.constant(-2 * np.pi * np.arange(start, start + count), dtype=points.dtype)
        phase = tf.complex(tf.cos(angle), tf.sin(angle))  # (B, N, H)
        if axis == len(shape) - 1:
            return SeparableSum(tf.ones_like(phase[..., :1]) if outer is None else outer, phase, tuple(shape))
        outer = phase if outer is None else flat_outer(outer, phase, tf.multiply)


def separable_cost(shape, num_points):
    """Numbers moved, in the units of `ops.gridding` (measured): phases are dear, products cheap."""
    return num_points * (2 * np.prod(shape) + 20 * np.sum(shape))
