import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import ShortRangeDescriptor
from lrc_keras.layers.descriptor_inputs import kinds_of_pairs
from lrc_keras.ops import neighbor_list


def set_weights(layer, values):
    layer.set_weights([np.array(value) for value in values])


BOX, CUTOFF = 5.0, 1.5


def make(dim=1, **kwargs):
    layer = ShortRangeDescriptor((BOX,) * dim, CUTOFF, widths=(2, 4), dtype="float64", **kwargs)
    layer.build((None, None, dim), (None, None, None))
    return layer


def test_layer(check_layer, line_snapshots):
    positions = line_snapshots(2).astype("float32")
    neighbors = neighbor_list(positions, BOX, CUTOFF)
    check_layer(ShortRangeDescriptor(BOX, CUTOFF, widths=(2, 3)), [positions, neighbors], (2, 20, 6), num_trainable=8)


def test_two_particles_by_hand():
    """Eqs. (10) and (11) with one layer of one unit: D₁ = tanh(w₁ŝ + b₁) r̂, D₂ = tanh(w₂r̂ + b₂) r̂."""
    layer = ShortRangeDescriptor(BOX, CUTOFF, widths=(1,), dtype="float64")
    layer.build((None, None, 1), (None, None, None))
    layer.mean.assign([0.5, 2.0])
    layer.deviation.assign([0.25, 4.0])
    set_weights(layer.distance_pyramid, [[[1.5]], [0.1]])
    set_weights(layer.inverse_pyramid, [[[-0.5]], [0.2]])
    positions = np.array([[[4.9], [0.1]]])  # 0.2 apart around the corner
    s, r = (0.2 - 0.5) / 0.25, (5.0 - 2.0) / 4.0
    expected = [np.tanh(1.5 * s + 0.1) * r, np.tanh(-0.5 * r + 0.2) * r]
    np.testing.assert_allclose(layer(positions, np.array([[[1], [0]]])), [[expected, expected]], rtol=1e-12)


def test_two_particles_in_2d_see_the_direction():
    """Eq. (13): s is the unit vector, not normalised; it changes sign with the partner."""
    layer = ShortRangeDescriptor((BOX, BOX), CUTOFF, widths=(1,), dtype="float64")
    layer.build((None, None, 2), (None, None, None))
    set_weights(layer.distance_pyramid, [[[1.0], [2.0]], [0.0]])
    positions = np.array([[[0.3, 0.4], [0.0, 0.0]]])
    result = layer(positions, np.array([[[1], [0]]])).numpy()[0, :, 0]
    np.testing.assert_allclose(result, [np.tanh(0.6 + 1.6) * 2.0, -np.tanh(0.6 + 1.6) * 2.0], rtol=1e-12)


def test_adapt_normalises_over_real_neighbors(line_snapshots):
    positions = line_snapshots(5)
    neighbors = neighbor_list(positions, BOX, CUTOFF)
    padded = np.pad(neighbors, [(0, 0), (0, 0), (0, 3)], constant_values=-1)
    layer = make()
    layer.adapt(positions, padded)
    real = neighbors >= 0
    separation = positions - np.take_along_axis(positions.transpose(0, 2, 1), np.maximum(neighbors, 0), axis=2)
    distance = np.abs(separation - BOX * np.round(separation / BOX))[real]
    np.testing.assert_allclose(layer.mean, [distance.mean(), (1 / distance).mean()], rtol=1e-12)
    np.testing.assert_allclose(layer.deviation, [distance.std(), (1 / distance).std()], rtol=1e-12)


def test_padding_never_leaks(line_snapshots):
    """More padding changes neither values nor gradients, and none is a NaN."""
    positions = line_snapshots(2)
    neighbors = neighbor_list(positions, BOX, CUTOFF)
    layer = make()
    layer.adapt(positions, neighbors)
    results = []
    for extra in (0, 4):
        padded = np.pad(neighbors, [(0, 0), (0, 0), (0, extra)], constant_values=-1)
        x = tf.constant(positions)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = layer(x, padded)
        results.append((value, tape.gradient(value, x)))
    np.testing.assert_allclose(results[0][0], results[1][0], atol=1e-13)
    np.testing.assert_allclose(results[0][1], results[1][1], atol=1e-12)
    assert np.all(np.isfinite(results[1][1]))


