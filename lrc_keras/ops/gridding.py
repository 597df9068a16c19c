"""Spread and interpolate: an adjoint pair on one stencil.

    spread       b(ℓ) = Σ_j f_j w(x_j − x_ℓ)          points → grid
    interpolate  u_j = Σ_ℓ w(x_j − x_ℓ) b(ℓ)          grid → points

in d dimensions with the product window. Everything is real: a complex strength is two real channels.
"""

from typing import NamedTuple

import tensorflow as tf


class Stencil(NamedTuple):
    """Where each point touches the grid: flat nodes over batch and grid (B, N, W^d) int32, and weights (B, N, W^d)."""

    nodes: tf.Tensor
    weights: tf.Tensor


def make_stencil(points, box_length, grid_size, window):
    """Nodes and window values of every point.

    Args:
        points: (B, N, d) float, anywhere in ℝ^d (wrapped into the box).
        box_length, grid_size: d sides, d node counts.
        window: `windows.Window`.
    """
    batch, dim = tf.shape(points)[0], len(grid_size)
    nodes = tf.range(batch)[:, tf.newaxis, tf.newaxis]
    weights = tf.ones_like(points[..., :1])
    for axis in range(dim):
        size = grid_size[axis]
        fraction = points[..., axis] / tf.cast(box_length[axis], points.dtype)
        position = (fraction - tf.stop_gradient(tf.floor(fraction))) * size - window.width / 2
        first = tf.stop_gradient(tf.math.ceil(position))
        index = tf.cast(first, tf.int32)[..., tf.newaxis] + tf.range(window.width)  # (B, N, W)
        values = window.values(first - position)
        nodes = _outer(nodes * size, tf.math.floormod(index, size), tf.add)
        weights = _outer(weights, values, tf.multiply)
    return Stencil(nodes, weights)


def _outer(left, right, combine):
    """(B, 1 or N, A) and (B, N, W) → (B, N, A·W)."""
    table = combine(left[..., :, tf.newaxis], right[..., tf.newaxis, :])
    shape = tf.shape(table)
    return tf.reshape(table, [shape[0], shape[1], table.shape[2] * table.shape[3]])


def spread(strengths, stencil, grid_size):
    """Points to grid: strengths (B, N, C) real → (B, C, G1, …, Gd)."""
    batch, channels = tf.shape(strengths)[0], strengths.shape[-1]
    weighted = stencil.weights[..., tf.newaxis] * strengths[..., tf.newaxis, :]  # (B, N, W^d, C)
    num_nodes = batch * _product(grid_size)
    grid = tf.math.unsorted_segment_sum(
        tf.reshape(weighted, [-1, channels]), tf.reshape(stencil.nodes, [-1]), num_nodes
    )
    grid = tf.reshape(grid, [batch, _product(grid_size), channels])
    return tf.reshape(tf.transpose(grid, [0, 2, 1]), [batch, channels, *grid_size])


def interpolate(grid, stencil):
    """Grid to points: (B, C, G1, …, Gd) → (B, N, C) real."""
    batch, channels = tf.shape(grid)[0], grid.shape[1]
    flat = tf.transpose(tf.reshape(grid, [batch, channels, -1]), [0, 2, 1])  # (B, G, C)
    values = tf.gather(tf.reshape(flat, [-1, channels]), stencil.nodes)  # (B, N, W^d, C)
    return tf.einsum("bnw,bnwc->bnc", stencil.weights, values)


def _product(sizes):
    result = 1
    for size in sizes:
        result *= size
    return result
