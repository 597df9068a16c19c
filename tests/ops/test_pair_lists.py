import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops import neighbor_list, pair_list
from lrc_keras.ops.pair_lists import PairList

BOX, CUTOFF = 5.0, 1.5


@pytest.fixture
def cloud(rng):
    positions = rng.uniform(0, BOX, (3, 17, 2))
    return positions, neighbor_list(positions, BOX, CUTOFF)


def test_three_points_by_hand():
    neighbors = np.array([[[2, 1], [0, -1], [0, -1]], [[-1, -1], [2, -1], [1, -1]]])
    np.testing.assert_array_equal(pair_list(neighbors), [[[0, 1], [0, 2]], [[1, 2], [-1, -1]]])
    assert pair_list(neighbors, 3).shape == (2, 3, 2) and pair_list(neighbors).dtype == np.int32


def test_every_neighbor_is_in_one_pair(cloud, monkeypatch):
    _, neighbors = cloud
    pairs = pair_list(neighbors)
    for row, own in zip(neighbors, pairs, strict=True):
        expected = sorted((i, j) for i, entries in enumerate(row.tolist()) for j in entries if j > i)
        assert [tuple(pair) for pair in own[own[:, 0] >= 0].tolist()] == expected
    monkeypatch.setattr("lrc_keras.ops.pair_lists.ENTRIES_AT_A_TIME", 1)  # snapshot by snapshot
    np.testing.assert_array_equal(pair_list(neighbors), pairs)


def test_no_pair_at_all():
    np.testing.assert_array_equal(pair_list(np.full((2, 3, 1), -1)), np.full((2, 1, 2), -1))


@pytest.mark.parametrize(
    ("neighbors", "message"),
    [
        ([[[1], [-1]]], "name every pair of points once from each"),  # 1 does not know of 0
        ([[[1, 1], [-1, -1]]], "name every pair of points once from each"),  # twice from the same end
        ([[[0, 0]]], "name every pair of points once from each"),  # its own neighbour
        ([[[5], [-1]]], "name every pair of points once from each"),
        ([[1, 0]], r"neighbors must be integers \(batch, points, neighbours\)"),
        ([[[1.0], [0.0]]], "neighbors must be integers"),
    ],
)
def test_bad_lists_are_named(neighbors, message):
    with pytest.raises(ValueError, match=message):
        pair_list(np.array(neighbors))


def test_too_few_pairs_is_named(cloud):
    with pytest.raises(ValueError, match="max_pairs must be at least"):
        pair_list(cloud[1], 3)


@pytest.mark.parametrize("sides", [1, 2])
def test_to_pairs_and_to_points_are_transposes(cloud, rng, sides):
    """⟨to_pairs(x), y⟩ = ⟨x, to_points(y)⟩, also with padding; to rounding in float64."""
    pairs = pair_list(cloud[1], 80)
    operations = PairList(tf.constant(pairs), 17)
    x = rng.normal(size=(3, 17, 4))
    y = rng.normal(size=(sides, 3 * 80, 4))
    gathered, pooled = operations.to_pairs(tf.constant(x), sides), operations.to_points(tf.constant(y))
    assert np.sum(gathered * y) == pytest.approx(np.sum(x * pooled), rel=1e-12)


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_derivatives_of_every_order_are_each_other(cloud, rng, sides, jit_compile):
    operations = PairList(tf.constant(pair_list(cloud[1])), 17)
    terms = tf.constant(rng.normal(size=(sides, *operations.mask.shape, 3)))
    upstream = tf.constant(rng.normal(size=(3, 17, 3)))

    @tf.function(jit_compile=jit_compile, autograph=False)
    def derivatives(terms, upstream):
        with tf.GradientTape() as outer:
            outer.watch(upstream)
            with tf.GradientTape() as inner:
                inner.watch(terms)
                total = tf.reduce_sum(operations.to_points(terms) * upstream)
            first = inner.gradient(total, terms)
            again = tf.reduce_sum(first * terms)
        return first, outer.gradient(again, upstream)

    first, second = derivatives(terms, upstream)
    np.testing.assert_allclose(first, operations.to_pairs(upstream, sides), rtol=1e-14)
    np.testing.assert_allclose(second, operations.to_points(terms), rtol=1e-13, atol=1e-13)  # sums in another order
