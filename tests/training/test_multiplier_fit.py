import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import FourierMultiplier, ScreenedCoulombMultiplier
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import Snapshots, fit_multiplier

BOX, CUTOFF, POINTS, SNAPSHOTS = 6.0, 1.5, 16, 12


def force_field(multiplier, dim=2, **options):
    options = {"fitting_depth": 0, "dtype": "float64", **options}
    return ForceField(build_full_range_model(POINTS, dim, BOX, CUTOFF, 9, multiplier=multiplier, **options))


def channels(inverse_lengths):
    return ScreenedCoulombMultiplier(len(inverse_lengths), inverse_lengths, dtype="float64")


def convolution(field):
    return field.energy_model.get_layer("long_range_convolution")


def snapshots_of(field, coefficients, rng, half=False, near=lambda r: r * np.exp(-r)):
    """Forces of channels with coefficients, and of pairs within the cutoff: what `fit_multiplier` can say exactly."""
    dim = field.energy_model.input["positions"].shape[-1]
    positions = rng.uniform(0, BOX, (SNAPSHOTS, POINTS, dim))
    with tf.GradientTape() as tape:
        points = tf.Variable(positions)
        energy = tf.reduce_sum(convolution(field)(points) * np.asarray(coefficients))
    separation = positions[:, :, None] - positions[:, None]
    separation -= BOX * np.round(separation / BOX)
    distance = np.linalg.norm(separation, axis=-1)
    inside = (distance > 0) & (distance < CUTOFF)
    strength = np.where(inside, near(distance) / np.where(inside, distance, 1), 0)
    forces = -tape.gradient(energy, points).numpy() + (separation * strength[..., None]).sum(axis=2)
    neighbors = neighbor_list(positions, BOX, CUTOFF, half=half)
    return Snapshots(positions, neighbors, np.zeros(SNAPSHOTS), forces)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("half", [False, True])
def test_inverse_lengths_of_the_data_are_found(dim, half, rng):
    """Two channels and pairs within R. What is left is what the polynomial of degree 16 leaves of r exp(−r)."""
    data = snapshots_of(force_field(channels((0.5, 2.5)), dim), (1.0, -4.0), rng, half)
    field = force_field(channels((0.8, 4.0)), dim, half_list=half)
    found = fit_multiplier(field, data)
    assert found["after"] < 1e-6 < 1e-4 < found["before"]
    np.testing.assert_allclose(convolution(field).multiplier.inverse_length, (0.5, 2.5), rtol=1e-3)


def test_a_network_nested_in_another_model(rng):
    data = snapshots_of(force_field(channels((0.5, 2.5))), (1.0, -4.0), rng)
    field = force_field(channels((0.8, 4.0)))
    inner = field.energy_model
    outer = ForceField(keras.Model(inner.input, 2 * inner(inner.input)))
    assert fit_multiplier(outer, data)["after"] < 1e-6
    np.testing.assert_allclose(convolution(field).multiplier.inverse_length, (0.5, 2.5), rtol=1e-3)


def test_an_amplitude_stays(rng):
    data = snapshots_of(force_field(channels((0.5,))), (1.0,), rng)
    field = force_field(channels((1.5,)))
    convolution(field).multiplier.amplitude.assign([0.3])
    fit_multiplier(field, data)
    np.testing.assert_array_equal(convolution(field).multiplier.amplitude, [0.3])
    np.testing.assert_allclose(convolution(field).multiplier.inverse_length, [0.5], rtol=1e-3)


def test_channels_stay_apart(rng):
    """The data are −∂φ_λ/∂λ at λ = 1, whose best two channels are equal."""
    pair = force_field(channels((0.999, 1.001)))
    data = snapshots_of(pair, (500.0, -500.0), rng)
    field = force_field(channels((0.5, 3.0)))
    found = fit_multiplier(field, data)
    low, high = convolution(field).multiplier.inverse_length.numpy()
    assert found["after"] < found["before"] and 0.3 < low < 0.99 and 1.01 < high < 3.0


def test_weights_stay_where_nothing_is_better(rng):
    data = snapshots_of(force_field(channels((0.5,))), (0.0,), rng)  # forces within R alone
    field = force_field(channels((0.7,)))
    found = fit_multiplier(field, data)
    # what the polynomial of the pairs leaves; a λ beyond that would fit rounding
    assert found["after"] <= found["before"] < 1e-6
    assert 0.1 < float(convolution(field).multiplier.inverse_length[0]) < 10


def test_batches_and_the_first_snapshots(rng, monkeypatch):
    """In parts of five, and of 12 snapshots the first six: the fit of these alone."""
    data = snapshots_of(force_field(channels((0.5, 2.5))), (1.0, -4.0), rng)
    fields = [force_field(channels((0.8, 4.0))) for _ in range(2)]
    fit_multiplier(fields[0], data.take(6))
    monkeypatch.setattr("lrc_keras.training.fitting.multiplier_fit.BATCH", 5)
    fit_multiplier(fields[1], data, num_snapshots=6)
    one, other = (np.array(convolution(field).multiplier.inverse_length) for field in fields)
    np.testing.assert_allclose(one, other, rtol=1e-6)  # sums in another order


