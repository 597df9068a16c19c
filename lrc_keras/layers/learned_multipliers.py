"""Fourier multipliers that assume little: a small network of |k|, and one number per mode."""

import keras
import numpy as np
from keras import ops

from lrc_keras.layers.multipliers import FourierMultiplier
from lrc_keras.layers.networks import Pyramid, check_widths, known_to_keras
from lrc_keras.ops.arguments import check_positive
from lrc_keras.ops.modes import mode_numbers


@keras.saving.register_keras_serializable(package="lrc_keras")
class RadialMultiplier(FourierMultiplier):
    """φ̂(k) = g_θ(t) / (1 + |k|²/κ²) with t = |k|² / (|k|² + κ²) ∈ [0, 1): any rotation-invariant kernel that decays.

    Args:
        channels: number of kernels C.
        scale: wavenumber κ > 0 about which the kernel bends, for example 1/R.
        widths: hidden units of the network g_θ, tanh; its output is linear.

    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import RadialMultiplier
        >>> multiplier = RadialMultiplier(channels=2, scale=0.5, widths=(8, 8))
        >>> multiplier(np.zeros((15, 15, 2), dtype="float32")).shape, multiplier.count_params()
        (TensorShape([2, 15, 15]), 106)
    """

    def __init__(self, channels=1, scale=1.0, widths=(16, 16), **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.scale = check_positive("scale", scale)
        self.widths = check_widths(widths)
        self.hidden = Pyramid(self.widths, dtype=self.dtype_policy, name="hidden")
        self.output_layer = keras.layers.Dense(self.channels, dtype=self.dtype_policy, name="output")

    def build(self, input_shape):
        modes = tuple(input_shape[:-1])
        self.hidden.build((*modes, 1))
        self.output_layer.build((*modes, self.widths[-1]))
        self.built = True

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers) / self.scale**2
        values = self.output_layer(self.hidden((squared / (1 + squared))[..., None]))
        return ops.moveaxis(values, -1, 0) / (1 + squared)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "widths": list(self.widths)}


@keras.saving.register_keras_serializable(package="lrc_keras")
class FreeMultiplier(FourierMultiplier):
    """φ̂(k_n) = θ_n, one number per channel and pair ±n of modes: parity, φ̂(−k) = φ̂(k), by construction.

    The largest family: nothing ties neighbouring modes together, so it wants much data or few modes.

    Args:
        channels: number of kernels C.
        initializer: of the numbers; default zeros, which is no interaction.

    Weight: `values` (C, number of pairs).

    Example: five modes are n = 0, ±1 and ±2.
        >>> from lrc_keras.layers import FreeMultiplier
        >>> multiplier = FreeMultiplier(channels=2)
        >>> multiplier(np.zeros((5, 1), dtype="float32")).shape, tuple(multiplier.values.shape)
        (TensorShape([2, 5]), (2, 3))
    """

    def __init__(self, channels=1, initializer="zeros", **kwargs):
        super().__init__(channels=channels, **kwargs)
        self.initializer = known_to_keras("initializer", keras.initializers, initializer)

    def build(self, input_shape):
        self._pair = pair_numbers(input_shape[:-1])
        count = int(self._pair.max()) + 1
        self.values = self.add_weight(name="values", shape=(self.channels, count), initializer=self.initializer)

    def call(self, wavenumbers):
        return ops.take(self.values, self._pair, axis=1)

    def get_config(self):
        return {**super().get_config(), "initializer": keras.initializers.serialize(self.initializer)}


def pair_numbers(num_modes):
    """A number for every mode, the same for n and −n: (M1, …, Md) int."""
    n = np.stack(np.meshgrid(*map(mode_numbers, num_modes), indexing="ij"), axis=-1).reshape(-1, len(num_modes))
    # of n and −n the lexicographically larger one stands for both
    sign = np.array([next((1 if m > 0 else -1 for m in row if m), 1) for row in n.tolist()])
    _, pair = np.unique(n * sign[:, None], axis=0, return_inverse=True)
    return pair.reshape(num_modes)
