"""Cells of the long-range layer: lattice vectors, a cell per snapshot, derivatives by the cell, isolated clouds."""

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import erf

from lrc_keras.layers import (
    CoulombMultiplier,
    FreeMultiplier,
    GaussianMultiplier,
    GradientMultiplier,
    LongRangeConvolution,
    ScreenedCoulombMultiplier,
)

TRICLINIC = np.array([[3.0, 0.2, 0.0], [0.9, 2.5, 0.3], [-0.4, 0.5, 2.8]])
METHODS = ["points", "sums", "finufft"]


def layer_of(num_modes, box_length=None, multiplier=None, **options):
    multiplier = multiplier or ScreenedCoulombMultiplier(2, (0.7, 1.5))
    return LongRangeConvolution(multiplier, num_modes, box_length, 1e-10, dtype="float64", **options)


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_sides_are_a_diagonal_cell_and_a_cell_can_be_an_input(dim, rng):
    sides = (2.0, 3.0, 2.5)[:dim]
    positions, sources = rng.uniform(-3, 6, (2, 9, dim)), rng.normal(size=(2, 9, 1))
    expected = layer_of(7, sides)(positions, sources)
    np.testing.assert_allclose(layer_of(7, np.diag(sides))(positions, sources), expected, atol=1e-9)
    cells = np.stack([np.diag(sides)] * 2)
    np.testing.assert_allclose(layer_of((7,) * dim)(positions, sources, cells), expected, atol=1e-9)
    np.testing.assert_allclose(layer_of((7,) * dim)(positions, sources, cells[0]), expected, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_lattice_in_two_bases(method, rng):
    """A kernel that ends well within the modes, exp(−σ²k²/2) with σ = 0.6, does not see the choice of the basis."""
    positions, sources = rng.uniform(0, 3, (1, 10, 3)), rng.normal(size=(1, 10, 1))
    change = np.array([[1, 1, 0], [0, 1, 0], [0, -1, 1]])  # of determinant one
    layers = [
        layer_of((31,) * 3, cell, GaussianMultiplier(1, (0.6,)), method=method)
        for cell in (TRICLINIC, change @ TRICLINIC)
    ]
    # modes beyond 15 have |k| > 15 · 2π/|a| > 15 · 1.5 and exp(−(0.6 · 22)²/2) < 1e-30
    np.testing.assert_allclose(layers[0](positions, sources), layers[1](positions, sources), atol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_a_cell_per_snapshot_is_that_snapshot_by_itself(method, rng):
    cells = TRICLINIC[:2, :2] + 0.2 * rng.normal(size=(3, 2, 2))
    positions, sources = rng.uniform(0, 3, (3, 9, 2)), rng.normal(size=(3, 9, 3))
    matrix = FreeMultiplier(2, in_channels=3, complex=True)
    for multiplier in (ScreenedCoulombMultiplier(3, 0.5), matrix, GradientMultiplier(FreeMultiplier(1, in_channels=3))):
        layer = layer_of((6, 5), None, multiplier, method=method)
        result = layer(positions, sources, cells).numpy()
        for i, cell in enumerate(cells):
            alone = layer_of((6, 5), cell, multiplier, method=method)
            np.testing.assert_allclose(alone(positions[i : i + 1], sources[i : i + 1])[0], result[i], atol=1e-9)


@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("method", METHODS)
def test_derivative_by_the_strain(dim, method, rng):
    """x → x(1 + ε), H → H(1 + ε): with −∂U/∂ε the virial. Central differences with h = 1e-5 are good to 1e-9."""
    cell, positions = TRICLINIC[:dim, :dim], rng.uniform(0, 2, (1, 6, dim))
    layer = layer_of((7, 6, 5)[:dim], method=method)

    def energy(strain):
        deform = np.eye(dim) + strain
        return tf.reduce_sum(tf.tanh(layer(tf.constant(positions) @ deform, None, (cell @ deform)[None]) / 10))

    strain = tf.zeros((dim, dim), tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(strain)
        value = energy(strain)
    gradient = tape.gradient(value, strain).numpy()
    for index in np.ndindex(dim, dim):
        step = np.zeros((dim, dim))
        step[index] = 1e-5
        assert gradient[index] == pytest.approx(float(energy(step) - energy(-step)) / 2e-5, rel=1e-6, abs=1e-8)
    np.testing.assert_allclose(gradient, gradient.T, atol=1e-8)  # no rotation changes the energy


def test_second_derivatives_by_the_cell_under_xla(rng):
    """What training on stress needs: the derivative of ∂U/∂H by the weights."""
    layer, positions = layer_of((5, 4), method="sums"), tf.constant(rng.uniform(0, 2, (1, 6, 2)))
    layer(positions, None, TRICLINIC[:2, :2])

    def slopes(cell):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as tape:
                tape.watch(cell)
                value = tf.reduce_sum(layer(positions, None, cell) ** 2)
            loss = tf.reduce_sum(tape.gradient(value, cell) ** 2)
        return outer.gradient(loss, layer.trainable_variables)

    cell = tf.constant(TRICLINIC[:2, :2])
    for result, expected in zip(tf.function(slopes, jit_compile=True)(cell), slopes(cell), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-9)


@pytest.mark.parametrize("matrix", [False, True])
def test_an_isolated_cloud_has_coulombs_energy(matrix, rng):
    """u_i = Σ_{j≠i} erf(r/√2σ)/r f_j without any image.

    The cloud has sides of 1, the cell of 2, so that the padded one has 2 + 2√3 = 5.46: images are 4.46 away, and R = 3
    is 6σ beyond the diameter √3 and 6σ before the images. What the modes leave out is exp(−(π · 61 · 0.2/5.46)²/2) =
    2e-11.
    """
    sigma = 0.2
    positions, sources = rng.uniform(0.5, 1.5, (1, 10, 3)), rng.normal(size=(1, 10, 1))
    r = np.linalg.norm(positions[0, :, None] - positions[0], axis=-1) + np.eye(10)
    expected = (erf(r / np.sqrt(2) / sigma) / r * (1 - np.eye(10))) @ sources[0]
    cell = 2.0 * np.eye(3) if matrix else 2.0
    layer = layer_of((61,) * 3, cell, CoulombMultiplier(sigma, truncation=3.0), periodic=False)
    np.testing.assert_allclose(layer(positions, sources)[0], expected, atol=1e-7)


@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_points_outside_the_cell_of_an_isolated_cloud_are_refused(value):
    layer = layer_of(7, (1.0, 1.0), periodic=False)
    positions = np.full((1, 3, 2), 0.5)
    layer(positions)
    positions[0, 1, 1] = value
    with pytest.raises(ValueError, match="positions must be within the cell for periodic=False; received"):
        layer(positions)
    with pytest.raises(tf.errors.InvalidArgumentError, match="positions must be within the cell"):
        tf.function(layer)(tf.constant(positions))
    # XLA has no assertions
    clouds = np.concatenate([positions, np.full((1, 3, 2), 0.5)])
    values = tf.function(layer, jit_compile=True)(tf.constant(clouds))
    assert np.all(np.isnan(values[0]))
    np.testing.assert_allclose(values[1], layer(clouds[1:])[0], rtol=1e-5)


def test_points_on_a_face_of_the_cell_are_inside():
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(1), 7, (0.1, 0.1), periodic=False)
    layer(np.array([[[0.0, 0.1], [0.1, 0.05]]], "float32"))


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("method", ["sums", "points"])
def test_batches_that_a_graph_does_not_know_are_compared_when_they_come(method, jit_compile):
    """XLA has no assertions, and its own words."""
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(1), 7, (3.0, 3.0), method=method)
    shapes = [tf.TensorSpec((None, None, size), tf.float32) for size in (2, 1)]
    run = tf.function(layer, input_signature=shapes, autograph=False, jit_compile=jit_compile)
    run(tf.zeros((2, 5, 2)), tf.zeros((2, 5, 1)))
    message = "reshape" if jit_compile else "sources must have the batch and points of positions"
    for wrong in ((2, 1, 1), (1, 5, 1)):
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            run(tf.zeros((2, 5, 2)), tf.zeros(wrong))
    shapes[0] = tf.TensorSpec((2, 5, 2), tf.float32)  # known
    run = tf.function(layer, input_signature=shapes, autograph=False, jit_compile=jit_compile)
    with pytest.raises(tf.errors.InvalidArgumentError, match="sources must have|not compatible"):
        run(tf.zeros((2, 5, 2)), tf.zeros((2, 1, 1)))


@pytest.mark.parametrize("jit_compile", [False, True])
def test_cells_that_a_graph_does_not_know_are_compared_when_they_come(jit_compile):
    """Where the batch of positions is known, TensorFlow has its own words too."""
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(1), 7)
    for batches in ((None, None), (2, None), (None, 1)):
        shapes = [tf.TensorSpec((batches[0], 5, 2), tf.float32), tf.TensorSpec((batches[1], 2, 2), tf.float32)]
        run = tf.function(
            lambda x, cell: layer(x, cell=cell), input_signature=shapes, autograph=False, jit_compile=jit_compile
        )
        message = "reshape|not compatible" if jit_compile else "cell must have the batch of positions|not compatible"
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            run(tf.zeros((2, 5, 2)), tf.eye(2, batch_shape=[1]))


def test_one_cell_for_all_clouds_and_a_matrix_that_depends_on_the_cell(rng):
    """(d, d) in place of (B, d, d), for a multiplier that mixes channels."""
    positions, sources = rng.uniform(0, 3, (3, 9, 2)), rng.normal(size=(3, 9, 2))
    layer = layer_of((6, 5), None, GradientMultiplier(FreeMultiplier(1, in_channels=2)))
    cell = TRICLINIC[:2, :2]
    expected = layer(positions, sources, np.stack([cell] * 3))
    np.testing.assert_allclose(layer(positions, sources, cell), expected, atol=1e-12)
