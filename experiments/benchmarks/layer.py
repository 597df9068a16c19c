"""The layer at the shapes of the paper's training, against a transform of its own for every particle."""

import numpy as np

from experiments.benchmarks.timing import median_times

# B, N, d, M: Table 2, Table 4, Table 6
CASES = [(8, 200, 1, 501), (8, 50, 2, 31), (8, 54, 3, 25)]
BOX = {1: 50.0, 2: 5.0, 3: 3.0}


def measure(batch, num_points, dim, num_modes):
    """Forward and backward of Σ u² by the points, one transform a channel and N transforms a snapshot.

    Dropping the term j = i by leaving each particle out of the sources it sees, as the authors' public code does, takes
    a spread and an FFT for every particle; subtracting φ(0) takes none.
    """
    import tensorflow as tf

    from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier

    box, multiplier = BOX[dim], {"channels": 2, "initial_inverse_length": (0.5, 2.0)}
    x = tf.constant(np.random.default_rng(0).uniform(0, box, (batch, num_points, dim)), tf.float32)
    arguments = ((num_modes,) * dim, (box,) * dim, 1e-6)
    layer, whole = (  # both with FFTs, as the rival
        LongRangeConvolution(ScreenedCoulombMultiplier(**multiplier), *arguments, subtract_self=own, method="points")
        for own in (True, False)
    )
    layer(x), whole(x)
    others = tf.constant(1 - np.eye(num_points, dtype=np.float32))[:, :, tf.newaxis]

    def each_particle(points):
        """Snapshot by snapshot: N clouds, the i-th without its particle i, of which u_i is kept."""
        clouds = [whole(tf.repeat(points[b : b + 1], num_points, axis=0), others) for b in range(batch)]
        diagonal = tf.repeat(tf.range(num_points)[:, tf.newaxis], 2, axis=1)
        return tf.stack([tf.gather_nd(values, diagonal) for values in clouds])

    def gradient(function):
        def run(points):
            with tf.GradientTape() as tape:
                tape.watch(points)
                loss = tf.reduce_sum(tf.square(function(points)))
            return tape.gradient(loss, points)

        return tf.function(run, autograph=False)

    ours, theirs = gradient(layer), gradient(each_particle)
    difference = float(tf.norm(ours(x) - theirs(x)) / tf.norm(theirs(x)))
    our_time, their_time = median_times(lambda: ours(x).numpy(), lambda: theirs(x).numpy())
    return {
        "case": [batch, num_points, dim, num_modes],
        "ratio": their_time / our_time,
        "ours_ms": 1e3 * our_time,
        "each_particle_ms": 1e3 * their_time,
        "difference": difference,
    }
