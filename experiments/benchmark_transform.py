"""The layer forward against FINUFFT: time, error and memory of one case. Run by `benchmark_scaling.py transform`."""

import json
import math
import sys

import numpy as np

from experiments.timing import median_times, peak_memory

CASES = [(1, 10**6, 10**6), (2, 10**5, 256), (3, 10**4, 32), (3, 10**5, 64), (3, 10**6, 128)]
TOLERANCES = [1e-3, 1e-5]
THREADS = 2
INVERSE_LENGTH = 10.0


def measure(dim, num_points, num_modes, tolerance):
    """One case in this process.

    Ours: positions and real sources → u, one channel, multiplier included. Theirs: set-points, type 1 and type 2 in
    complex64, without the multiplier and without the second plan's set-points.
    """
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier

    rng = np.random.default_rng(0)
    positions = rng.uniform(0, 1, (1, num_points, dim)).astype(np.float32)
    sources = rng.normal(size=(1, num_points, 1)).astype(np.float32)
    multiplier = ScreenedCoulombMultiplier(1, INVERSE_LENGTH)
    layer = LongRangeConvolution(multiplier, (num_modes,) * dim, (1.0,) * dim, tolerance, subtract_self=False)
    x, f = tf.constant(positions), tf.constant(sources)
    layer(x[:, :8], f[:, :8])  # builds the weights

    @tf.function
    def energy_of(x):
        return layer(x, f)

    @tf.function
    def energy_and_forces_of(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = layer(x, f)
            energy = tf.reduce_sum(values * f) / 2
        return values, -tape.gradient(energy, x)

    ours = energy_of(x).numpy()[0, :, 0]
    memory_forward = peak_memory()
    forces = energy_and_forces_of(x)[1].numpy()
    memory_forces = peak_memory()

    import finufft

    shape = (num_modes,) * dim
    angles = [np.ascontiguousarray((2 * np.pi * positions[0, :, axis]).astype(np.float32)) for axis in range(dim)]
    strengths = sources[0, :, 0].astype(np.complex64)
    options = {"eps": tolerance, "dtype": "complex64", "nthreads": THREADS}
    type1 = finufft.Plan(1, shape, isign=-1, **options)
    type2 = finufft.Plan(2, shape, isign=1, **options)
    type2.setpts(*angles)

    def theirs():
        type1.setpts(*angles)
        return type2.execute(type1.execute(strengths))

    def theirs_with_multiplier():
        type1.setpts(*angles)
        return type2.execute((type1.execute(strengths) * kernel).astype(np.complex64)).real

    k = np.meshgrid(*[2 * np.pi * (np.arange(num_modes) - num_modes // 2)] * dim, indexing="ij", sparse=True)
    kernel = 4 * math.pi / (sum(axis**2 for axis in k) + INVERSE_LENGTH**2)
    reference = _reference(positions[0], sources[0, :, 0], kernel, shape)
    our_time, their_time = median_times(lambda: energy_of(x).numpy(), theirs)
    forward, with_forces = median_times(lambda: energy_of(x).numpy(), lambda: energy_and_forces_of(x)[1].numpy())
    return {
        "case": [dim, num_points, num_modes],
        "tolerance": tolerance,
        "ratio": our_time / their_time,
        "ours_ms": 1e3 * our_time,
        "finufft_ms": 1e3 * their_time,
        "our_error": _relative(ours, reference),
        "finufft_error": _relative(theirs_with_multiplier(), reference),
        "forces_over_energy": with_forces / forward,
        "forces_finite": bool(np.all(np.isfinite(forces))),
        "peak_gib": memory_forward,
        "peak_gib_with_forces": memory_forces,
    }


def _reference(positions, sources, kernel, shape):
    """The same sum in double precision at 1e-12, from the same single-precision positions."""
    import finufft

    angles = [2 * np.pi * positions[:, axis].astype(np.float64) for axis in range(len(shape))]
    modes = {1: finufft.nufft1d1, 2: finufft.nufft2d1, 3: finufft.nufft3d1}[len(shape)](
        *angles, sources.astype(np.complex128), shape, eps=1e-12, isign=-1
    )
    back = {1: finufft.nufft1d2, 2: finufft.nufft2d2, 3: finufft.nufft3d2}[len(shape)]
    return back(*angles, modes * kernel, eps=1e-12, isign=1).real


def _relative(values, reference):
    return float(np.linalg.norm(values - reference) / np.linalg.norm(reference))


if __name__ == "__main__":
    print(json.dumps(measure(*json.loads(sys.argv[1]))))