def test_a_weight_that_starts_at_zero(rng):
    """In float32 a step relative to zero is lost in rounding. The data have 1/(k² + (1 + shift)²), shift = 0.5."""

    class Shifted(FourierMultiplier):
        def build(self, input_shape):
            self.shift = self.add_channel_weight("shift", [0.0])

        def call(self, wavenumbers):
            return 1 / ((1 + self.shift) ** 2 + self.squared_norm(wavenumbers))

    data = snapshots_of(force_field(channels((1.5,))), (1.0,), rng)
    single = Snapshots(data.positions.astype("f4"), data.neighbors, data.energies, data.forces.astype("f4"))
    field = force_field(Shifted(1, dtype="float32"), dtype="float32")
    fit_multiplier(field, single)
    np.testing.assert_allclose(convolution(field).multiplier.shift, [0.5], rtol=0.02)


def test_weights_that_only_scale_stay(rng):
    class Scaled(FourierMultiplier):
        def build(self, input_shape):
            self.amplitude = self.add_channel_weight("amplitude", [2.0])

        def call(self, wavenumbers):
            return self.amplitude / (1 + self.squared_norm(wavenumbers))

    data = snapshots_of(force_field(channels((0.5,))), (1.0,), rng)
    field = force_field(Scaled(1, dtype="float64"))
    before = [np.array(weight) for weight in convolution(field).multiplier.weights]
    found = fit_multiplier(field, data)
    assert found["after"] == found["before"]
    for weight, expected in zip(convolution(field).multiplier.weights, before, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_single_precision(rng):
    data = snapshots_of(force_field(channels((0.5, 2.5))), (1.0, -4.0), rng)
    single = Snapshots(data.positions.astype("f4"), data.neighbors, data.energies, data.forces.astype("f4"))
    field = force_field(None, inverse_lengths=(0.8, 4.0), dtype="float32")
    fit_multiplier(field, single)
    # forces have six digits, and the valley is narrow
    np.testing.assert_allclose(convolution(field).multiplier.inverse_length, (0.5, 2.5), rtol=0.02)


def test_a_failure_leaves_the_weights(rng, monkeypatch):
    data = snapshots_of(force_field(channels((0.5,))), (1.0,), rng)
    field = force_field(channels((1.5,)))
    monkeypatch.setattr("lrc_keras.training.fitting.multiplier_fit.least_squares", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit_multiplier(field, data)
    np.testing.assert_array_equal(convolution(field).multiplier.inverse_length, [1.5])


class Subclassed(keras.Model):
    def call(self, inputs):
        return keras.ops.sum(inputs["positions"], axis=(1, 2))


def test_refusals(rng):
    field = force_field(channels((0.5,)))
    data = snapshots_of(field, (1.0,), rng)
    short = ForceField(build_short_range_model(POINTS, 2, BOX, CUTOFF))
    fixed = channels((0.5,))
    fixed.trainable = False
    given = {"sources": "latent"}, {"sources": "given"}, {"sources": "species", "num_species": 2}, {"num_species": 1}
    still = Snapshots(data.positions, data.neighbors, data.energies, np.zeros_like(data.forces))
    far = Snapshots(data.positions, np.full_like(data.neighbors, -1), data.energies, data.forces)
    for arguments, message in (
        ((keras.Sequential(), data), "force_field must be a ForceField"),
        ((ForceField(Subclassed()), data), "force_field must have a functional energy model"),
        ((short, data), "force_field must have one LongRangeConvolution; received 0"),
        ((force_field(fixed), data), "force_field must have a multiplier with trainable weights"),
        *(
            ((force_field(channels((0.5,)), **options), data), "without sources; received one with")
            for options in given
        ),
        ((field, data.positions), "snapshots must be Snapshots"),
        ((field, data, 0), "num_snapshots"),
        ((field, still), "snapshots must have forces; received zeros alone"),
        ((field, far), "snapshots must have a pair within cutoff=1.5; received none"),
    ):
        with pytest.raises(ValueError, match=message):
            fit_multiplier(*arguments)


def test_lists_with_images_are_lists(rng):
    """Every image is named in place of the nearest one: the same pairs, and the same fit."""
    data = snapshots_of(force_field(channels((0.5,))), (1.0,), rng)
    neighbors, images = neighbor_list(data.positions, BOX, CUTOFF, images=True)
    field = force_field(channels((0.8,)), cell_images=True)
    found = fit_multiplier(field, Snapshots(data.positions, neighbors, data.energies, data.forces, images=images))
    assert found["after"] < 1e-6
    np.testing.assert_allclose(convolution(field).multiplier.inverse_length, (0.5,), rtol=1e-3)
