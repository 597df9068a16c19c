"""Interaction kernels ψ of Section 3.1 on the torus: exponential, screened Coulomb, and their mixtures.

A kernel is an object with two methods of the displacement s = x_i − x_j and the sides of the box:

    value(displacement, box_length)      ψ(s)    (..., d) -> (...)
    gradient(displacement, box_length)   ∇_s ψ   (..., d) -> (..., d)

`box_length` is a (d,) array. Any real displacement is accepted and taken to its nearest image, in
[−L/2, L/2]^d. Lengths are in the unit of the box and μ in its inverse; float64 throughout. At s = 0, where a
kernel has a kink or a pole, the gradient is zero, the mean over all directions.

A class of the user's own with these two methods, even in s, is a kernel wherever one is expected. It may have a
third, `pair_sums(points, box_length)`, a faster way to the sums of Eq. (2) for one snapshot of points (N, d): it
returns Σ_{i≠j} ψ(x_j − x_i), (N,), and Σ_{i≠j} ∇ψ(x_j − x_i), (N, d), or None where the plain sum is to be taken.
What the methods return is tried out at a few displacements before any work, see `data_gen.arguments`.
"""

from dataclasses import dataclass

import numpy as np

from .arguments import check_decay, check_kernel, check_positive, check_sequence, check_sides, is_real
from .green_functions import periodic_green_function
from .pair_sums import green_function_sums
from .spectral import LARGEST_SMOOTHED_DECAY, default_smoothing, smoothed_green_function
from .torus import along, check_displacement, nearest_image, norm


@dataclass(frozen=True)
class Exponential:
    """ψ^μ(s) = exp(−μ‖s‖), Eqs. (3)–(5), with the Euclidean norm over the torus, for every d.

    The minimum image makes the force jump where two images are equally far, |s| = L/2 in one dimension; the
    jump is 2μ·exp(−μL/2) there.

    Args:
        mu: inverse interaction length μ > 0.

    Raises: ValueError when μ is not positive and finite; when evaluated, for μL outside [1e-8, 1e8].

    Example: 9.5 is half a unit from zero in a box of ten.
        >>> from data_gen import Exponential
        >>> kernel, s, box = Exponential(mu=2.0), np.array([[0.5], [9.5]]), np.array([10.0])
        >>> kernel.value(s, box).round(4).tolist(), kernel.gradient(s, box).round(4).tolist()
        ([0.3679, 0.3679], [[-0.7358], [0.7358]])
    """

    mu: float

    def __post_init__(self):
        object.__setattr__(self, "mu", check_positive("mu", self.mu))

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        check_decay(self.mu, box_length)
        return np.exp(-self.mu * norm(nearest_image(displacement, box_length)))

    def gradient(self, displacement, box_length):
        """∇ψ(s) = −μ exp(−μ‖s‖) s/‖s‖: (..., d) -> (..., d)."""
        check_decay(self.mu, box_length)
        s = nearest_image(displacement, box_length)
        r = norm(s)
        return along(s, r, -self.mu * np.exp(-self.mu * r))


