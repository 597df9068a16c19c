"""The Ewald split of the Green's function of Eq. (7), for interaction lengths 1/μ that are not short against L.

The Green's function is a sum of heat kernels over all times t > 0. Those of t < η are narrow and are summed
over the images of the box; those of t > η are smooth and are summed over the modes:

    G(s) = Σ_images f(‖s + nL‖) + (1/V) Σ_k exp(−(k² + μ²)η)/(k² + μ²) exp(i k·s),    k_a = 2πn_a/L_a

    f(r) = ∫_0^η exp(−μ²t − r²/4t) (4πt)^(−d/2) dt = Φ(r) − g(r²)
    g(r²) = ∫_η^∞ exp(−μ²t − r²/4t) (4πt)^(−d/2) dt

Φ is the free-space function. With η = r_c²/4c, f is exp(−c) times smaller at the cutoff r_c than at r ≈ √η, and
so is the sum at the wavenumber 2c/r_c: both end there. f is an incomplete Bessel function in two dimensions and
has a closed form in three; g is entire in r² and a short Chebyshev series serves for both.

References: P. P. Ewald, Ann. Phys. 369, 253 (1921); G. Salin, J.-M. Caillol, J. Chem. Phys. 113, 10459 (2000), for
Yukawa potentials; F. E. Harris, J. Comput. Appl. Math. 215, 260 (2008), for incomplete Bessel functions.
"""

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.polynomial.chebyshev import chebval
from scipy.fft import dct
from scipy.special import k0, k1

EXPONENT = 36.0  # c: what is left out is exp(−36) = 2e-16 of what is kept
MAX_TERMS = 2**22  # images or modes: in a box of very unequal sides more would not fit into memory
POINTS_PER_BLOCK = 2**12  # of the far part, whose temporaries are modes × points
SERIES_TERMS = 44  # of g: the Chebyshev coefficients of exp(−36y), y ∈ [0, 1], are below 2e-18 from the 42nd on


@dataclass(frozen=True)
class FreeSpace:
    """Φ(r), the solution of ΔΦ − μ²Φ = −δ that decays in all of R^d, for d = 2 or 3.

        d = 2:   Φ = K₀(μr)/2π,       dΦ/dr = −μK₁(μr)/2π
        d = 3:   Φ = exp(−μr)/4πr,    dΦ/dr = −(μ + 1/r) Φ            Eq. (6)

    `value` and `slope` take distances r ≥ 0, (...), and return (...), float64. At r = 0 the value is +inf. The slope is
    0 there, the mean over all directions, and below r = 1e-150, whose square underflows.
    """

    mu: float
    dimension: int

    cutoff = np.inf  # the largest r, as for the near part of an EwaldSplit

    def value(self, r):
        if self.dimension == 2:
            return k0(self.mu * r) / (2 * np.pi)
        return np.divide(np.exp(-self.mu * r), 4 * np.pi * r, out=np.full_like(r, np.inf), where=r > 0)

    def slope(self, r):
        apart = r > 1e-150
        r = np.where(apart, r, 1.0)
        if self.dimension == 2:
            slope = -self.mu / (2 * np.pi) * k1(self.mu * r)
        else:
            slope = -(self.mu + 1 / r) * np.exp(-self.mu * r) / (4 * np.pi * r)
        return np.where(apart, slope, 0.0)


