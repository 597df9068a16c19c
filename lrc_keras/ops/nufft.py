"""Non-uniform FFTs of type 1 and type 2 in d dimensions.

    type 1   F(n) = Σ_j f_j exp(−i k_n·x_j)     spread, FFT, deconvolve
    type 2   u(x) = Σ_n c(n) exp(+i k_n·x)      deconvolve, FFT, interpolate

Convention of modes and signs: `ops.modes`. Inside, everything is real fields and half spectra: a complex transform is
two real ones. References: Dutt and Rokhlin, SIAM J. Sci. Comput. 14 (1993) 1368; Greengard and Lee, SIAM Rev. 46 (2004)
443; Appendix B of the paper.
"""

import math
import numbers

import tensorflow as tf

from lrc_keras.ops.fft import real_fft, real_synthesis
from lrc_keras.ops.gridding import make_point_stencil
from lrc_keras.ops.grids import Grid, fft_size
from lrc_keras.ops.modes import check_num_modes, half_shape, resolve_dim
from lrc_keras.ops.separable import SeparableSum, make_separable_sum, separable_cost
from lrc_keras.ops.spectra import crop_modes, from_half_spectrum, pad_modes, to_half_spectra
from lrc_keras.ops.tiles import TileGeometry, TileStencil, point_cost
from lrc_keras.ops.torus import check_box_length
from lrc_keras.ops.windows import KaiserBessel, PaperGaussian

# Grid size over modes. Point by point a narrow window is cheap and the grid costs little; tile by tile it is the reverse.
OVERSAMPLING = {"points": 2.0, "tiles": 1.5}
METHODS = ("auto", "points", "tiles", "sums")
LARGE = 10_000_000  # numbers moved point by point, below which sorting into tiles does not pay


class NufftPlan:
    """What a transform needs besides its data: modes, box, grid and window.

    Args:
        num_modes: mode count M, or a tuple of d of them; odd or even.
        box_length: side L > 0 of the periodic box, or a tuple of d sides.
        tolerance: relative l² error asked for, in (0, 1); fixes window width and grid.
        dim: dimension d for which single numbers stand; default the length of a tuple given, else 1.
        method: "points" spreads every point by itself, "tiles" many at a time, "sums" takes no grid at all; "auto" takes
            what is cheapest for the number of points. All give the same to the tolerance.

    Raises: ValueError naming the argument, what was expected and what was received.
    """

    def __init__(self, num_modes, box_length, tolerance=1e-6, *, dim=None, method="auto"):
        if not isinstance(tolerance, numbers.Real) or not 0 < tolerance < 1:
            raise ValueError(f"tolerance must be a number in (0, 1); received {tolerance!r}")
        if method not in METHODS:
            raise ValueError(f"method must be one of {METHODS}; received {method!r}")
        self._set_modes(num_modes, box_length, dim)
        self.tolerance, self.method = float(tolerance), method
        self.grid = self._oversampled_grid("points")

    @classmethod
    def paper(cls, num_modes, box_length, *, dim=None):
        """The transform of Appendix B: Gaussian with τ = 12 (L/2πM)², on a grid of M nodes (no oversampling).

        Mode counts must be odd: a grid of M nodes cannot tell the modes −M/2 and M/2 apart.
        """
        plan = cls.__new__(cls)
        plan._set_modes(num_modes, box_length, dim)
        if any(m % 2 == 0 for m in plan.num_modes):
            raise ValueError(f"num_modes must be odd for the paper's window; received {num_modes!r}")
        plan.tolerance, plan.method = None, "points"
        plan.grid = Grid(plan.box_length, plan.num_modes, plan.num_modes, PaperGaussian())
        return plan

    def _set_modes(self, num_modes, box_length, dim):
        dim = resolve_dim(num_modes, box_length, dim)
        self.num_modes = check_num_modes(num_modes, dim)
        self.box_length = check_box_length(box_length, dim)
        self.dim = dim
        self._geometries = {}

    def _oversampled_grid(self, method):
        window = KaiserBessel(self.tolerance, OVERSAMPLING[method])
        # for few modes a grid of twice the window costs nothing and leaves no edge modes
        size = tuple(fft_size(max(OVERSAMPLING[method] * m, 2 * window.width)) for m in self.num_modes)
        return Grid(self.box_length, self.num_modes, size, window)

    def choose(self, num_points):
        """The way to transform so many points: "points", "tiles" or "sums". Costs in numbers moved, as measured."""
        if self.method != "auto" or num_points is None:
            return "points" if self.method == "auto" else self.method
        by_point = point_cost(self.grid, num_points)
        if separable_cost(half_shape(self.num_modes), num_points) < by_point + 18 * math.prod(self.grid.size):
            return "sums"
        if self.dim > 1 and max(LARGE, self._tiles(num_points).cost) < by_point:
            return "tiles"
        return "points"

    def _tiles(self, num_points):
        """Tiles for so many points, made once."""
        if num_points not in self._geometries:
            self._geometries[num_points] = TileGeometry(self._oversampled_grid("tiles"), num_points)
        return self._geometries[num_points]

    def stencil(self, points):
        """What both directions and all channels share for points (B, N, d): nodes, tiles or phases."""
        if points.shape.rank != 3 or points.shape[-1] != self.dim:
            raise ValueError(
                f"points must have shape (batch, points, {self.dim}) for a plan of {self.dim} dimension(s) "
                f"with num_modes={self.num_modes}; received {tuple(points.shape)}"
            )
        if not points.dtype.is_floating:
            raise TypeError(f"points must be float32 or float64; received {points.dtype.name}")
        method = self.choose(points.shape[1])
        if method == "sums":
            return make_separable_sum(points, self.box_length, half_shape(self.num_modes))
        return make_point_stencil(points, self.grid) if method == "points" else self._tile_stencil(points)

    def _tile_stencil(self, points):
        if points.shape[1] is None:
            raise ValueError('points must have a known number for method="tiles"; received an unknown one')
        return TileStencil(points, self._tiles(points.shape[1]))

    def __repr__(self):
        return (
            f"NufftPlan(num_modes={self.num_modes}, box_length={self.box_length}, tolerance={self.tolerance}, "
            f"grid_size={self.grid.size}, width={self.grid.window.width}, method={self.method!r})"
        )


