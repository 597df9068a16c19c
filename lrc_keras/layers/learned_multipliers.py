"""General Fourier multipliers: a small network of |k|, and one weight per mode."""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_flag, check_positive
from lrc_keras.layers.multipliers import FourierMultiplier
from lrc_keras.layers.networks import Pyramid, check_widths, known_to_keras
from lrc_keras.ops.modes import mode_grid


@keras.saving.register_keras_serializable(package="lrc_keras")
class RadialMultiplier(FourierMultiplier):
    """φ̂(k) = g_θ(t) / (1 + |k|²/κ²) with t = |k|² / (|k|² + κ²) ∈ [0, 1), for rotation-invariant kernels.

    Args:
        channels: number of kernels C.
        scale: wavenumber κ > 0 at which φ̂ starts to decay, in inverse units of length, for example 1/R.
        widths: hidden units of the network g_θ. Its hidden layers use tanh; its output is linear.

    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import RadialMultiplier
        >>> multiplier = RadialMultiplier(channels=2, scale=0.5, widths=(8, 8))
        >>> multiplier(np.zeros((15, 15, 2), dtype="float32")).shape, multiplier.count_params()
        (TensorShape([15, 15, 2]), 106)
    """

    def __init__(self, channels=1, scale=1.0, widths=(16, 16), **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.scale = check_positive("scale", scale)
        self.widths = check_widths(widths)

    def build(self, input_shape):
        modes = tuple(input_shape[:-1])
        options = {"dtype": self.dtype_policy, "trainable": self.trainable}
        self.hidden = Pyramid(self.widths, name="hidden", **options)
        self.output_layer = keras.layers.Dense(self.channels, name="output", **options)
        self.hidden.build((*modes, 1))
        self.output_layer.build((*modes, self.widths[-1]))
        self.built = True

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers) / self.scale**2
        return self.output_layer(self.hidden(squared / (1 + squared))) / (1 + squared)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "widths": list(self.widths)}


@keras.saving.register_keras_serializable(package="lrc_keras")
class FreeMultiplier(FourierMultiplier):
    """φ̂(k_n) = θ_n: one weight per channel, or a matrix, for every pair ±n of modes, as in Fourier neural operators.

    This is the most general family. Modes share no weights, so it needs many data or few modes (a small `num_modes` of
    the layer). Reference: Li and others, ICLR 2021.

    Args:
        channels, in_channels: see `FourierMultiplier`.
        initializer: of the weights; default a random normal with a small deviation, which starts with a weak kernel.
        complex: whether φ̂ is complex with φ̂(−k) = conj φ̂(k), for any real kernel. Else φ̂ is real, for even kernels.

    Weight: `values` (C, pairs) or (C_out, C_in, pairs); with `complex` (2, …), the real and imaginary parts.
    Raises: ValueError naming the argument.

    Example: five modes are n = 0, ±1 and ±2.
        >>> from lrc_keras.layers import FreeMultiplier
        >>> multiplier = FreeMultiplier(channels=2)
        >>> multiplier(np.zeros((5, 1), dtype="float32")).shape, tuple(multiplier.values.shape)
        (TensorShape([5, 2]), (2, 3))
    """

    def __init__(self, channels=1, initializer="random_normal", in_channels=None, complex=False, **kwargs):
        super().__init__(channels=channels, in_channels=in_channels, **kwargs)
        self.complex = check_flag("complex", complex)
        self.initializer = known_to_keras("initializer", keras.initializers, initializer)

    def build(self, input_shape):
        self._pair = pair_numbers(input_shape[:-1])
        self._sign = signs(input_shape[:-1])
        shape = (*self.compute_output_shape(input_shape)[len(input_shape) - 1 :], int(self._pair.max()) + 1)
        self.values = self.add_weight(
            name="values", shape=(2, *shape) if self.complex else shape, initializer=self.initializer
        )

    def call(self, wavenumbers):
        if not self.complex:
            return self._on_modes(self.values)
        real, imaginary = self._on_modes(self.values[0]), self._on_modes(self.values[1])
        sign = self._sign.reshape(*self._sign.shape, *[1] * (real.shape.rank - self._sign.ndim))
        return tf.complex(real, imaginary * tf.constant(sign, real.dtype))

    def _on_modes(self, values):
        """(C[, C_in], pairs) → (M1, …, Md, C[, C_in])."""
        values = tf.gather(tf.convert_to_tensor(values), self._pair, axis=-1)
        matrix = values.shape.rank - self._pair.ndim
        return tf.transpose(values, [*range(matrix, values.shape.rank), *range(matrix)])

    def get_config(self):
        return {
            **super().get_config(),
            "complex": self.complex,
            "initializer": keras.initializers.serialize(self.initializer),
        }


def pair_numbers(num_modes):
    """Index of the pair ±n of every mode: (M1, …, Md) int."""
    own, mirror = _codes(num_modes)
    _, pair = np.unique(np.maximum(own, mirror), return_inverse=True)
    return pair.reshape(own.shape)


def signs(num_modes):
    """Signs 1 and −1 of the two modes of a pair, 0 for n = 0: (M1, …, Md) int."""
    own, mirror = _codes(num_modes)
    return np.sign(own - mirror)


def _codes(num_modes):
    """Unique integers for n and for −n, for every mode: two arrays (M1, …, Md)."""
    n = mode_grid(tuple(num_modes))
    base = 2 * (np.array(num_modes) // 2) + 1  # −m…m in every dimension
    shape = [n + base // 2, base // 2 - n]
    return tuple(np.ravel_multi_index(np.moveaxis(part, -1, 0), base) for part in shape)
