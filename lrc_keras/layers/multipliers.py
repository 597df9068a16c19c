"""Fourier multipliers φ̂_θ(k): the trainable part of the LRC-layer (Section 2.2)."""

import math
import numbers

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lrc_keras")
class FourierMultiplier(keras.layers.Layer):
    """Base class of all multipliers: a Keras layer from wavenumbers to real values.

    A subclass makes its weights and writes `call`; it touches no NUFFT code:

        class Lorentzian(FourierMultiplier):
            def build(self, input_shape):
                self.scale = self.add_weight(name="scale", shape=(self.channels,), initializer="ones")

            def call(self, wavenumbers):
                squared = self.squared_norm(wavenumbers)
                return 1 / (1 + self.per_channel(self.scale, squared) * squared)

    Input: wavenumbers (M1, …, Md, d). Output: real (C, M1, …, Md), one kernel per channel, or (C_out, C_in, M1, …, Md),
    a matrix at every mode. A real multiplier acts on real sources by its even part, (φ̂(k) + φ̂(−k))/2.
    """

    def __init__(self, channels=1, **kwargs):
        if not isinstance(channels, numbers.Integral) or channels < 1:
            raise ValueError(f"channels must be a positive integer; received {channels!r}")
        super().__init__(**kwargs)
        self.channels = int(channels)

    @staticmethod
    def squared_norm(wavenumbers):
        """|k|² of wavenumbers (M1, …, Md, d): (M1, …, Md)."""
        return ops.sum(ops.square(wavenumbers), axis=-1)

    @staticmethod
    def per_channel(weight, modes):
        """A weight (C,) shaped to act on modes (M1, …, Md): (C, 1, …, 1)."""
        return ops.reshape(weight, (-1,) + (1,) * len(modes.shape))

    def compute_output_shape(self, input_shape):
        return (self.channels, *input_shape[:-1])

    def get_config(self):
        return {**super().get_config(), "channels": self.channels}


@keras.saving.register_keras_serializable(package="lrc_keras")
class ScreenedCoulombMultiplier(FourierMultiplier):
    """φ̂_{β,λ}(k) = 4πβ / (|k|² + λ²), Eq. (23), with trainable β and λ per channel.

    Args:
        channels: number of kernels C; the paper uses 2, so that the layer has four trainable numbers.
        initial_inverse_length: starting λ > 0, one number or C of them, in inverse units of length. The truth is not
            known to the training (Section 3): take it from the geometry, for example 1/R and 2π/L.
        initial_amplitude: starting β, one number or C of them.

    Weights: `amplitude` β (C,), `inverse_length` λ (C,); only λ² enters.
    Raises: ValueError naming the argument when λ is not positive or the number of values is not C.
    """

    def __init__(self, channels=2, initial_inverse_length=1.0, initial_amplitude=1.0, **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.initial_inverse_length = _per_channel_values("initial_inverse_length", initial_inverse_length, channels)
        self.initial_amplitude = _per_channel_values("initial_amplitude", initial_amplitude, channels)
        if min(self.initial_inverse_length) <= 0:
            raise ValueError(f"initial_inverse_length must be positive; received {initial_inverse_length!r}")

    def build(self, input_shape):
        self.amplitude = self._add_channel_weight("amplitude", self.initial_amplitude)
        self.inverse_length = self._add_channel_weight("inverse_length", self.initial_inverse_length)

    def _add_channel_weight(self, name, values):
        initializer = lambda shape, dtype=None: ops.convert_to_tensor(values, dtype=dtype)  # noqa: E731
        return self.add_weight(name=name, shape=(self.channels,), initializer=initializer)

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers)
        amplitude = self.per_channel(self.amplitude, squared)
        inverse_length = self.per_channel(self.inverse_length, squared)
        return 4 * math.pi * amplitude / (squared + ops.square(inverse_length))

    def get_config(self):
        return {
            **super().get_config(),
            "initial_inverse_length": self.initial_inverse_length,
            "initial_amplitude": self.initial_amplitude,
        }


@keras.saving.register_keras_serializable(package="lrc_keras")
class CoulombMultiplier(FourierMultiplier):
    """φ̂(k) = 4π/|k|² · exp(−σ²|k|²/2), and zero at k = 0: the smeared Coulomb kernel of a neutral system.

    Args:
        smearing: width σ ≥ 0 of the Gaussian, in units of length.
        trainable: the smearing is learned when true; default false.

    Raises: ValueError when the smearing is negative or not finite.
    """

    def __init__(self, smearing, trainable=False, **kwargs):
        if not isinstance(smearing, numbers.Real) or not 0 <= smearing < math.inf:
            raise ValueError(f"smearing must be a number ≥ 0; received {smearing!r}")
        super().__init__(channels=1, trainable=trainable, **{k: v for k, v in kwargs.items() if k != "channels"})
        self.smearing = float(smearing)

    def build(self, input_shape):
        self.width = self.add_weight(
            name="width", shape=(), initializer=keras.initializers.Constant(self.smearing), trainable=self.trainable
        )

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers)
        nonzero = squared > 0
        safe = ops.where(nonzero, squared, ops.ones_like(squared))
        values = 4 * math.pi / safe * ops.exp(-ops.square(self.width) * safe / 2)
        return ops.where(nonzero, values, ops.zeros_like(values))[None]

    def get_config(self):
        config = super().get_config()
        config.pop("channels")
        return {**config, "smearing": self.smearing}


def _per_channel_values(name, values, channels):
    """One number for all channels or one for each, as a list of floats (JSON keeps lists, not tuples)."""
    listed = [values] * channels if isinstance(values, numbers.Real) else list(values)
    if len(listed) != channels or not all(isinstance(v, numbers.Real) and math.isfinite(v) for v in listed):
        raise ValueError(f"{name} must be one finite number or {channels} of them; received {values!r}")
    return [float(value) for value in listed]
