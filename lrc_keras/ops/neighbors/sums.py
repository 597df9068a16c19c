"""From points to their listed neighbours and back: two sums that are each other's derivative."""

import tensorflow as tf


def take_neighbors(values, neighbors):
    """What the listed neighbours have, zero where padded: x_j of every entry.

    Args:
        values: (B, N, F) float.
        neighbors: (B, N, K) int, −1 pads.

    Returns: (B, N, K, F).
    """

    @tf.custom_gradient
    def gather(values):
        width = values.shape[-1]
        rows = tf.gather(tf.reshape(values, [-1, width]), tf.maximum(_rows(neighbors), 0))
        rows = rows * tf.cast(tf.reshape(neighbors, [-1, 1]) >= 0, values.dtype)
        return tf.reshape(rows, _shape(neighbors, width)), lambda upstream: add_to_neighbors(upstream, neighbors)

    return gather(values)


def add_to_neighbors(terms, neighbors):
    """Σ over the entries that name point j: the transpose of `take_neighbors`.

    Args:
        terms: (B, N, K, F) float; those of the padding are left out.
        neighbors: (B, N, K) int, −1 pads.

    Returns: (B, N, F).
    """

    @tf.custom_gradient
    def scatter(terms):
        batch, points = tf.unstack(tf.shape(neighbors))[:2]
        rows = tf.reshape(terms, [-1, terms.shape[-1]])
        total = tf.math.unsorted_segment_sum(rows, _rows(neighbors), batch * points)  # a negative row is left out
        total = tf.reshape(total, [batch, neighbors.shape[1] or points, terms.shape[-1]])
        return total, lambda upstream: take_neighbors(upstream, neighbors)

    return scatter(terms)


def _rows(neighbors):
    """Rows of a flat array of all B·N points, −1 for the padding: (B·N·K,)."""
    batch, points = tf.unstack(tf.shape(neighbors))[:2]
    first = points * tf.range(batch)[:, tf.newaxis, tf.newaxis]
    neighbors = tf.cast(neighbors, tf.int32)
    return tf.reshape(tf.where(neighbors >= 0, neighbors + first, -1), [-1])


def _shape(neighbors, width):
    """(B, N, K, width), numbers where they are known."""
    known, sizes = neighbors.shape, tf.unstack(tf.shape(neighbors))
    return [*(size if static is None else static for static, size in zip(known, sizes, strict=True)), width]
