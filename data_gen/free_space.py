"""The Green's function of Eq. (7) in free space, of which the periodic one is the sum over all images."""

from dataclasses import dataclass

import numpy as np
from scipy.special import k0, k1


@dataclass(frozen=True)
class FreeSpace:
    """Φ(r), the solution of ΔΦ − μ²Φ = −δ that decays in all of R^d, for d = 2 or 3.

        d = 2:   Φ = K₀(μr)/2π,       dΦ/dr = −μK₁(μr)/2π
        d = 3:   Φ = exp(−μr)/4πr,    dΦ/dr = −(μ + 1/r) Φ            Eq. (6)

    Both methods take distances r ≥ 0 of shape (...) in the unit of the box and return (...), float64, to
    rounding. At r = 0 the value is +inf; the slope is reported as 0, the mean over all directions. So it is
    below r = 1e-150, whose square is no longer a number.

    Reference: NIST Digital Library of Mathematical Functions, 10.32.10 (K_ν as an integral of heat kernels).
    """

    mu: float
    dimension: int

    cutoff = np.inf  # the largest r, as for the near part of an EwaldSplit

    def value(self, r):
        """Φ(r): (...) -> (...)."""
        if self.dimension == 2:
            return k0(self.mu * r) / (2 * np.pi)
        return np.divide(np.exp(-self.mu * r), 4 * np.pi * r, out=np.full_like(r, np.inf), where=r > 0)

    def slope(self, r):
        """dΦ/dr: (...) -> (...)."""
        apart = r > 1e-150
        r = np.where(apart, r, 1.0)
        if self.dimension == 2:
            slope = -self.mu / (2 * np.pi) * k1(self.mu * r)
        else:
            slope = -(self.mu + 1 / r) * np.exp(-self.mu * r) / (4 * np.pi * r)
        return np.where(apart, slope, 0.0)
