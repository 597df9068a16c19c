"""Pair lists: what the two ends of a pair of neighbours have in common is computed once, not once from each end.

A padded neighbour list names every pair {i, j} twice and pays for its padding; a pair list names it once, i < j. Most
of the work of training is in the pairs.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from lrc_keras.ops.arguments import check_count, real_array

ENTRIES_AT_A_TIME = 2**22  # of the neighbour lists, when they are checked for symmetry: bounds the memory of the sort


def pair_list(neighbors, max_pairs=None):
    """Every pair of neighbours once, in NumPy, once per data set.

    Args:
        neighbors: (B, N, K) int, −1 pads, from `neighbor_list`: j is listed by i exactly if i is listed by j.
        max_pairs: padded length P; default the largest number of pairs in these snapshots (at least 1).

    Returns: (B, P, 2) int32, i < j ascending, then −1.
    Raises: ValueError when a list does not name every pair from both ends, or there are more than `max_pairs` pairs.

    Example:
        >>> from lrc_keras.ops import neighbor_list, pair_list
        >>> positions = np.array([[[0.2], [0.5], [4.9], [2.5]]])
        >>> pair_list(neighbor_list(positions, box_length=5.0, cutoff=1.0))[0].tolist()
        [[0, 1], [0, 2], [1, 2]]
    """
    neighbors = real_array("neighbors", neighbors)
    if neighbors.ndim != 3 or neighbors.dtype.kind not in "iu":
        raise ValueError(
            f"neighbors must be integers (batch, points, neighbours); received {neighbors.dtype} {neighbors.shape}"
        )
    if neighbors.min(initial=0) < -1:
        raise ValueError(f"neighbors must be indices of points, or −1 for padding; received {neighbors.min()}")
    count, num_points, width = neighbors.shape
    needed = int(np.max(np.sum(neighbors >= 0, axis=(1, 2)), initial=0) + 1) // 2
    length = max(needed, 1) if max_pairs is None else check_count("max_pairs", max_pairs)
    if needed > length:
        raise ValueError(f"max_pairs must be at least {needed}, the largest number of pairs; received {max_pairs}")
    pairs = np.full((count, length, 2), -1, dtype=np.int32)
    step = max(1, ENTRIES_AT_A_TIME // max(num_points * width, 1))
    for start in range(0, count, step):
        part = slice(start, start + step)
        _list_pairs(neighbors[part].astype(np.int64), pairs[part])
    return pairs


def _list_pairs(neighbors, pairs):
    """Fills `pairs` of some snapshots in place."""
    num_points = neighbors.shape[1]
    snapshot, i, k = np.nonzero(neighbors >= 0)
    j = neighbors[snapshot, i, k]
    keys = (snapshot * num_points + np.minimum(i, j)) * num_points + np.maximum(i, j)  # ascending by snapshot
    unique = np.unique(keys)
    once_each = all(np.array_equal(np.sort(keys[side]), unique) for side in (i < j, i > j))
    if np.any(j >= num_points) or not once_each:
        raise ValueError("neighbors must name every pair of points once from each of its two ends; received others")
    owner = unique // num_points**2
    number = np.arange(unique.size) - np.searchsorted(owner, owner)
    pairs[owner, number] = np.stack([unique // num_points % num_points, unique % num_points], axis=-1)


class PairList:
    """A batch of pair lists as tensors; all pairs of the batch are one axis, Q = B·P, and their two ends another.

    `to_pairs` and `to_points` are transposes of each other, and are each other's derivative.

    Args:
        pairs: (B, P, 2) int32, −1 pads.
        num_points: N.
    """

    def __init__(self, pairs, num_points):
        batch = tf.shape(pairs)[0]
        rows = pairs + num_points * tf.range(batch)[:, tf.newaxis, tf.newaxis]  # of all B·N points
        self._ends = tf.transpose(tf.reshape(tf.where(pairs >= 0, rows, -1), [-1, 2]))  # (2, Q)
        self._shape = [batch, num_points]
        self.mask = self._ends[0] >= 0  # (Q,)

    def difference(self, positions):
        """x_i − x_j of every pair, zero where padded: (B, N, d) → (Q, d)."""
        ends = self.to_pairs(positions)
        return ends[0] - ends[1]

    def both_sides(self, vectors):
        """A vector that turns around with the pair, seen from both ends: (Q, d) → (2, Q, d)."""
        return tf.stack([vectors, -vectors])

    def one_side(self, values):
        """What is the same from both ends: (Q, F) → (1, Q, F)."""
        return values[tf.newaxis]

    def to_pairs(self, values, sides=2):
        """Values of the points at both ends of every pair, zero where padded: (B, N, F) → (2, Q, F).

        With `sides` = 1 their sum, (1, Q, F).
        """

        @tf.custom_gradient
        def gather(values):
            rows = tf.gather(tf.reshape(values, [-1, values.shape[-1]]), tf.maximum(self._ends, 0))
            rows = rows * tf.cast(self.mask, values.dtype)[:, tf.newaxis]
            return rows if sides == 2 else tf.reduce_sum(rows, axis=0, keepdims=True), self.to_points

        return gather(values)

    def to_points(self, terms):
        """Σ over the pairs of every point: terms (2, Q, F), one for each end, or (1, Q, F) → (B, N, F)."""
        sides, width = terms.shape[0], terms.shape[2]

        @tf.custom_gradient
        def pool(terms):
            # a negative end is left out
            total = sum(
                tf.math.unsorted_segment_sum(terms[side % sides], self._ends[side], tf.reduce_prod(self._shape))
                for side in range(2)
            )
            return tf.reshape(total, [*self._shape, width]), lambda upstream: self.to_pairs(upstream, sides)

        return pool(terms)


class NeighborEntries(NamedTuple):
    """The same operations on a neighbour list (B, N, K) alone: every entry is its own pair, seen from one end.

    Twice the work, but any list will do, and nothing has to be prepared.
    """

    neighbors: tf.Tensor

    @property
    def mask(self):
        """True for a real neighbour: (B, N, K) bool."""
        return self.neighbors >= 0

    def difference(self, positions):
        """x_i − x_j of every entry: (B, N, d) → (B, N, K, d)."""
        return positions[:, :, tf.newaxis] - tf.gather(positions, tf.maximum(self.neighbors, 0), batch_dims=1)

    def both_sides(self, vectors):
        """(B, N, K, d) → (1, B, N, K, d)."""
        return vectors[tf.newaxis]

    one_side = both_sides

    def to_points(self, terms):
        """Σ over the neighbours of every point: (1, B, N, K, F) → (B, N, F)."""
        mask = tf.cast(self.mask, terms.dtype)[..., tf.newaxis]
        return tf.reduce_sum(terms[0] * mask, axis=2)
