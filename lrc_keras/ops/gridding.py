"""Spread and interpolate point by point: an adjoint pair on one stencil.

    spread       b(ℓ) = Σ_j f_j w(x_j − x_ℓ)          points → grid
    interpolate  u_j = Σ_ℓ w(x_j − x_ℓ) b(ℓ)          grid → points

in d dimensions with the product window. Everything is real: a complex strength is two real channels. Each point adds
its W^d values by itself; `ops.tiles` does the same for large clouds, many points at a time.
"""

import math
from typing import NamedTuple

import tensorflow as tf

from lrc_keras.ops.grids import Grid


class PointStencil(NamedTuple):
    """Where each point touches the grid: flat nodes over batch and grid (B, N, W^d) int32, weights (B, N, W^d)."""

    nodes: tf.Tensor
    weights: tf.Tensor
    grid: Grid

    def spread(self, strengths):
        """Points to grid: strengths (B, N, C) real → (B, C, G1, …, Gd)."""
        batch, channels = tf.shape(strengths)[0], strengths.shape[-1]
        num_nodes = math.prod(self.grid.size)
        weighted = self.weights[..., tf.newaxis] * strengths[..., tf.newaxis, :]  # (B, N, W^d, C)
        grid = tf.math.unsorted_segment_sum(
            tf.reshape(weighted, [-1, channels]), tf.reshape(self.nodes, [-1]), batch * num_nodes
        )
        grid = tf.transpose(tf.reshape(grid, [batch, num_nodes, channels]), [0, 2, 1])
        return tf.reshape(grid, [batch, channels, *self.grid.size])

    def interpolate(self, grid):
        """Grid to points: (B, C, G1, …, Gd) → (B, N, C) real."""
        batch, channels = tf.shape(grid)[0], grid.shape[1]
        flat = tf.transpose(tf.reshape(grid, [batch, channels, -1]), [0, 2, 1])  # (B, G, C)
        values = tf.gather(tf.reshape(flat, [-1, channels]), self.nodes)  # (B, N, W^d, C)
        return tf.einsum("bnw,bnwc->bnc", self.weights, values)


def make_point_stencil(points, grid):
    """Nodes and window values of every point: points (B, N, d) float, anywhere in ℝ^d (wrapped into the box)."""
    nodes = tf.range(tf.shape(points)[0])[:, tf.newaxis, tf.newaxis]
    weights = tf.ones_like(points[..., :1])
    width = grid.window.width
    for axis, size in enumerate(grid.size):
        first, offset = first_node(points, grid, axis)
        values = grid.window.values(offset[..., tf.newaxis] + tf.range(width, dtype=points.dtype))  # (B, N, W)
        nodes = flat_outer(nodes * size, tf.math.floormod(first[..., tf.newaxis] + tf.range(width), size), tf.add)
        weights = flat_outer(weights, values, tf.multiply)
    return PointStencil(nodes, weights, grid)


def first_node(points, grid, axis):
    """The first of the W nodes that each point touches in one dimension, and where it lies relative to the point.

    With ξ ∈ [0, G] the coordinate in grid spacings, ℓ = ⌈ξ − W/2⌉ and z = ℓ − ξ ∈ [−W/2, 1 − W/2): nodes ℓ, …, ℓ + W −
    1 lie at z, …, z + W − 1 from the point. ℓ is not yet wrapped into the grid; z carries the derivative.

    Args:
        points: (B, N, d) float.

    Returns: ℓ (B, N) int32, z (B, N) of the points' dtype.
    """
    fraction = points[..., axis] / tf.constant(grid.box_length[axis], points.dtype)
    position = (fraction - tf.stop_gradient(tf.floor(fraction))) * grid.size[axis]
    first = tf.cast(tf.math.ceil(position - grid.window.width / 2), tf.int32)
    return first, tf.cast(first, points.dtype) - position


def flat_outer(left, right, combine):
    """All pairs of the last axes: (B, 1 or N, A) and (B, N, W) → (B, N, A·W)."""
    table = combine(left[..., :, tf.newaxis], right[..., tf.newaxis, :])
    shape = tf.shape(table)
    return tf.reshape(table, [shape[0], shape[1], table.shape[2] * table.shape[3]])
