"""Two sums that are each other's transpose and derivative."""

import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops.neighbors.sums import add_to_neighbors, take_neighbors


@pytest.fixture
def neighbors(rng):
    lists = rng.integers(-1, 5, (3, 5, 4)).astype("int32")
    lists[1, 2] = -1
    return lists


def test_by_loops(neighbors, rng):
    values, terms = rng.normal(size=(3, 5, 2)), rng.normal(size=(3, 5, 4, 2))
    taken, added = np.zeros((3, 5, 4, 2)), np.zeros((3, 5, 2))
    for b, i, k in np.ndindex(neighbors.shape):
        j = neighbors[b, i, k]
        if j >= 0:
            taken[b, i, k] = values[b, j]
            added[b, j] += terms[b, i, k]
    np.testing.assert_array_equal(take_neighbors(values, tf.constant(neighbors)), taken)
    np.testing.assert_allclose(add_to_neighbors(terms, tf.constant(neighbors)), added, rtol=1e-14)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_derivatives_of_every_order(jit_compile, neighbors, rng):
    """⟨take(x), y⟩ = ⟨x, add(y)⟩ makes one the gradient of the other; a third derivative needs both again."""
    neighbors, direction = tf.constant(neighbors), rng.normal(size=(3, 5, 2))
    values = rng.normal(size=(3, 5, 2))

    @tf.function(jit_compile=jit_compile, input_signature=[tf.TensorSpec((None, None, 2), tf.float64)])
    def derivatives(x):
        """f = Σ (take(x) take(x) take(x)): three derivatives along a direction."""
        results = []
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as middle:
                middle.watch(x)
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    f = tf.reduce_sum(take_neighbors(x, neighbors) ** 3)
                first = tf.reduce_sum(inner.gradient(f, x) * direction)
            second = tf.reduce_sum(middle.gradient(first, x) * direction)
        results = [first, second, tf.reduce_sum(outer.gradient(second, x) * direction)]
        return results

    taken = take_neighbors(values, neighbors).numpy()
    along = take_neighbors(direction, neighbors).numpy()
    expected = [np.sum(3 * taken**2 * along), np.sum(6 * taken * along**2), np.sum(6 * along**3)]
    np.testing.assert_allclose(derivatives(tf.constant(values)), expected, rtol=1e-12)