class EwaldSplit:
    """G for one μ and the box of d = 2 or 3 `sides`: f(r) for r ≤ `cutoff`, and the coefficients of the far part.

    Attributes:
        cutoff: r_c > 0, in the unit of the box.
        wavenumbers: d arrays, k_a = 2πn/L_a for n = 0, 1, … up to 2c/r_c.
        coefficients: (n_1, …, n_d) float64. The far part is the sum of coefficients times Π_a cos(k_a s_a); they are
            exp(−(k² + μ²)η)/(k² + μ²)/V, times 2 for every component k_a > 0, which stands for −k_a too.

    Raises: ValueError when there would be too many modes, in a box of very unequal sides.
    """

    def __init__(self, mu, sides, cutoff):
        self.free, self.cutoff = FreeSpace(mu, len(sides)), cutoff
        counts = [np.ceil(EXPONENT / cutoff * side / np.pi) + 1 for side in sides]
        _check_terms("modes", counts, sides)
        self.eta = cutoff**2 / (4 * EXPONENT)
        self._g, self._dg = self._series()
        self.wavenumbers = [2 * np.pi / side * np.arange(count) for side, count in zip(sides, counts, strict=True)]
        k2_mu2 = mu**2 + sum(k**2 for k in np.meshgrid(*self.wavenumbers, indexing="ij", sparse=True))
        signs = np.meshgrid(*(np.where(k > 0, 2.0, 1.0) for k in self.wavenumbers), indexing="ij", sparse=True)
        self.coefficients = math.prod(signs) * np.exp(-self.eta * k2_mu2) / (k2_mu2 * np.prod(sides))

    def value(self, r):
        """f(r) for r ≤ r_c: (...) -> (...). +inf at r = 0."""
        return self.free.value(r) - chebval(self._unit(r), self._g)

    def slope(self, r):
        """df/dr = dΦ/dr − 2r g'(r²) for r ≤ r_c: (...) -> (...). Zero at r = 0."""
        return self.free.slope(r) - 2 * r * chebval(self._unit(r), self._dg)

    def far(self, s, axis=None):
        """The far part at s, or its derivative along one axis: (..., d) -> (...)."""
        points, blocks = s.reshape(-1, s.shape[-1]), []
        for start in range(0, max(1, len(points)), POINTS_PER_BLOCK):
            total = self.coefficients[None]  # summed over one axis after the other, for each point on its own
            for a, (k, x) in enumerate(zip(self.wavenumbers, points[start : start + POINTS_PER_BLOCK].T, strict=True)):
                waves = -k * np.sin(k * x[:, None]) if a == axis else np.cos(k * x[:, None])  # (P, n_a)
                total = np.einsum("pn,pn...->p...", waves, total)
            blocks.append(total)
        return np.concatenate(blocks).reshape(s.shape[:-1])

    def _unit(self, r):
        return 2 * (r / self.cutoff) ** 2 - 1  # [0, r_c] to [−1, 1]

    def _series(self):
        """Chebyshev coefficients of g(r²) and of dg/d(r²) on [0, r_c²], from quadratures: (2, SERIES_TERMS).

        With t = η exp(u), u runs over [0, ∞) and μ²t ends it; 20 Gauss–Legendre nodes in a unit of u.
        """
        r_squared = (np.cos(np.pi * (np.arange(SERIES_TERMS) + 0.5) / SERIES_TERMS) + 1) / 2 * self.cutoff**2
        dimension, growth = self.free.dimension, self.free.mu**2 * self.eta
        num_panels = int(np.ceil(np.log1p(40 / growth)))
        nodes, weights = np.polynomial.legendre.leggauss(20)
        u = (np.arange(num_panels)[:, None] + (nodes + 1) / 2).reshape(-1, 1)
        weights = np.tile(weights / 2, num_panels)[:, None]
        t = self.eta * np.exp(u)
        heat = weights * t * np.exp(-(self.free.mu**2) * t - r_squared / (4 * t)) * (4 * np.pi * t) ** (-dimension / 2)
        series = dct([heat.sum(axis=0), (heat / (-4 * t)).sum(axis=0)], axis=1) / SERIES_TERMS
        series[:, 0] /= 2
        return series


ewald_split = lru_cache(maxsize=32)(EwaldSplit)  # kept for all snapshots of a data set


def images_within(sides, reach):
    """The shifts nL that bring a point of the cell [0, L/2]^d within `reach` of the origin: (n, d).

    Raises: ValueError when there would be too many, in a box of very unequal sides.
    """
    _check_terms("images", [2 * reach / side + 1 for side in sides], sides)
    axes = [np.arange(-np.floor(reach / side + 0.5), np.floor(reach / side) + 1) * side for side in sides]
    shifts = np.array(list(itertools.product(*axes)))
    nearest = np.where(shifts < 0, shifts + np.array(sides) / 2, shifts)  # of the shifted cell
    return shifts[np.sum(nearest**2, axis=1) <= reach**2]


def _check_terms(what, counts, sides):
    if math.prod(counts) > MAX_TERMS:
        excess = f"{math.prod(counts):.2g} {what} are more than {MAX_TERMS}"
        raise ValueError(f"box_length must have sides that are less unequal: {excess}; received {list(sides)}")
