"""The plan of a transform: modes, cell, accuracy and engine."""

import functools
import warnings

import tensorflow as tf

from lrc_keras.arguments import is_real
from lrc_keras.ops.arguments import PRECISIONS, check_points
from lrc_keras.ops.cells import Cell, check_cell
from lrc_keras.ops.engines.finufft_engine import FinufftEngine
from lrc_keras.ops.engines.grids import Grid
from lrc_keras.ops.engines.points import PointsEngine
from lrc_keras.ops.engines.sums import SumsEngine
from lrc_keras.ops.modes import check_num_modes, resolve_dim
from lrc_keras.ops.nufft import RealTransform

METHODS = ("auto", "points", "sums", "finufft")
REACHED = {"float32": 1e-6, "float64": 1e-13}  # relative l² error that rounding causes
TENSOR_FLOAT_32 = 5e-4  # the same for products whose factors keep ten bits
MOST_PHASES = 2**24  # of one cloud, for which "auto" takes "sums"
SMALLEST_TOLERANCE = 1e-16  # below rounding in float64


def check_tolerance(tolerance):
    """The tolerance as a float. Raises: ValueError when it is not a number in [1e-16, 1)."""
    if not is_real(tolerance) or not SMALLEST_TOLERANCE <= tolerance < 1:
        raise ValueError(f"tolerance must be a number in [{SMALLEST_TOLERANCE:g}, 1); received {tolerance!r}")
    return float(tolerance)


def rounds_to_tensor_float_32():
    """Whether TensorFlow rounds the factors of float32 products to TensorFloat-32, as by default on recent GPUs."""
    return tf.config.experimental.tensor_float_32_execution_enabled() and _has_tensor_float_32()


@functools.cache
def _has_tensor_float_32():
    """Whether a GPU has TensorFloat-32: NVIDIA's from compute capability 8.0 on."""
    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    return any(gpu.get("compute_capability", (0, 0)) >= (8, 0) for gpu in details)


