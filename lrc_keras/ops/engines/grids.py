"""The FFT grid of a transform: its size, its window and the deconvolution factors."""

import math
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf
from scipy.fft import next_fast_len

from lrc_keras.ops.engines.windows import KaiserBessel, PaperGaussian
from lrc_keras.ops.modes import half_mode_numbers

OVERSAMPLING = 2.0  # grid size / modes; spreading costs more than the FFT, and a larger grid allows a narrower window


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid on the unit cell.

    Args:
        num_modes: d mode counts M.
        size: d node counts G ≥ 2⌊M/2⌋ + 1.
        window: see `ops.engines.windows`.

    Attributes:
        deconvolution: 1/ŵ(n) = Π 1/ŵ(2πn/G) over the half spectrum, (H1, …, Hd) float64.
    """

    num_modes: tuple
    size: tuple
    window: object
    deconvolution: np.ndarray = field(init=False)

    def __post_init__(self):
        if math.prod(self.size) >= 2**31:  # node indices are int32
            raise ValueError(
                f"num_modes must give a grid of less than 2**31 nodes; received {self.num_modes} with grid {self.size}"
            )
        factor = np.ones(())
        for n, nodes in zip(half_mode_numbers(self.num_modes), self.size, strict=True):
            factor = factor[..., None] / self.window.transform(2 * np.pi * n / nodes)
        object.__setattr__(self, "deconvolution", factor)

    @classmethod
    def accurate(cls, num_modes, tolerance):
        """Kaiser–Bessel window on a grid of about twice as many nodes as modes."""
        window = KaiserBessel(tolerance, OVERSAMPLING, len(num_modes))
        # for few modes a grid of twice the window width is cheap and more accurate
        return cls(num_modes, tuple(fft_size(max(OVERSAMPLING * m, 2 * window.width)) for m in num_modes), window)

    @classmethod
    def paper(cls, num_modes):
        """Appendix B: Gaussian with τ = 12 (L/2πM)² on a grid of M nodes; M must be odd."""
        return cls(num_modes, num_modes, PaperGaussian())

    def crop(self, spectrum):
        """Spectrum of the grid (..., G1, …, ⌊Gd/2⌋+1) in FFT order → half spectrum (..., H1, …, Hd), ascending."""
        dim = len(self.size)
        for axis, m in zip(range(-dim, -1), self.num_modes[:-1], strict=True):
            negative = _take(spectrum, axis, spectrum.shape[axis] - m // 2, spectrum.shape[axis])
            spectrum = tf.concat([negative, _take(spectrum, axis, 0, m // 2 + 1)], axis=axis)
        return spectrum[..., : self.num_modes[-1] // 2 + 1]

    def pad(self, modes):
        """Half spectrum (..., H1, …, Hd) → spectrum of the grid, padded with zeros. Adjoint of `crop`."""
        dim = len(self.size)
        missing = self.size[-1] // 2 - self.num_modes[-1] // 2
        modes = tf.pad(modes, [[0, 0]] * (modes.shape.rank - 1) + [[0, missing]])
        for axis, m, size in zip(range(-dim, -1), self.num_modes[:-1], self.size[:-1], strict=True):
            m = m // 2
            gap = [[0, 0]] * modes.shape.rank
            gap[axis] = [0, size - 2 * m - 1]
            positive = tf.pad(_take(modes, axis, m, 2 * m + 1), gap)
            modes = tf.concat([positive, _take(modes, axis, 0, m)], axis=axis)
        return modes


def fft_size(at_least):
    """Smallest even 2^a 3^b 5^c ≥ `at_least`. FFTs of such sizes are fast."""
    return 2 * next_fast_len(max(1, math.ceil(at_least / 2)), real=True)


def _take(tensor, axis, start, stop):
    index = [slice(None)] * tensor.shape.rank
    index[axis] = slice(start, stop)
    return tensor[tuple(index)]