def test_sees_neighbors_only(line_snapshots):
    """Moving a particle changes the descriptors of its neighbours and its own, and no other."""
    positions = line_snapshots(1)
    neighbors = neighbor_list(positions, BOX, CUTOFF)
    layer = make()
    layer.adapt(positions, neighbors)
    moved = positions.copy()
    moved[0, 7] += 0.004
    changed = np.any(np.abs(layer(moved, neighbors) - layer(positions, neighbors)) > 1e-12, axis=-1)[0]
    assert set(np.flatnonzero(changed)) == {7, *neighbors[0, 7][neighbors[0, 7] >= 0].tolist()}


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_permutation_translation_and_order_of_neighbors(dim, rng):
    positions = rng.uniform(0, BOX, (1, 15, dim))
    neighbors = neighbor_list(positions, (BOX,) * dim, CUTOFF)
    layer = make(dim)
    layer.adapt(positions, neighbors)
    result = layer(positions, neighbors).numpy()
    np.testing.assert_allclose(layer(positions + 11.7, neighbors), result, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(layer(positions, neighbors[..., ::-1]), result, rtol=1e-9, atol=1e-9)
    order = rng.permutation(15)
    permuted = positions[:, order]
    again = layer(permuted, neighbor_list(permuted, (BOX,) * dim, CUTOFF))
    np.testing.assert_allclose(again, result[:, order], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("smooth_cutoff", [False, True])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_half_lists_change_nothing_but_the_speed(dim, smooth_cutoff, rng):
    """Values, forces and the gradient of a force loss with respect to the weights, to rounding in float64."""
    positions = rng.uniform(0, BOX, (2, 15, dim))
    box = (BOX,) * dim
    direction = rng.normal(size=(2, 15, 8))
    layers = [make(dim, smooth_cutoff=smooth_cutoff, half_list=half) for half in (False, True)]
    layers[0].adapt(positions, neighbor_list(positions, box, CUTOFF))
    layers[1].adapt(positions, neighbor_list(positions, box, CUTOFF, half=True))
    np.testing.assert_allclose(layers[1].mean, layers[0].mean, rtol=1e-12)
    layers[1].set_weights(layers[0].get_weights())

    def derivatives(layer):
        x = tf.constant(positions)
        neighbors = neighbor_list(positions, box, CUTOFF, half=layer.half_list)
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                value = layer(x, tf.constant(neighbors))
                total = tf.reduce_sum(tf.tanh(value) * direction)
            forces = inner.gradient(total, x)
            loss = tf.reduce_sum(forces**2)
        return [value, forces, *outer.gradient(loss, layer.trainable_variables)]

    for one, other in zip(*map(derivatives, layers), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10 * np.max(np.abs(other)))


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("dim", [1, 2, 3])
def test_any_list_that_holds_the_neighbors_will_do(dim, half, rng):
    """A list with a skin gives what the exact one gives."""
    positions, box = rng.uniform(0, BOX, (2, 15, dim)), (BOX,) * dim
    layer = make(dim, half_list=half)
    exact, wide = (neighbor_list(positions, box, radius, half=half) for radius in (CUTOFF, 2.4))
    assert np.sum(wide >= 0) > np.sum(exact >= 0)
    layer.adapt(positions, wide)
    mean = layer.mean.numpy()
    layer.adapt(positions, exact)
    np.testing.assert_allclose(mean, layer.mean, rtol=1e-12)
    np.testing.assert_allclose(layer(positions, wide), layer(positions, exact), rtol=1e-12, atol=1e-12)


def test_far_positions_keep_their_digits(rng):
    """A thousand boxes away in float64, for a layer in float32: the difference is taken before the cast."""
    positions = rng.uniform(0, BOX, (1, 15, 2))
    neighbors = neighbor_list(positions, (BOX, BOX), CUTOFF)
    layer = ShortRangeDescriptor((BOX, BOX), CUTOFF, widths=(2, 4))
    layer.adapt(positions, neighbors)
    far = layer(positions + 1000 * BOX, neighbors)
    assert far.dtype == "float32"
    np.testing.assert_allclose(far, layer(positions, neighbors), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
def test_a_layer_with_a_half_precision_policy_computes_in_float32(policy, rng):
    """The outermost layer opens Keras' autocast scope itself. Only the result is rounded, by 2⁻¹¹ or 2⁻⁸."""
    positions = rng.uniform(0, BOX, (1, 15, 2)).astype("float32")
    neighbors = neighbor_list(positions, (BOX, BOX), CUTOFF)
    layer, plain = (ShortRangeDescriptor((BOX, BOX), CUTOFF, widths=(2, 4), dtype=kind) for kind in (policy, "float32"))
    plain.adapt(positions, neighbors)
    layer.build(positions.shape, neighbors.shape)
    layer.set_weights(plain.get_weights())
    result = layer(positions, neighbors)
    assert result.dtype == policy.removeprefix("mixed_")
    np.testing.assert_array_equal(result, tf.cast(plain(positions, neighbors), result.dtype))


@pytest.mark.parametrize(("smooth_cutoff", "jump"), [(True, 1e-12), (False, 1e-3)])
def test_energy_at_the_cutoff(smooth_cutoff, jump, rng):
    """A neighbour that crosses R: the paper's form jumps, since r̂ is not zero there; the smooth one does not."""
    layer = make(smooth_cutoff=smooth_cutoff)
    layer.mean.assign([0.7, 2.0])
    layer.deviation.assign([0.4, 1.5])
    below = layer(np.array([[[0.0], [CUTOFF - 1e-6]]]), np.array([[[1], [0]]])).numpy()
    above = layer(np.array([[[0.0], [CUTOFF + 1e-6]]]), np.array([[[-1], [-1]]])).numpy()
    difference = np.max(np.abs(below - above))
    assert difference < jump if smooth_cutoff else difference > jump


def test_equal_distances_have_no_deviation(rng):
    """Up to rounding: points of a regular chain, whose distances differ by 1e-17."""
    positions = (0.1 * np.arange(10)).reshape(1, 10, 1)
    layer = ShortRangeDescriptor(1.0, 0.15, widths=(2, 4), dtype="float64")
    layer.adapt(positions, neighbor_list(positions, 1.0, 0.15))
    np.testing.assert_array_equal(layer.deviation, [1, 1])
    moved = positions + rng.uniform(-1e-3, 1e-3, positions.shape)
    # r̂ is 10 times a relative change of 2e-2 at most, the pyramids are bounded by one
    assert np.max(np.abs(layer(moved, neighbor_list(moved, 1.0, 0.15)))) < 1


def test_adapt_to_a_single_pair():
    positions, neighbors = np.array([[[0.3, 0.4], [0.0, 0.0]]]), np.array([[[1], [-1]]], "int32")
    layer = ShortRangeDescriptor((BOX, BOX), CUTOFF, half_list=True, dtype="float64")
    layer.adapt(positions, neighbors, pyramids=True)
    assert all(np.all(np.isfinite(weight)) for weight in layer.get_weights())
    assert np.all(np.isfinite(layer(positions, neighbors)))


def test_small_integers_name_species():
    """Pairs of kind 12 have an index of 90, and 12 · 13 is more than an int8 holds."""
    species = np.full((1, 2), 12, "int8")
    np.testing.assert_array_equal(kinds_of_pairs(tf.constant(species), tf.constant([[[1], [0]]])), [[[90], [90]]])


def test_another_dimension_than_that_of_the_weights_is_refused():
    layer = make(2)
    with pytest.raises(ValueError, match="positions must have dimension 2, as when the layer was built; received 1"):
        layer(np.zeros((1, 2, 1)), np.array([[[1], [0]]]))
