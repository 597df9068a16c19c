"""Spreading windows and their Fourier transforms.

A window w(z) is zero for |z| > W/2, with z in units of the grid spacing and W = `width`. A point spreads to W nodes per
dimension.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.polynomial import chebyshev
from scipy.special import i0

GAUSSIAN_TAIL = 1e-16  # the paper's Gaussian is cut off below this value, which is below rounding in float64


@dataclass(frozen=True, eq=False)
class KaiserBessel:
    """The accurate window, w(z) = I₀(β√(1 − (2z/W)²)) / I₀(β), for a relative error of about `tolerance`.

    With β = πW(1 − 1/2σ) the main lobe of ŵ ends where the first alias of a kept mode begins, and the aliasing error
    decays like exp(−πW√(1 − 1/σ)). Reference: Beatty, Nishimura, Pauly, IEEE Trans. Med. Imaging 24 (2005) 799.

    For speed, w is evaluated as a polynomial in y = 1 − 2(2z/W)² ∈ [−1, 1], fitted once in float64.

    Args:
        tolerance: requested relative error, in (0, 1).
        oversampling: σ = grid size / number of modes, above 1.
        dim: dimension d. The aliasing errors of the dimensions add up, so each must be smaller for larger d.
    """

    tolerance: float
    oversampling: float = 2.0
    dim: int = 1

    def __post_init__(self):
        decay = np.pi * np.sqrt(1 - 1 / self.oversampling)
        width = max(2, int(np.ceil(np.log(6 * self.dim / self.tolerance) / decay)))
        beta = np.pi * width * (1 - 1 / (2 * self.oversampling))
        object.__setattr__(self, "width", width)
        object.__setattr__(self, "beta", beta)
        accuracy = max(self.tolerance / (20 * self.dim), 3e-16)
        fit = _fit(lambda y: i0(beta * np.sqrt((1 + y) / 2)) / i0(beta), accuracy)
        object.__setattr__(self, "coefficients", fit)

    def values(self, z):
        """w(z): (...) → (...), same dtype."""
        y = 1 - 2 * tf.square(z * (2 / self.width))
        return tf.where(y <= -1, tf.zeros_like(y), _polynomial(self.coefficients, y))  # NaN stays NaN

    def transform(self, omega):
        """ŵ(ω) = ∫ w(z) exp(−iωz) dz = W sinh(s)/s / I₀(β), s = √(β² − (Wω/2)²): NumPy (...) → (...) float64."""
        s = np.emath.sqrt(self.beta**2 - (self.width * np.asarray(omega) / 2) ** 2)
        return self.width * np.real(np.sinh(s) / np.where(s == 0, 1, s) + (s == 0)) / i0(self.beta)


@dataclass(frozen=True, eq=False)
class PaperGaussian:
    """The paper's window g_τ(x) = exp(−x²/4τ), Eq. (B.2), with τ = 12 (L/2πM)² on a grid of M nodes.

    In units of the spacing h = L/M, 4τ/h² = 12/π². Because the grid has as many nodes as modes, the highest modes alias
    (ŵ has decayed only to e^{−3} there). The lowest modes are accurate to about 1e-5.
    """

    four_tau: float = 12 / np.pi**2

    @property
    def width(self):
        """Nodes per dimension, an even number."""
        return 2 * int(np.ceil(np.sqrt(-self.four_tau * np.log(GAUSSIAN_TAIL))))

    def values(self, z):
        """w(z): (...) → (...), same dtype."""
        outside = tf.abs(z) >= self.width / 2
        return tf.where(outside, tf.zeros_like(z), tf.exp(-tf.square(z) / self.four_tau))

    def transform(self, omega):
        """ŵ(ω) = √(4πτ) exp(−ω²τ): NumPy (...) → (...) float64."""
        return np.sqrt(np.pi * self.four_tau) * np.exp(-(np.asarray(omega) ** 2) * self.four_tau / 4)


def _polynomial(coefficients, y):
    """Σ_k c_k y^k by Horner's rule: (...) → (...), same dtype."""
    result = tf.fill(tf.shape(y), tf.cast(coefficients[-1], y.dtype))
    for coefficient in coefficients[-2::-1]:
        result = result * y + tf.cast(coefficient, y.dtype)
    return result


def _fit(function, accuracy):
    """The shortest polynomial in y ∈ [−1, 1] whose error is below `accuracy`: coefficients in ascending powers."""
    check = np.linspace(-1, 1, 401)
    for degree in range(2, 40):
        y = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
        series = chebyshev.chebfit(y, function(y), degree)
        if np.max(np.abs(chebyshev.chebval(check, series) - function(check))) <= accuracy:
            break
    return chebyshev.cheb2poly(series)
