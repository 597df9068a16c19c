"""Non-uniform FFTs of type 1 and type 2 in d dimensions.

    type 1   F(n) = Σ_j f_j exp(−i k_n·x_j)     spread, FFT, deconvolve
    type 2   u(x) = Σ_n c(n) exp(+i k_n·x)      deconvolve, FFT, interpolate

Convention of modes and signs: `ops.modes`. Inside, everything is real fields and half spectra: a complex transform is
two real ones. References: Dutt and Rokhlin, SIAM J. Sci. Comput. 14 (1993) 1368; Greengard and Lee, SIAM Rev. 46 (2004)
443; Appendix B of the paper.
"""

import numbers

import numpy as np
import tensorflow as tf

from lrc_keras.ops.fft import real_fft, real_synthesis
from lrc_keras.ops.gridding import interpolate, make_stencil, spread
from lrc_keras.ops.modes import check_num_modes, resolve_dim
from lrc_keras.ops.spectra import crop_modes, from_half_spectrum, pad_modes, to_half_spectra
from lrc_keras.ops.torus import check_box_length
from lrc_keras.ops.windows import kaiser_bessel, paper_gaussian

OVERSAMPLING = 2.0


class NufftPlan:
    """What a transform needs besides its data: modes, box, grid, window and the factors that undo the window.

    Args:
        num_modes: mode count M, or a tuple of d of them; odd or even.
        box_length: side L > 0 of the periodic box, or a tuple of d sides.
        tolerance: relative l² error asked for, in (0, 1); fixes window width and grid.
        dim: dimension d for which single numbers stand; default the length of a tuple given, else 1.

    Raises: ValueError naming the argument, what was expected and what was received.
    """

    def __init__(self, num_modes, box_length, tolerance=1e-6, *, dim=None):
        if not isinstance(tolerance, numbers.Real) or not 0 < tolerance < 1:
            raise ValueError(f"tolerance must be a number in (0, 1); received {tolerance!r}")
        self._set_modes(num_modes, box_length, dim)
        self.tolerance = float(tolerance)
        window = kaiser_bessel(self.tolerance, OVERSAMPLING)
        self._set_grid(window, [_fft_size(OVERSAMPLING * m) for m in self.num_modes])

    @classmethod
    def paper(cls, num_modes, box_length, *, dim=None):
        """The transform of Appendix B: Gaussian with τ = 12 (L/2πM)², on a grid of M nodes (no oversampling).

        Mode counts must be odd: a grid of M nodes cannot tell the modes −M/2 and M/2 apart.
        """
        plan = cls.__new__(cls)
        plan._set_modes(num_modes, box_length, dim)
        if any(m % 2 == 0 for m in plan.num_modes):
            raise ValueError(f"num_modes must be odd for the paper's window; received {num_modes!r}")
        plan.tolerance = None
        plan._set_grid(paper_gaussian(), plan.num_modes)
        return plan

    def _set_modes(self, num_modes, box_length, dim):
        dim = resolve_dim(num_modes, box_length, dim)
        self.num_modes = check_num_modes(num_modes, dim)
        self.box_length = check_box_length(box_length, dim)
        self.dim = dim

    def _set_grid(self, window, grid_size):
        self.window = window
        self.grid_size = tuple(int(size) for size in grid_size)
        # 1/ŵ(n), the factor that undoes the window, over the half spectrum: (H1, …, Hd) float64
        halves = [np.arange(-(m // 2), m // 2 + 1) for m in self.num_modes]
        halves[-1] = halves[-1][self.num_modes[-1] // 2 :]
        factor = np.ones(())
        for n, size in zip(halves, self.grid_size, strict=True):
            factor = factor[..., None] / window.transform(2 * np.pi * n / size)
        self.deconvolution = factor

    def stencil(self, points):
        """Grid nodes and window values of points (B, N, d): shared by both directions and all channels."""
        if points.shape.rank != 3 or points.shape[-1] != self.dim:
            raise ValueError(
                f"points must have shape (batch, points, {self.dim}) for a plan of {self.dim} dimension(s) "
                f"with num_modes={self.num_modes}; received {tuple(points.shape)}"
            )
        if not points.dtype.is_floating:
            raise TypeError(f"points must be float32 or float64; received {points.dtype.name}")
        return make_stencil(points, self.box_length, self.grid_size, self.window)

    def __repr__(self):
        return (
            f"NufftPlan(num_modes={self.num_modes}, box_length={self.box_length}, tolerance={self.tolerance}, "
            f"grid_size={self.grid_size}, width={self.window.width})"
        )


def real_type1(strengths, stencil, plan):
    """Half spectrum of real strengths: (B, N, C) → complex (B, C, H1, …, Hd)."""
    grid = spread(strengths, stencil, plan.grid_size)
    modes = crop_modes(real_fft(grid, plan.grid_size), plan.num_modes)
    return modes * tf.cast(plan.deconvolution, modes.dtype)


def real_type2(modes, stencil, plan):
    """Real field of a half spectrum: complex (B, C, H1, …, Hd) → (B, N, C)."""
    modes = modes * tf.cast(plan.deconvolution, modes.dtype)
    grid = real_synthesis(pad_modes(modes, plan.num_modes, plan.grid_size), plan.grid_size)
    return interpolate(grid, stencil)


def nufft_type1(points, strengths, plan):
    """F(n) = Σ_j f_j exp(−i k_n·x_j), Alg. 1 lines 2–5.

    Args:
        points: (B, N, d) float32 or float64, anywhere in ℝ^d (wrapped into the box).
        strengths: (B, N, C) real or complex, of the points' precision.
        plan: `NufftPlan`.

    Returns: (B, C, M1, …, Md) complex, modes ascending from −⌊M/2⌋.
    Raises: ValueError or TypeError when shapes or dtypes do not fit together.
    """
    points = tf.convert_to_tensor(points)
    strengths = tf.convert_to_tensor(strengths)
    _check_match(points, strengths, "strengths", expected_rank=3)
    stencil = plan.stencil(points)
    if not strengths.dtype.is_complex:
        return from_half_spectrum(real_type1(strengths, stencil, plan), plan.num_modes)
    both = tf.concat([tf.math.real(strengths), tf.math.imag(strengths)], axis=-1)
    real, imaginary = tf.split(real_type1(both, stencil, plan), 2, axis=1)
    return from_half_spectrum(real, plan.num_modes) + 1j * from_half_spectrum(imaginary, plan.num_modes)


def nufft_type2(points, coefficients, plan):
    """u(x_j) = Σ_n c(n) exp(+i k_n·x_j), Alg. 1 lines 7–9.

    Args:
        points: (B, N, d) float32 or float64, anywhere in ℝ^d (wrapped into the box).
        coefficients: (B, C, M1, …, Md) complex, modes ascending from −⌊M/2⌋.
        plan: `NufftPlan`.

    Returns: (B, N, C) complex.
    Raises: ValueError or TypeError when shapes or dtypes do not fit together.
    """
    points = tf.convert_to_tensor(points)
    coefficients = tf.convert_to_tensor(coefficients)
    _check_match(points, coefficients, "coefficients", expected_rank=2 + plan.dim)
    if tuple(coefficients.shape[2:]) != plan.num_modes:
        raise ValueError(
            f"coefficients must have shape (batch, channels, {', '.join(map(str, plan.num_modes))}); "
            f"received {tuple(coefficients.shape)}"
        )
    stencil = plan.stencil(points)
    halves = tf.concat(to_half_spectra(coefficients, plan.num_modes), axis=1)
    real, imaginary = tf.split(real_type2(halves, stencil, plan), 2, axis=-1)
    return tf.complex(real, imaginary)


def _check_match(points, values, name, expected_rank):
    if values.shape.rank != expected_rank:
        raise ValueError(f"{name} must have {expected_rank} axes; received shape {tuple(values.shape)}")
    if not points.dtype.is_floating or values.dtype.real_dtype != points.dtype:
        raise TypeError(
            f"points and {name} must share one precision, float32 or float64; "
            f"received {points.dtype.name} and {values.dtype.name}"
        )


def _fft_size(at_least):
    """Smallest even 2^a 3^b 5^c that is not below `at_least`: sizes that FFTs like."""
    size = max(2, 2 * int(np.ceil(at_least / 2)))
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 2
