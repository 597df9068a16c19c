"""Interaction kernels ψ of Section 3.1 on the torus: exponential, screened Coulomb, and their mixtures.

A kernel is any object with two methods of the displacement s = x_i − x_j, (..., d), and of the sides of the box, (d,):

    value(displacement, box_length)      ψ(s)    (...)
    gradient(displacement, box_length)   ∇_s ψ   (..., d)

ψ must be even. `energy_and_forces` gives a kernel the nearest image of s, in [−L/2, L/2]^d. The kernels of this module
take any real displacement to it. Lengths are in the unit of the box and μ in its inverse; all numbers are float64. At
s = 0, where there is a kink or a pole, the gradient is zero.

A third method, `pair_sums(points, box_length)`, may be a faster way to the sums of Eq. (2) over one snapshot of points
(N, d): it returns Σ_{i≠j} ψ(x_j − x_i), (N,), and Σ_{i≠j} ∇ψ(x_j − x_i), (N, d), or None for the plain sum.
"""

from dataclasses import dataclass

import numpy as np

from ..arguments import check_positive, check_sides, is_real
from .green_functions import along, check_displacement, nearest_image, norm, periodic_green_function
from .pair_sums import green_function_sums
from .spectral import check_smoothing, smoothed_green_function

# Range of μL. Below it, ψ is the constant 1/μ²V to rounding. Above it, a position's rounding, 1e-16 L, is 1e-8 of ψ.
DECAY_RANGE = (1e-8, 1e8)


@dataclass(frozen=True)
class Exponential:
    """ψ^μ(s) = exp(−μ‖s‖), Eqs. (3)–(5), with the Euclidean norm over the torus, for every d.

    The minimum image makes the force jump where two images are equally far: by 2μ·exp(−μL/2) at |s| = L/2 in 1-D.

    `mu` is the inverse interaction length μ > 0. Raises: ValueError for another μ; when evaluated, for another μL than
    in [1e-8, 1e8].

    Example: 9.5 is half a unit from zero in a box of ten.
        >>> from data_gen import Exponential
        >>> Exponential(mu=2.0).value(np.array([[0.5], [9.5]]), np.array([10.0])).round(4).tolist()
        [0.3679, 0.3679]
    """

    mu: float

    def __post_init__(self):
        object.__setattr__(self, "mu", check_positive("mu", self.mu))

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        return np.exp(-self.mu * norm(_in_box(self.mu, displacement, box_length)[0]))

    def gradient(self, displacement, box_length):
        """∇ψ(s) = −μ exp(−μ‖s‖) s/‖s‖: (..., d) -> (..., d)."""
        s, _ = _in_box(self.mu, displacement, box_length)
        r = norm(s)
        return along(s, r, -self.mu * np.exp(-self.mu * r))


@dataclass(frozen=True)
class ScreenedCoulomb:
    """ψ^μ = G^μ, the periodic Green's function ΔG − μ²G = −δ of Eq. (7), for d = 1, 2 and 3, any sides.

    G is the sum over all images s + nL of the free-space function: exp(−μr)/2μ in 1-D, K₀(μr)/2π in 2-D, and
    Eq. (6), exp(−μr)/4πr, in 3-D. In 2-D and 3-D its value at s = 0 is +inf.

    Args:
        mu: inverse interaction length μ > 0.
        method: "exact", with relative errors below 1e-10 (where the gradient vanishes by symmetry, of its size nearby);
            or "spectral", the smoothed Fourier sum of Eq. (8), see `data_gen.kernels.spectral`.
        smoothing: the length ε of the smoothing, for "spectral" only; at most 2/μ. None means 0.005 in 1-D,
            V^(1/2)/256 in 2-D and V^(1/3)/30 in 3-D, with the volume V of the box.

    Raises: ValueError for a bad argument; when evaluated, for d > 3, μL outside [1e-8, 1e8], or a smoothing that
        does not fit the box.

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
        if self.method not in ("exact", "spectral"):
            raise ValueError(f'method must be "exact" or "spectral"; received {self.method!r}')
        if self.smoothing is not None:
            object.__setattr__(self, "smoothing", check_positive("smoothing", self.smoothing))
            if self.method == "spectral":
                check_smoothing(self.mu, self.smoothing, self.smoothing)

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        s, green_function = self._at(displacement, box_length)
        return green_function.value(s)

    def gradient(self, displacement, box_length):
        """∇ψ(s): (..., d) -> (..., d)."""
        s, green_function = self._at(displacement, box_length)
        return green_function.gradient(s)

    def pair_sums(self, points, box_length):
        """The sums of Eq. (2) for one snapshot (N, d), see `green_function_sums`; None where there is no faster way."""
        if type(self) is not ScreenedCoulomb or self.method == "spectral" or points.shape[1] not in (2, 3):
            return None  # a subclass may have another `value`
        _, sides = _in_box(self.mu, points, box_length)
        return green_function_sums(self.mu, points, sides)

    def _at(self, displacement, box_length):
        """The nearest image of s, and the Green's function of the box."""
        s, sides = _in_box(self.mu, displacement, box_length)
        if len(sides) > 3:
            raise ValueError(f"ScreenedCoulomb is available in 1, 2 and 3 dimensions; received dimension {len(sides)}")
        if self.method == "exact":
            return s, periodic_green_function(self.mu, tuple(sides.tolist()))
        return s, smoothed_green_function(self.mu, tuple(sides.tolist()), self.smoothing)


