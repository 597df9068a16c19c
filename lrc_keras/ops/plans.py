"""The plan of a transform: modes, box, grid and window, and which way of transforming is cheapest.

Four ways give the same: point by point (`ops.gridding`), tile by tile (`ops.tiles`), without a grid (`ops.separable`),
and the paper's own window on a grid of the modes (Appendix B).
"""

import math
import warnings

from lrc_keras.ops.arguments import PRECISIONS, is_real
from lrc_keras.ops.gridding import make_point_stencil
from lrc_keras.ops.grids import Grid, fft_size
from lrc_keras.ops.modes import check_num_modes, half_shape, resolve_dim
from lrc_keras.ops.separable import make_separable_sum, separable_cost
from lrc_keras.ops.tile_stencil import TileStencil
from lrc_keras.ops.tiles import TileGeometry, point_cost
from lrc_keras.ops.torus import check_box_length
from lrc_keras.ops.windows import KaiserBessel, PaperGaussian

# Grid size over modes. Point by point a narrow window is cheap and the grid costs little; tile by tile it is the
# reverse.
OVERSAMPLING = {"points": 2.0, "tiles": 1.5}
REACHED = {"float32": 5e-7, "float64": 1e-13}  # relative l² error at which rounding takes over
METHODS = ("auto", "points", "tiles", "sums")
LARGE = 10_000_000  # numbers moved point by point, below which sorting into tiles does not pay
SMALLEST_TOLERANCE = 1e-16  # below rounding in float64


def check_tolerance(tolerance):
    """The tolerance as a float. Raises: ValueError when it is not a number in [1e-16, 1)."""
    if not is_real(tolerance) or not SMALLEST_TOLERANCE <= tolerance < 1:
        raise ValueError(f"tolerance must be a number in [{SMALLEST_TOLERANCE:g}, 1); received {tolerance!r}")
    return float(tolerance)


class NufftPlan:
    """What a transform needs besides its data: modes, box, grid and window.

    Args:
        num_modes: mode count M, or a tuple of d of them; odd or even.
        box_length: side L > 0 of the periodic box, or a tuple of d sides.
        tolerance: relative l² error asked for, in [1e-16, 1); fixes window width and grid.
        dim: dimension d for which single numbers stand; default the length of a tuple given, else 1.
        method: "points" spreads every point by itself, "tiles" many at a time, "sums" takes no grid at all; "auto"
            takes what is cheapest for the number of points. All give the same to the tolerance.

    Raises: ValueError naming the argument, what was expected and what was received.

    Example:
        >>> from lrc_keras.ops import NufftPlan
        >>> plan = NufftPlan(num_modes=(32, 31), box_length=(10.0, 8.0), tolerance=1e-5)
        >>> plan.dim, plan.num_modes
        (2, (32, 31))
        >>> NufftPlan.paper(31, box_length=10.0, dim=2).grid.size  # no oversampling
        (31, 31)
    """

    def __init__(self, num_modes, box_length, tolerance=1e-6, *, dim=None, method="auto"):
        self.tolerance, self.method = check_tolerance(tolerance), method
        if method not in METHODS:
            raise ValueError(f"method must be one of {METHODS}; received {method!r}")
        self._set_modes(num_modes, box_length, dim)
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
        self._warned = False

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
        if points.dtype not in PRECISIONS:
            raise TypeError(f"points must be float32 or float64; received {points.dtype.name}")
        self._warn_if_out_of_reach(points.dtype.name)
        method = self.choose(points.shape[1])
        if method == "sums":
            return make_separable_sum(points, self.box_length, half_shape(self.num_modes))
        return make_point_stencil(points, self.grid) if method == "points" else self._tile_stencil(points)

    def _warn_if_out_of_reach(self, dtype):
        """Says once what the dtype reaches when less error was asked for."""
        reached = REACHED.get(dtype, 0.0)
        if self.tolerance is not None and self.tolerance < reached and not self._warned:
            self._warned = True
            warnings.warn(
                f"tolerance={self.tolerance:g} is out of reach in {dtype}: about {reached:g} is", stacklevel=3
            )

    def _tile_stencil(self, points):
        if points.shape[1] is None:
            raise ValueError('points must have a known number for method="tiles"; received an unknown one')
        return TileStencil(points, self._tiles(points.shape[1]))

    def __repr__(self):
        return (
            f"NufftPlan(num_modes={self.num_modes}, box_length={self.box_length}, tolerance={self.tolerance}, "
            f"grid_size={self.grid.size}, width={self.grid.window.width}, method={self.method!r})"
        )
