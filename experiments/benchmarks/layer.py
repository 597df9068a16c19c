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

    box = BOX[dim]
    points = np.random.default_rng(0).uniform(0, box, (batch, num_points, dim)).astype(np.float32)
    arguments = ((num_modes,) * dim, (box,) * dim, 1e-6)
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(2, (0.5, 2.0)), *arguments)
    # the rival's FFTs, not sums in their place
    whole = LongRangeConvolution(
        ScreenedCoulombMultiplier(2, (0.5, 2.0)), *arguments, subtract_self=False, method="points"
    )
    layer(points), whole(points)
    others = tf.constant(1 - np.eye(num_points, dtype=np.float32))[:, :, tf.newaxis]

    def each_particle(points):
        """Snapshot by snapshot: N clouds, the i-th without its particle i, of which u_i is kept."""
        diagonal = tf.range(num_points)

        def one(snapshot):
            clouds = tf.repeat(snapshot[tf.newaxis], num_points, axis=0)
            return tf.gather_nd(whole(clouds, others), tf.stack([diagonal, diagonal], axis=-1))

        return tf.stack([one(points[b]) for b in range(batch)])

    def with_gradient(function):
        def run(points):
            with tf.GradientTape() as tape:
                tape.watch(points)
                values = function(points)
                loss = tf.reduce_sum(tf.square(values))
            return values, tape.gradient(loss, points)

        return tf.function(run, autograph=False)

    ours, theirs = with_gradient(layer), with_gradient(each_particle)
    x = tf.constant(points)
    difference = float(tf.norm(ours(x)[1] - theirs(x)[1]) / tf.norm(theirs(x)[1]))
    our_time, their_time = median_times(lambda: ours(x)[1].numpy(), lambda: theirs(x)[1].numpy())
    return {
        "case": [batch, num_points, dim, num_modes],
        "ratio": their_time / our_time,
        "ours_ms": 1e3 * our_time,
        "each_particle_ms": 1e3 * their_time,
        "difference": difference,
    }
