"""Non-uniform Fourier transforms of type 1 and type 2 in d dimensions, and their derivatives.

    type 1   F(n) = Σ_j f_j exp(−i k_n·x_j)     points → modes
    type 2   u(x) = Σ_n c(n) exp(+i k_n·x)      modes → points

`ops.modes` defines signs, the order of modes and half spectra. A complex transform is computed as two real ones.
References: Dutt and Rokhlin, SIAM J. Sci. Comput. 14 (1993) 1368; Greengard and Lee, SIAM Rev. 46 (2004) 443;
Section 4.3 and Appendix B of the paper.
"""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.ops.arguments import check_coefficients, check_strengths
from lrc_keras.ops.derivatives import values_of
from lrc_keras.ops.modes import half_mode_numbers, multiplicity
from lrc_keras.ops.spectra import from_half_spectrum, to_half_spectra


def nufft_type1(points, strengths, plan):
    """F(n) = Σ_j f_j exp(−i k_n·x_j), Alg. 1 lines 2–5.

    Args:
        points: (B, N, d) float32 or float64, anywhere in ℝ^d, in the plan's units of length.
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
    transform = plan.set_points(points)
    if not strengths.dtype.is_complex:
        return from_half_spectrum(transform.type1(strengths), plan.num_modes)
    parts = tf.math.real(strengths), tf.math.imag(strengths)
    real, imaginary = (from_half_spectrum(transform.type1(part), plan.num_modes) for part in parts)
    return real + 1j * imaginary


def nufft_type2(points, coefficients, plan):
    """u(x_j) = Σ_n c(n) exp(+i k_n·x_j), Alg. 1 lines 7–9.

    Args:
        points: (B, N, d) float32 or float64, anywhere in ℝ^d, in the plan's units of length.
        coefficients: (B, C, M1, …, Md) complex, modes ascending from −⌊M/2⌋.
        plan: `NufftPlan`.

    Returns: (B, N, C) complex.
    Raises: ValueError or TypeError when shapes or dtypes do not fit together.

    Example: of the modes n = −2, …, 1, the last one is a plane wave.
        >>> from lrc_keras.ops import NufftPlan, nufft_type2
        >>> points = np.array([[[0.0], [2.5], [6.0]]])
        >>> coefficients = np.array([[[0, 0, 0, 1.0 + 0j]]])
        >>> wave = nufft_type2(points, coefficients, NufftPlan(4, box_length=10.0))
        >>> np.allclose(wave, np.exp(2j * np.pi / 10 * points), atol=1e-5)
        True
    """
    _check_plan(plan)
    points, coefficients = check_coefficients(points, coefficients, plan.num_modes)
    transform = plan.set_points(points)
    return tf.complex(*(transform.type2(half) for half in to_half_spectra(coefficients, plan.num_modes)))


class RealTransform:
    """Transforms T₁ and T₂ of real strengths for fixed points. Their derivatives are transforms too (Section 4.3).

    With the multiplicity m(n) of a mode of the half spectrum, κ = 2πn and upstream gradients ū:

        F = T₁(s) f:   ∂f = T₂(s) (ū/m),   ∂s = f · T₂(s) (iκ ū/m)
        u = T₂(s) c:   ∂c = m · T₁(s) ū,   ∂s = ū · T₂(s) (iκ c)

    The rules use only T₁ and T₂, so derivatives of every order follow. They approximate the derivatives of the exact
    sums to the tolerance. They are not the exact derivatives of the approximate transforms.

    Args:
        engine: see `ops.engines`.
        num_modes: d mode counts.
        fractions: points s (B, N, d) float64, in fractional coordinates.
        dtype: float32 or float64, of strengths and results.
    """

    def __init__(self, engine, num_modes, fractions, dtype):
        self._fractions, self._num_modes = fractions, num_modes
        self._points = engine.set_points(tf.stop_gradient(fractions), dtype)

    def type1(self, strengths):
        """Half spectrum of real strengths: (B, N, C) → complex (B, C, H1, …, Hd)."""

        @tf.custom_gradient
        def transform(fractions, strengths):
            def gradient(upstream):
                modes = upstream / self._multiplicity(upstream.dtype)
                return self._slope(strengths, modes), self.type2(modes)

            return self._points.type1(values_of(strengths)), gradient

        return transform(self._fractions, strengths)

    def type2(self, modes):
        """Real field of a half spectrum: complex (B, C, H1, …, Hd) → (B, N, C)."""

        @tf.custom_gradient
        def transform(fractions, modes):
            def gradient(upstream):
                return self._slope(upstream, modes), self.type1(upstream) * self._multiplicity(modes.dtype)

            return self._points.type2(values_of(modes)), gradient

        return transform(self._fractions, modes)

    def _slope(self, weights, modes):
        """Σ_c w_c T₂ (iκ c_c): weights (B, N, C), half spectra (B, C, H1, …, Hd) → (B, N, d), of the points' dtype."""
        slopes = self.type2(_times_wavenumbers(modes, self._num_modes))  # (B, N, C · d)
        slopes = tf.reshape(slopes, [*keras.ops.shape(weights), len(self._num_modes)])
        return tf.cast(tf.einsum("bnc,bncd->bnd", weights, slopes), self._fractions.dtype)

    def _multiplicity(self, dtype):
        return tf.constant(multiplicity(self._num_modes), dtype)


def _times_wavenumbers(modes, num_modes):
    """iκ c with κ = 2πn: (B, C, H1, …, Hd) → (B, C · d, H1, …, Hd), the dimension varying fastest."""
    dim = len(num_modes)
    slopes = []
    for axis, n in enumerate(half_mode_numbers(num_modes)):
        factor = np.reshape(2j * np.pi * n, [-1] + [1] * (dim - 1 - axis))
        slopes.append(modes * tf.constant(factor, modes.dtype))
    batch, channels, *half = keras.ops.shape(modes)
    return tf.reshape(tf.stack(slopes, axis=2), [batch, channels * dim, *half])


def _check_plan(plan):
    if not hasattr(plan, "set_points"):
        raise TypeError(f"plan must be a NufftPlan; received {plan!r}")
