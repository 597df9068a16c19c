"""The Green's function of Eq. (7) by the spectral method of Eq. (8), the paper's own way, in one dimension.

    ψ_ε(s) = (1/L) Σ_n χ_ε(k_n) exp(i k_n s) / (k_n² + μ²),    k_n = 2πn/L,    χ_ε(k) = exp(−ε²k²/2)

The factor χ_ε is a convolution with the normal density of deviation ε. It removes the Gibbs phenomenon and
ends the sum: the grid carries every mode at which χ_ε is above rounding. Eq. (8) prints exp(i k·y) for the
transform of δ_y; in the convention used here it is exp(−i k·y), which is the same for a symmetric kernel.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.fft import irfft, next_fast_len
from scipy.interpolate import CubicHermiteSpline

GRID_POINTS_PER_SMOOTHING = 16  # the spline's error, (h/ε)⁴/384 times a number of order one, is then below 1e-7
MAX_GRID_POINTS = 2**22


@dataclass(frozen=True)
class PeriodicTable:
    """A function of period L and its derivative, each a cubic Hermite spline on a grid of [0, L]."""

    length: float
    value_spline: CubicHermiteSpline
    derivative_spline: CubicHermiteSpline

    def value(self, s):
        """ψ_ε(s): (...) -> (...)."""
        return self.value_spline(np.mod(s, self.length))

    def derivative(self, s):
        """ψ_ε'(s): (...) -> (...). Odd by construction: one half of the period serves both signs."""
        return np.sign(s) * self.derivative_spline(np.mod(np.abs(s), self.length))


@lru_cache(maxsize=16)
def smoothed_green_function(mu, length, smoothing):
    """ψ_ε on a grid fine enough for its smoothing; kept, because every pair asks for the same table.

    Raises: ValueError when the grid would not fit into memory, or ε is not small against L.
    """
    if smoothing > length / 8:
        raise ValueError(f"smoothing must be at most an eighth of the box ({length / 8:g}); received {smoothing!r}")
    num_points = next_fast_len(int(np.ceil(GRID_POINTS_PER_SMOOTHING * length / smoothing)), real=True)
    if num_points > MAX_GRID_POINTS:
        raise ValueError(
            f"smoothing must be at least {GRID_POINTS_PER_SMOOTHING * length / MAX_GRID_POINTS:.3g} for a "
            f"box of {length:g}; received {smoothing!r}"
        )
    k = 2 * np.pi / length * np.arange(num_points // 2 + 1)  # the kernel is real: n ≥ 0 is enough
    multiplier = np.exp(-0.5 * (smoothing * k) ** 2) / (k**2 + mu**2)
    # irfft divides by the number of points, Eq. (8) by L. Derivatives are taken in the Fourier domain.
    psi, slope, curvature = (irfft((1j * k) ** m * multiplier, num_points) * num_points / length for m in range(3))
    grid = length / num_points * np.arange(num_points + 1)
    psi, slope, curvature = (np.append(values, values[0]) for values in (psi, slope, curvature))
    return PeriodicTable(length, CubicHermiteSpline(grid, psi, slope), CubicHermiteSpline(grid, slope, curvature))
