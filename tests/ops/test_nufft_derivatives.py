"""Derivatives of the transforms by points, strengths and modes, and adjointness."""

import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops import NufftPlan, nudft_type1, nudft_type2, nufft_type1, nufft_type2

METHODS = ["points", "sums", "finufft"]


def error(result, reference):
    result, reference = np.array(result), np.array(reference)
    return np.linalg.norm(result - reference) / np.linalg.norm(reference)


def complex_normal(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def energy(x, f, weight, box, plan):
    """A real scalar that needs both transforms: by a plan, or by direct sums where there is none."""
    shape = tuple(weight.shape[2:])
    modes = nudft_type1(x, f, shape, box) if plan is None else nufft_type1(x, f, plan)
    values = nudft_type2(x, weight * modes, shape, box) if plan is None else nufft_type2(x, weight * modes, plan)
    return tf.reduce_sum(tf.math.real(values) ** 2 + tf.math.imag(values)) / 10


def derivatives(x, f, v, weight, box, plan):
    """By positions: the gradient, its Hessian along v, the third derivative along v twice; the second by strengths."""
    with tf.GradientTape() as third, tf.GradientTape(persistent=True) as second:
        third.watch(x)
        second.watch([x, f])
        with tf.GradientTape() as first:
            first.watch(x)
            value = energy(x, f, weight, box, plan)
        gradient = first.gradient(value, x)
        along = tf.reduce_sum(gradient * v)
    with third:
        hessian = second.gradient(along, x)
        twice = tf.reduce_sum(hessian * v)
    return gradient, hessian, third.gradient(twice, x), second.gradient(along, f)


@pytest.mark.parametrize("num_modes", [(7,), (6,), (3, 4), (3, 4, 5)])
@pytest.mark.parametrize("method", METHODS)
def test_derivatives_to_the_third_order(num_modes, method, rng):
    """Each is as accurate as a transform: that of the direct sum, at 1e-9 and some twenty modes, to 3e-8.

    The rules of the derivatives are the same for every method: one case is compiled by XLA.
    """
    dim = len(num_modes)
    box = (3.0, 4.0, 2.0)[:dim]
    weight = tf.constant(complex_normal(rng, 1, 1, *num_modes))
    x, v = rng.uniform(0, 3, (1, 4, dim)), rng.normal(size=(1, 4, dim))
    f = tf.constant(rng.normal(size=(1, 4, 1)))
    plan = NufftPlan(num_modes, box, 1e-9, method=method)
    run = lambda x, f: derivatives(x, f, v, weight, box, plan)  # noqa: E731
    if (num_modes, method) == ((6,), "points"):
        run = tf.function(run, jit_compile=True)
    expected = derivatives(tf.constant(x), f, v, weight, box, None)
    for result, reference in zip(run(tf.constant(x), f), expected, strict=True):
        assert error(result, reference) < 3e-8


@pytest.mark.parametrize("method", METHODS)
def test_forward_mode(method, rng):
    """The derivative of the gradient along v is the Hessian times v; in a graph TensorFlow would return zero."""
    weight, box = tf.constant(complex_normal(rng, 1, 1, 3, 4)), (3.0, 4.0)
    x, v, f = tf.constant(rng.uniform(0, 3, (1, 4, 2))), rng.normal(size=(1, 4, 2)), tf.ones((1, 4, 1), tf.float64)
    plan = NufftPlan((3, 4), box, 1e-9, method=method)

    def along(x):
        with tf.autodiff.ForwardAccumulator(x, tf.constant(v)) as accumulator, tf.GradientTape() as tape:
            tape.watch(x)
            value = energy(x, f, weight, box, plan)
            gradient = tape.gradient(value, x)
        return accumulator.jvp(value), accumulator.jvp(gradient)

    gradient, hessian, _, _ = derivatives(x, f, v, weight, box, None)
    slope, curvature = along(x)
    assert float(slope) == pytest.approx(float(tf.reduce_sum(gradient * v)), rel=1e-7)
    assert error(curvature, hessian) < 3e-8
    with pytest.raises(LookupError, match="ForwardAccumulator.* need eager mode"):
        tf.function(along, autograph=False)(x)


@pytest.mark.parametrize("method", METHODS)
def test_transforms_are_adjoint(method, rng):
    """⟨T₁ f, c⟩ = ⟨f, T₂ c⟩ to rounding, not to the tolerance: so the net force is zero to rounding."""
    points, f = rng.uniform(-5, 10, (2, 15, 2)), rng.normal(size=(2, 15, 3))
    plan = NufftPlan((9, 6), (3.0, 4.0), 1e-3, method=method)
    transform = plan.set_points(points)
    modes = transform.type1(f)
    c = complex_normal(rng, *modes.shape)
    weight = np.array([1, 2, 2, 2])  # how often a mode of the half spectrum counts
    left = np.sum(weight * (modes.numpy() * np.conj(c)).real)
    assert left == pytest.approx(np.sum(f * transform.type2(c)), rel=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_jacobian(method, rng):
    """TensorFlow vectorises the gradient over the outputs, which some operations do not support."""
    points, strengths, box = tf.constant(rng.uniform(0, 3, (2, 4, 2))), tf.ones((2, 4, 1), tf.float64), (3.0, 4.0)
    weight = tf.constant(complex_normal(rng, 1, 1, 5, 4))
    jacobians = []
    for plan in (NufftPlan((5, 4), box, 1e-9, method=method), None):
        with tf.GradientTape() as tape:
            tape.watch(points)
            with tf.GradientTape() as inner:
                inner.watch(points)
                value = energy(points, strengths, weight, box, plan)
            gradient = inner.gradient(value, points)
        jacobians.append(tape.jacobian(gradient, points))
    assert error(*jacobians) < 3e-8


def test_the_papers_window_is_differentiated_in_fourier_space(rng):
    """Section 4.3: derivatives of low modes are as good as the modes, 1e-5, where those of the window lose digits."""
    points, low = rng.uniform(0, 5, (1, 10, 1)), np.zeros((1, 1, 101), complex)
    low[..., 47:54] = complex_normal(rng, 1, 1, 7)
    x = tf.constant(points)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(tf.math.real(nufft_type2(x, low, NufftPlan.paper(101, 5.0))))
    slopes = nudft_type2(points, 2j * np.pi / 5 * np.arange(-50, 51) * low, 101, 5.0).numpy().real
    assert error(tape.gradient(value, x), slopes) < 1e-4
