"""Small clouds: the Fourier sums themselves, as one matrix product per snapshot.

    F(n₁, …, n_d) = Σ_j [e₁(n₁, j) ⋯ e_{d−1}(n_{d−1}, j)] · [f_j e_d(n_d, j)],   e_k(n, j) = exp(−2πi n x_jk / L_k)

For few points this is cheaper than a grid and its FFT, and exact. Half spectra throughout (see `ops.modes`). Inside,
real and imaginary parts are apart: products of real matrices are several times faster than of complex ones.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from lrc_keras.ops.gridding import flat_outer


class SeparableSum(NamedTuple):
    """Phases of every point as (real, imaginary) parts: e₁⋯e_{d−1}, each (B, N, H₁⋯H_{d−1}), and e_d, each (B, N, H_d);
    the half spectrum's shape."""

    outer: tuple
    last: tuple
    shape: tuple

    def type1(self, strengths):
        """Real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd)."""
        batch, channels = tf.shape(strengths)[0], strengths.shape[-1]
        strengths = strengths[:, :, tf.newaxis, :, tf.newaxis]
        right = strengths * tf.stack(self.last, axis=2)[:, :, :, tf.newaxis]  # (B, N, 2, C, H_d)
        right = tf.reshape(right, [batch, -1, 2 * channels * self.shape[-1]])
        products = (tf.matmul(part, right, transpose_a=True) for part in self.outer)
        shape = [batch, self.outer[0].shape[-1], 2, channels, self.shape[-1]]
        (rr, ri), (ir, ii) = (tf.unstack(tf.reshape(product, shape), axis=2) for product in products)
        modes = tf.transpose(tf.complex(rr - ii, ri + ir), [0, 2, 1, 3])
        return tf.reshape(modes, [batch, channels, *self.shape])

    def type2(self, modes):
        """Half spectrum, complex (B, C, H1, …, Hd) → real field at the points (B, N, C)."""
        batch, channels = tf.shape(modes)[0], modes.shape[1]
        modes = tf.transpose(tf.reshape(modes, [batch, channels, -1, self.shape[-1]]), [0, 2, 1, 3])
        parts = tf.stack([tf.math.real(modes), tf.math.imag(modes)], axis=2)  # (B, H₁⋯H_{d−1}, 2, C, H_d)
        parts = tf.reshape(parts, [batch, -1, 2 * channels * self.shape[-1]])
        products = (tf.matmul(part, parts) for part in self.outer)
        shape = [batch, -1, 2, channels, self.shape[-1]]
        (rr, ri), (ir, ii) = (tf.unstack(tf.reshape(product, shape), axis=2) for product in products)
        # conj(e₁⋯e_{d−1}) times the modes, then the real part of that times conj(e_d); modes with a partner in the
        # missing half count twice
        weight = tf.constant([1.0] + [2.0] * (self.shape[-1] - 1), dtype=rr.dtype)
        real, imaginary = (weight * part[:, :, tf.newaxis] for part in self.last)
        return tf.reduce_sum((rr + ii) * real + (ri - ir) * imaginary, axis=-1)


def make_separable_sum(points, box_length, shape):
    """Phases of points (B, N, d), anywhere in ℝ^d, for a half spectrum of the given shape."""
    one = tf.ones_like(points[..., :1])
    outer = (one, tf.zeros_like(one))
    for axis, (side, count) in enumerate(zip(box_length, shape, strict=True)):
        start = 0 if axis == len(shape) - 1 else -(count // 2)
        fraction = points[..., axis : axis + 1] / tf.constant(side, points.dtype)
        fraction -= tf.stop_gradient(tf.floor(fraction))  # small angles round less
        angle = fraction * tf.constant(-2 * np.pi * np.arange(start, start + count), dtype=points.dtype)
        phase = (_computed_once(tf.cos(angle)), _computed_once(tf.sin(angle)))  # each (B, N, H)
        if axis == len(shape) - 1:
            return SeparableSum(outer, phase, tuple(shape))
        outer = phase if axis == 0 else _outer_product(outer, phase)


def _outer_product(left, right):
    """Complex products of two sets of phases, as (real, imaginary) parts: (B, N, H), (B, N, K) → (B, N, H·K)."""
    (a, b), (c, d) = left, right
    ac, bd, ad, bc = (flat_outer(x, y, tf.multiply) for x, y in ((a, c), (b, d), (a, d), (b, c)))
    return ac - bd, ad + bc


def _computed_once(values):
    """The same values (…, H), behind a product with the identity.

    XLA merges elementwise operations into whatever reads them, and would take every cosine again for each of the
    H₁⋯H_{d−1} phases that it enters; a matrix product it leaves alone.
    """
    return tf.matmul(values, tf.eye(values.shape[-1], dtype=values.dtype))


def separable_cost(shape, num_points):
    """Numbers moved, in the units of `ops.gridding` (measured): phases are dear, products cheap."""
    return num_points * (2 * np.prod(shape) + 20 * np.sum(shape))
