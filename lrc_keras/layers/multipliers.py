"""Fourier multipliers φ̂_θ(k): the trainable part of the LRC-layer (Section 2.2)."""

import math
import numbers

import keras
from keras import ops

from lrc_keras.ops.arguments import check_count, is_listed, is_real


@keras.saving.register_keras_serializable(package="lrc_keras")
class FourierMultiplier(keras.layers.Layer):
    """Base class of all multipliers: a Keras layer from wavenumbers to real values.

    A subclass makes its weights in `build` and writes `call`; it touches no NUFFT code, see the example.

    Args:
        channels: number of kernels C.

    Input: wavenumbers (M1, …, Md, d). Output: real (C, M1, …, Md), one kernel per channel, or (C_out, C_in, M1, …, Md),
    a matrix at every mode. A real multiplier acts on real sources by its even part, (φ̂(k) + φ̂(−k))/2.
    Raises: ValueError when `channels` is not a positive integer.

    Example:
        >>> from lrc_keras.layers import FourierMultiplier
        >>> class Lorentzian(FourierMultiplier):
        ...     def build(self, input_shape):
        ...         self.width = self.add_channel_weight("width", [0.5, 2.0])
        ...     def call(self, wavenumbers):
        ...         squared = self.squared_norm(wavenumbers)
        ...         return 1 / (1 + self.per_channel(self.width, squared) * squared)
        >>> Lorentzian(channels=2)(np.zeros((15, 15, 2), dtype="float32")).shape
        TensorShape([2, 15, 15])
    """

    def __init__(self, channels=1, **kwargs):
        channels = check_count("channels", channels)
        super().__init__(**kwargs)
        self.channels = channels

    @staticmethod
    def squared_norm(wavenumbers):
        """|k|² of wavenumbers (M1, …, Md, d): (M1, …, Md)."""
        return ops.sum(ops.square(wavenumbers), axis=-1)

    @staticmethod
    def nonzero_squared_norm(wavenumbers):
        """|k|² with 1 in place of 0, and where it is not 0: for multipliers that are singular at k = 0."""
        squared = FourierMultiplier.squared_norm(wavenumbers)
        nonzero = squared > 0
        return ops.where(nonzero, squared, ops.ones_like(squared)), nonzero

    @staticmethod
    def per_channel(weight, modes):
        """A weight (C,) shaped to act on modes (M1, …, Md): (C, 1, …, 1)."""
        return ops.reshape(weight, (-1,) + (1,) * len(modes.shape))

    def add_channel_weight(self, name, values):
        """A trainable weight (C,) that starts at the given values."""
        return self.add_weight(name=name, shape=(self.channels,), initializer=starts_at(values))

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
            known to the training (Section 3): take it from the geometry, for example 1/R and 2π/R.
        initial_amplitude: starting β, one number or C of them.

    Weights: `amplitude` β (C,), `inverse_length` λ (C,); only λ² enters.
    Raises: ValueError naming the argument when λ is not positive or the number of values is not C.

    Example:
        >>> from lrc_keras.layers import ScreenedCoulombMultiplier
        >>> multiplier = ScreenedCoulombMultiplier(channels=2, initial_inverse_length=(0.5, 2.0))
        >>> k = np.array([[-1.0], [0.0], [1.0]], dtype="float32")
        >>> multiplier(k).shape, np.allclose(multiplier(k)[1], 4 * np.pi / (k[:, 0] ** 2 + 2.0**2))
        (TensorShape([2, 3]), True)
    """

    def __init__(self, channels=2, initial_inverse_length=1.0, initial_amplitude=1.0, **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.initial_inverse_length = per_channel_values("initial_inverse_length", initial_inverse_length, channels)
        self.initial_amplitude = per_channel_values("initial_amplitude", initial_amplitude, channels)
        if min(self.initial_inverse_length) <= 0:
            raise ValueError(f"initial_inverse_length must be positive; received {initial_inverse_length!r}")

    def build(self, input_shape):
        self.amplitude = self.add_channel_weight("amplitude", self.initial_amplitude)
        self.inverse_length = self.add_channel_weight("inverse_length", self.initial_inverse_length)

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


def list_of(values):
    """The values of a list, a tuple or an array; none of anything else, such as a text."""
    return list(values) if is_listed(values) else []


def per_channel_values(name, values, channels):
    """One number for all channels or one for each, as a list of floats (JSON keeps lists, not tuples)."""
    listed = [values] * channels if isinstance(values, numbers.Real) else list_of(values)
    if len(listed) != channels or not all(map(is_real, listed)):
        raise ValueError(f"{name} must be one finite number or {channels} of them; received {values!r}")
    return [float(value) for value in listed]


def starts_at(values):
    """An initializer that keeps every digit: `keras.initializers.Constant` rounds Python floats to float32."""
    return lambda shape, dtype=None: ops.broadcast_to(ops.convert_to_tensor(values, dtype=dtype), shape)
