"""Fourier multipliers in closed form besides Eq. (23): Coulomb, power law, sum of Gaussians."""

import math

import keras
from keras import ops

from lrc_keras.layers.multipliers import FourierMultiplier, list_of, per_channel_values, starts_at
from lrc_keras.ops.arguments import check_positive, is_real


@keras.saving.register_keras_serializable(package="lrc_keras")
class CoulombMultiplier(FourierMultiplier):
    """φ̂(k) = 4π/|k|² · exp(−σ²|k|²/2), and zero at k = 0: the smeared Coulomb kernel of a neutral system.

    Args:
        smearing: width σ ≥ 0 of the Gaussian, in units of length.
        trainable: the smearing is learned when true; default false.

    Raises: ValueError when the smearing is negative or not finite.

    Example:
        >>> from lrc_keras.layers import CoulombMultiplier
        >>> values = CoulombMultiplier(smearing=0.5)(np.array([[0.0], [2.0]], dtype="float32"))
        >>> np.allclose(values, [[0, np.pi * np.exp(-0.5)]])
        True
    """

    def __init__(self, smearing, trainable=False, **kwargs):
        if not is_real(smearing) or smearing < 0:
            raise ValueError(f"smearing must be a number ≥ 0; received {smearing!r}")
        super().__init__(channels=1, trainable=trainable, **kwargs)
        self.smearing = float(smearing)

    def build(self, input_shape):
        self.width = self.add_weight(
            name="width", shape=(), initializer=starts_at(self.smearing), trainable=self.trainable
        )

    def call(self, wavenumbers):
        squared, nonzero = self.nonzero_squared_norm(wavenumbers)
        values = 4 * math.pi / squared * ops.exp(-ops.square(self.width) * squared / 2)
        return ops.where(nonzero, values, ops.zeros_like(values))[None]

    def get_config(self):
        config = super().get_config()
        config.pop("channels")
        return {**config, "smearing": self.smearing}


@keras.saving.register_keras_serializable(package="lrc_keras")
class PowerLaw(FourierMultiplier):
    """φ̂(k) = β |k|^{−p}, and zero at k = 0, with trainable β and p per channel.

    In d dimensions a kernel |x|^{−s} with 0 < s < d has p = d − s: p = 2 is Coulomb's in 3-D.

    Args:
        channels: number of kernels C.
        initial_exponent: starting p, one number or C of them.
        initial_amplitude: starting β, one number or C of them.

    Weights: `amplitude` β (C,), `exponent` p (C,).
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import PowerLaw
        >>> values = PowerLaw(initial_exponent=3.0)(np.array([[0.0], [1.0], [2.0]], dtype="float32"))
        >>> np.allclose(values, [[0, 1, 1 / 8]])
        True
    """

    def __init__(self, channels=1, initial_exponent=2.0, initial_amplitude=1.0, **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.initial_exponent = per_channel_values("initial_exponent", initial_exponent, channels)
        self.initial_amplitude = per_channel_values("initial_amplitude", initial_amplitude, channels)

    def build(self, input_shape):
        self.amplitude = self.add_channel_weight("amplitude", self.initial_amplitude)
        self.exponent = self.add_channel_weight("exponent", self.initial_exponent)

    def call(self, wavenumbers):
        squared, nonzero = self.nonzero_squared_norm(wavenumbers)
        exponent = self.per_channel(self.exponent, squared)
        values = self.per_channel(self.amplitude, squared) * ops.exp(-exponent / 2 * ops.log(squared))
        return ops.where(nonzero, values, ops.zeros_like(values))

    def get_config(self):
        return {
            **super().get_config(),
            "initial_exponent": self.initial_exponent,
            "initial_amplitude": self.initial_amplitude,
        }


@keras.saving.register_keras_serializable(package="lrc_keras")
class GaussianMultiplier(FourierMultiplier):
    """φ̂(k) = Σ_g β_g exp(−σ_g²|k|²/2), with trainable β and σ per channel and Gaussian: a smooth kernel.

    Args:
        channels: number of kernels C.
        initial_widths: starting σ > 0 in units of length, as many as there are Gaussians in the sum.

    Weights: `amplitude` β (C, G), starting at 1/G; `width` σ (C, G).
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import GaussianMultiplier
        >>> values = GaussianMultiplier(initial_widths=(1.0, 3.0))(np.array([[0.0], [1.0]], dtype="float32"))
        >>> np.allclose(values, [[1, (np.exp(-1 / 2) + np.exp(-9 / 2)) / 2]])
        True
    """

    def __init__(self, channels=1, initial_widths=(0.5, 1.0, 2.0), **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.initial_widths = [check_positive("initial_widths", width) for width in list_of(initial_widths)]
        if not self.initial_widths:
            raise ValueError(f"initial_widths must name at least one width; received {initial_widths!r}")

    def build(self, input_shape):
        shape = (self.channels, len(self.initial_widths))
        self.amplitude = self.add_weight(name="amplitude", shape=shape, initializer=starts_at(1 / shape[1]))
        self.width = self.add_weight(name="width", shape=shape, initializer=starts_at(self.initial_widths))

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers)
        total = 0.0
        for g in range(len(self.initial_widths)):
            width = self.per_channel(self.width[:, g], squared)
            total += self.per_channel(self.amplitude[:, g], squared) * ops.exp(-ops.square(width) * squared / 2)
        return total

    def get_config(self):
        return {**super().get_config(), "initial_widths": self.initial_widths}
