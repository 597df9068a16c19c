"""A network of 25 numbers and snapshots of six points: training is what is tested here, not what is learned."""

import keras
import numpy as np
import pytest

from lrc_keras.models import ForceField
from lrc_keras.training import Snapshots


@pytest.fixture
def toy_snapshots(rng):
    """20 snapshots with U = 10 + Σ cos x, F = sin x; the neighbour lists are empty, as the toy network has no use."""
    positions = rng.uniform(0, 2 * np.pi, (20, 6, 1))
    neighbors = np.full((20, 6, 2), -1, "int32")
    return Snapshots(positions, neighbors, 10 + np.cos(positions).sum(axis=(1, 2)), np.sin(positions))


@pytest.fixture
def toy_force_field():
    """Makes a force field with the energy Σ_i w·tanh(a x_i + b), always with the same initial weights."""

    def make(dtype="float64", per_particle=False, seed=5, scale=0.7):
        keras.utils.set_random_seed(seed)
        inputs = {
            "positions": keras.Input((None, 1), name="positions", dtype=dtype),
            "neighbors": keras.Input((None, None), name="neighbors", dtype="int32"),
        }
        hidden = keras.layers.Dense(8, "tanh", dtype=dtype)(inputs["positions"])
        energies = keras.layers.Dense(1, use_bias=False, dtype=dtype)(hidden)
        return ForceField(
            keras.Model(inputs, keras.ops.sum(energies, axis=-1 if per_particle else (1, 2))), scale=scale
        )

    return make


@pytest.fixture
def assert_same():
    """Equal up to rounding: several threads add in any order, and 1e-16 grows to 1e-10 within the few steps of a test.

    Compiled by XLA and in one thread, as the experiments run, a resumed run is equal to the bit: the slow test of
    `experiments/run_1d.py` holds that.
    """
    tolerance = 1e-7

    def check(first, second):
        assert len(first) == len(second) > 0
        for a, b in zip(first, second, strict=True):
            np.testing.assert_allclose(np.array(a), np.array(b), rtol=0, atol=tolerance)

    return check
