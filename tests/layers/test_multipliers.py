import math

import keras
import numpy as np
import pytest

from lrc_keras.layers import FourierMultiplier, ScreenedCoulombMultiplier
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
