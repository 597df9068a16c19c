"""Fourier multipliers φ̂_θ(k), the trainable part of the LRC-layer (Section 2.2): base class and Eq. (23)."""

import inspect
import math
import numbers

import keras
import tensorflow as tf
from keras import ops

from lrc_keras.arguments import check_count, check_not_negative, is_listed, is_real


@keras.saving.register_keras_serializable(package="lrc_keras")
class FourierMultiplier(keras.layers.Layer):
    """Base class of all multipliers: a Keras layer from wavenumbers to values φ̂(k).

    A subclass creates its weights in `build` and computes φ̂(k) in `call`. φ̂ is real for even kernels, and complex with
    φ̂(−k) = conj φ̂(k) for other real kernels. The layer uses the Hermitian part (φ̂(k) + conj φ̂(−k))/2.

    - φ̂ must be finite at k = 0, see `nonzero_squared_norm`. A layer with `subtract_mean` does not evaluate it there.
    - Channels that start equal stay equal.
    - A matrix multiplier passes `in_channels` to this class.
    - Layers that `__init__` makes are built by one call. A class that has them and a `build` of its own calls
      `super().build(input_shape)` last.
    - The multiplier takes the dtype policy of the layer that uses it, in place of its own, unless it has weights
      already. So do layers in it, unless they have a policy that is neither the multiplier's nor the global one.
    - To load a saved model, register the class with `keras.saving.register_keras_serializable`. If `__init__` has
      arguments of its own, define `get_config`.

    Args:
        channels: number of kernels C, or rows C_out of a matrix multiplier.
        in_channels: columns C_in of a matrix (C_out, C_in) at every mode (Section 2.1), or None for one number per
            channel.

    Input: wavenumbers (M1, …, Md, d), or (B, M1, …, Md, d) per cell. Output: (…, C) or (…, C_out, C_in).
    Raises: ValueError when `channels` or `in_channels` is not a positive integer.

    Example:
        >>> from lrc_keras.layers import FourierMultiplier
        >>> class Lorentzian(FourierMultiplier):
        ...     def build(self, input_shape):
        ...         self.width = self.add_channel_weight("width", [0.5, 2.0])
        ...     def call(self, wavenumbers):
        ...         return 1 / (1 + self.width * self.squared_norm(wavenumbers))
        >>> Lorentzian(channels=2)(np.zeros((15, 15, 2), dtype="float32")).shape
        TensorShape([15, 15, 2])
    """

    feeds_several = False  # whether each source channel gives several output channels, so that C_in must be 1

    def __init__(self, channels=1, in_channels=None, **kwargs):
        channels = check_count("channels", channels)
        in_channels = None if in_channels is None else check_count("in_channels", in_channels)
        super().__init__(**kwargs)
        self.channels = channels
        self.in_channels = in_channels

    @staticmethod
    def squared_norm(wavenumbers):
        """|k|² of wavenumbers (…, d): (…, 1)."""
        return ops.sum(ops.square(wavenumbers), axis=-1, keepdims=True)

    @staticmethod
    def nonzero_squared_norm(wavenumbers):
        """|k|² with 0 replaced by 1, and the mask |k|² > 0, for multipliers that are singular at k = 0."""
        squared = FourierMultiplier.squared_norm(wavenumbers)
        nonzero = squared > 0
        return ops.where(nonzero, squared, ops.ones_like(squared)), nonzero

    def add_channel_weight(self, name, values):
        """Adds a trainable weight (C,) with the given initial values."""
        return self.add_weight(name=name, shape=(self.channels,), initializer=starts_at(values))

    def build(self, input_shape):
        """Builds the layers that `__init__` has made, which their first call would do too late for a saved model."""
        take_policy(self, self.dtype_policy)
        if not all(layer.built for layer in self._flatten_layers(include_self=False)):
            sizes = [1 if size is None else size for size in input_shape]
            with tf.init_scope():  # all modes, since a `FreeMultiplier` has a weight for each
                self.call(tf.zeros(sizes, self.compute_dtype))

    def compute_output_shape(self, input_shape):
        matrix = () if self.in_channels is None else (self.in_channels,)
        return (*input_shape[:-1], self.channels, *matrix)

    def build_from_config(self, config):
        take_policy(self, self.dtype_policy)  # Keras builds a multiplier before the layer that uses it
        super().build_from_config(config)

    def get_config(self):
        if lost := _arguments_without_config(type(self)):
            raise NotImplementedError(f"{type(self).__name__} must define get_config for its arguments {lost}")
        return {**super().get_config(), "channels": self.channels, "in_channels": self.in_channels}


