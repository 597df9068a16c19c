"""SOAP against a NumPy implementation of the algorithm and against Adam."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.training.soap import SOAP
from tests.training.soap_reference import SQUARE, numpy_soap, optimizer, run, tf_gradient

RNG = np.random.default_rng(8)


@pytest.mark.parametrize("steps", [1, 2, 10, 25])
def test_agrees_with_numpy(steps):
    weight = keras.Variable(SQUARE, dtype="float64")
    np.testing.assert_allclose(run(optimizer(), weight, steps), numpy_soap(SQUARE, steps), rtol=0, atol=1e-11)


def test_first_step_leaves_a_matrix_alone():
    assert np.array_equal(run(optimizer(), keras.Variable(SQUARE, dtype="float64"), 1), SQUARE)
    assert np.abs(run(optimizer(), keras.Variable(SQUARE, dtype="float64"), 2) - SQUARE).max() > 0.01


def test_bases_become_the_eigenbases():
    """Rectangles of several shapes in one batch: QᵀPQ diagonal and falling, Q orthogonal, padding apart."""
    shapes = [(3, 7), (12, 7), (1, 40), (40, 33), (6, 1)]
    weights = [keras.Variable(np.zeros(shape), dtype="float64") for shape in shapes]
    random = [RNG.normal(size=shape) for shape in shapes]
    graded = []  # eigenvalues of P fall by 0.5, and so does the error of each power iteration
    for u, s, v in (np.linalg.svd(RNG.normal(size=shape), full_matrices=False) for shape in shapes):
        graded.append((u * 0.5 ** (np.arange(len(s)) / 2)) @ v)
    soap = SOAP(0.01, shampoo_beta=0.5, refresh_interval=1)
    soap.build(weights)
    step = tf.function(lambda g: soap.apply(g, weights))
    for t in range(60):
        step([tf.constant(g) for g in (random if t == 0 else graded)])
    seen = 0
    for group, axis in ((group, axis) for group in soap._groups for axis in (0, 1)):
        factors, bases = group.factors[axis].numpy(), group.bases[axis].numpy()
        for shape, p, q in zip(group.shapes, factors, bases, strict=True):
            side, seen = shape[axis], seen + 1
            np.testing.assert_allclose(q.T @ q, np.eye(len(q)), atol=1e-12)
            np.testing.assert_allclose(q[side:, :side], 0, atol=1e-12)
            values = np.linalg.eigvalsh(p)[::-1]
            np.testing.assert_allclose(q.T @ p @ q, np.diag(values), atol=1e-6 * values[0])
    assert seen == 2 * len(shapes)


def test_long_side_is_not_rotated():
    start = RNG.normal(size=(5, 5))
    wide = keras.Variable(np.hstack([start, np.zeros((5, 1))]), dtype="float64")
    soap = optimizer(max_side=5)
    for _ in range(10):
        g = tf_gradient(wide.value[:, :5], soap.iterations)
        soap.apply([tf.concat([g, tf.zeros((5, 1), g.dtype)], 1)], [wide])
    assert soap._groups[0].bases[1] is None
    np.testing.assert_allclose(wide.numpy()[:, :5], numpy_soap(start, 10, sides="L"), rtol=0, atol=1e-11)


def minimise(opt, steps):
    """½ tr((W−W*)ᵀ H_L (W−W*) H_R), both H rotated, condition 10³ each, 10⁶ together."""
    rng = np.random.default_rng(3)
    turn_l, turn_r = (np.linalg.qr(rng.normal(size=(12, 12)))[0] for _ in range(2))
    spectrum = np.logspace(-3, 0, 12)
    h_l, h_r = (tf.constant((q * spectrum) @ q.T, tf.float32) for q in (turn_l, turn_r))
    target = tf.constant(rng.normal(size=(12, 12)), tf.float32)
    weight = keras.Variable(tf.zeros((12, 12)))
    opt.build([weight])

    @tf.function
    def step():
        error = weight.value - target
        pulled = h_l @ error @ h_r
        opt.apply([pulled], [weight])
        return 0.5 * tf.reduce_sum(error * pulled)

    losses = [float(step()) for _ in range(steps)]
    return losses[-1] / losses[0]


def test_rotated_quadratic_falls_much_faster_than_with_adam():
    def schedule():
        return keras.optimizers.schedules.CosineDecay(0.1, 400)

    adam = minimise(keras.optimizers.Adam(schedule(), beta_1=0.95, beta_2=0.95), 400)
    soap = minimise(SOAP(schedule()), 400)
    assert soap < 0.1 * adam


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4), (1, 1), (9, 10)])
def test_unrotated_weights_get_adam(shape):
    """With a schedule, weight decay and clipping, which both optimizers leave to Keras.

    Keras rounds β to float32 in its powers; these two are exact there.
    """
    start, results = np.random.default_rng(0).normal(size=shape), []
    for cls, extra in ((SOAP, {"max_side": 8}), (keras.optimizers.Adam, {})):
        rate = keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
        opt = cls(rate, beta_1=0.875, beta_2=0.96875, epsilon=1e-8, clipnorm=0.5, weight_decay=0.01, **extra)
        weight = keras.Variable(start, dtype="float64")
        for _ in range(12):
            opt.apply([tf.sin(3 * weight.value)], [weight])
        results.append(weight.numpy())
    np.testing.assert_allclose(results[0], results[1], rtol=1e-12)
