"""The energies of a force field: reference energies, its scale, one number a cloud, and energies of the particles."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.models import ForceField, build_short_range_model
from lrc_keras.training import ParticleEnergyLoss
from tests.models.clouds import make_cloud, make_model


def test_reference_energies(rng):
    """Large energies of free particles, found from clouds of several compositions, and float32 keeps what is left."""
    inputs = make_cloud(rng, count=12, num_species=3)
    field = make_model(network="short", num_species=3, dtype="float32", stress=False)
    inputs = {
        name: values.astype("float32") if values.dtype == "float64" else values for name, values in inputs.items()
    }
    own = field(inputs)["energy"].numpy()
    free = np.array([-1e6, -3e5, 20.0])
    counts = np.stack([(inputs["species"] == kind).sum(axis=1) for kind in range(3)], axis=1)
    found = field.fit_reference_energies(inputs, own + counts @ free)
    np.testing.assert_allclose(found, free, rtol=0, atol=1e-6)
    # a float32 energy of −5e6 has steps of 0.5
    np.testing.assert_allclose(field(inputs)["energy"] - counts @ free, own, rtol=0, atol=1e-6)
    assert field(inputs)["energy"].dtype == "float64"


def test_a_nested_model_has_its_species(rng):
    """Reference energies are one for each species, as in the model inside."""
    inputs = make_cloud(rng, count=6, num_species=2)
    model = make_model(network="short", num_species=2, stress=False).energy_model
    field = ForceField(keras.Model(model.input, 2 * model(model.input)))
    free = np.array([-3.0, 20.0])
    counts = np.stack([(inputs["species"] == kind).sum(axis=1) for kind in range(2)], axis=1)
    found = field.fit_reference_energies(inputs, field(inputs)["energy"] + counts @ free)
    np.testing.assert_allclose(found, free, rtol=1e-9)


def test_the_scale_is_a_weight(rng, tmp_path):
    """Restored with the others, and a later change is seen by what is compiled already."""
    inputs = make_cloud(rng)
    three, one = (make_model(network="short", scale=scale) for scale in (3.0, 1.0))
    three.save_weights(tmp_path / "field.weights.h5")
    one.load_weights(tmp_path / "field.weights.h5")
    assert one.scale == 3.0
    batches = tf.data.Dataset.from_tensors((inputs,))  # of arrays Keras would make float32 ones
    before = one.predict(batches, verbose=0)["forces"]
    np.testing.assert_allclose(before, three(inputs)["forces"], rtol=1e-9, atol=1e-9)
    one.scale = 6.0
    np.testing.assert_allclose(one.predict(batches, verbose=0)["forces"], 2 * before, rtol=1e-9, atol=1e-9)


def test_an_energy_in_a_column_is_one_energy(rng):
    """(B, 1) with six points: one number a cloud, to which six reference energies are added."""
    positions = keras.Input((6, 1), name="positions", dtype="float64")
    energy = keras.ops.sum(keras.ops.square(positions), axis=1)
    force_field = ForceField(keras.Model({"positions": positions}, energy))
    inputs = {"positions": rng.normal(size=(4, 6, 1))}
    own = force_field(inputs)["energy"].numpy()
    assert own.shape == (4,) and "particle_energies" not in force_field(inputs)
    assert force_field.fit_reference_energies(inputs, own + 12) == pytest.approx(2.0)
    np.testing.assert_allclose(force_field(inputs)["energy"], own + 12)


def test_local_potentials_are_a_target(rng):
    """Section 3.1 names them as outputs: U_i of every particle, trained beside the forces or alone."""
    field = make_model(network="short", per_particle=True, stress=False)
    inputs = make_cloud(rng, count=4)
    potentials = 0.5 * np.sum(inputs["neighbors"] >= 0, axis=-1)  # how many neighbours there are
    targets = {"particle_energies": potentials, "forces": 0 * inputs["positions"]}
    batches = tf.data.Dataset.from_tensors((inputs, targets))
    field.compile(keras.optimizers.Adam(1e-2), {"particle_energies": ParticleEnergyLoss()}, jit_compile=False)
    losses = field.fit(batches, epochs=20, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    expected = np.mean(np.sum((field(inputs)["particle_energies"] - targets["particle_energies"]) ** 2, axis=1))
    assert field.evaluate(batches, verbose=0) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("num_points", [None, 1])
def test_single_points_have_a_local_potential(num_points):
    """(B, 1) is also the shape of an energy in a column. For N = 1 both are the same number."""
    field = ForceField(build_short_range_model(num_points, 1, 5.0, 1.0, per_particle=True, dtype="float64"))
    field.reference_energies.assign([3.0])
    outputs = field({"positions": np.zeros((2, 1, 1)), "neighbors": np.full((2, 1, 1), -1, "int32")})
    np.testing.assert_array_equal(outputs["particle_energies"], np.reshape(outputs["energy"], (2, 1)))
    shapes = {"positions": (2, 1, 1), "neighbors": (2, 1, 1)}
    assert field.compute_output_shape(shapes) == {name: tuple(value.shape) for name, value in outputs.items()}


def test_one_particle_has_a_local_potential(rng):
    """(1, 1) could be an energy in a column; the model says that N is free."""
    field = make_model(network="short", per_particle=True, stress=False)
    inputs = {
        name: values[:, :1] for name, values in make_cloud(rng, count=1).items() if name in ("positions", "species")
    }
    inputs |= {"neighbors": np.full((1, 1, 1), -1, "int32")}
    outputs = field({**make_cloud(rng, count=1), **inputs})
    np.testing.assert_array_equal(outputs["particle_energies"][:, 0], outputs["energy"])
