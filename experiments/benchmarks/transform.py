"""The layer forward against FINUFFT: time, error and memory of one case. Run by `benchmark_scaling.py transform`."""

import itertools
import math

import numpy as np

from experiments.benchmarks.timing import REPEATS, median_times, peak_memory

# d, N, modes a dimension; tolerance; method
SHAPES = [(1, 10**6, 10**6), (2, 10**5, 256), (3, 10**4, 32), (3, 10**5, 64), (3, 10**6, 128)]
CASES = [(*shape, *how) for shape, *how in itertools.product(SHAPES, (1e-3, 1e-5), ("finufft", "points"))]
THREADS = 2
INVERSE_LENGTH = 10.0


def measure(dim, num_points, num_modes, tolerance, method):
    """One case in this process.

    Ours: positions and real sources → u, multiplier included, in float32, with one channel and with two. Theirs:
    set-points, type 1 and type 2 of one complex channel in complex64, without the multiplier and without the second
    plan's set-points; their points are scaled to angles beforehand.
    """
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    x, two, forward, with_forces = make_functions(dim, num_points, num_modes, tolerance, method)
    one = two[..., :1]
    ours = forward(x, one).numpy()[0, :, 0]
    memory_forward = peak_memory()
    forces = with_forces(x, one)[1].numpy()[0]
    memory_forces = peak_memory()

    k = np.meshgrid(*[2 * np.pi * (np.arange(num_modes) - num_modes // 2)] * dim, indexing="ij", sparse=True)
    kernel = 4 * math.pi / (sum(axis**2 for axis in k) + INVERSE_LENGTH**2)  # Eq. (23) with β = 1, on all modes
    sources = one.numpy()[0, :, 0]
    shape = (num_modes,) * dim
    rival, exact = (
        _Finufft(x.numpy()[0], sources, shape, eps, dtype)
        for eps, dtype in ((tolerance, np.complex64), (1e-12, np.complex128))
    )
    potential = exact.convolve(kernel)
    slopes = np.stack([exact.convolve(1j * axis * kernel) for axis in k], axis=-1)
    our_time, their_time, two_time, forces_time = median_times(
        lambda: forward(x, one).numpy(),
        rival.transform,
        lambda: forward(x, two).numpy(),
        lambda: with_forces(x, one)[1].numpy(),
        repeats=REPEATS if method == "finufft" or num_points < 10**6 else 3,
    )
    return {
        "case": [dim, num_points, num_modes],
        "tolerance": tolerance,
        "method": method,
        "ratio": our_time / their_time,
        "ratio_two_channels": two_time / (2 * their_time),
        "ours_ms": 1e3 * our_time,
        "finufft_ms": 1e3 * their_time,
        "our_error": _relative(ours, potential),
        "finufft_error": _relative(rival.convolve(kernel), potential),
        "forces_error": _relative(forces, -sources[:, np.newaxis] * slopes),
        "forces_over_energy": forces_time / our_time,
        "peak_gib": memory_forward,
        "peak_gib_with_forces": memory_forces,
    }


def make_functions(dim, num_points, num_modes, tolerance, method, jit_compile=False):
    """Uniform points x (1, N, d), sources of two channels, and two functions of both: (x, sources) → u or u, forces."""
    import tensorflow as tf

    from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier

    rng = np.random.default_rng(0)
    x = tf.constant(rng.uniform(0, 1, (1, num_points, dim)), tf.float32)
    sources = tf.constant(rng.normal(size=(1, num_points, 2)), tf.float32)
    multiplier, shape = ScreenedCoulombMultiplier(1, INVERSE_LENGTH), (num_modes,) * dim
    layer = LongRangeConvolution(multiplier, shape, (1.0,) * dim, tolerance, subtract_self=False, method=method)
    layer(x[:, :8], sources[:, :8, :1])  # builds the weights

    @tf.function(jit_compile=jit_compile)
    def forward(x, sources):
        return layer(x, sources)

    @tf.function(jit_compile=jit_compile)
    def with_forces(x, sources):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = layer(x, sources)
            energy = tf.reduce_sum(values * sources) / 2
        return values, -tape.gradient(energy, x)

    return x, sources, forward, with_forces


class _Finufft:
    """FINUFFT by itself: the rival in single precision, and the reference in double precision at the same positions."""

    def __init__(self, positions, sources, shape, tolerance, dtype):
        import finufft

        self.angles = [np.ascontiguousarray(column) for column in 2 * np.pi * positions.T.astype(np.finfo(dtype).dtype)]
        self.strengths = sources.astype(dtype)
        options = {"eps": tolerance, "dtype": np.dtype(dtype).name, "nthreads": THREADS}
        self.type1 = finufft.Plan(1, shape, isign=-1, **options)
        self.type2 = finufft.Plan(2, shape, isign=1, **options)
        self.type2.setpts(*self.angles)

    def transform(self, kernel=None):
        self.type1.setpts(*self.angles)
        modes = self.type1.execute(self.strengths)
        return self.type2.execute(modes if kernel is None else (modes * kernel).astype(modes.dtype))

    def convolve(self, kernel):
        return self.transform(kernel).real


def _relative(values, reference):
    return float(np.linalg.norm(values - reference) / np.linalg.norm(reference))
