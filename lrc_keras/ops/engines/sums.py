"""The engine for small clouds or few modes: exact Fourier sums as one matrix product per snapshot, without a grid.

    F(n₁, …, n_d) = Σ_j [e₁(n₁, j) ⋯ e_{d−1}(n_{d−1}, j)] · [f_j e_d(n_d, j)],   e_k(n, j) = exp(−2πi n s_jk)

The second factor is a table for every channel. With more channels than H₁⋯H_{d−1} the one table of all e₁⋯e_d is
smaller, and the product is Σ_j [e₁ ⋯ e_d] · f_j. In one dimension with 24 channels it is ten times as fast.

Real and imaginary parts are separate, because products of real matrices are several times faster.
"""

import functools
import math

import numpy as np
import tensorflow as tf

from lrc_keras.ops.modes import half_mode_numbers


class SumsEngine:
    """Transforms by direct summation.

    Args:
        num_modes: d mode counts.
    """

    def __init__(self, num_modes):
        self.mode_numbers = half_mode_numbers(num_modes)

    def set_points(self, fractions, dtype):
        """Points s (B, N, d) float64 in fractional coordinates, anywhere in ℝ^d; dtype of the results."""
        return SummedPoints(self.mode_numbers, fractions, tf.as_dtype(dtype))

    def cost(self, num_points):
        """Microseconds for one cloud on one core: the geometric mean of a forward pass and a training step (fitted)."""
        counts = [len(n) for n in self.mode_numbers]
        return num_points * (0.0012 * math.prod(counts) + 0.035 * sum(counts))

    def phases(self, num_points):
        """The number of phases that are stored for one cloud."""
        counts = [len(n) for n in self.mode_numbers]
        return num_points * (math.prod(counts[:-1]) + counts[-1])


class SummedPoints:
    """Phases of every point, as pairs (real part, imaginary part).

    Attributes:
        outer: e₁⋯e_{d−1}, each part (B, H₁⋯H_{d−1}, N).
        last: e_d, each part (B, H_d, N).
    """

    def __init__(self, mode_numbers, fractions, dtype):
        self.shape = tuple(len(n) for n in mode_numbers)
        fractions = fractions - tf.floor(fractions)
        *others, self.last = (_phases(fractions[..., axis], n, dtype) for axis, n in enumerate(mode_numbers))
        one = tf.ones_like(self.last[0][:, :1])
        self.outer = functools.reduce(_products, others) if others else (one, tf.zeros_like(one))

    def _table(self, channels):
        """e₁⋯e_d, each part (B, H₁⋯H_d, N), where that is smaller than a table for every channel; else None."""
        if channels is None or channels <= self.outer[0].shape[1]:
            return None
        return self.last if len(self.shape) == 1 else _products(self.outer, self.last)

    def type1(self, strengths):
        """Real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd)."""
        table = self._table(strengths.shape[-1])
        if table is not None:
            parts = (tf.matmul(strengths, part, transpose_a=True, transpose_b=True) for part in table)
            return tf.reshape(tf.complex(*parts), [tf.shape(strengths)[0], strengths.shape[-1], *self.shape])
        strengths = tf.linalg.matrix_transpose(strengths)[:, :, tf.newaxis]
        right = tf.stack([strengths * part[:, tf.newaxis] for part in self.last], axis=1)  # (B, 2, C, H_d, N)
        batch, _, channels, _, count = tf.unstack(tf.shape(right))
        right = tf.reshape(right, [batch, 2 * channels * self.shape[-1], count])
        products = (tf.matmul(part, right, transpose_b=True) for part in self.outer)
        shape = [batch, self.outer[0].shape[1], 2, channels, self.shape[-1]]
        (rr, ri), (ir, ii) = (tf.unstack(tf.reshape(product, shape), axis=2) for product in products)
        modes = tf.transpose(tf.complex(rr - ii, ri + ir), [0, 2, 1, 3])
        return tf.reshape(modes, [batch, channels, *self.shape])

    def type2(self, modes):
        """Half spectrum, complex (B, C, H1, …, Hd) → real field at the points (B, N, C)."""
        batch, channels = tf.unstack(tf.shape(modes)[:2])
        # modes with a partner in the missing half count twice
        weight = tf.constant([1.0] + [2.0] * (self.shape[-1] - 1), modes.dtype.real_dtype)
        table = self._table(modes.shape[1])
        if table is not None:
            parts = (weight * part for part in (tf.math.real(modes), tf.math.imag(modes)))
            parts = (tf.reshape(part, [batch, channels, math.prod(self.shape)]) for part in parts)
            return tf.add(*map(functools.partial(tf.matmul, transpose_a=True, transpose_b=True), table, parts))
        modes = tf.transpose(tf.reshape(modes, [batch, channels, -1, self.shape[-1]]), [0, 1, 3, 2])
        left = tf.stack([tf.math.real(modes), tf.math.imag(modes)], axis=1)  # (B, 2, C, H_d, H₁⋯H_{d−1})
        left = tf.reshape(left, [batch, 2 * channels * self.shape[-1], self.outer[0].shape[1]])
        products = (tf.matmul(left, part) for part in self.outer)
        shape = [batch, 2, channels, self.shape[-1], tf.shape(self.outer[0])[2]]
        (rr, ri), (ir, ii) = (tf.unstack(tf.reshape(product, shape), axis=1) for product in products)
        # the real part of (modes · conj(e₁⋯e_{d−1})) · conj(e_d)
        real, imaginary = (weight[:, tf.newaxis] * part[:, tf.newaxis] for part in self.last)
        field = tf.reduce_sum((rr + ii) * real + (ri - ir) * imaginary, axis=2)
        return tf.linalg.matrix_transpose(field)


