import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import Pyramid, ResidualFitting, ShortRangeDescriptor
from lrc_keras.models import ForceField, adapt, build_full_range_model, build_short_range_model, energy_inputs
from lrc_keras.ops import neighbor_list


@pytest.fixture
def inputs(rng):
    positions = rng.uniform(0, 5, (6, 12, 2))
    return {"positions": positions, "neighbors": neighbor_list(positions, 5.0, 1.5)}


def largest(layer, rows):
    return np.abs(rows @ np.asarray(layer.kernel) + np.asarray(layer.bias)).max()


def test_no_unit_of_a_pyramid_is_saturated(rng):
    pyramid = Pyramid(dtype="float64")
    rows = rng.normal(size=(50, 1)) ** 5  # a few values are large, as for close pairs
    pyramid.adapt(rows)
    for layer in pyramid.dense:
        assert largest(layer, rows) == pytest.approx(1)
        rows = np.asarray(layer(rows))


def test_the_first_layer_sees_channels_that_differ(rng):
    """Two channels that are almost the same: as the first layer sees them they have one size and nothing in common."""
    common = rng.normal(size=(200, 1))
    rows = 3 + np.concatenate([common, 2 * common + 1e-3 * rng.normal(size=(200, 1))], axis=1)
    pyramid = Pyramid(widths=(2, 4), activation="linear", dtype="float64")
    pyramid.build((None, 2))
    pyramid.dense[0].kernel.assign(np.eye(2))
    pyramid.adapt(rows)
    seen = np.asarray(pyramid.dense[0](rows))
    covariance = np.cov(seen, rowvar=False)
    # rounding of covariances whose eigenvalues differ by 10⁷
    np.testing.assert_allclose(covariance, covariance[0, 0] * np.eye(2), atol=1e-6 * covariance[0, 0])
    np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-9)


def test_a_channel_that_never_varies_is_not_seen(rng):
    rows = np.concatenate([rng.normal(size=(50, 1)), np.full((50, 1), 7.0)], axis=1)
    pyramid = Pyramid(dtype="float64")
    pyramid.adapt(rows)
    before = np.asarray(pyramid(rows))
    rows[:, 1] = 8.0
    np.testing.assert_allclose(pyramid(rows), before, rtol=1e-9)


def test_inputs_that_are_zero_leave_the_kernels(rng):
    fitting = ResidualFitting(dtype="float64")
    fitting.build((None, 3))
    before = np.array(fitting.hidden[0].kernel)
    fitting.adapt(np.zeros((5, 3)))
    np.testing.assert_array_equal(fitting.hidden[0].kernel, before)


def test_kinds_are_rows_of_the_inputs(rng):
    pyramid, rows, kinds = Pyramid(num_kinds=2, dtype="float64"), rng.normal(size=(20, 1)), rng.integers(0, 2, 20)
    pyramid.adapt(rows, kinds)
    assert largest(pyramid.dense[0], np.concatenate([rows, np.eye(2)[kinds]], axis=1)) == pytest.approx(1)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_every_network_of_a_model_fits_its_inputs(dim, rng):
    positions = rng.uniform(0, 5, (6, 20, dim))
    inputs = {"positions": positions, "neighbors": neighbor_list(positions, 5.0, 1.5, half=True)}
    model = build_full_range_model(20, dim, 5.0, 1.5, 9, half_list=True, dtype="float64")
    adapt(model, inputs)
    layers = {layer.name: layer for layer in model.layers}
    for name, first in (("long_range_pyramid", "dense"), ("fitting", "hidden")):
        rows = tf.keras.Model(model.inputs, layers[name].input)(inputs)
        rows = np.reshape(rows, (-1, rows.shape[-1]))
        assert largest(getattr(layers[name], first)[0], rows) == pytest.approx(1)
    descriptor = layers["short_range_descriptor"]
    _, distance, near = descriptor.pairs(tf.constant(positions), tf.constant(inputs["neighbors"]), None, None)
    r = 1 / distance.numpy()[near.numpy()]
    assert largest(descriptor.inverse_pyramid.dense[0], ((r - r.mean()) / r.std())[:, np.newaxis]) == pytest.approx(1)


