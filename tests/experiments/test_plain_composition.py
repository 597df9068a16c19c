"""The network of `lrc_keras` with half lists against the plain composition: one network, two ways to compute it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from experiments.benchmarks.plain_composition import plain_energy
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list

BOX, CUTOFF, POINTS = 4.0, 1.5, 12


@pytest.mark.parametrize(("dim", "network"), [(1, "short"), (1, "full"), (2, "full"), (3, "full")])
def test_same_energy_forces_and_gradient(dim, network, rng):
    """Float64; both add some hundred terms of size one in different orders."""
    keras.utils.set_random_seed(0)
    sides = (BOX,) * dim
    positions = rng.uniform(0, BOX, (2, POINTS, dim))
    neighbors = neighbor_list(positions, sides, CUTOFF)
    if network == "short":
        model = build_short_range_model(POINTS, dim, sides, CUTOFF, half_list=True, dtype="float64")
    else:
        model = build_full_range_model(POINTS, dim, sides, CUTOFF, (7,) * dim, half_list=True, dtype="float64")
    half = neighbor_list(positions, sides, CUTOFF, half=True)
    model.get_layer("short_range_descriptor").adapt(positions, half)
    field = ForceField(model)
    energy, variables = plain_energy(model), model.trainable_variables
    inputs = {"positions": tf.constant(positions), "neighbors": tf.constant(neighbors)}

    with tf.GradientTape() as tape:
        ours = field({**inputs, "neighbors": half})
        loss = tf.reduce_sum(ours["forces"] ** 2)
    gradient = tape.gradient(loss, variables)
    with tf.GradientTape() as tape:
        with tf.GradientTape() as inner:
            inner.watch(inputs["positions"])
            total = energy(inputs["positions"], inputs["neighbors"])
        forces = -inner.gradient(total, inputs["positions"])
        loss = tf.reduce_sum(forces**2)

    np.testing.assert_allclose(ours["energy"], total, rtol=1e-11)
    np.testing.assert_allclose(ours["forces"], forces, atol=1e-10 * np.max(np.abs(forces)))
    for one, other in zip(gradient, tape.gradient(loss, variables), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9 * max(1.0, np.max(np.abs(other))))
