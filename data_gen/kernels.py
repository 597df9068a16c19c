"""Interaction kernels ψ of Section 3.1 on the torus: exponential, screened Coulomb, and their mixtures.

A kernel is a frozen dataclass with two methods of the displacement s = x_i − x_j and the sides of the box:

    value(displacement, box_length)      ψ(s)    (..., d) -> (...)
    gradient(displacement, box_length)   ∇_s ψ   (..., d) -> (..., d)

`box_length` is a (d,) array. Any real displacement is accepted and taken to its nearest image, in
[−L/2, L/2]^d. Lengths are in the unit of the box and μ in its inverse; float64 throughout. At s = 0, where a
kernel has a kink, the gradient is zero, the mean of its two sides.
"""

import numbers
from dataclasses import dataclass

import numpy as np

from .arguments import check_positive
from .spectral import smoothed_green_function


@dataclass(frozen=True)
class Exponential:
    """ψ^μ(s) = exp(−μ‖s‖), Eqs. (3)–(5), with the Euclidean norm over the torus, for every d.

    The minimum image makes the force jump where two images are equally far, |s| = L/2 in one dimension; the
    jump is 2μ·exp(−μL/2) there.

    Args:
        mu: inverse interaction length μ > 0.

    Raises: ValueError when μ is not positive and finite.
    """

    mu: float

    def __post_init__(self):
        object.__setattr__(self, "mu", check_positive("mu", self.mu))

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        return np.exp(-self.mu * _norm(nearest_image(displacement, box_length)))

    def gradient(self, displacement, box_length):
        """∇ψ(s) = −μ exp(−μ‖s‖) s/‖s‖: (..., d) -> (..., d)."""
        s = nearest_image(displacement, box_length)
        r = _norm(s)[..., None]
        direction = np.divide(s, r, out=np.zeros_like(s), where=r > 0)  # zero at the kink, never 0/0
        return -self.mu * np.exp(-self.mu * r) * direction


@dataclass(frozen=True)
class ScreenedCoulomb:
    """ψ^μ = G^μ, the periodic Green's function ΔG − μ²G = −δ of Eq. (7), in one dimension.

    With r = |s| ≤ L/2 and μ > 0:

        ψ(s) = cosh(μ(L/2 − r)) / (2μ sinh(μL/2)),    dψ/ds = −sign(s) sinh(μ(L/2 − r)) / (2 sinh(μL/2)).

    Args:
        mu: inverse interaction length μ > 0.
        method: "exact", the closed form above; or "spectral", Eq. (8): a Fourier sum with the Gaussian
            smoothing factor χ_ε(k) = exp(−ε²k²/2), its derivative taken in the Fourier domain, on a fine
            grid.
        smoothing: the length ε of the smoothing, used by "spectral" only. Beyond about 6ε from the origin the
            smoothed kernel is exp(μ²ε²/2) times the exact one (a factor 1 + 3e-4 for μ = 5 and ε = 0.005); at
            the origin it is lower by ε/√(2π).

    Raises: ValueError for a bad argument; NotImplementedError when evaluated in two or three dimensions.
    """

    mu: float
    method: str = "exact"
    smoothing: float = 0.005

    def __post_init__(self):
        object.__setattr__(self, "mu", check_positive("mu", self.mu))
        object.__setattr__(self, "smoothing", check_positive("smoothing", self.smoothing))
        if self.method not in ("exact", "spectral"):
            raise ValueError(f'method must be "exact" or "spectral"; received {self.method!r}')

    def value(self, displacement, box_length):
        """ψ(s): (..., 1) -> (...)."""
        s, length = self._line(displacement, box_length)
        if self.method == "spectral":
            return smoothed_green_function(self.mu, length, self.smoothing).value(s)
        # cosh and sinh overflow for large μL: both are divided by exp(μL/2)/2 first.
        r = np.abs(s)
        return (np.exp(-self.mu * r) + np.exp(-self.mu * (length - r))) / (-2 * self.mu * np.expm1(-self.mu * length))

    def gradient(self, displacement, box_length):
        """∇ψ(s): (..., 1) -> (..., 1)."""
        s, length = self._line(displacement, box_length)
        if self.method == "spectral":
            return smoothed_green_function(self.mu, length, self.smoothing).derivative(s)[..., None]
        # The same division; expm1 keeps the digits where the exponentials cancel: near r = L/2, or small μL.
        r = np.abs(s)
        slope = np.exp(-self.mu * r) * np.expm1(-self.mu * (length - 2 * r)) / (-2 * np.expm1(-self.mu * length))
        return (np.sign(s) * slope)[..., None]

    def _line(self, displacement, box_length):
        dim = np.shape(displacement)[-1]
        if dim != 1:
            raise NotImplementedError(f"ScreenedCoulomb is available in dimension 1 only; received dimension {dim}")
        return nearest_image(displacement, box_length)[..., 0], float(np.reshape(box_length, ()))


@dataclass(frozen=True)
class Mixture:
    """ψ = Σ_m α_m ψ_m, the kernel with several interaction lengths of Section 5.

    Args:
        kernels: the ψ_m, one or more objects with `value` and `gradient`.
        weights: the α_m, one finite number for each kernel.

    Raises: ValueError when the lengths differ, there is no kernel, or a weight is not finite.
    """

    kernels: tuple
    weights: tuple

    def __post_init__(self):
        kernels, weights = tuple(self.kernels), tuple(self.weights)
        if not kernels or len(kernels) != len(weights):
            raise ValueError(
                "kernels and weights must have the same length of at least 1; "
                f"received {len(kernels)} kernels and {len(weights)} weights"
            )
        for kernel in kernels:
            check_kernel(kernel)
        if not all(isinstance(weight, numbers.Real) and np.isfinite(weight) for weight in weights):
            raise ValueError(f"weights must be finite numbers; received {weights!r}")
        object.__setattr__(self, "kernels", kernels)
        object.__setattr__(self, "weights", tuple(float(weight) for weight in weights))

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        return sum(a * psi.value(displacement, box_length) for a, psi in zip(self.weights, self.kernels, strict=True))

    def gradient(self, displacement, box_length):
        """∇ψ(s): (..., d) -> (..., d)."""
        return sum(
            a * psi.gradient(displacement, box_length) for a, psi in zip(self.weights, self.kernels, strict=True)
        )


def check_kernel(kernel):
    """Raises: ValueError when `kernel` is not an object with the methods `value` and `gradient`."""
    if isinstance(kernel, type) or not all(callable(getattr(kernel, name, None)) for name in ("value", "gradient")):
        raise ValueError(f"kernel must be an object with the methods value and gradient; received {kernel!r}")


def nearest_image(displacement, box_length):
    """Minimum image s − L·round(s/L) ∈ [−L/2, L/2]^d: (..., d) -> (..., d). Odd in s, as a force must be."""
    displacement = np.asarray(displacement, dtype=np.float64)
    return displacement - box_length * np.round(displacement / box_length)


def _norm(vectors):
    return np.sqrt(np.sum(vectors * vectors, axis=-1))
