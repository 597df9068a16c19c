"""Non-uniform FFTs of type 1 and type 2 in d dimensions.

    type 1   F(n) = Σ_j f_j exp(−i k_n·x_j)     spread, FFT, deconvolve
    type 2   u(x) = Σ_n c(n) exp(+i k_n·x)      deconvolve, FFT, interpolate

Convention of modes and signs: `ops.modes`. Inside, everything is real fields and half spectra: a complex transform is
two real ones. References: Dutt and Rokhlin, SIAM J. Sci. Comput. 14 (1993) 1368; Greengard and Lee, SIAM Rev. 46 (2004)
443; Appendix B of the paper.
"""

import tensorflow as tf

from lrc_keras.ops.arguments import check_coefficients, check_strengths
from lrc_keras.ops.fft import real_fft, real_synthesis
from lrc_keras.ops.plans import NufftPlan
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

    Example:
        >>> from lrc_keras.ops import NufftPlan, nudft_type1, nufft_type1
        >>> rng = np.random.default_rng(0)
        >>> points, strengths = rng.uniform(0, 10, (1, 100, 2)), rng.normal(size=(1, 100, 3))
        >>> modes = nufft_type1(points, strengths, NufftPlan((16, 15), (10.0, 10.0), tolerance=1e-6))
        >>> modes.shape
        TensorShape([1, 3, 16, 15])
        >>> np.allclose(modes, nudft_type1(points, strengths, (16, 15), 10.0), atol=1e-3)
        True
    """
    _check_plan(plan)
    points, strengths = check_strengths(points, strengths)
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

    Example: the mode n = 1 of −2, …, 1 is a plane wave.
        >>> from lrc_keras.ops import NufftPlan, nufft_type2
        >>> points = np.array([[[0.0], [2.5], [6.0]]])
        >>> coefficients = np.array([[[0, 0, 0, 1.0 + 0j]]])
        >>> wave = nufft_type2(points, coefficients, NufftPlan(4, box_length=10.0))
        >>> np.allclose(wave, np.exp(2j * np.pi / 10 * points), atol=1e-5)
        True
    """
    _check_plan(plan)
    points, coefficients = check_coefficients(points, coefficients, plan.num_modes)
    stencil = plan.stencil(points)
    halves = tf.concat(to_half_spectra(coefficients, plan.num_modes), axis=1)
    real, imaginary = tf.split(real_type2(halves, stencil), 2, axis=-1)
    return tf.complex(real, imaginary)


def _check_plan(plan):
    if not isinstance(plan, NufftPlan):
        raise TypeError(f"plan must be a NufftPlan; received {plan!r}")
