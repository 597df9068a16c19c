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

from ..arguments import check_array
from .ewald import EXPONENT, FreeSpace, ewald_split, images_within

LARGEST_DECAY = 8.0  # of μ·(half the diagonal) for the split: rounding, 1e-16, is then 1e-12 of G in the corner
CUTOFF = 1.4  # of the split, in units of V^(1/d): about as much time for the images as for the modes


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
    return LatticeSum(split, images_within(sides, cutoff), split)


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
    matter for s ∈ [0, L/2]^d; `split` an EwaldSplit with the far part, or None.
    """

    def __init__(self, near, shifts, split=None):
        self.near, self.shifts, self.split = near, shifts, split

    def value(self, s):
        s = np.abs(s)
        total = np.zeros(s.shape[:-1]) if self.split is None else self.split.far(s)
        for shift in self.shifts:
            r = norm(s + shift)
            within = r <= self.near.cutoff
            total[within] += self.near.value(r[within])
        return total

    def gradient(self, s):
        sign, s = np.sign(s), np.abs(s)
        total = np.zeros(s.shape)
        if self.split is not None:
            total += np.stack([self.split.far(s, axis) for axis in range(s.shape[-1])], axis=-1)
        for shift in self.shifts:
            r = norm(s + shift)
            within = r <= self.near.cutoff
            total[within] += along((s + shift)[within], r[within], self.near.slope(r[within]))
        return sign * total


def nearest_image(displacement, box_length):
    """Minimum image s − L·round(s/L) ∈ [−L/2, L/2]^d: (..., d) -> (..., d). Odd in s, as a force must be.

    L is one side or d sides. Raises: ValueError when displacements are not real numbers (..., d), or L not positive.
    """
    displacement = check_displacement(displacement).astype(np.float64, copy=False)
    sides = check_array("box_length", box_length)
    if sides.dtype.kind not in "fiu" or not np.all((sides > 0) & (sides < np.inf)):
        raise ValueError(f"box_length must be positive and finite; received {box_length!r}")
    return displacement - sides * np.round(displacement / sides)


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