@keras.saving.register_keras_serializable(package="lrc_keras")
class ScreenedCoulombMultiplier(FourierMultiplier):
    """φ̂_{β,λ}(k) = 4πβ / (|k|² + λ²), Eq. (23), with trainable β and λ per channel; zero where |k| = λ = 0.

    Args:
        channels: number of kernels C; the paper uses 2, which gives four trainable numbers.
        initial_inverse_length: initial λ > 0 in inverse units of length: C numbers, or one number for λ, 2λ, 4λ, …,
            because equal channels stay equal. The true λ is unknown (Section 3). Values from the geometry, for example
            1/R and 2π/R, are good starts.
        initial_amplitude: initial β: one number or C numbers.
        smearing: width σ ≥ 0 of a Gaussian, in units of length, which gives a factor exp(−σ²|k|²/2). For cells that
            change, it makes the kernel independent of the largest wavenumber.

    Weights: `amplitude` β (C,), `inverse_length` λ (C,), used as λ².
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import ScreenedCoulombMultiplier
        >>> multiplier = ScreenedCoulombMultiplier(channels=2, initial_inverse_length=(0.5, 2.0))
        >>> k = np.array([[-1.0], [0.0], [1.0]], dtype="float32")
        >>> multiplier(k).shape, np.allclose(multiplier(k)[:, 1], 4 * np.pi / (k[:, 0] ** 2 + 2.0**2))
        (TensorShape([3, 2]), True)
    """

    def __init__(self, channels=2, initial_inverse_length=1.0, initial_amplitude=1.0, smearing=0.0, **kwargs):
        super().__init__(channels=channels, **kwargs)
        values = per_channel_values("initial_inverse_length", initial_inverse_length, channels, lambda c: 2.0**c)
        if min(values) <= 0:
            raise ValueError(f"initial_inverse_length must be positive; received {initial_inverse_length!r}")
        self.smearing = check_not_negative("smearing", smearing)
        self.initial_inverse_length = values
        self.initial_amplitude = per_channel_values("initial_amplitude", initial_amplitude, channels)

    def build(self, input_shape):
        self.amplitude = self.add_channel_weight("amplitude", self.initial_amplitude)
        self.inverse_length = self.add_channel_weight("inverse_length", self.initial_inverse_length)

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers)
        denominator = squared + ops.square(self.inverse_length)
        nonzero = denominator > 0
        values = 4 * math.pi * self.amplitude / ops.where(nonzero, denominator, ops.ones_like(denominator))
        if self.smearing:
            values = values * ops.exp(-(self.smearing**2) * squared / 2)
        return ops.where(nonzero, values, ops.zeros_like(values))

    def get_config(self):
        return {
            **super().get_config(),
            "initial_inverse_length": self.initial_inverse_length,
            "initial_amplitude": self.initial_amplitude,
            "smearing": self.smearing,
        }


def _arguments_without_config(kind):
    """Arguments of the constructors of classes that inherit their `get_config`, which does not know them."""
    classes = kind.__mro__
    place = next(i for i, base in enumerate(classes) if "get_config" in vars(base))  # of the `get_config` in use
    unknown, known = (set().union(*map(_arguments_of, part)) for part in (classes[:place], classes[place:]))
    return sorted(unknown - known)


def _arguments_of(kind):
    """Names of the arguments of a class's own constructor, without `self`, *args and **kwargs."""
    if "__init__" not in vars(kind):
        return set()
    _, *arguments = inspect.signature(vars(kind)["__init__"]).parameters.values()
    return {
        argument.name for argument in arguments if argument.kind not in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD)
    }


def list_of(values):
    """The values of a list, a tuple or an array with one axis; an empty list for anything else."""
    return list(values) if is_listed(values) else []


def per_channel_values(name, values, channels, spread=lambda channel: 1.0):
    """One number per channel, as a list of floats, because JSON has no tuples.

    Args:
        values: C numbers, or one number that is multiplied by `spread(channel)`.

    Raises: ValueError naming the argument.
    """
    single = isinstance(values, numbers.Real)
    listed = [values] * channels if single else list_of(values)
    if len(listed) != channels or not all(map(is_real, listed)):
        raise ValueError(f"{name} must be one finite number or {channels} of them; received {values!r}")
    return [float(value) * (spread(channel) if single else 1.0) for channel, value in enumerate(listed)]


def starts_at(values):
    """An initializer in full precision: `keras.initializers.Constant` rounds Python floats to float32."""
    return lambda shape, dtype=None: ops.broadcast_to(ops.convert_to_tensor(values, dtype=dtype), shape)


def as_complex(values):
    """Converts a real tensor to complex without `tf.cast`, whose gradient warns. Complex tensors remain unchanged."""
    return values if values.dtype.is_complex else tf.complex(values, tf.zeros_like(values))


def build_inner(multiplier, policy, input_shape):
    """Builds a multiplier with the dtype policy of the multiplier that contains it, unless it is already built."""
    take_policy(multiplier, policy)
    if not multiplier.built:
        multiplier.build(input_shape)


def take_policy(multiplier, policy):
    """Gives a multiplier, and the layers in it, the dtype policy of the layer that uses it.

    Layers that have weights already, or neither the multiplier's policy nor the global one, are left as they are.
    """
    replaced = (multiplier.dtype_policy, keras.config.dtype_policy())
    for layer in multiplier._flatten_layers():
        if not (layer.built and layer.weights) and layer.dtype_policy in replaced:
            layer.dtype_policy = policy