@dataclass(frozen=True)
class Mixture:
    """ψ = Σ_m α_m ψ_m, the kernel with several interaction lengths of Section 5.

    `kernels` are one or more ψ_m, objects with `value` and `gradient`, and `weights` as many α_m, finite numbers.
    Raises: ValueError for others.

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
        for name in ("kernels", "weights"):
            values = getattr(self, name)
            if not isinstance(values, (list, tuple)) and getattr(values, "ndim", 0) != 1:
                raise ValueError(f"{name} must be a list or a tuple; received {values!r}")
            object.__setattr__(self, name, tuple(values))
        if not self.kernels or len(self.kernels) != len(self.weights):
            received = f"{len(self.kernels)} kernels and {len(self.weights)} weights"
            raise ValueError(f"kernels and weights must have the same length of at least 1; received {received}")
        for kernel in self.kernels:
            check_kernel(kernel)
        if not all(is_real(weight) and np.isfinite(weight) for weight in self.weights):
            raise ValueError(f"weights must be finite numbers; received {self.weights!r}")
        object.__setattr__(self, "weights", tuple(map(float, self.weights)))

    def value(self, displacement, box_length):
        """ψ(s): (..., d) -> (...)."""
        return sum(a * psi.value(displacement, box_length) for a, psi in self._parts())

    def gradient(self, displacement, box_length):
        """∇ψ(s): (..., d) -> (..., d)."""
        return sum(a * psi.gradient(displacement, box_length) for a, psi in self._parts())

    def _parts(self):
        return zip(self.weights, self.kernels, strict=True)


def terms(kernel):
    """The kernel as ((α_m, ψ_m), …) without mixtures among the ψ_m: nested ones are multiplied out."""
    if type(kernel) is not Mixture:
        return ((1.0, kernel),)
    return tuple((weight * inner, psi) for weight, part in kernel._parts() for inner, psi in terms(part))


def check_kernel(kernel):
    """Raises: ValueError when `kernel` is not an object with the methods `value` and `gradient`."""
    if isinstance(kernel, type) or not all(callable(getattr(kernel, name, None)) for name in ("value", "gradient")):
        raise ValueError(f"kernel must be an object with the methods value and gradient; received {kernel!r}")


def _in_box(mu, displacement, box_length):
    """The nearest image of a displacement (..., d), and the sides (d,). Raises: ValueError for μL outside the range."""
    displacement = check_displacement(displacement)
    sides = check_sides(box_length, displacement.shape[-1])
    low, high = DECAY_RANGE
    if not all(low <= mu * side <= high for side in sides.tolist()):
        received = f"mu = {mu:g} and box_length = {sides.tolist()}"
        raise ValueError(f"mu times every side of box_length must be in [{low:g}, {high:g}]; received {received}")
    return nearest_image(displacement, sides), sides
