"""The long-range convolutional layer: Algorithm 1 of the paper."""

import math

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.layers.multipliers import FourierMultiplier
from lrc_keras.ops.arguments import as_tensor, check_flag, check_points
from lrc_keras.ops.modes import check_num_modes, resolve_dim, wavenumbers
from lrc_keras.ops.nufft import real_type1, real_type2
from lrc_keras.ops.plans import NufftPlan, check_tolerance
from lrc_keras.ops.spectra import even_half
from lrc_keras.ops.torus import check_box_length


@keras.saving.register_keras_serializable(package="lrc_keras")
class LongRangeConvolution(keras.layers.Layer):
    """All-to-all convolution u_i = Σ_{j≠i} φ_θ(x_i − x_j) f_j over a periodic point cloud, in nearly linear time.

    Points to modes (type 1), times the trainable multiplier φ̂_θ(k), modes to points (type 2), Eq. (1) and Algorithm 1:

        u_i = (1/V) Σ_n φ̂(k_n) exp(i k_n·x_i) Σ_j f_j exp(−i k_n·x_j)  −  φ(0) f_i,   φ(0) = (1/V) Σ_n φ̂(k_n).

    Args:
        multiplier: `FourierMultiplier`, φ̂_θ.
        num_modes: Fourier modes per dimension (the paper's L_FFT), one number or d of them.
        box_length: side L of the periodic box, one number or d of them.
        tolerance: relative error of the transform in (0, 1), for the accurate window.
        window: "accurate" (oversampled Kaiser–Bessel) or "paper" (Appendix B: Gaussian, grid = modes; odd modes only).
        subtract_self: drop the term j = i, which Eq. (2) leaves out.
        subtract_mean: drop the mode k = 0, which adds (1/V) φ̂(0) Σ_j f_j to every u_i alike. No force sees it, but it
            is some hundred times what differs from point to point, and a network that reads u starts better without it.

    Input: positions (B, N, d) float, anywhere in ℝ^d; sources (B, N, C_in) real, or None for ones.
    A padded point, in a batch of clouds of several sizes, has source 0; its own output means nothing.
    Output: (B, N, C_out). With a multiplier of one kernel a channel, C_in is C_out, or either is 1.
    Raises: ValueError naming the argument, what was expected and what was received.

    Example:
        >>> from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier
        >>> multiplier = ScreenedCoulombMultiplier(channels=2, initial_inverse_length=(0.5, 2.0))
        >>> layer = LongRangeConvolution(multiplier, num_modes=15, box_length=(10.0, 8.0))
        >>> positions = np.random.default_rng(0).uniform(0, 8, (4, 20, 2)).astype("float32")
        >>> charges = np.ones((4, 20, 1), dtype="float32")
        >>> layer(positions, charges).shape, layer.count_params()
        (TensorShape([4, 20, 2]), 4)
        >>> np.allclose(layer(positions), layer(positions, charges))  # sources are ones when there are none
        True
    """

    def __init__(
        self,
        multiplier,
        num_modes,
        box_length,
        tolerance=1e-6,
        window="accurate",
        subtract_self=True,
        subtract_mean=False,
        **kwargs,
    ):
        if not isinstance(multiplier, FourierMultiplier):
            raise ValueError(f"multiplier must be a FourierMultiplier; received {multiplier!r}")
        if window not in ("accurate", "paper"):
            raise ValueError(f'window must be "accurate" or "paper"; received {window!r}')
        check_tolerance(tolerance)
        subtract_self = check_flag("subtract_self", subtract_self)
        subtract_mean = check_flag("subtract_mean", subtract_mean)
        self._make_plan(num_modes, box_length, tolerance, window, resolve_dim(num_modes, box_length))  # checks
        super().__init__(**kwargs)
        self.multiplier = multiplier
        self.num_modes = num_modes
        self.box_length = box_length
        self.tolerance = tolerance
        self.window = window
        self.subtract_self = subtract_self
        self.subtract_mean = subtract_mean

    @staticmethod
    def _make_plan(num_modes, box_length, tolerance, window, dim):
        if window == "paper":
            return NufftPlan.paper(num_modes, box_length, dim=dim)
        return NufftPlan(num_modes, box_length, tolerance, dim=dim)

    def build(self, positions_shape, sources_shape=None):
        dim = positions_shape[-1]
        shape = (check_num_modes(self.num_modes, dim), check_box_length(self.box_length, dim))
        self.plan = self._make_plan(*shape, self.tolerance, self.window, dim)
        self._wavenumbers = wavenumbers(*shape)
        self._volume = math.prod(self.plan.box_length)
        if not self.multiplier.built:  # loading a saved layer builds it before
            self.multiplier.build(self._wavenumbers.shape)
        self.built = True

    def call(self, positions, sources=None):
        check_points(positions, "positions")
        sources = tf.ones_like(positions[..., :1]) if sources is None else tf.convert_to_tensor(sources)
        kernel = self._kernel()
        _check_sources(positions, sources, kernel, self.plan.dim)
        stencil = self.plan.stencil(positions)
        modes = real_type1(sources, stencil)  # lines 1–5
        modes = _multiply(even_half(kernel, self.plan.num_modes), modes)  # line 6
        values = real_type2(modes, stencil)  # lines 7–9
        return values - self._self_interaction(kernel, sources) if self.subtract_self else values

    def _kernel(self):
        """φ̂(k)/V on all modes: (C, M1, …, Md) or (C_out, C_in, M1, …, Md)."""
        k, zero = self._wavenumbers, np.all(self._wavenumbers == 0, axis=-1)
        if self.subtract_mean:
            # The multiplier may be singular at k = 0, and a NaN times zero is a NaN in a gradient: ask it elsewhere.
            k = np.where(zero[..., np.newaxis], 2 * np.pi / np.array(self.plan.box_length), k)
        kernel = self.multiplier(tf.constant(k, dtype=self.compute_dtype))
        kernel = _check_kernel(kernel, self.compute_dtype, self.multiplier.channels, self.plan.num_modes) / self._volume
        return tf.where(zero, tf.zeros_like(kernel), kernel) if self.subtract_mean else kernel

    def _self_interaction(self, kernel, sources):
        """φ(0) f_i with φ(0) = (1/V) Σ_n φ̂(k_n): (B, N, C_out)."""
        at_zero = tf.reduce_sum(kernel, axis=list(range(-self.plan.dim, 0)))
        if at_zero.shape.rank == 1:
            return at_zero * sources
        return tf.einsum("oi,bni->bno", at_zero, sources)

    def compute_output_shape(self, positions_shape, sources_shape=None):
        channels = self.multiplier.channels
        if channels == 1 and sources_shape is not None:
            channels = sources_shape[-1]
        return (*positions_shape[:-1], channels)

    def get_config(self):
        return {
            **super().get_config(),
            "multiplier": keras.saving.serialize_keras_object(self.multiplier),
            "num_modes": self.num_modes,
            "box_length": self.box_length,
            "tolerance": self.tolerance,
            "window": self.window,
            "subtract_self": self.subtract_self,
            "subtract_mean": self.subtract_mean,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["multiplier"] = keras.saving.deserialize_keras_object(config["multiplier"])
        return cls(**config)


def _check_kernel(kernel, dtype, channels, num_modes):
    """What a multiplier returned, as a tensor. Raises: ValueError or TypeError."""
    kernel = as_tensor("multiplier", kernel)
    if kernel.dtype != dtype:
        raise TypeError(f"multiplier must return {dtype}; received {kernel.dtype.name}")
    shape, modes = tuple(kernel.shape), ", ".join(map(str, num_modes))
    if len(shape) - len(num_modes) not in (1, 2) or shape[:1] + shape[-len(num_modes) :] != (channels, *num_modes):
        raise ValueError(
            f"multiplier must return shape ({channels}, {modes}) or ({channels}, C_in, {modes}); received {shape}"
        )
    return kernel


def _check_sources(positions, sources, kernel, dim):
    if sources.dtype.is_complex:
        raise TypeError(f"sources must be real; received {sources.dtype.name}")
    if sources.shape.rank != 3 or not sources.shape[:2].is_compatible_with(positions.shape[:2]):
        raise ValueError(
            f"sources must have shape (batch, points, channels) with the batch and points of positions "
            f"{tuple(positions.shape)}; received {tuple(sources.shape)}"
        )
    channels, received = kernel.shape[: kernel.shape.rank - dim], sources.shape[-1]
    if len(channels) == 2 and received != channels[1]:
        raise ValueError(f"sources must have {channels[1]} channels for this matrix multiplier; received {received}")
    if len(channels) == 1 and channels[0] != 1 and received not in (1, channels[0]):
        raise ValueError(f"sources must have 1 or {channels[0]} channels for this multiplier; received {received}")


def _multiply(kernel, modes):
    """v̂(k) = φ̂(k) F(k), line 6: a number per channel and mode, or a C_out×C_in matrix at every mode (Section 2.1)."""
    dim = modes.shape.rank - 2
    multiplier = tf.complex(kernel, tf.zeros_like(kernel))
    if kernel.shape.rank == dim + 1:
        return multiplier * modes
    letters = "xyz"[:dim]
    return tf.einsum(f"oi{letters},bi{letters}->bo{letters}", multiplier, modes)