def real_type1(strengths, stencil):
    """Half spectrum of real strengths: (B, N, C) → complex (B, C, H1, …, Hd)."""
    if isinstance(stencil, SeparableSum):
        return stencil.type1(strengths)
    grid = stencil.grid
    modes = crop_modes(real_fft(stencil.spread(strengths), grid.size), grid.num_modes)
    return modes * tf.cast(grid.deconvolution, modes.dtype)


def real_type2(modes, stencil):
    """Real field of a half spectrum: complex (B, C, H1, …, Hd) → (B, N, C)."""
    if isinstance(stencil, SeparableSum):
        return stencil.type2(modes)
    grid = stencil.grid
    modes = pad_modes(modes * tf.cast(grid.deconvolution, modes.dtype), grid.num_modes, grid.size)
    return stencil.interpolate(real_synthesis(modes, grid.size))


def nufft_type1(points, strengths, plan):
    """F(n) = Σ_j f_j exp(−i k_n·x_j), Alg. 1 lines 2–5.

    Args:
        points: (B, N, d) float32 or float64, anywhere in ℝ^d (wrapped into the box).
        strengths: (B, N, C) real or complex, of the points' precision.
        plan: `NufftPlan`.

    Returns: (B, C, M1, …, Md) complex, modes ascending from −⌊M/2⌋.
    Raises: ValueError or TypeError when shapes or dtypes do not fit together.
    """
    points = tf.convert_to_tensor(points)
    strengths = tf.convert_to_tensor(strengths)
    _check_match(points, strengths, "strengths", expected_rank=3)
    stencil = plan.stencil(points)
    if not strengths.dtype.is_complex:
        return from_half_spectrum(real_type1(strengths, stencil), plan.num_modes)
    both = tf.concat([tf.math.real(strengths), tf.math.imag(strengths)], axis=-1)
    real, imaginary = tf.split(real_type1(both, stencil), 2, axis=1)
    return from_half_spectrum(real, plan.num_modes) + 1j * from_half_spectrum(imaginary, plan.num_modes)


def nufft_type2(points, coefficients, plan):
    """u(x_j) = Σ_n c(n) exp(+i k_n·x_j), Alg. 1 lines 7–9.

    Args:
        points: (B, N, d) float32 or float64, anywhere in ℝ^d (wrapped into the box).
        coefficients: (B, C, M1, …, Md) complex, modes ascending from −⌊M/2⌋.
        plan: `NufftPlan`.

    Returns: (B, N, C) complex.
    Raises: ValueError or TypeError when shapes or dtypes do not fit together.
    """
    points = tf.convert_to_tensor(points)
    coefficients = tf.convert_to_tensor(coefficients)
    _check_match(points, coefficients, "coefficients", expected_rank=2 + plan.dim)
    if tuple(coefficients.shape[2:]) != plan.num_modes:
        raise ValueError(
            f"coefficients must have shape (batch, channels, {', '.join(map(str, plan.num_modes))}); "
            f"received {tuple(coefficients.shape)}"
        )
    stencil = plan.stencil(points)
    halves = tf.concat(to_half_spectra(coefficients, plan.num_modes), axis=1)
    real, imaginary = tf.split(real_type2(halves, stencil), 2, axis=-1)
    return tf.complex(real, imaginary)


def _check_match(points, values, name, expected_rank):
    if values.shape.rank != expected_rank:
        raise ValueError(f"{name} must have {expected_rank} axes; received shape {tuple(values.shape)}")
    if not points.dtype.is_floating or values.dtype.real_dtype != points.dtype:
        raise TypeError(
            f"points and {name} must share one precision, float32 or float64; "
            f"received {points.dtype.name} and {values.dtype.name}"
        )
