"""Spreading windows and their Fourier transforms.

A window w(z) lives on |z| ≤ width/2, in units of the grid spacing h. A point at the position ξ (same units) touches the
`width` grid nodes from ℓ = ⌈ξ − width/2⌉ on. With t = ℓ − (ξ − width/2) ∈ [0, 1) node number i lies at z_i = −width/2 +
i + t, so every node has one smooth function of t alone. It is stored as a polynomial, fitted once in float64: no
exponential is evaluated per point, and derivatives of every order come from the same few multiplications.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.polynomial import chebyshev
from scipy.special import i0

GAUSSIAN_TAIL = 1e-16  # where the paper's Gaussian is cut off: below rounding in float64


@dataclass(frozen=True, eq=False)
class Window:
    """A window of `width` nodes: `coefficients` (degree + 1, width) in powers of 2t − 1, and its transform."""

    width: int
    coefficients: np.ndarray
    fourier_transform: object

    def values(self, t):
        """Window at the nodes: t (...) in [0, 1) → (..., width), same dtype. Horner's rule."""
        y = (2 * t - 1)[..., tf.newaxis]
        coefficients = tf.constant(self.coefficients, dtype=t.dtype)
        result = coefficients[-1] * tf.ones_like(y)
        for power in range(len(self.coefficients) - 2, -1, -1):
            result = result * y + coefficients[power]
        return result

    def transform(self, omega):
        """ŵ(ω) = ∫ w(z) exp(−iωz) dz for angular frequencies per grid spacing: NumPy (...) → (...) float64."""
        return self.fourier_transform(np.asarray(omega, dtype=np.float64))


def _fit(function, width, accuracy):
    """Polynomials in 2t − 1, one a node, whose largest error is below `accuracy`: (degree + 1, width)."""
    offsets = -width / 2 + np.arange(width)
    t_check = np.linspace(0, 1, 201)
    exact = function(offsets + t_check[:, None])
    for degree in range(2, 40):
        y = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
        fitted = chebyshev.chebfit(y, function(offsets + (y[:, None] + 1) / 2), degree)
        error = np.max(np.abs(chebyshev.chebval(2 * t_check - 1, fitted).T - exact))
        if error <= accuracy or degree == 39:
            return np.stack([chebyshev.cheb2poly(column) for column in fitted.T], axis=1)


def kaiser_bessel(tolerance, oversampling=2.0):
    """The accurate window, w(z) = I₀(β√(1 − (2z/W)²)) / I₀(β), for a relative error of about `tolerance`.

    With β = πW(1 − 1/2σ) the main lobe of ŵ ends where the first alias of a kept mode begins, and the aliasing error
    decays like exp(−πW√(1 − 1/σ)). Reference: Beatty, Nishimura, Pauly, IEEE Trans. Med. Imaging 24 (2005) 799.

    Args:
        tolerance: relative error asked for, in (0, 1).
        oversampling: σ = grid size / number of modes, above 1.
    """
    decay = np.pi * np.sqrt(1 - 1 / oversampling)
    width = max(2, int(np.ceil(np.log(10 / tolerance) / decay)))
    beta = np.pi * width * (1 - 1 / (2 * oversampling))

    def window(z):
        return i0(beta * np.sqrt(np.maximum(0, 1 - (2 * z / width) ** 2))) / i0(beta)

    def fourier_transform(omega):
        # ŵ(ω) = W sinh(s)/s / I₀(β), s = √(β² − (Wω/2)²), with s imaginary beyond the main lobe
        s = np.emath.sqrt(beta**2 - (width * omega / 2) ** 2)
        return width * np.real(np.sinh(s) / np.where(s == 0, 1, s) + (s == 0)) / i0(beta)

    return Window(width, _fit(window, width, max(tolerance / 20, 2e-16)), fourier_transform)


def paper_gaussian():
    """The paper's window g_τ(x) = exp(−x²/4τ), Eq. (B.2), with τ = 12 (L/2πM)² on a grid of M nodes.

    In units of the spacing h = L/M: 4τ/h² = 12/π². Cut off where it falls below 1e-16. With grid = modes the highest
    modes alias (ŵ is only e^{−3} there), the lowest are good to about 1e-5.
    """
    four_tau = 12 / np.pi**2
    width = 2 * int(np.ceil(np.sqrt(-four_tau * np.log(GAUSSIAN_TAIL))))
    return Window(
        width,
        _fit(lambda z: np.exp(-(z**2) / four_tau), width, 2e-16),
        lambda omega: np.sqrt(np.pi * four_tau) * np.exp(-(omega**2) * four_tau / 4),
    )
