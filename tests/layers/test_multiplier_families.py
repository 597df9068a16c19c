import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import (
    CoulombMultiplier,
    FreeMultiplier,
    GaussianMultiplier,
    GradientMultiplier,
    LongRangeConvolution,
    PowerLaw,
    RadialMultiplier,
    ScreenedCoulombMultiplier,
    SumMultiplier,
)
from lrc_keras.layers.learned_multipliers import pair_numbers
from lrc_keras.ops.modes import wavenumbers

FAMILIES = {
    "screened": (lambda **kw: ScreenedCoulombMultiplier(2, (0.5, 1.5), **kw), 2),
    "coulomb": (lambda **kw: CoulombMultiplier(0.4, trainable=True, **kw), 1),
    "power_law": (lambda **kw: PowerLaw(2, (1.5, 2.5), 0.7, **kw), 2),
    "gaussian": (lambda **kw: GaussianMultiplier(2, (0.3, 1.0), **kw), 2),
    "radial": (lambda **kw: RadialMultiplier(2, 1.3, widths=(4,), **kw), 4),
    "free": (lambda **kw: FreeMultiplier(2, keras.initializers.RandomNormal(seed=1), **kw), 1),
    "free_matrix": (lambda **kw: FreeMultiplier(3, in_channels=1, complex=True, **kw), 1),
    "sum": (lambda **kw: SumMultiplier([PowerLaw(2), GaussianMultiplier(2, (0.3,))], **kw), 5),
    "gradient": (lambda **kw: GradientMultiplier(ScreenedCoulombMultiplier(2), **kw), 2),
    "truncated": (lambda **kw: CoulombMultiplier(0.4, truncation=1.0, trainable=True, **kw), 1),
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("num_modes", [(7,), (6, 5), (4, 3, 5)])
def test_family(name, num_modes, check_layer, rng):
    """Shape, weights, round trip, saving and gradients through the layer; parity of the values themselves."""
    make, num_trainable = FAMILIES[name]
    multiplier = make()
    k = wavenumbers(num_modes, (5.0,) * len(num_modes)).astype("float32")
    values = np.array(multiplier(k))
    assert values.shape == multiplier.compute_output_shape(k.shape) and np.all(np.isfinite(values))
    odd = values[tuple(slice(1 - m % 2, None) for m in num_modes)]
    # φ̂(−k) = conj φ̂(k), sums of six numbers of size one
    np.testing.assert_allclose(np.conj(np.flip(odd, axis=tuple(range(len(num_modes))))), odd, rtol=1e-6, atol=1e-6)
    positions = rng.uniform(0, 5, (2, 6, len(num_modes))).astype("float32")
    channels = values.shape[len(num_modes)]
    layer = LongRangeConvolution(make(), num_modes, (5.0,) * len(num_modes), 1e-3)
    check_layer(layer, [positions], (2, 6, channels), num_trainable)


def test_coulomb_is_zero_at_the_origin_and_smeared_elsewhere():
    values = np.array(CoulombMultiplier(0.5, dtype="float64")(wavenumbers((5,), (2 * np.pi,))))[:, 0]
    expected = [np.pi * np.exp(-0.5), 4 * np.pi * np.exp(-0.125), 0.0]
    np.testing.assert_allclose(values, [*expected, *expected[1::-1]], rtol=1e-14)
    assert not CoulombMultiplier(0.5).trainable


def test_power_law_and_gaussian_by_hand():
    k = wavenumbers((5,), (2 * np.pi,))  # −2 … 2
    np.testing.assert_allclose(PowerLaw(1, 3.0, 2.0, dtype="float64")(k)[:, 0], [0.25, 2, 0, 2, 0.25], rtol=1e-14)
    values = GaussianMultiplier(1, (1.0, 2.0), dtype="float64")(k)[:, 0]
    expected = (np.exp(-(k[:, 0] ** 2) / 2) + np.exp(-2 * k[:, 0] ** 2)) / 2
    np.testing.assert_allclose(values, expected, rtol=1e-14)


def test_the_smearing_of_a_screened_kernel():
    """4πβ/(k² + λ²) · exp(−σ²k²/2), and zero where k and λ are both zero."""
    k = wavenumbers((5,), (2 * np.pi,))
    multiplier = ScreenedCoulombMultiplier(2, (0.5, 2.0), smearing=0.3, dtype="float64")
    expected = 4 * np.pi / (k**2 + np.array([0.25, 4.0])) * np.exp(-0.045 * k**2)
    np.testing.assert_allclose(multiplier(k), expected, rtol=1e-14)
    multiplier.inverse_length.assign([0.0, 2.0])
    expected = np.where(
        k == 0, [0.0, np.pi], 4 * np.pi / np.where(k == 0, 1, k**2 + [0.0, 4.0]) * np.exp(-0.045 * k**2)
    )
    np.testing.assert_allclose(multiplier(k), expected, rtol=1e-14)


def test_a_radial_multiplier_by_hand():
    """One hidden unit: φ̂ = (2 tanh(3t + 1) − 0.5) / (1 + k²/κ²) with t = k²/(k² + κ²), κ = 2."""
    k = wavenumbers((5,), (2 * np.pi,))
    multiplier = RadialMultiplier(1, scale=2.0, widths=(1,), dtype="float64")
    multiplier.build((5, 1))
    multiplier.set_weights([np.array(value) for value in ([[3.0]], [1.0], [[2.0]], [-0.5])])
    t = k**2 / (k**2 + 4)
    np.testing.assert_allclose(multiplier(k), (2 * np.tanh(3 * t + 1) - 0.5) / (1 + k**2 / 4), rtol=1e-14)


def test_the_coefficients_of_a_sum():
    """A row for each term and a column for each channel, also of a matrix: coefficients belong to its rows."""
    k = wavenumbers((5,), (2 * np.pi,))
    coefficients = np.array([[2.0, -1.0], [0.5, 3.0]])
    for terms in (
        [PowerLaw(2, (1.0, 3.0)), GaussianMultiplier(2)],
        [FreeMultiplier(2, in_channels=3), FreeMultiplier(2, in_channels=3)],
    ):
        multiplier = SumMultiplier(terms, dtype="float64")
        multiplier.build((5, 1))
        multiplier.coefficients.assign(coefficients)
        weights = coefficients if terms[0].in_channels is None else coefficients[..., np.newaxis]
        expected = sum(weight * np.array(term(k)) for weight, term in zip(weights, terms, strict=True))
        np.testing.assert_allclose(multiplier(k), expected, rtol=1e-14)


@pytest.mark.parametrize("matrix", [False, True])
def test_the_gradient_multiplier_is_the_gradient_of_the_field(matrix, rng):
    """Channel c·d + a is ∂u_c/∂x_a. The last two points have no source: moving one changes the field there alone."""
    positions, sources = tf.constant(rng.uniform(0, 3, (1, 7, 2))), rng.normal(size=(1, 7, 3 if matrix else 1))
    sources[:, 5:] = 0

    def make():
        keras.utils.set_random_seed(2)
        initializer = keras.initializers.RandomNormal(seed=1)
        return FreeMultiplier(2, initializer, in_channels=3) if matrix else ScreenedCoulombMultiplier(2, (0.5, 2.0))

    options = {"num_modes": (7, 5), "box_length": (3.0, 4.0), "tolerance": 1e-12, "dtype": "float64"}
    field, slopes = LongRangeConvolution(make(), **options), LongRangeConvolution(GradientMultiplier(make()), **options)
    expected = []
    for channel in range(2):
        with tf.GradientTape() as tape:
            tape.watch(positions)
            value = tf.reduce_sum(field(positions, sources)[:, 5:, channel])
        expected.append(tape.gradient(value, positions)[:, 5:])
    # the field of the sources is a sum of 35 modes of size one
    np.testing.assert_allclose(slopes(positions, sources)[:, 5:], np.concatenate(expected, axis=-1), atol=1e-10)


def test_gradients_at_the_singular_mode_are_finite():
    k = wavenumbers((5, 5), (3.0, 3.0))
    for multiplier in (CoulombMultiplier(0.3, trainable=True, dtype="float64"), PowerLaw(2, dtype="float64")):
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(multiplier(k))
        assert all(np.all(np.isfinite(g)) for g in tape.gradient(value, multiplier.trainable_variables))


@pytest.mark.parametrize(("num_modes", "count"), [((7,), 4), ((6,), 4), ((3, 5), 8), ((3, 3, 3), 14)])
def test_one_number_per_pair_of_modes(num_modes, count):
    """±n share one number: (ΠM + 1)/2 of them for odd counts; an even count has a lone −M/2."""
    pair = pair_numbers(num_modes)
    assert len(np.unique(pair)) == pair.max() + 1 == count
    odd = pair[tuple(slice(1 - m % 2, None) for m in num_modes)]
    np.testing.assert_array_equal(np.flip(odd), odd)


def test_a_free_multiplier_finds_a_kernel(line_snapshots):
    """u is linear in the numbers: least squares on the outputs of Eq. (23) finds every mode that the data excite."""
    positions = line_snapshots(16)
    truth = LongRangeConvolution(ScreenedCoulombMultiplier(1, 1.0, dtype="float64"), 7, 5.0, 1e-10, dtype="float64")
    layer = LongRangeConvolution(FreeMultiplier(dtype="float64"), 7, 5.0, 1e-10, dtype="float64")
    layer(positions)
    columns = []
    for unit in np.eye(4):
        layer.multiplier.values.assign(unit[None])
        columns.append(np.ravel(layer(positions)))
    found = np.linalg.lstsq(np.stack(columns, axis=1), np.ravel(truth(positions)), rcond=None)[0]
    k = wavenumbers((7,), (5.0,))[:, 0]
    pair = pair_numbers((7,))
    np.testing.assert_allclose(found[pair], 4 * np.pi / (k**2 + 1), rtol=1e-6)


@pytest.mark.parametrize(
    ("multiplier", "values"),
    [
        (CoulombMultiplier(0.3, dtype="float64"), [0.3]),
        (GaussianMultiplier(1, (0.1, 0.7, 1.1), dtype="float64"), [1 / 3] * 3 + [0.1, 0.7, 1.1]),
        (ScreenedCoulombMultiplier(1, 0.7, 1.1, dtype="float64"), [1.1, 0.7]),
    ],
)
def test_starting_values_keep_every_digit_of_float64(multiplier, values):
    multiplier.build((5, 1))
    weights = np.concatenate([np.ravel(weight) for weight in multiplier.get_weights()])
    assert sorted(weights) == sorted(values)


def test_sums_of_gradients_and_of_terms_that_do_not_see_the_cell(rng):
    positions, cells = rng.uniform(0, 2, (2, 5, 2)), np.stack([2.0 * np.eye(2), 2.2 * np.eye(2)])
    gradients = [GradientMultiplier(ScreenedCoulombMultiplier(2)), GradientMultiplier(GaussianMultiplier(2))]
    layers = [LongRangeConvolution(m, (5, 5), dtype="float64") for m in (SumMultiplier(gradients), *gradients)]
    total, *parts = (layer(positions, None, cells).numpy() for layer in layers)
    np.testing.assert_allclose(total, sum(parts), atol=1e-12)
    mixed = SumMultiplier([FreeMultiplier(2), ScreenedCoulombMultiplier(2)])
    assert LongRangeConvolution(mixed, (5, 5))(positions, None, cells).shape == (2, 5, 2)
