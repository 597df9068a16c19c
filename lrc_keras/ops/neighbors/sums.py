"""Gathering from neighbours and summing over neighbours. Each operation is the gradient of the other."""

import keras
import tensorflow as tf


def take_neighbors(values, neighbors):
    """Values of the listed neighbours, zero for padding.

    Args:
        values: (B, N, F) float.
        neighbors: (B, N, K) int, −1 pads.

    Returns: (B, N, K, F).
    """

    @tf.custom_gradient
    def gather(values):
        width = values.shape[-1]
        rows = tf.gather(tf.reshape(values, [-1, width]), tf.maximum(_rows(neighbors), 0))
        # a product with zero would keep NaN, and padding has the values of the first point of the batch
        rows = tf.where(tf.reshape(neighbors, [-1, 1]) >= 0, rows, tf.zeros([], rows.dtype))
        rows = tf.reshape(rows, [*keras.ops.shape(neighbors), width])
        return rows, lambda upstream: add_to_neighbors(upstream, neighbors)

    return gather(values)


def add_to_neighbors(terms, neighbors):
    """Sums, for each point j, the terms of the list entries that refer to j. Transpose of `take_neighbors`.

    Args:
        terms: (B, N, K, F) float; terms of padding are ignored.
        neighbors: (B, N, K) int, −1 pads.

    Returns: (B, N, F).
    """

    @tf.custom_gradient
    def scatter(terms):
        batch, points = tf.unstack(tf.shape(neighbors))[:2]
        rows = tf.reshape(terms, [-1, terms.shape[-1]])
        total = tf.math.unsorted_segment_sum(rows, _rows(neighbors), batch * points)  # negative rows are ignored
        total = tf.reshape(total, [batch, neighbors.shape[1] or points, terms.shape[-1]])
        return total, lambda upstream: take_neighbors(upstream, neighbors)

    return scatter(terms)


def _rows(neighbors):
    """Indices into a flat array of all B·N points, −1 for padding: (B·N·K,) int32."""
    batch, points = tf.unstack(tf.shape(neighbors))[:2]
    first = points * tf.range(batch)[:, tf.newaxis, tf.newaxis]
    neighbors = tf.cast(neighbors, tf.int32)
    return tf.reshape(tf.where(neighbors >= 0, neighbors + first, -1), [-1])
