"""Every layer in the ways that Keras models use layers: cloned, nested, shared, saved, under policies."""

import copy
import json
import subprocess
import sys

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
    Pyramid,
    RadialMultiplier,
    ResidualFitting,
    ScreenedCoulombMultiplier,
    ShortRangeDescriptor,
    SumMultiplier,
)
from lrc_keras.ops import neighbor_list

MULTIPLIERS = {
    "screened": ScreenedCoulombMultiplier,
    "coulomb": lambda: CoulombMultiplier(0.4, trainable=True),
    "power": lambda: PowerLaw(2),
    "gaussian": lambda: GaussianMultiplier(2),
    "radial": lambda: RadialMultiplier(2, widths=(4,)),
    "free": lambda: FreeMultiplier(2),
    "free complex matrix": lambda: FreeMultiplier(2, in_channels=1, complex=True),
    "sum": lambda: SumMultiplier([PowerLaw(2), RadialMultiplier(2, widths=(4,))]),
    "gradient": lambda: GradientMultiplier(RadialMultiplier(1, widths=(4,))),
}
DATA = np.random.default_rng(0)
POSITIONS = DATA.uniform(0, 3, (2, 6, 2))
NEIGHBORS = neighbor_list(POSITIONS, (3.0, 4.0), 1.4)


def convolution(name, num_modes=(5, 6), **options):
    return LongRangeConvolution(MULTIPLIERS[name](), num_modes, (3.0, 4.0), 1e-4, **options)


def models():
    """Name → function that makes a functional model of positions, with new layers every time."""

    def of(layer, *more):
        positions = keras.Input((6, 2), dtype=keras.config.dtype_policy().variable_dtype, name="positions")
        return keras.Model(positions, layer(positions, *more))

    # "screened" comes with every method below
    table = {name: lambda name=name: of(convolution(name)) for name in MULTIPLIERS if name != "screened"}
    for method in ("sums", "points", "finufft"):
        table[method] = lambda method=method: of(convolution("screened", method=method))
    table["descriptor"] = lambda: of(ShortRangeDescriptor((3.0, 4.0), 1.4, widths=(2, 3)), tf.constant(NEIGHBORS))
    table["pyramid"] = lambda: of(Pyramid((2, 3)))
    table["fitting"] = lambda: of(ResidualFitting(2, 4))
    return table


MODELS = models()


