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
    from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier

    rng = np.random.default_rng(0)
    positions = rng.uniform(0, 1, (1, num_points, dim)).astype(np.float32)
    sources = rng.normal(size=(1, num_points, 2)).astype(np.float32)
    multiplier = ScreenedCoulombMultiplier(1, INVERSE_LENGTH)
    shape = (num_modes,) * dim
    layer = LongRangeConvolution(multiplier, shape, (1.0,) * dim, tolerance, subtract_self=False, method=method)
    x, f, both = tf.constant(positions), tf.constant(sources[..., :1]), tf.constant(sources)
    layer(x[:, :8], f[:, :8])  # builds the weights

    @tf.function
    def energy_of(x):
        return layer(x, f)

    @tf.function
    def two_channels_of(x):
        return layer(x, both)

    @tf.function
    def energy_and_forces_of(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = layer(x, f)
            energy = tf.reduce_sum(values * f) / 2
        return values, -tape.gradient(energy, x)

    ours = energy_of(x).numpy()[0, :, 0]
    memory_forward = peak_memory()
    forces = energy_and_forces_of(x)[1].numpy()[0]
    memory_forces = peak_memory()

    k = np.meshgrid(*[2 * np.pi * (np.arange(num_modes) - num_modes // 2)] * dim, indexing="ij", sparse=True)
    kernel = 4 * math.pi / (sum(axis**2 for axis in k) + INVERSE_LENGTH**2)  # Eq. (23) with β = 1, on all modes
    rival, exact = (
        _Finufft(positions[0], sources[0, :, 0], shape, eps, dtype)
        for eps, dtype in ((tolerance, np.complex64), (1e-12, np.complex128))
    )
    potential = exact.convolve(kernel)
    slopes = np.stack([exact.convolve(1j * axis * kernel) for axis in k], axis=-1)
    our_time, their_time, two_time, forces_time = median_times(
        lambda: energy_of(x).numpy(),
        rival.transform,
        lambda: two_channels_of(x).numpy(),
        lambda: energy_and_forces_of(x)[1].numpy(),
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
        "forces_error": _relative(forces, -sources[0, :, :1] * slopes),
        "forces_over_energy": forces_time / our_time,
        "peak_gib": memory_forward,
        "peak_gib_with_forces": memory_forces,
    }


class _Finufft:
    """FINUFFT by itself: the rival in single precision, and the reference in double precision at the same positions."""

    def __init__(self, positions, sources, shape, tolerance, dtype):
        import finufft

        angles = 2 * np.pi * positions.astype(np.finfo(dtype).dtype)
        self.angles = [np.ascontiguousarray(column) for column in angles.T]
        self.strengths = sources.astype(dtype)
        options = {"eps": tolerance, "dtype": np.dtype(dtype).name, "nthreads": THREADS}
        self.type1 = finufft.Plan(1, shape, isign=-1, **options)
        self.type2 = finufft.Plan(2, shape, isign=1, **options)
        self.type2.setpts(*self.angles)

    def transform(self):
        self.type1.setpts(*self.angles)
        return self.type2.execute(self.type1.execute(self.strengths))

    def convolve(self, kernel):
        self.type1.setpts(*self.angles)
        modes = self.type1.execute(self.strengths) * kernel
        return self.type2.execute(modes.astype(self.strengths.dtype)).real


def _relative(values, reference):
    return float(np.linalg.norm(values - reference) / np.linalg.norm(reference))