def test_padded_particles_do_not_count(inputs):
    """With the padding the largest input of F would be another."""
    species = np.zeros((6, 12), np.int32)
    padded = {
        "positions": np.pad(inputs["positions"], [(0, 0), (0, 3), (0, 0)], constant_values=1e6),
        "neighbors": np.pad(inputs["neighbors"], [(0, 0), (0, 3), (0, 0)], constant_values=-1),
        "species": np.pad(species, [(0, 0), (0, 3)], constant_values=-1),
    }
    kernels = []
    for given in ({**inputs, "species": species}, padded):
        tf.keras.utils.set_random_seed(0)
        model = build_short_range_model(None, 2, 5.0, 1.5, num_species=1, dtype="float64")
        adapt(model, given)
        kernels.append(np.array(model.get_layer("fitting").hidden[0].kernel))
    np.testing.assert_allclose(*kernels, rtol=1e-12)


def test_a_nested_model_is_adapted(inputs):
    """Once on its own, once in a model that gets the positions in another unit: the same weights."""
    weights = []
    for nested in (False, True):
        tf.keras.utils.set_random_seed(0)
        model = outer = build_full_range_model(12, 2, 5.0, 1.5, 5, dtype="float64")
        if nested:
            given = energy_inputs(12, 2, "float64")
            outer = tf.keras.Model(given, 3 * model({**given, "positions": given["positions"] * 0.5}))
        adapt(outer, {**inputs, "positions": inputs["positions"] * (2 if nested else 1)})
        weights.append([np.array(weight) for weight in model.weights])
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_descriptor_gets_what_the_model_gives_it(inputs):
    """Positions in another unit, without a nested model."""
    given = energy_inputs(12, 2, "float64")
    layer = ShortRangeDescriptor(5.0, 1.5, dtype="float64")
    model = tf.keras.Model(given, tf.keras.ops.sum(layer(given["positions"] * 0.5, given["neighbors"]), axis=(1, 2)))
    adapt(model, {**inputs, "positions": inputs["positions"] * 2})
    expected = ShortRangeDescriptor(5.0, 1.5, dtype="float64")
    expected.adapt(inputs["positions"], inputs["neighbors"], pyramids=True)
    for one, other in zip(layer.weights, expected.weights, strict=True):
        if one.name in ("mean", "deviation"):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("by_keyword", [False, True])
def test_a_layer_is_adapted_by_its_call_in_this_model(inputs, by_keyword):
    """The model was in another one before, with positions of a tenth, which have other neighbours' distances."""
    model = build_short_range_model(12, 2, 5.0, 1.5, dtype="float64")
    means = []
    for factor in (0.1, 1.0):
        given = energy_inputs(12, 2, "float64")
        nested = {**given, "positions": factor * given["positions"]}
        outer = tf.keras.Model(given, 2 * (model(inputs=nested) if by_keyword else model(nested)))
        adapt(outer, {**inputs, "positions": inputs["positions"] / factor})
        means.append(np.array(model.get_layer("short_range_descriptor").mean))
    np.testing.assert_allclose(*means, rtol=1e-12)  # 0.1 · (10 x) is x up to rounding


def test_a_sequential_model_inside_is_adapted(inputs):
    given = energy_inputs(12, 2, "float64")
    pyramid, fitting = Pyramid(widths=(2, 4), dtype="float64"), ResidualFitting(1, dtype="float64")
    inner = tf.keras.Sequential([pyramid, fitting])
    adapt(tf.keras.Model(given, tf.keras.ops.sum(inner(0.5 * given["positions"]), axis=(1, 2))), inputs)
    rows = 0.5 * inputs["positions"].reshape(-1, 2)
    assert largest(pyramid.dense[0], rows) == pytest.approx(1)
    assert largest(fitting.hidden[0], np.asarray(pyramid(rows))) == pytest.approx(1)


