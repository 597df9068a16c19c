"""Non-uniform FFTs of type 1 and type 2 in d dimensions.

    type 1   F(n) = Σ_j f_j exp(−i k_n·x_j)     spread, FFT, deconvolve
    type 2   u(x) = Σ_n c(n) exp(+i k_n·x)      deconvolve, FFT, interpolate

Convention of modes and signs: `ops.modes`. Inside, everything is real fields and half spectra: a complex transform is
two real ones. References: Dutt and Rokhlin, SIAM J. Sci. Comput. 14 (1993) 1368; Greengard and Lee, SIAM Rev. 46 (2004)
443; Appendix B of the paper.
"""

import tensorflow as tf

from lrc_keras.ops.fft import real_fft, real_synthesis
from lrc_keras.ops.separable import SeparableSum
from lrc_keras.ops.spectra import crop_modes, from_half_spectrum, pad_modes, to_half_spectra


def real_type1(strengths, stencil):
    """Half spectrum of real strengths: (B, N, C) → complex (B, C, H1, …, Hd)."""
    if isinstance(stencil, SeparableSum):
        return stencil.type1(strengths)
    grid = stencil.grid
    modes = crop_modes(real_fft(stencil.spread(strengths), grid.size), grid.num_modes)
    return modes * tf.cast(grid.deconvolution, modes.dtype)


def real_type2(modes, stencil):
    """Real field of a half spectrum: complex (B, C, H1, …, Hd) → (B, N, C)."""
    if isinstance(stencil, SeparableSum):
        return stencil.type2(modes)
    grid = stencil.grid
    modes = pad_modes(modes * tf.cast(grid.deconvolution, modes.dtype), grid.num_modes, grid.size)
    return stencil.interpolate(real_synthesis(modes, grid.size))


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
        return from_half_spectrum(real_type1(strengths, stencil), plan.num_modes)
    both = tf.concat([tf.math.real(strengths), tf.math.imag(strengths)], axis=-1)
    real, imaginary = tf.split(real_type1(both, stencil), 2, axis=1)
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
    real, imaginary = tf.split(real_type2(halves, stencil), 2, axis=-1)
    return tf.complex(real, imaginary)


def _check_match(points, values, name, expected_rank):
    if values.shape.rank != expected_rank:
        raise ValueError(f"{name} must have {expected_rank} axes; received shape {tuple(values.shape)}")
    if not points.dtype.is_floating or values.dtype.real_dtype != points.dtype:
        raise TypeError(
            f"points and {name} must share one precision, float32 or float64; "
            f"received {points.dtype.name} and {values.dtype.name}"
        )
