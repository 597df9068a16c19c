"""The Green's function of Eq. (7) by the spectral method of Eq. (8), the paper's own way, for d = 1, 2 and 3.

    ψ_ε(s) = (1/V) Σ_n χ_ε(k_n) exp(i k_n·s) / (‖k_n‖² + μ²),    k_n = 2πn/L,    χ_ε(k) = exp(−ε²‖k‖²/2)

The factor χ_ε is a convolution with the normal density of deviation ε. It removes the Gibbs phenomenon and ends the
sum: the grid carries every mode at which χ_ε is above rounding. Derivatives are taken in the Fourier domain. Between
the points of the grid there are quintic splines. Eq. (8) prints exp(i k·y) for the transform of δ_y; in the convention
used here it is exp(−i k·y), which is the same for a symmetric kernel.

Beyond r ≈ 7ε + με², ψ_ε is exp(μ²ε²/2) times the exact kernel (a factor 1 + 3e-4 for μ = 5 and ε = 0.005). At the
origin it is lower by ε/√(2π) in 1-D, and finite in 2-D and 3-D, about log(1/με)/2π and 1/((2π)^(3/2) ε) for ε ≪ 1/μ.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.fft import irfftn, next_fast_len
from scipy.ndimage import map_coordinates, spline_filter

# With these the spline's error is below 1e-7 of the largest value, and of the largest derivative.
GRID_POINTS_PER_SMOOTHING = {1: 8, 2: 6, 3: 5}
LARGEST_SMOOTHED_DECAY = 2.0  # of με: the smoothed kernel is exp(μ²ε²/2) times the exact one, from 7ε + με² on
MAX_GRID_POINTS = 2**22  # in one array; a table holds 1 + d of them, at most 134 MB


def default_smoothing(sides):
    """ε when none is given: 0.005 in 1-D; V^(1/2)/256 in 2-D and V^(1/3)/30 in 3-D, 2.4 and 3.4 million grid points."""
    parts = {1: None, 2: 256, 3: 30}[len(sides)]
    return 0.005 if parts is None else math.prod(sides) ** (1 / len(sides)) / parts


def check_smoothing(mu, smoothing, given):
    """Raises: ValueError when ε is too large for μ; `given` is what the user has given for it."""
    if mu * smoothing > LARGEST_SMOOTHED_DECAY:
        bound = f"2/mu = {LARGEST_SMOOTHED_DECAY / mu:g} for mu = {mu:g}"
        received = f"None, which is {smoothing:g} in this box" if given is None else f"{given:g}"
        raise ValueError(f"smoothing must be at most {bound}; received {received}")


class SmoothedGrid:
    """ψ_ε and its d derivatives as periodic quintic splines, on a grid fine enough for ε.

    `mu` is μ > 0, `sides` a tuple of d floats and `smoothing` ε, None for the default. `value(s)`, (...), is even and
    `gradient(s)`, (..., d), odd in each component of any displacements s, (..., d).

    Raises: ValueError when the grid would not fit into memory, or ε is not small against L or 1/μ.
    """

    def __init__(self, mu, sides, smoothing=None):
        given, smoothing = smoothing, default_smoothing(sides) if smoothing is None else smoothing
        check_smoothing(mu, smoothing, given)
        density = GRID_POINTS_PER_SMOOTHING[len(sides)]
        if smoothing > min(sides) / 8:
            bound = f"an eighth of the box's shortest side ({min(sides) / 8:g})"
            raise ValueError(f"smoothing must be at most {bound}; received {smoothing!r}")
        if math.prod(density * side / smoothing for side in sides) > MAX_GRID_POINTS:
            bound = density * (math.prod(sides) / MAX_GRID_POINTS) ** (1 / len(sides))
            box = " × ".join(f"{side:g}" for side in sides)
            reason = f"for a box of {box}, whose grid would else have more than {MAX_GRID_POINTS} points"
            raise ValueError(f"smoothing must be at least {bound:.3g} {reason}; received {smoothing!r}")
        shape = [next_fast_len(math.ceil(density * side / smoothing), real=True) for side in sides]
        spacing = [side / count for side, count in zip(sides, shape, strict=True)]
        axes = [2 * np.pi * np.fft.fftfreq(count, h) for count, h in zip(shape, spacing, strict=True)]
        axes[-1] = 2 * np.pi * np.fft.rfftfreq(shape[-1], spacing[-1])
        k = np.meshgrid(*axes, indexing="ij", sparse=True)
        k2 = sum(component**2 for component in k)
        multiplier = np.exp(-0.5 * smoothing**2 * k2) / (k2 + mu**2) / math.prod(spacing)  # irfftn has 1/points
        grids = [irfftn(factor * multiplier, shape) for factor in (1, *(1j * component for component in k))]
        self.spacing = np.array(spacing)
        self.splines = [spline_filter(grid, order=5, mode="grid-wrap") for grid in grids]

    def value(self, s):
        return self._at(self.splines[0], np.abs(s))

    def gradient(self, s):
        return np.sign(s) * np.stack([self._at(spline, np.abs(s)) for spline in self.splines[1:]], axis=-1)

    def _at(self, spline, s):
        coordinates = np.moveaxis(s / self.spacing, -1, 0)
        return map_coordinates(spline, coordinates, order=5, mode="grid-wrap", prefilter=False)


smoothed_green_function = lru_cache(maxsize=4)(SmoothedGrid)  # kept, because every pair asks for the same table
