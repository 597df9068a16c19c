import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops import direct_convolution, nudft_type1, nudft_type2


def test_type1_of_one_point_by_hand():
    # one point at L/4 with strength 2: F(n) = 2 exp(−iπn/2)
    modes = nudft_type1(np.array([[[1.0]]]), np.array([[[2.0]]]), 3, 4.0)
    np.testing.assert_allclose(modes[0, 0], [2j, 2, -2j], atol=1e-15)


def test_type2_of_one_mode_by_hand():
    values = nudft_type2(np.array([[[1.0]]]), np.array([[[0, 0, 3 + 0j]]]), 3, 4.0)
    np.testing.assert_allclose(values[0, 0, 0], 3j, atol=1e-15)


def test_convolution_of_two_points_by_hand():
    positions = np.array([[[0.1], [4.9]]])
    sources = np.array([[[2.0], [5.0]]])
    values = direct_convolution(positions, sources, lambda s: tf.exp(-tf.norm(s, axis=-1)), 5.0)
    np.testing.assert_allclose(values[0, :, 0], np.exp(-0.2) * np.array([5.0, 2.0]), rtol=1e-14)


def test_a_singular_kernel_has_a_finite_gradient():
    positions = tf.constant([[[0.1], [1.1]]], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(positions)
        values = direct_convolution(positions, tf.ones_like(positions), lambda s: 1 / tf.norm(s, axis=-1), 5.0)
    # each of the two equal values 1/r changes by 1/r² per unit of either point
    np.testing.assert_allclose(tape.gradient(values, positions)[0, :, 0], [2.0, -2.0], rtol=1e-12)
    assert float(values[0, 0, 0]) == pytest.approx(1.0)
