"""Derivatives of the long-range convolution: forces, compositions of layers, Jacobian products."""

import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import (
    GaussianMultiplier,
    LongRangeConvolution,
    ScreenedCoulombMultiplier,
)
from lrc_keras.ops import nudft_type1, nudft_type2
from lrc_keras.ops.modes import wavenumbers
from tests.layers.table_multiplier import Table


@pytest.mark.parametrize(
    ("method", "tolerance"), [("points", 1e-3), ("points", 1e-6), ("finufft", 1e-3), ("finufft", 1e-6), ("sums", 1e-12)]
)
def test_forces_are_as_accurate_as_the_tolerance(method, tolerance, rng):
    """Derivatives of windows were off by 490 % at 1e-3 here: each point pushed itself. The net force is zero.

    The reference is F_i = −2/L Σ_n φ̂(k_n) k_n Σ_j sin(k_n (x_j − x_i)), a sum over pairs. Forces have the slopes of two
    transforms, and large wavenumbers weigh most: the error is up to 10 times the tolerance of a transform.
    """
    positions = tf.constant(rng.uniform(0, 5, (1, 60, 1)))
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(1, 0.7), 301, 5.0, tolerance, method=method, dtype="float64")
    with tf.GradientTape() as tape:
        tape.watch(positions)
        energy = tf.reduce_sum(layer(positions))
    result = -tape.gradient(energy, positions).numpy()[0, :, 0]
    x, k = positions.numpy()[0, :, 0], wavenumbers((301,), (5.0,))[:, 0]
    waves = np.sin(k * (x[np.newaxis, :, np.newaxis] - x[:, np.newaxis, np.newaxis])).sum(axis=1)  # (N, M)
    exact = -2 / 5 * waves @ (4 * np.pi / (k**2 + 0.49) * k)
    assert np.linalg.norm(result - exact) < 10 * tolerance * np.linalg.norm(exact)
    assert abs(result.sum()) < 1e-12 * np.abs(result).sum()


@pytest.mark.parametrize("method", ["points", "sums", "finufft"])
def test_two_layers_composed(method, rng):
    """Section 2.2: the field of one layer is the source of the next. Against matrices of all pairs, with forces."""
    positions, sources = rng.uniform(0, 3, (1, 8, 2)), rng.normal(size=(1, 8, 1))
    shape, box = (9, 8), (3.0, 3.0)
    first = LongRangeConvolution(ScreenedCoulombMultiplier(2, 0.7), shape, box, 1e-10, method=method, dtype="float64")
    matrix = rng.normal(size=(*shape, 1, 2)) + 1j * rng.normal(size=(*shape, 1, 2))
    second = LongRangeConvolution(Table(matrix, 1, 2), shape, box, 1e-10, method=method, dtype="float64")
    k = wavenumbers(shape, box).reshape(-1, 2)
    screened = 4 * np.pi / (np.sum(k**2, -1)[:, None] + np.array([0.7, 1.4]) ** 2)

    def dense(x):
        phase = tf.einsum("ikd,md->ikm", x[0][:, None] - x[0][None], k)
        waves = tf.complex(tf.cos(phase), tf.sin(phase))
        off = 1 - np.eye(8)[..., None]
        kernel = tf.math.real(tf.einsum("ikm,mc->ikc", waves, screened.astype(complex))) / 9 * off
        field = tf.tanh(tf.einsum("ikc,k->ic", kernel, sources[0, :, 0]))
        mixing = tf.math.real(tf.einsum("ikm,mc->ikc", waves, matrix.reshape(-1, 2))) / 9 * off
        return tf.reduce_sum(tf.einsum("ikc,kc->i", mixing, field) ** 2)

    def layers(x):
        return tf.reduce_sum(second(x, tf.tanh(first(x, sources))) ** 2)

    results = []
    for energy in (layers, dense):
        x = tf.constant(positions)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = energy(x)
        results.append((float(value), tape.gradient(value, x).numpy()))
    (value, slope), (expected, gradient) = results
    assert value == pytest.approx(expected, rel=1e-8)
    np.testing.assert_allclose(slope, gradient, atol=1e-7 * np.abs(gradient).max())


@pytest.mark.parametrize("dim", [1, 2])
def test_force_is_the_gradient_of_the_energy(dim, rng, central_difference):
    positions = rng.uniform(0, 3, (1, 5, dim))
    multiplier = ScreenedCoulombMultiplier(2, (0.7, 2.0), dtype="float64")
    layer = LongRangeConvolution(multiplier, 15, (3.0,) * dim, 1e-10, dtype="float64")

    def energy(x):
        return tf.reduce_sum(tf.tanh(layer(tf.constant(x)) / 10), axis=(1, 2))

    x = tf.constant(positions)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(tf.tanh(layer(x) / 10))
    np.testing.assert_allclose(tape.gradient(value, x), central_difference(energy, positions), atol=1e-6)


def test_forces_by_the_papers_window(line_snapshots):
    """Derivatives in Fourier space (Section 4.3): to the per cent or so that its aliases leave."""
    x = tf.constant(line_snapshots(1))
    forces = []
    for window in ("accurate", "paper"):
        layer = LongRangeConvolution(GaussianMultiplier(1, (0.1,)), 301, 5.0, window=window, dtype="float64")
        with tf.GradientTape() as tape:
            tape.watch(x)
            energy = tf.reduce_sum(layer(x))
        forces.append(-tape.gradient(energy, x).numpy())
    assert np.linalg.norm(forces[1] - forces[0]) < 1e-2 * np.linalg.norm(forces[0])


@pytest.mark.parametrize("num_modes", [31, 30])
def test_jacobian_products_are_two_more_convolutions(num_modes, rng):
    """Eqs. (18)–(20): (∇u·v)_i = w_i + v_i p_i with w_i = −Σ v_j f_j φ'(x_i − x_j), p_i = Σ f_j φ'(x_i − x_j).

    φ' has the multiplier ikφ̂; its sums are done directly, which is where the lone mode of an even count has none.
    """
    length = 5.0
    positions, sources, v = rng.uniform(0, length, (1, 8, 1)), rng.normal(size=(1, 8, 1)), rng.normal(size=(1, 8, 1))
    multiplier = ScreenedCoulombMultiplier(1, 0.7, dtype="float64")
    layer = LongRangeConvolution(multiplier, num_modes, length, 1e-12, dtype="float64")
    x = tf.constant(positions)
    with tf.GradientTape() as tape:
        tape.watch(x)
        u = layer(x, sources)[0, :, 0]
    jacobian_product = tape.jacobian(u, x).numpy().reshape(8, 8) @ v[0, :, 0]

    k = wavenumbers((num_modes,), (length,))[:, 0]

    def convolve_slope(strengths):
        modes = nudft_type1(positions, strengths, num_modes, length).numpy()
        modes = 1j * k * np.array(multiplier(k[:, None]))[:, 0] * modes
        return np.real(nudft_type2(positions, modes, num_modes, length)) / length

    expected = -convolve_slope(v * sources) + v * convolve_slope(sources)
    np.testing.assert_allclose(jacobian_product, expected[0, :, 0], atol=1e-8)
