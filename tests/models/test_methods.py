"""Force fields on every method of the transform, with clouds for which the grid is in use, against the method "sums".

That method is exact; `tests/ops` and `tests/layers` compare it with direct sums.
"""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.models import ForceField, build_full_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import Recipe, Snapshots, Stage, train

# d: N, modes, box, cutoff
CASES = {1: (60, 301, 15.0, 0.6), 2: (36, 15, 4.0, 1.0), 3: (27, 9, 3.0, 1.0)}


def snapshots(dim):
    """Two clouds: a lattice whose points are moved by up to a quarter of their distance, so that none come close."""
    count, _, box, _ = CASES[dim]
    side = round(count ** (1 / dim))
    lattice = np.stack(np.meshgrid(*[np.arange(side)] * dim, indexing="ij"), -1).reshape(count, dim)
    return (lattice + np.random.default_rng(5).uniform(0, 0.5, (2, count, dim))) * box / side


POINTS = {dim: snapshots(dim) for dim in CASES}


def field(dim, method, dtype="float64", tolerance=1e-6):
    count, modes, box, cutoff = CASES[dim]
    keras.utils.set_random_seed(3)
    model = build_full_range_model(
        count,
        dim,
        (box,) * dim,
        cutoff,
        (modes,) * dim,
        method=method,
        tolerance=tolerance,
        half_list=True,
        fitting_depth=2,
        dtype=dtype,
    )
    neighbors = neighbor_list(POINTS[dim], box, cutoff, half=True)
    model.get_layer("short_range_descriptor").adapt(POINTS[dim].astype(dtype), neighbors)
    rng = np.random.default_rng(0)  # the same weights in both precisions
    model.set_weights([w if w.shape == (2,) else rng.normal(0, 0.4, w.shape) for w in model.get_weights()])
    return ForceField(model), {"positions": tf.constant(POINTS[dim], dtype), "neighbors": tf.constant(neighbors)}


def loss_and_gradients(force_field, inputs):
    """The loss on forces that are given, the forces, and the gradient of the weights: a second derivative."""
    with tf.GradientTape() as tape:
        forces = force_field(inputs)["forces"]
        loss = tf.reduce_mean(tf.square(forces - tf.cast(tf.sin(inputs["positions"]), forces.dtype)))
    return loss, forces, tape.gradient(loss, force_field.trainable_variables)


@cache
def exact_loss_and_gradients(dim):
    return tf.nest.map_structure(np.array, loss_and_gradients(*field(dim, "sums", tolerance=1e-12)))


@pytest.mark.parametrize(
    ("method", "dim", "compiled", "dtype"),
    [(method, dim, False, "float64") for method in ("points", "finufft") for dim in CASES]
    + [(method, 3, True, "float32") for method in ("points", "sums", "finufft")],
)
def test_energy_forces_and_gradients(method, dim, compiled, dtype):
    """Energies to the tolerance 1e-6 of the transform, forces and gradients to ten times that, in float64.

    What is compiled is compiled by XLA, except for FINUFFT.
    """
    exact = exact_loss_and_gradients(dim)
    force_field, inputs = field(dim, method, dtype)
    step = lambda: loss_and_gradients(force_field, inputs)  # noqa: E731
    if compiled:
        step = tf.function(step, jit_compile=method != "finufft", autograph=False)
    loss, forces, gradients = tf.nest.map_structure(np.array, step())
    tolerance = 1e-5 if dtype == "float64" else 2e-4  # in float32 the network's own rounding
    assert float(loss) == pytest.approx(float(exact[0]), rel=tolerance)
    assert np.linalg.norm(forces - exact[1]) < tolerance * np.linalg.norm(exact[1])
    size = np.linalg.norm(np.concatenate([np.ravel(expected) for expected in exact[2]]))
    for gradient, expected in zip(gradients, exact[2], strict=True):
        assert np.linalg.norm(gradient - expected) < 10 * tolerance * size


def test_training_by_finufft_needs_no_option():
    """`train` compiles with XLA what XLA can compile. The loss of the first step is known."""
    force_field, inputs = field(2, "finufft", "float32")
    arrays = [np.array(inputs[name]) for name in ("positions", "neighbors")]
    cloud = Snapshots(*arrays, np.zeros(2, "float32"), np.sin(arrays[0]))
    curve = train(force_field, Recipe("adam", (Stage(3, 2),)), cloud, cloud, reports=3)
    assert not force_field.jit_compile and np.all(np.isfinite(curve["test_error"]))
    loss, _, _ = exact_loss_and_gradients(2)  # mean over 36 points and 2 axes, where `ForceLoss` has their sum
    assert curve["loss"][0] == pytest.approx(72 * float(loss), rel=1e-3)