def _phases(fractions, mode_numbers, dtype):
    """exp(−2πi n s) for consecutive n as (real, imaginary) parts: (B, N) float64 → each (B, H, N).

    With n = n₀ + aK + b and K ≈ √H, about 2√H sines and cosines suffice. Angles are reduced to one period in float64.
    """
    count = len(mode_numbers)
    step = math.isqrt(count - 1) + 1
    coarse = mode_numbers[0] + step * np.arange(-(-count // step))
    real, imaginary = _products(*(_unit_circle(fractions, n, dtype) for n in (coarse, np.arange(step))))
    return real[:, :count], imaginary[:, :count]


def _unit_circle(fractions, mode_numbers, dtype):
    """exp(−2πi n s) for arbitrary n, as (real, imaginary) parts: (B, N) float64 → each (B, H, N)."""
    turns = fractions[:, tf.newaxis] * tf.constant(mode_numbers[:, np.newaxis], tf.float64)
    angle = tf.cast(-2 * np.pi * (turns - tf.round(turns)), dtype)
    return _computed_once(tf.cos(angle)), _computed_once(tf.sin(angle))


def _products(left, right):
    """Complex products of two sets of phases, as (real, imaginary) parts: (B, H, N), (B, K, N) → (B, H·K, N)."""
    (a, b), (c, d) = ([part[:, :, tf.newaxis] for part in left], [part[:, tf.newaxis] for part in right])
    real, imaginary = a * c - b * d, a * d + b * c
    shape = [tf.shape(real)[0], real.shape[1] * real.shape[2], tf.shape(real)[3]]
    return tf.reshape(real, shape), tf.reshape(imaginary, shape)


def _computed_once(values):
    """Multiplies values (B, K, N) by the identity matrix, so that XLA computes them once.

    XLA fuses elementwise operations into their consumers and would compute each cosine once for every phase that uses
    it. It does not fuse through a matrix product.
    """
    return tf.matmul(tf.eye(values.shape[1], dtype=values.dtype), values)
