"""The engine for large clouds on a CPU: the compiled library FINUFFT, called through `tf.numpy_function`.

Reference: Barnett, Magland, af Klinteberg, SIAM J. Sci. Comput. 41 (2019) C479.
"""

import functools
import os
import re
import threading
from importlib import metadata

import numpy as np
import tensorflow as tf

from lrc_keras.machine import usable_cores
from lrc_keras.ops.engines import real_by_complex
from lrc_keras.ops.engines.grids import fft_size

SINGLE_ROUNDING = 5e-8  # error of single-precision points, divided by M √d (measured)
SINGLE_FLOOR = 2e-5  # rounding error below which single precision is always used
SMALLEST_TOLERANCE = {"complex64": 2e-7, "complex128": 1e-14}  # FINUFFT warns about smaller tolerances
# (smallest tolerance, grid size / modes): small grids are fast, but need wide windows, which lose digits (measured)
OVERSAMPLING = ((1e-4, 1.25), (1e-10, 1.5), (0.0, 2.0))


class FinufftEngine:
    """Transforms by FINUFFT.

    For float32 results FINUFFT works in single precision as long as its rounding error, which grows with the number of
    modes, is small against the tolerance. Otherwise it works in double precision.

    Args:
        num_modes: d mode counts.
        tolerance: requested relative error.

    Raises: ImportError when FINUFFT 2.5 or later is missing.
    """

    def __init__(self, num_modes, tolerance):
        _finufft()
        self.num_modes, self.tolerance = num_modes, tolerance
        self._plans, self._lock = {}, threading.Lock()

    def __reduce__(self):
        return FinufftEngine, (self.num_modes, self.tolerance)  # plans and locks cannot be pickled

    def set_points(self, fractions, dtype):
        """Points s (B, N, d) float64 in fractional coordinates, anywhere in ℝ^d; dtype of the results.

        Raises: ValueError when XLA compiles the graph.
        """
        if _compiled_by_xla():
            raise ValueError(
                'method "finufft" cannot be compiled by XLA: use jit_compile=False, or method "points" or "sums"'
            )
        return FinufftPoints(self, fractions, tf.as_dtype(dtype))

    def precision(self, dtype):
        """The real dtype in which FINUFFT computes results of the given dtype."""
        rounding = SINGLE_ROUNDING * max(self.num_modes) * len(self.num_modes) ** 0.5
        single = dtype == np.float32 and rounding < max(SINGLE_FLOOR, 2 * self.tolerance)
        return np.dtype(np.float32 if single else np.float64)

    def type1(self, angles, carriers, strengths):
        """NumPy: real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd)."""
        way = real_by_complex.choose(strengths.shape[2], self.num_modes)
        values = way.from_strengths(np.moveaxis(strengths, 2, 1), carriers)
        modes = self._execute("execute", way, angles, values, way.shape)
        return way.to_modes(modes.astype(carriers.dtype, copy=False), strengths.shape[2])

    def type2(self, angles, carriers, modes):
        """NumPy: half spectrum, complex (B, C, H1, …, Hd) → real field at the points (B, N, C)."""
        way = real_by_complex.choose(modes.shape[1], self.num_modes)
        values = self._execute("execute_adjoint", way, angles, way.from_modes(modes), angles.shape[2:])
        fields = way.to_fields(values, carriers, modes.shape[1])
        return np.ascontiguousarray(np.moveaxis(fields, 1, 2), carriers.real.dtype)

    def _execute(self, direction, way, angles, values, shape):
        values = np.ascontiguousarray(values, np.result_type(angles, np.complex64))
        results = np.empty((*values.shape[:2], *shape), values.dtype)
        if not results.size:
            return results
        with self._lock:  # a plan stores the points between setpts and execute
            plan = self._plan(way, values.shape[1], values.dtype.name)
            for cloud, value, result in zip(angles, values, results, strict=True):
                plan.setpts(*cloud)
                if len(value) == 1:
                    value, result = value[0], result[0]
                getattr(plan, direction)(value, out=result)
        return results

    def _plan(self, way, channels, dtype):
        """FINUFFT's cached plan for type 1, whose adjoint is type 2."""
        key = (way.shape, channels, dtype)
        if key not in self._plans:
            tolerance = max(way.margin * self.tolerance, SMALLEST_TOLERANCE[dtype])
            text = os.environ.get("TF_NUM_INTRAOP_THREADS", "")  # which TensorFlow obeys and does not tell
            of_environment = int(text) if text.isdecimal() else 0
            threads = tf.config.threading.get_intra_op_parallelism_threads() or of_environment or usable_cores()
            options = {"nthreads": threads, "upsampfac": self._oversampling(way.shape), "showwarn": 0, "dtype": dtype}
            self._plans[key] = _finufft().Plan(1, way.shape, channels, tolerance, -1, **options)
        return self._plans[key]

    def _oversampling(self, shape):
        """Grid size divided by the number of modes."""
        factor = next(factor for tolerance, factor in OVERSAMPLING if self.tolerance >= tolerance)
        # n = 2m + 1 gets the grid of 2m modes, whose size has smaller prime factors
        return min(fft_size(factor * (n - 1)) / n if n > 16 else factor for n in shape)


class FinufftPoints:
    """Prepared points of a batch of clouds, for both directions and any number of channels."""

    def __init__(self, engine, fractions, dtype):
        self._engine, self._dtype = engine, dtype
        self._complex = tf.complex64 if dtype == tf.float32 else tf.complex128
        self._half = real_by_complex.Shifted(engine.num_modes).shape
        precision = engine.precision(dtype.as_numpy_dtype)
        place = functools.partial(real_by_complex.place, num_modes=engine.num_modes, precision=precision, dtype=dtype)
        outputs = [tf.as_dtype(precision), self._complex]
        self._placed = tf.numpy_function(place, [fractions], outputs, stateful=False)
        self._num_points = fractions.shape[1]

    def type1(self, strengths):
        """Real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd)."""
        modes = tf.numpy_function(self._engine.type1, [*self._placed, strengths], self._complex, stateful=False)
        modes.set_shape([strengths.shape[0], strengths.shape[2], *self._half])
        return modes

    def type2(self, modes):
        """Half spectrum, complex (B, C, H1, …, Hd) → real field at the points (B, N, C)."""
        fields = tf.numpy_function(self._engine.type2, [*self._placed, modes], self._dtype, stateful=False)
        fields.set_shape([modes.shape[0], self._num_points, modes.shape[1]])
        return fields


def _finufft():
    try:
        import finufft

        if tuple(map(int, re.findall(r"\d+", metadata.version("finufft"))[:2])) >= (2, 5):
            return finufft
    except ImportError:
        pass
    raise ImportError('method "finufft" needs the package finufft, 2.5 or later: pip install "lrc_keras[fast]"')


def _compiled_by_xla():
    """Whether XLA compiles the graph that is being traced, or a graph around it."""
    graph = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
    while graph is not None:
        context = graph._get_control_flow_context()
        while context is not None:
            if context.IsXLAContext():
                return True
            context = context.outer_context
        graph = getattr(graph, "outer_graph", None)
    return False