@dataclass(frozen=True)
class ScreenedCoulomb:
    """ψ^μ = G^μ, the periodic Green's function ΔG − μ²G = −δ of Eq. (7), for d = 1, 2 and 3, any sides.

    G is the sum over all images s + nL of the free-space function: exp(−μr)/2μ in 1-D, K₀(μr)/2π in 2-D, and
    Eq. (6), exp(−μr)/4πr, in 3-D. In 1-D, with r = |s| ≤ L/2, it is

        ψ(s) = cosh(μ(L/2 − r)) / (2μ sinh(μL/2)),    dψ/ds = −sign(s) sinh(μ(L/2 − r)) / (2 sinh(μL/2)).

    In 2-D and 3-D the value at s = 0 is +inf. (Eq. (2), with i ≠ j, never asks for it.) The gradient is zero
    there.

    Args:
        mu: inverse interaction length μ > 0.
        method: "exact", value and gradient to 1e-10 relative for every s (the gradient, where it vanishes by
            symmetry, relative to its size nearby): the closed form, or the sum over images or its Ewald split.
            The number of images grows where one side is far longer than the others and than 1/μ.
            "spectral", Eq. (8): a Fourier sum with the Gaussian smoothing factor χ_ε(k) = exp(−ε²‖k‖²/2), its
            derivative taken in the Fourier domain, on a fine grid with splines between its points.
        smoothing: the length ε of the smoothing, used by "spectral" only. None stands for 0.005 in 1-D, V^(1/2)/256
            in 2-D and V^(1/3)/30 in 3-D, with V = ΠL; the grids have 8, 6 and 5 points to ε. At most 2/μ.

    With r = ‖s‖ beyond about 7ε + με² from the origin, the smoothed kernel is exp(μ²ε²/2) times the exact one in every
    dimension (a factor 1 + 3e-4 for μ = 5 and ε = 0.005). At the origin it is rounded off: lower by ε/√(2π) in
    1-D, and finite in 2-D and 3-D, about log(1/με)/2π and 1/((2π)^(3/2) ε) for ε ≪ 1/μ. The splines add about
    1e-7 of the largest value, and of the largest gradient.

    Raises: ValueError for a bad argument; when evaluated, for d > 3, μL outside [1e-8, 1e8], or a smoothing that
        does not suit the box.

    Example: Eq. (6) in 3-D, where the images are too far to matter.
        >>> from data_gen import ScreenedCoulomb
        >>> value = ScreenedCoulomb(mu=5.0).value(np.array([[0.3, 0.4, 0.0]]), np.array([10.0, 10.0, 10.0]))
        >>> np.allclose(value, np.exp(-5 * 0.5) / (4 * np.pi * 0.5))
        True
    """

    mu: float
    method: str = "exact"
    smoothing: float | None = None

    def __post_init__(self):
        object.__setattr__(self, "mu", check_positive("mu", self.mu))
        if self.smoothing is not None:
            object.__setattr__(self, "smoothing", check_positive("smoothing", self.smoothing))
        if self.method not in ("exact", "spectral"):
            raise ValueError(f'method must be "exact" or "spectral"; received {self.method!r}')
        if self.method == "spectral" and self.smoothing is not None:
            self._check_smoothing(self.smoothing)

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        return self._green_function(displacement, box_length).value(nearest_image(displacement, box_length))

    def gradient(self, displacement, box_length):
        """∇ψ(s): (..., d) -> (..., d)."""
        return self._green_function(displacement, box_length).gradient(nearest_image(displacement, box_length))

    def pair_sums(self, points, box_length):
        """The sums of Eq. (2) for one snapshot (N, d), see `data_gen.pair_sums`; None where there is no faster way."""
        own = type(self) is ScreenedCoulomb  # a subclass may have another `value`
        if not own or self.method == "spectral" or points.shape[1] not in (2, 3):
            return None
        sides = check_sides(box_length, points.shape[1])
        check_decay(self.mu, sides)
        return green_function_sums(self.mu, points, sides)

    def _green_function(self, displacement, box_length):
        dimension = check_displacement(displacement).shape[-1]
        if dimension not in (1, 2, 3):
            raise ValueError(f"ScreenedCoulomb is available in 1, 2 and 3 dimensions; received dimension {dimension}")
        sides = tuple(check_sides(box_length, dimension).tolist())
        check_decay(self.mu, sides)
        if self.method == "exact":
            return periodic_green_function(self.mu, sides)
        smoothing = default_smoothing(sides) if self.smoothing is None else self.smoothing
        self._check_smoothing(smoothing)
        return smoothed_green_function(self.mu, sides, smoothing)

    def _check_smoothing(self, smoothing):
        if self.mu * smoothing > LARGEST_SMOOTHED_DECAY:
            received = f"{smoothing:g}" if self.smoothing is not None else f"None, which is {smoothing:g} in this box"
            bound = LARGEST_SMOOTHED_DECAY / self.mu
            raise ValueError(f"smoothing must be at most 2/mu = {bound:g} for mu = {self.mu:g}; received {received}")


@dataclass(frozen=True)
class Mixture:
    """ψ = Σ_m α_m ψ_m, the kernel with several interaction lengths of Section 5.

    Args:
        kernels: the ψ_m, one or more objects with `value` and `gradient`.
        weights: the α_m, one finite number for each kernel.

    Raises: ValueError when the lengths differ, there is no kernel, or a weight is not finite.

    Example:
        >>> from data_gen import Exponential, Mixture
        >>> kernel = Mixture((Exponential(1.0), Exponential(5.0)), weights=(0.75, 0.25))
        >>> value = kernel.value(np.array([[2.0]]), np.array([50.0]))
        >>> np.allclose(value, 0.75 * np.exp(-2) + 0.25 * np.exp(-10))
        True
    """

    kernels: tuple
    weights: tuple

    def __post_init__(self):
        kernels, weights = check_sequence("kernels", self.kernels), check_sequence("weights", self.weights)
        if not kernels or len(kernels) != len(weights):
            raise ValueError(
                "kernels and weights must have the same length of at least 1; "
                f"received {len(kernels)} kernels and {len(weights)} weights"
            )
        for kernel in kernels:
            check_kernel(kernel)
        if not all(is_real(weight) and np.isfinite(weight) for weight in weights):
            raise ValueError(f"weights must be finite numbers; received {weights!r}")
        object.__setattr__(self, "kernels", kernels)
        object.__setattr__(self, "weights", tuple(float(weight) for weight in weights))

    def terms(self):
        """((α_m, ψ_m), …) with mixtures inside this one multiplied out."""
        parts = []
        for weight, kernel in zip(self.weights, self.kernels, strict=True):
            inner = kernel.terms() if type(kernel) is Mixture else ((1.0, kernel),)
            parts += [(weight * a, psi) for a, psi in inner]
        return tuple(parts)

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        return sum(a * psi.value(displacement, box_length) for a, psi in zip(self.weights, self.kernels, strict=True))

    def gradient(self, displacement, box_length):
        """∇ψ(s): (..., d) -> (..., d)."""
        return sum(
            a * psi.gradient(displacement, box_length) for a, psi in zip(self.weights, self.kernels, strict=True)
        )
