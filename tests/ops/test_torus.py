import numpy as np
import tensorflow as tf

from lrc_keras.ops import displacement
from lrc_keras.ops.torus import safe_norm


def test_displacement_takes_the_nearest_image():
    targets = np.array([[4.9, 0.2]])
    sources = np.array([[0.1, 2.9]])
    np.testing.assert_allclose(displacement(targets, sources, (5.0, 3.0)), [[-0.2, 0.3]], atol=1e-15)


def test_displacement_is_translation_invariant_and_bounded(rng):
    x, y, shift = rng.uniform(-9, 9, (3, 50, 2))
    box = np.array([2.0, 3.0])
    d = displacement(x, y, box).numpy()
    assert np.all(np.abs(d) <= box / 2 + 1e-12)
    np.testing.assert_allclose(displacement(x + shift, y + shift, box), d, atol=1e-13)
    np.testing.assert_allclose(displacement(x + box, y - 2 * box, box), d, atol=1e-13)


def test_a_side_that_float32_cannot_hold_is_exact_in_float64():
    """A side of 4.4 rounded to float32 is off by 1e-7; what is left here is the rounding of float64."""
    np.testing.assert_allclose(displacement(np.array([[4.3]]), np.array([[0.1]]), 4.4), [[-0.2]], atol=2e-15)


def test_safe_norm_has_finite_second_derivatives_where_masked():
    vectors = tf.constant([[0.0, 0.0], [3.0, 4.0]], tf.float64)
    mask = tf.constant([False, True])
    with tf.GradientTape() as outer:
        outer.watch(vectors)
        with tf.GradientTape() as inner:
            inner.watch(vectors)
            norm = safe_norm(vectors, mask)
        gradient = inner.gradient(norm, vectors)
    np.testing.assert_allclose(norm, [1.0, 5.0])
    np.testing.assert_allclose(gradient, [[0, 0], [0.6, 0.8]])
    assert np.all(np.isfinite(outer.gradient(gradient, vectors)))
