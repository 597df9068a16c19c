"""Time of the layer, or of the direct sum, for one number of points at constant density."""

import numpy as np

from experiments.benchmarks.timing import median_times

SCALING = [(kind, dim, 10**power) for dim in (1, 2, 3) for kind in ("layer", "finufft") for power in (3, 4, 5, 6)]
# Figure 7 right; the direct sum is too slow for more points
DIRECT = [(kind, 1, 10**power) for kind, most in (("layer", 6), ("direct", 5)) for power in range(2, most + 1)]
DENSITY = {1: 4.0, 2: 2.0, 3: 2.0}  # points per unit of volume, as in Section 5
MODES_PER_POINT = {1: 2.5, 2: 2.1, 3: 2.1}  # about the ratio of N_FFT to N in Section 5, d = 1 and 2
PAIRS = 2**24  # pairs at a time of the direct sum
INVERSE_LENGTH, TOLERANCE = 1.0, 1e-4
METHODS = {"layer": "auto", "finufft": "finufft"}


def measure(kind, dim, count):
    """Median seconds of one evaluation in float32, all threads of the machine.

    Args:
        kind: "layer", its own transform; "finufft", the layer with FINUFFT; "direct", the direct sum.
    """
    import tensorflow as tf

    box = (count / DENSITY[dim]) ** (1 / dim)
    points = np.random.default_rng(0).uniform(0, box, (1, count, dim)).astype(np.float32)
    function = _direct(dim, count, box) if kind == "direct" else _layer(dim, count, box, METHODS[kind])
    run = tf.function(function, autograph=False)
    (seconds,) = median_times(lambda: run(tf.constant(points)).numpy())
    return {"kind": kind, "dim": dim, "points": count, "seconds": seconds}


def _layer(dim, count, box, method):
    from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier

    modes = round((MODES_PER_POINT[dim] * count) ** (1 / dim))
    multiplier = ScreenedCoulombMultiplier(1, INVERSE_LENGTH)
    layer = LongRangeConvolution(multiplier, (modes,) * dim, (box,) * dim, TOLERANCE, method=method)
    layer(np.zeros((1, 2, dim), np.float32))
    return layer


def _direct(dim, count, box):
    """u_i = Σ_{j≠i} φ(x_i − x_j) with the one-dimensional kernel of Eq. (7), all pairs, by blocks of rows."""
    import tensorflow as tf

    from lrc_keras.ops import displacement

    blocks = max(1, count * count // PAIRS)
    while count % blocks:  # equal blocks
        blocks += 1
    rows = count // blocks

    def block(start, points):
        separation = displacement(points[0, start : start + rows, tf.newaxis], points[0, tf.newaxis], box)
        r = tf.norm(separation, axis=-1)
        # cosh(μ(L/2 − r)) / (2μ sinh(μL/2)) without overflow
        kernel = (tf.exp(-INVERSE_LENGTH * r) + tf.exp(-INVERSE_LENGTH * (box - r))) / (2 * INVERSE_LENGTH)
        return tf.reduce_sum(kernel, axis=-1) - 1 / (2 * INVERSE_LENGTH)

    def all_pairs(points):
        return tf.map_fn(lambda start: block(start, points), tf.range(0, count, rows), fn_output_signature=tf.float32)

    return all_pairs
