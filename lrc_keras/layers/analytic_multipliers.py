"""Fourier multipliers in closed form: Coulomb, power law, sum of Gaussians. Eq. (23) is in `multipliers`."""

import math

import keras
import numpy as np
from keras import ops

from lrc_keras.arguments import check_not_negative, check_positive
from lrc_keras.layers.multipliers import FourierMultiplier, list_of, per_channel_values, starts_at


@keras.saving.register_keras_serializable(package="lrc_keras")
class CoulombMultiplier(FourierMultiplier):
    """φ̂(k) = 4π/|k|² · exp(−σ²|k|²/2): the smeared Coulomb kernel 1/|x| in 3-D.

    φ̂(0) is zero, which is exact for a neutral periodic system. With `truncation` R the kernel is zero for |x| > R:

        φ̂(k) = 4π (1 − cos |k|R)/|k|² · exp(−σ²|k|²/2),   φ̂(0) = 2πR²,

    This is exact for an isolated cloud of diameter D in `LongRangeConvolution(…, periodic=False)` if R ≥ D and R is at
    most the longest diagonal of the cell. With smearing, take R ≥ D + 6σ and a cell that is larger than the cloud by
    12σ, because the cutoff spreads over R ± 6σ.
    Reference: Rozzi and others, Phys. Rev. B 73 (2006) 205119.

    Args:
        smearing: width σ ≥ 0 of the Gaussian, in units of length.
        truncation: radius R > 0, in units of length, or None.
        trainable: whether the smearing is trained.

    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import CoulombMultiplier
        >>> values = CoulombMultiplier(smearing=0.5)(np.array([[0.0], [2.0]], dtype="float32"))
        >>> np.allclose(values, [[0], [np.pi * np.exp(-0.5)]])
        True
    """

    def __init__(self, smearing=0.0, truncation=None, trainable=False, **kwargs):
        smearing = check_not_negative("smearing", smearing)
        truncation = None if truncation is None else check_positive("truncation", truncation)
        if trainable and smearing == 0:
            raise ValueError("smearing must be positive for trainable=True, because its gradient is 0 at 0; received 0")
        super().__init__(channels=1, trainable=trainable, **kwargs)
        self.smearing = smearing
        self.truncation = truncation

    def build(self, input_shape):
        self.width = self.add_weight(name="width", shape=(), initializer=starts_at(self.smearing))

    def call(self, wavenumbers):
        squared, nonzero = self.nonzero_squared_norm(wavenumbers)
        values = 4 * math.pi / squared * ops.exp(-ops.square(self.width) * squared / 2)
        if self.truncation is None:
            return ops.where(nonzero, values, ops.zeros_like(values))
        # 1 − cos t = 2 sin²(t/2) avoids cancellation for small t
        truncated = values * 2 * ops.square(ops.sin(ops.sqrt(squared) * self.truncation / 2))
        return ops.where(nonzero, truncated, ops.full_like(values, 2 * math.pi * self.truncation**2))

    def get_config(self):
        config = super().get_config()
        del config["channels"], config["in_channels"]
        # `model.trainable = True` sets the flag of every layer, of one without smearing too
        trainable = config["trainable"] and self.smearing > 0
        return {**config, "trainable": trainable, "smearing": self.smearing, "truncation": self.truncation}


@keras.saving.register_keras_serializable(package="lrc_keras")
class PowerLaw(FourierMultiplier):
    """φ̂(k) = β |k|^{−p}, zero at k = 0, with trainable β and p per channel.

    In d dimensions the kernel |x|^{−s} with 0 < s < d has p = d − s. The 3-D Coulomb kernel has p = 2.

    Args:
        channels: number of kernels C.
        initial_exponent: initial p: C numbers, or one number for p, p/2, p/4, …, because equal channels stay equal.
        initial_amplitude: initial β: one number or C numbers.

    Weights: `amplitude` β (C,), `exponent` p (C,).
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import PowerLaw
        >>> values = PowerLaw(initial_exponent=3.0)(np.array([[0.0], [1.0], [2.0]], dtype="float32"))
        >>> np.allclose(values, [[0], [1], [1 / 8]])
        True
    """

    def __init__(self, channels=1, initial_exponent=2.0, initial_amplitude=1.0, **kwargs):
        super().__init__(channels=channels, **kwargs)
        halves = lambda channel: 0.5**channel  # noqa: E731
        self.initial_exponent = per_channel_values("initial_exponent", initial_exponent, channels, halves)
        self.initial_amplitude = per_channel_values("initial_amplitude", initial_amplitude, channels)

    def build(self, input_shape):
        self.amplitude = self.add_channel_weight("amplitude", self.initial_amplitude)
        self.exponent = self.add_channel_weight("exponent", self.initial_exponent)

    def call(self, wavenumbers):
        squared, nonzero = self.nonzero_squared_norm(wavenumbers)
        values = self.amplitude * ops.exp(-self.exponent / 2 * ops.log(squared))
        return ops.where(nonzero, values, ops.zeros_like(values))

    def get_config(self):
        return {
            **super().get_config(),
            "initial_exponent": self.initial_exponent,
            "initial_amplitude": self.initial_amplitude,
        }


@keras.saving.register_keras_serializable(package="lrc_keras")
class GaussianMultiplier(FourierMultiplier):
    """φ̂(k) = Σ_g β_g exp(−σ_g²|k|²/2), with trainable β and σ per channel and Gaussian.

    Args:
        channels: number of kernels C.
        initial_widths: G initial widths σ > 0 of the first channel, in units of length. Each further channel starts
            with twice the widths of the channel before, because equal channels stay equal.

    Weights: `amplitude` β (C, G), starting at 1/G; `width` σ (C, G).
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import GaussianMultiplier
        >>> values = GaussianMultiplier(initial_widths=(1.0, 3.0))(np.array([[0.0], [1.0]], dtype="float32"))
        >>> np.allclose(values, [[1], [(np.exp(-1 / 2) + np.exp(-9 / 2)) / 2]])
        True
    """

    def __init__(self, channels=1, initial_widths=(0.5, 1.0, 2.0), **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.initial_widths = [check_positive("initial_widths", width) for width in list_of(initial_widths)]
        if not self.initial_widths:
            raise ValueError(f"initial_widths must have at least one width; received {initial_widths!r}")

    def build(self, input_shape):
        shape = (self.channels, len(self.initial_widths))
        widths = np.outer(2.0 ** np.arange(self.channels), self.initial_widths)
        self.amplitude = self.add_weight(name="amplitude", shape=shape, initializer=starts_at(1 / shape[1]))
        self.width = self.add_weight(name="width", shape=shape, initializer=starts_at(widths))

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers)
        total = 0.0
        for g in range(len(self.initial_widths)):  # a further tensor axis would take G times the memory
            total += self.amplitude[:, g] * ops.exp(-ops.square(self.width[:, g]) * squared / 2)
        return total

    def get_config(self):
        return {**super().get_config(), "initial_widths": self.initial_widths}
