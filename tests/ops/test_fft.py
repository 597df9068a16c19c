import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops.fft import real_fft, real_synthesis

SIZES = [(8,), (7,), (4, 6), (5, 7), (4, 5, 6), (3, 4, 5)]


@pytest.mark.parametrize("size", SIZES)
def test_against_numpy(size, rng):
    grid = rng.normal(size=(2, 3, *size))
    axes = tuple(range(2, 2 + len(size)))
    expected = np.fft.rfftn(grid, axes=axes)
    np.testing.assert_allclose(real_fft(tf.constant(grid), size), expected, atol=1e-12)
    back = real_synthesis(tf.constant(expected), size)
    np.testing.assert_allclose(back, grid * np.prod(size), atol=1e-10)


@pytest.mark.parametrize("size", SIZES)
def test_first_and_second_derivatives(size, rng):
    """For u = S |F b|² (S synthesis, F transform) the Hessian is symmetric and the gradient matches differences."""
    grid = rng.normal(size=size)
    direction, other = rng.normal(size=(2, *size))
    weight = rng.normal(size=size)

    def value(b):
        spectrum = real_fft(b, size)
        return tf.reduce_sum(weight * real_synthesis(spectrum * spectrum, size)) / np.prod(size)

    def gradient(b):
        b = tf.constant(b)
        with tf.GradientTape() as tape:
            tape.watch(b)
            result = value(b)
        return tape.gradient(result, b)

    step = 1e-5  # the function is quadratic: central differences are exact but for rounding
    difference = (value(tf.constant(grid + step * direction)) - value(tf.constant(grid - step * direction))) / (
        2 * step
    )
    assert np.sum(gradient(grid) * direction) == pytest.approx(float(difference), rel=1e-7)

    def second(along):
        b = tf.constant(grid)
        with tf.GradientTape() as outer:
            outer.watch(b)
            with tf.GradientTape() as inner:
                inner.watch(b)
                result = value(b)
            slope = tf.reduce_sum(inner.gradient(result, b) * along)
        return outer.gradient(slope, b)

    assert np.sum(second(direction) * other) == pytest.approx(np.sum(second(other) * direction), rel=1e-10)
