"""The layer with XLA and without, on the first GPU or else on the processor. Run by `benchmark_scaling.py xla`."""

from experiments.benchmarks.timing import median_times
from experiments.benchmarks.transform import SHAPES, make_functions

CASES = SHAPES  # d, N, modes a dimension
TOLERANCE = 1e-5
REPEATS = 3


def measure(dim, num_points, num_modes):
    """Times of u alone, and of u with forces, by the method "points" in float32 with one channel; memory of the GPU."""
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)
    gpus = tf.config.list_physical_devices("GPU")
    row = {
        "case": [dim, num_points, num_modes],
        "tolerance": TOLERANCE,
        "device": tf.config.experimental.get_device_details(gpus[0])["device_name"] if gpus else "processor",
    }
    for name, jit_compile in (("plain", False), ("xla", True)):
        seconds = _times(*make_functions(dim, num_points, num_modes, TOLERANCE, "points", jit_compile))
        row |= {f"{name}_ms": 1e3 * seconds[0], f"{name}_forces_ms": 1e3 * seconds[1]}
        if gpus:
            row[f"{name}_gib"] = tf.config.experimental.get_memory_info("GPU:0")["peak"] / 2**30
            tf.config.experimental.reset_memory_stats("GPU:0")
    return row


def _times(x, sources, forward, with_forces):
    """Seconds until a number of the result is here. A copy of all of them would take as long as a small transform."""
    one = sources[..., :1]
    functions = (lambda: forward(x, one)[0, 0, 0].numpy(), lambda: with_forces(x, one)[1][0, 0, 0].numpy())
    return median_times(*functions, repeats=REPEATS)