def test_padding_is_marked_by_positions_and_species_that_are_no_inputs(inputs):
    """A model of one input "x", whose padding would be the largest value."""
    x = tf.keras.Input((None, 2), name="x", dtype="float64")
    pyramid = Pyramid(widths=(2, 4), dtype="float64")
    model = tf.keras.Model({"x": x}, tf.keras.ops.sum(pyramid(x), axis=(1, 2)))
    padded = np.pad(inputs["positions"], [(0, 0), (0, 3), (0, 0)], constant_values=1e6)
    species = np.pad(np.zeros((6, 12), int), [(0, 0), (0, 3)], constant_values=-1)
    adapt(model, {"x": padded, "positions": padded, "species": species})
    assert largest(pyramid.dense[0], inputs["positions"].reshape(-1, 2)) == pytest.approx(1)


def test_arrays_that_the_model_casts(inputs):
    """A cell of integers."""
    model = build_short_range_model(12, 2, None, 1.5)
    cell = np.broadcast_to(np.diag([5, 5]), (6, 2, 2))
    adapt(model, {**inputs, "cell": cell})
    assert float(model.get_layer("short_range_descriptor").mean[0]) > 0


def test_data_keep_their_precision():
    """A chain of spacing 0.1 up to 100, where float32 has steps of 8e-6: its distances have no deviation."""
    positions = np.arange(0, 100, 0.1).reshape(1, -1, 1)
    model = build_short_range_model(1000, 1, 100.0, 0.15)
    adapt(model, {"positions": positions, "neighbors": neighbor_list(positions, 100.0, 0.15)})
    np.testing.assert_array_equal(model.get_layer("short_range_descriptor").deviation, [1, 1])


def test_a_pyramid_with_kinds_is_adapted(inputs):
    given = energy_inputs(None, 2, "float64", num_species=2)
    pyramid = Pyramid(widths=(2, 4), num_kinds=2, dtype="float64")
    kinds = tf.keras.ops.maximum(given["species"], 0)
    model = tf.keras.Model(given, tf.keras.ops.sum(pyramid(given["positions"], kinds), axis=(1, 2)))
    species = np.tile([0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, -1], (6, 1)).astype("int32")
    adapt(model, {**inputs, "species": species})
    real = species >= 0
    rows = np.concatenate([inputs["positions"][real], np.eye(2)[species[real]]], axis=1)
    assert largest(pyramid.dense[0], rows) == pytest.approx(1)


class Near(tf.keras.layers.Layer):
    """A descriptor inside of another layer."""

    def __init__(self):
        super().__init__(dtype="float64")
        self.descriptor = ShortRangeDescriptor(5.0, 1.5, dtype="float64")

    def call(self, positions, neighbors):
        return self.descriptor(positions, neighbors)


def test_nothing_to_adapt_is_refused(inputs):
    given = energy_inputs(12, 2, "float64")
    without = tf.keras.Model(given, tf.keras.ops.sum(given["positions"], axis=(1, 2)))
    fitting = ResidualFitting(1, dtype="float64", name="fitting")(Near()(given["positions"], given["neighbors"]))
    inside = tf.keras.Model(given, tf.keras.ops.sum(fitting, axis=(1, 2)))
    model = build_short_range_model(12, 2, 5.0, 1.5, dtype="float64")
    positions = {"positions": inputs["positions"]}
    for arguments, message in (
        ((ForceField(model), inputs), "energy_model must be a functional keras.Model; received <ForceField"),
        ((without, inputs), "energy_model must have a ShortRangeDescriptor, a Pyramid or a ResidualFitting; received"),
        ((inside, inputs), "energy_model must have its ShortRangeDescriptor .* received one inside of another layer"),
        ((model, inputs, ["shortrange"]), r"layers must be .*'short_range_descriptor'\]; received \['shortrange'\]"),
        ((model, {"neighbors": inputs["neighbors"]}), r"inputs must be a dict .* received \['neighbors'\]"),
        ((model, [inputs["positions"]]), r"inputs .* arrays with \['neighbors', 'positions'\]; received list"),
        ((model, positions), r"inputs must .* \['neighbors', 'positions'\]; received \['positions'\]"),
    ):
        with pytest.raises(ValueError, match=message):
            adapt(*arguments)
    adapt(inside, inputs, ["fitting"])