class NufftPlan:
    """Modes, cell, accuracy and method of a transform.

    Args:
        num_modes: mode count M, or a tuple of d of them; odd or even.
        box_length: the periodic cell: one side L > 0, d sides, or a matrix (d, d) whose rows are the lattice vectors.
            With the default 1, points are fractional coordinates.
        tolerance: requested relative l² error, in [1e-16, 1). Derivatives with respect to points have the same error.
        dim: dimension d for single numbers in `num_modes` and `box_length`; default the length of a tuple, else 1.
        method: "sums" computes exact sums without a grid, for small clouds. "points" spreads the points onto an FFT
            grid, on any device. "finufft" calls the compiled package FINUFFT (extra `fast`), for large clouds on a CPU;
            XLA cannot compile it. "auto" takes the cheaper of "sums" and "points".
        window: "accurate" (oversampled Kaiser–Bessel), or "paper" (Appendix B): a Gaussian with τ = 12 (L/2πM)² on a
            grid of M nodes. "paper" needs odd M and method "points" or "auto", and ignores the tolerance.

    Raises: ValueError naming the argument; ImportError for "finufft" if the package is missing.

    Example:
        >>> from lrc_keras.ops import NufftPlan
        >>> plan = NufftPlan(num_modes=(32, 31), box_length=(10.0, 8.0), tolerance=1e-5)
        >>> plan.dim, plan.num_modes
        (2, (32, 31))
        >>> NufftPlan.paper(31, box_length=10.0, dim=2).grid.size  # no oversampling
        (31, 31)
    """

    def __init__(self, num_modes, box_length=1.0, tolerance=1e-6, *, dim=None, method="auto", window="accurate"):
        self.tolerance = check_tolerance(tolerance)
        if method not in METHODS:
            raise ValueError(f"method must be one of {METHODS}; received {method!r}")
        if window not in ("accurate", "paper"):
            raise ValueError(f'window must be "accurate" or "paper"; received {window!r}')
        self.box_length = check_cell(box_length)
        self.dim = resolve_dim(num_modes, self.box_length, dim)
        self.num_modes = check_num_modes(num_modes, self.dim)
        self.method, self.window = method, window
        if window == "paper":
            self._check_paper(num_modes)
        self._cell = Cell.fixed(box_length, self.dim)
        self._engines = {"sums": SumsEngine(self.num_modes)}
        if method == "finufft":
            self._engines["finufft"] = FinufftEngine(self.num_modes, self.tolerance)
        elif method != "sums":
            self._engines["points"] = PointsEngine(self.grid)
        self._warned = False

    @functools.cached_property
    def grid(self):
        """The FFT grid of the method "points"."""
        return Grid.paper(self.num_modes) if self.window == "paper" else Grid.accurate(self.num_modes, self.tolerance)

    @classmethod
    def paper(cls, num_modes, box_length=1.0, *, dim=None):
        """The transform of Appendix B: `NufftPlan(…, window="paper")`."""
        return cls(num_modes, box_length, dim=dim, window="paper")

    def _check_paper(self, num_modes):
        if any(m % 2 == 0 for m in self.num_modes):  # on M nodes the modes −M/2 and M/2 coincide
            raise ValueError(f"num_modes must be odd for the paper's window; received {num_modes!r}")
        if self.method not in ("auto", "points"):
            raise ValueError(f'method must be "points" or "auto" for the paper\'s window; received {self.method!r}')

    def choose(self, num_points):
        """The method "points", "sums" or "finufft" for a number of points, which is None if unknown."""
        if self.method != "auto":
            return self.method
        if num_points is None or self.window == "paper":
            return "points"
        if self._engines["sums"].phases(num_points) > MOST_PHASES:
            return "points"
        return min(("sums", "points"), key=lambda method: self._engines[method].cost(num_points))

    def set_points(self, points, dtype=None):
        """Prepares transforms for given points, in both directions and for any number of channels.

        Args:
            points: (B, N, d) float32 or float64, anywhere in ℝ^d, in the plan's units of length.
            dtype: dtype of strengths and results, "float32" or "float64"; default the dtype of the points.

        Returns: `RealTransform`, whose `type1` and `type2` map between real strengths and half spectra.
        Raises: ValueError or TypeError naming the points or the dtype.
        """
        points = check_points(points)
        if points.shape[-1] != self.dim:
            raise ValueError(
                f"points must have shape (batch, points, {self.dim}) for a plan of {self.dim} dimension(s) "
                f"with num_modes={self.num_modes}; received {tuple(points.shape)}"
            )
        if dtype is not None and dtype not in PRECISIONS:
            raise TypeError(f"dtype must be float32 or float64; received {dtype!r}")
        dtype = points.dtype if dtype is None else tf.as_dtype(dtype)
        self._warn_if_out_of_reach(dtype.name)
        engine = self._engines[self.choose(points.shape[1])]
        return RealTransform(engine, self.num_modes, self._cell.fractional(points), dtype)

    def _warn_if_out_of_reach(self, dtype):
        """Warns once if rounding in the dtype exceeds the tolerance."""
        if self.window != "accurate" or self._warned:
            return
        reached, reason = REACHED[dtype], "rounding"
        if dtype == "float32" and self.method != "finufft" and rounds_to_tensor_float_32():
            reached = TENSOR_FLOAT_32
            reason = (
                "TensorFloat-32 on this GPU, which tf.config.experimental.enable_tensor_float_32_execution(False) "
                "turns off,"
            )
        if self.tolerance < reached / 2:
            self._warned = True
            warnings.warn(
                f"tolerance={self.tolerance:g} is out of reach in {dtype}: {reason} causes {reached:g}", stacklevel=3
            )

    def __repr__(self):
        return (
            f"NufftPlan(num_modes={self.num_modes}, box_length={self.box_length}, tolerance={self.tolerance:g}, "
            f"method={self.method!r}, window={self.window!r})"
        )
