import math

import keras
import numpy as np
import pytest

from lrc_keras.layers import (
    FourierMultiplier,
    FreeMultiplier,
    LongRangeConvolution,
    ScreenedCoulombMultiplier,
    SumMultiplier,
)
from lrc_keras.ops.modes import wavenumbers


@pytest.mark.parametrize("num_modes", [(5,), (4, 3), (3, 4, 5)])
def test_screened_coulomb_is_equation_23(num_modes):
    layer = ScreenedCoulombMultiplier(
        2, initial_inverse_length=(0.5, 2.0), initial_amplitude=(1.0, 3.0), dtype="float64"
    )
    k = wavenumbers(num_modes, (5.0,) * len(num_modes))
    squared = np.sum(k**2, axis=-1)
    expected = np.stack([4 * np.pi / (squared + 0.25), 12 * np.pi / (squared + 4.0)], axis=-1)
    np.testing.assert_allclose(layer(k), expected, rtol=1e-14)
    assert {w.name for w in layer.trainable_weights} == {"amplitude", "inverse_length"}
    assert sum(math.prod(w.shape) for w in layer.trainable_weights) == 4
    assert layer.compute_output_shape(k.shape) == (*num_modes, 2)
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_a_multiplier_of_ones_own():
    @keras.saving.register_keras_serializable(package="test_multipliers")
    class Lorentzian(FourierMultiplier):
        def build(self, input_shape):
            self.width = self.add_weight(name="width", shape=(self.channels,), initializer="ones")

        def call(self, wavenumbers):
            return 1 / (1 + self.width * self.squared_norm(wavenumbers))

    values = Lorentzian(channels=3)(wavenumbers((3,), (2 * np.pi,)).astype("float32"))
    np.testing.assert_allclose(values, np.transpose([[0.5, 1, 0.5]] * 3))


@keras.saving.register_keras_serializable(package="test_multipliers")
class Small(FourierMultiplier):
    """A network of |k|² whose layers are made by the constructor, and no `build`."""

    def __init__(self, channels=1, **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.hidden = [keras.layers.Dense(3), keras.layers.Activation("tanh"), keras.layers.Dense(channels)]

    def call(self, wavenumbers):
        values = self.squared_norm(wavenumbers)
        for layer in self.hidden:
            values = layer(values)
        return values


@keras.saving.register_keras_serializable(package="test_multipliers")
class Power(FourierMultiplier):
    def __init__(self, power, **kwargs):
        super().__init__(**kwargs)
        self.power = power

    def call(self, wavenumbers):
        return 1 / (1 + self.squared_norm(wavenumbers) ** self.power)


@keras.saving.register_keras_serializable(package="test_multipliers")
class Kept(Power):
    def get_config(self):
        config = keras.layers.Layer.get_config(self)
        return {**config, "power": self.power}


class Screened(ScreenedCoulombMultiplier):
    def __init__(self, channels=2, *, factor, **kwargs):
        super().__init__(channels=channels, **kwargs)


def model_of(multiplier, dtype="float32"):
    positions = keras.Input((6, 2), dtype=keras.DTypePolicy(dtype).variable_dtype)
    return keras.Model(positions, LongRangeConvolution(multiplier, 5, 4.0, dtype=dtype)(positions))


@pytest.mark.parametrize("dtype", ["float32", "float64", "mixed_float16"])
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a sum"])
def test_layers_of_the_constructor_are_built_and_saved(dtype, inside, rng, tmp_path):
    """Before any call. They take the dtype policy of the layer, as the multiplier does."""
    model = model_of(SumMultiplier([Small(2)]) if inside else Small(2), dtype)
    assert len(model.weights) == 4 + inside
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    positions = rng.uniform(0, 4, (2, 6, 2))
    np.testing.assert_array_equal(loaded(positions), model(positions))
    assert loaded(positions).dtype == ("float64" if dtype == "float64" else "float32")


def test_a_layer_with_a_policy_of_its_own_keeps_it():
    multiplier = Small()
    multiplier.hidden[0] = keras.layers.Dense(3, dtype="float16")
    model_of(multiplier, "float64")
    assert [layer.compute_dtype for layer in multiplier.hidden] == ["float16", "float64", "float64"]


class Scaled(FourierMultiplier):
    """A multiplier with another one inside, whose weights are one for each mode."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.free = FreeMultiplier()

    def call(self, wavenumbers):
        return self.free(wavenumbers) / (1 + self.squared_norm(wavenumbers))


def test_a_multiplier_inside_has_all_its_weights():
    assert model_of(Scaled()).count_params() == model_of(FreeMultiplier()).count_params() > 1


class Factor(Small):
    def build(self, input_shape):
        self.factor = self.add_channel_weight("factor", 2.0)
        super().build(input_shape)

    def call(self, wavenumbers):
        return self.factor * super().call(wavenumbers)


def test_weights_and_layers_together():
    assert len(model_of(Factor()).weights) == 5


@pytest.mark.parametrize("make", [lambda: Power(3), lambda: SumMultiplier([Power(3)]), lambda: Screened(factor=2.0)])
def test_arguments_that_a_configuration_would_lose_are_named(make, tmp_path):
    model = model_of(make())
    name = "factor" if isinstance(model.layers[1].multiplier, Screened) else "power"
    with pytest.raises(NotImplementedError, match=rf"must define get_config for its arguments \['{name}'\]"):
        model.save(tmp_path / "a.keras")


def test_arguments_of_a_configuration_are_kept():
    model = keras.models.clone_model(model_of(Kept(3)))
    assert model.layers[1].multiplier.power == 3
