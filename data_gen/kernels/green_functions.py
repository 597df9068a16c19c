"""The periodic Green's function G of Eq. (7), ΔG − μ²G = −δ on the torus, exactly, for d = 1, 2 and 3.

    d = 1:     a closed form
    d = 2, 3:  the sum over images of the free-space function Φ, where the interaction is short against the box;
               else its Ewald split into images and modes

Each is an object with `value(s)`, (..., d) -> (...), and `gradient(s)`, (..., d) -> (..., d), for displacements
s ∈ [−L/2, L/2]^d, float64. G is even in every component of s; the gradient's components are odd, to the bit.
At the end are the functions of displacements on the torus that all kernels use.
"""

from functools import lru_cache

import numpy as np
from numpy.polynomial.chebyshev import chebder, chebval

from ..arguments import check_array
from .ewald import EXPONENT, FreeSpace, ewald_split, images_within

LARGEST_DECAY = 8.0  # of μ·(half the diagonal) for the split: rounding, 1e-16, is then 1e-12 of G in the corner
CUTOFF = 1.4  # of the split, in units of V^(1/d): about as much time for the images as for the modes
POINTS_PER_BLOCK = 2**12  # of the far part, whose temporaries are modes × points


@lru_cache(maxsize=32)
def periodic_green_function(mu, sides):
    """G for one μ > 0 and one box, `sides` a tuple of one, two or three floats; kept for the next call."""
    if len(sides) == 1:
        return LineGreenFunction(mu, sides[0])
    half_diagonal = np.sqrt(np.sum(np.square(sides))) / 2
    if mu * half_diagonal > LARGEST_DECAY:
        # An image further off than the nearest one by c/μ adds less than exp(−c) of it.
        return LatticeSum(FreeSpace(mu, len(sides)), images_within(sides, half_diagonal + EXPONENT / mu))
    cutoff = CUTOFF * np.prod(sides) ** (1 / len(sides))
    split = ewald_split(mu, sides, cutoff)
    return LatticeSum(split, images_within(sides, cutoff), CosineSeries(split.coefficients, sides))


class LineGreenFunction:
    """G(s) = cosh(μ(L/2 − r)) / (2μ sinh(μL/2)), dG/ds = −sign(s) sinh(μ(L/2 − r)) / (2 sinh(μL/2)); r = |s| ≤ L/2."""

    def __init__(self, mu, length):
        self.mu, self.length = mu, length

    def value(self, s):
        # cosh and sinh overflow for large μL: both are divided by exp(μL/2)/2 first.
        mu, length, r = self.mu, self.length, np.abs(s[..., 0])
        return (np.exp(-mu * r) + np.exp(-mu * (length - r))) / (-2 * mu * np.expm1(-mu * length))

    def gradient(self, s):
        # The same division; expm1 keeps the digits where the exponentials cancel: near r = L/2, or small μL.
        mu, length, r = self.mu, self.length, np.abs(s)
        slope = np.exp(-mu * r) * np.expm1(-mu * (length - 2 * r)) / (-2 * np.expm1(-mu * length))
        return np.sign(s) * slope


class LatticeSum:
    """Σ_images f(‖s + nL‖) + far(s): `near` is f, restricted to r ≤ f.cutoff; `shifts` the images nL, (n, d), that
    matter for s ∈ [0, L/2]^d; `far` a CosineSeries or None.
    """

    def __init__(self, near, shifts, far=None):
        self.near, self.shifts, self.far = near, shifts, far

    def value(self, s):
        s = np.abs(s)
        total = np.zeros(s.shape[:-1]) if self.far is None else self.far.value(s)
        for shift in self.shifts:
            total += self._near(self.near.value, norm(s + shift))
        return total

    def gradient(self, s):
        sign, s = np.sign(s), np.abs(s)
        total = np.zeros(s.shape) if self.far is None else self.far.gradient(s)
        for shift in self.shifts:
            r = norm(s + shift)
            total += along(s + shift, r, self._near(self.near.slope, r))
        return sign * total

    def _near(self, function, r):
        inside, values = r <= self.near.cutoff, np.zeros(r.shape)
        values[inside] = function(r[inside])
        return values


class CosineSeries:
    """Σ c(n) Π_a cos(n_a θ_a) with θ = 2πs/L and `coefficients` c(n), (n_1, …, n_d), by cos(nθ) = T_n(cos θ).

    The recurrence of Chebyshev polynomials is elementwise: a value does not depend on the others in the array.
    """

    def __init__(self, coefficients, sides):
        self.wavenumber = 2 * np.pi / np.array(sides)
        self.coefficients = coefficients
        self.derivatives = [chebder(coefficients, axis=axis) for axis in range(len(sides))]

    def value(self, s):
        return self._in_blocks(lambda theta: _series(self.coefficients, np.cos(theta)), s, ())

    def gradient(self, s):
        def block(theta):  # d/ds_a T_n(cos θ_a) = −(2π/L_a) sin θ_a T_n'(cos θ_a)
            cosine = np.cos(theta)
            return -self.wavenumber * np.sin(theta) * np.stack([_series(c, cosine) for c in self.derivatives], axis=-1)

        return self._in_blocks(block, s, s.shape[-1:])

    def _in_blocks(self, function, s, extra_axes):
        theta = (self.wavenumber * s).reshape(-1, s.shape[-1])
        values = np.empty((len(theta), *extra_axes))
        for start in range(0, len(theta), POINTS_PER_BLOCK):
            block = slice(start, start + POINTS_PER_BLOCK)
            values[block] = function(theta[block])
        return values.reshape(s.shape[:-1] + extra_axes)


def _series(coefficients, x):
    """Σ c[n_1, …, n_d] Π_a T_{n_a}(x_a): (P, d) -> (P,), one dimension after the other."""
    values = chebval(x[:, 0], coefficients)
    for axis in range(1, x.shape[1]):
        values = chebval(x[:, axis], values, tensor=False)
    return values


def nearest_image(displacement, box_length):
    """Minimum image s − L·round(s/L) ∈ [−L/2, L/2]^d: (..., d) -> (..., d). Odd in s, as a force must be."""
    displacement = check_displacement(displacement).astype(np.float64, copy=False)
    return displacement - box_length * np.round(displacement / box_length)


def check_displacement(displacement):
    """Displacements as an array (..., d). Raises: ValueError when they are not real numbers of this shape."""
    array = check_array("displacement", displacement)
    if array.ndim == 0 or array.dtype.kind not in "fiu":
        raise ValueError(f"displacement must be real numbers of shape (..., d); received {array.dtype} {array.shape}")
    return array


def norm(vectors):
    """‖s‖: (..., d) -> (...)."""
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))


def along(vectors, radius, slope):
    """ψ'(r) s/r, the gradient of a function of r = ‖s‖: (..., d), (...), (...) -> (..., d). Zero where r is."""
    direction = np.divide(vectors, radius[..., None], out=np.zeros_like(vectors), where=radius[..., None] > 0)
    return slope[..., None] * direction