def randomized(model, seed=1):
    """Other weights than those a layer starts with: what is lost on the way would show."""
    rng = np.random.default_rng(seed)
    model.set_weights([w + 0.1 * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def result(model):
    return model(POSITIONS.astype("float32")).numpy()


@pytest.mark.parametrize("name", MODELS)
def test_cloned(name):
    model = randomized(MODELS[name]())
    clone = keras.models.clone_model(model)
    assert [w.shape for w in clone.get_weights()] == [w.shape for w in model.get_weights()]
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(result(clone), result(model))


@pytest.mark.parametrize("name", MODELS)
def test_copied_and_written_as_json(name):
    model = randomized(MODELS[name]())
    np.testing.assert_array_equal(result(copy.deepcopy(model)), result(model))
    if name != "descriptor":  # whose neighbours are a constant here
        again = keras.models.model_from_json(model.to_json())
        again.set_weights(model.get_weights())
        np.testing.assert_array_equal(result(again), result(model))


@pytest.mark.parametrize("name", MODELS)
def test_nested(name, tmp_path):
    model = randomized(MODELS[name]())
    inputs = keras.Input((6, 2))
    outer = keras.Model(inputs, keras.layers.Activation("tanh")(model(inputs)))
    np.testing.assert_allclose(result(outer), np.tanh(result(model)), rtol=1e-5, atol=1e-6)
    if name != "descriptor":
        outer.save(tmp_path / "outer.keras")
        np.testing.assert_array_equal(result(keras.models.load_model(tmp_path / "outer.keras")), result(outer))


@pytest.mark.parametrize("name", MODELS)
def test_weights_alone(name, tmp_path):
    model = randomized(MODELS[name]())
    model.save_weights(tmp_path / "model.weights.h5")
    other = MODELS[name]()
    other.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(result(other), result(model))


@pytest.mark.parametrize("policy", ["float64", "mixed_float16"])
@pytest.mark.parametrize("name", MODELS)
def test_policies(name, policy):
    """float64 says it once, for the multiplier too; a mixed policy computes a Fourier transform in float32."""
    weights = randomized(MODELS[name]()).get_weights()
    keras.config.set_dtype_policy(policy)
    try:
        model = MODELS[name]()
        model.set_weights(weights)
        output = model(POSITIONS.astype("float64" if policy == "float64" else "float32"))
        transforms = isinstance(model.layers[-1], LongRangeConvolution)
    finally:
        keras.config.set_dtype_policy("float32")
    plain = MODELS[name]()
    plain.set_weights(weights)
    expected = result(plain)
    assert output.dtype == ("float64" if policy == "float64" else "float32" if transforms else policy[6:])
    # half precision rounds by 2⁻¹¹ in every layer of a network and in its output
    tolerance = 1e-4 if transforms or policy == "float64" else 4 * 2**-11
    largest = np.max(np.abs(expected))
    np.testing.assert_allclose(tf.cast(output, "float64"), expected, rtol=0, atol=tolerance * largest)


def test_one_multiplier_of_two_layers(tmp_path):
    multiplier, inputs = ScreenedCoulombMultiplier(1, 2.0), keras.Input((6, 2))
    layers = [LongRangeConvolution(multiplier, modes, (3.0, 4.0), 1e-4) for modes in (7, 9)]
    model = randomized(keras.Model(inputs, keras.layers.Concatenate()([layer(inputs) for layer in layers])))
    assert len(model.trainable_weights) == 2
    model.save(tmp_path / "shared.keras")
    loaded = keras.models.load_model(tmp_path / "shared.keras")
    assert len(loaded.trainable_weights) == 2
    np.testing.assert_array_equal(result(loaded), result(model))
    model.save_weights(tmp_path / "shared.weights.h5")
    randomized(loaded, 2).load_weights(tmp_path / "shared.weights.h5")
    np.testing.assert_array_equal(result(loaded), result(model))


@pytest.mark.parametrize("arguments", [{"box_length": np.array([5.0, 6.0])}, {"box_length": 5.0 * np.eye(2)}])
def test_arrays_as_arguments(arguments, tmp_path):
    """A configuration holds what was checked, never the caller's array."""
    inputs = keras.Input((6, 2))
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(2, np.array([0.5, 1.0])), np.array([5, 7]), **arguments)
    model = keras.Model(inputs, layer(inputs))
    json.dumps(layer.get_config())
    model.save(tmp_path / "arrays.keras")
    np.testing.assert_array_equal(result(keras.models.load_model(tmp_path / "arrays.keras")), result(model))
    np.testing.assert_array_equal(result(copy.deepcopy(model)), result(model))


@pytest.mark.parametrize("trainable", [True, False])
def test_trainable_is_a_flag(trainable, tmp_path):
    """Frozen, unfrozen and loaded again, a multiplier has the weights to train that its flag says."""
    inputs = keras.Input((6, 2))
    layer = LongRangeConvolution(CoulombMultiplier(0.3), 5, (3.0, 4.0), 1e-4)
    model = keras.Model(inputs, layer(inputs))
    assert len(model.trainable_weights) == 0
    layer.multiplier.trainable = trainable
    assert len(model.trainable_weights) == trainable
    model.save(tmp_path / "model.keras")
    assert len(keras.models.load_model(tmp_path / "model.keras").trainable_weights) == trainable


@pytest.mark.parametrize("layer", [True, False])
@pytest.mark.parametrize("pyramid", [True, False])
def test_trainable_is_a_flag_of_each_pyramid(layer, pyramid, tmp_path):
    """Each pyramid has a kernel and a bias. The other pyramid has the flag of the layer."""
    inputs = keras.Input((6, 2)), keras.Input((6, 3), dtype="int32")
    descriptor = ShortRangeDescriptor((3.0, 4.0), 1.4, widths=(2,))
    model = keras.Model(inputs, descriptor(*inputs))
    descriptor.trainable = layer
    descriptor.distance_pyramid.trainable = pyramid
    assert len(model.trainable_weights) == 2 * (layer + pyramid)
    model.save(tmp_path / "model.keras")
    for copied in (keras.models.load_model(tmp_path / "model.keras"), keras.models.clone_model(model)):
        assert [w.path for w in copied.trainable_weights] == [w.path for w in model.trainable_weights]
    assert ("trainable_pyramids" in descriptor.get_config()) == (layer != pyramid)


@pytest.mark.parametrize("name", ["radial", "pyramid", "fitting"])
def test_a_frozen_layer_stays_frozen_in_a_copy(name):
    model = MODELS[name]()
    model.layers[-1].trainable = False
    copied = keras.models.clone_model(model)
    assert len(model.trainable_weights) == len(copied.trainable_weights) == 0
    copied.layers[-1].trainable = True
    assert len(copied.trainable_weights) == len(model.weights)


def test_a_kernel_without_smearing_frozen_and_unfrozen(tmp_path):
    """`model.trainable` sets the flag of every layer, of one that has no smearing to train too."""
    inputs = keras.Input((6, 3))
    model = keras.Model(inputs, LongRangeConvolution(CoulombMultiplier(), 5, 3.0, 1e-4)(inputs))
    model.trainable = False
    model.trainable = True
    model.save(tmp_path / "model.keras")
    assert len(keras.models.load_model(tmp_path / "model.keras").trainable_weights) == 0


@pytest.mark.parametrize(
    ("multiplier", "channels", "expected"),
    [
        *((FreeMultiplier(out, in_channels=into), into, out) for out in (1, 2, 4) for into in (1, 2, 3)),
        *((ScreenedCoulombMultiplier(2), into, 2) for into in (1, 2)),
        *((ScreenedCoulombMultiplier(1), into, into) for into in (1, 2, 3)),
        (GradientMultiplier(ScreenedCoulombMultiplier(2)), 1, 4),
        (GradientMultiplier(FreeMultiplier(2, in_channels=3)), 3, 4),
    ],
)
def test_channels_known_before_anything_is_computed(multiplier, channels, expected):
    layer = LongRangeConvolution(multiplier, 5, (3.0, 4.0), 1e-4)
    symbolic = layer(keras.Input((6, 2)), keras.Input((6, channels)))
    assert symbolic.shape == (None, 6, expected)
    assert layer(POSITIONS, np.ones((2, 6, channels))).shape == (2, 6, expected)


def test_a_model_with_finufft_runs_without_xla(rng):
    """Keras' jit_compile="auto" asks the layers; first and second derivatives through fit."""
    assert not convolution("screened", method="finufft").supports_jit
    weights, losses = None, []
    for method in ("sums", "finufft"):
        keras.utils.set_random_seed(0)
        inputs = keras.Input((6, 2))
        field = convolution("screened", method=method)(inputs)
        model = keras.Model(inputs, keras.layers.Dense(1)(field))
        model.compile("adam", "mse", jit_compile="auto" if method == "finufft" else False)
        weights = weights or model.get_weights()
        model.set_weights(weights)
        losses.append(model.fit(POSITIONS, np.ones((2, 6, 1)), epochs=3, verbose=0).history["loss"])
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-3)


def test_integer_and_bool_sources(rng):
    layer = convolution("screened")
    charges = rng.integers(-2, 3, (2, 6, 1))
    np.testing.assert_array_equal(layer(POSITIONS, charges), layer(POSITIONS, charges.astype("float32")))
    np.testing.assert_array_equal(layer(POSITIONS, charges > 0), layer(POSITIONS, (charges > 0).astype("float32")))


def test_another_backend_is_refused_at_import():
    code = "import lrc_keras.layers"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={"KERAS_BACKEND": "jax", "PATH": ""}
    )
    assert run.returncode and 'lrc_keras needs the Keras backend "tensorflow"; received "jax"' in run.stderr
