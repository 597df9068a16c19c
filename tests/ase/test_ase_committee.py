"""Several models as one calculator, and copies and pickles of it."""

import copy
import pickle

import keras
import numpy as np
import pytest

pytest.importorskip("ase")

from ase.calculators.fd import calculate_numerical_forces

from lrc_keras.ase import ForceFieldCalculator
from lrc_keras.layers import GaussianMultiplier, LongRangeConvolution
from lrc_keras.models import ForceField, energy_inputs
from tests.ase.force_fields import BOX, make


def committee(size=3, **kwargs):
    """Force fields that differ in their weights, and atoms."""
    made = [make(seed=seed, network="short", **kwargs) for seed in range(size)]
    return [force_field for force_field, _ in made], made[0][1]


def test_mean_and_spread():
    force_fields, atoms = committee(free_cell=True, stress=True, per_particle=True)
    each = {name: [] for name in ("energy", "energies", "forces", "stress")}
    for force_field in force_fields:
        single = ForceFieldCalculator(force_field)
        for name, values in each.items():
            values.append(single.get_property(name, atoms))
    atoms.calc = ForceFieldCalculator(force_fields)
    for name, (a, b, c) in each.items():
        np.testing.assert_allclose(atoms.calc.get_property(name, atoms), (a + b + c) / 3, rtol=1e-12, atol=1e-14)
    results = atoms.calc.results
    assert results["free_energy"] == results["energy"]
    a, b, c = each["energy"]
    mean = (a + b + c) / 3
    spread = np.sqrt(((a - mean) ** 2 + (b - mean) ** 2 + (c - mean) ** 2) / 3)
    assert results["energy_spread"] == pytest.approx(spread, rel=1e-12) and spread > 0
    stress = np.array(each["stress"])
    np.testing.assert_allclose(results["stress_spread"], np.sqrt(np.mean((stress - stress.mean(0)) ** 2, axis=0)))
    for i in range(len(atoms)):
        deviations = [forces[i] - results["forces"][i] for forces in each["forces"]]
        spread = np.sqrt(sum(deviation @ deviation for deviation in deviations) / 3)
        assert results["forces_spread"][i] == pytest.approx(spread, rel=1e-12)
    np.testing.assert_allclose(atoms.get_forces(), calculate_numerical_forces(atoms, eps=1e-5), atol=1e-7)
    assert atoms.calc.models._compute.experimental_get_tracing_count() == 1


def test_a_committee_of_one():
    (force_field,), atoms = committee(1)
    atoms.calc = ForceFieldCalculator([force_field])
    single = ForceFieldCalculator(force_field)
    assert atoms.get_potential_energy() == single.get_property("energy", atoms)
    np.testing.assert_array_equal(atoms.get_forces(), single.get_property("forces", atoms))
    assert atoms.calc.results["energy_spread"] == 0
    np.testing.assert_array_equal(atoms.calc.results["forces_spread"], np.zeros(16))


def test_a_nested_model_has_its_lists():
    """Half lists, cutoff and cell are those of the descriptor inside; energies and forces are twice those of it."""
    force_field, atoms = make(network="short", half_list=True)
    inner = force_field.energy_model
    inputs = energy_inputs(16, 3, "float64")
    nested = ForceField(keras.Model(inputs, 2 * inner(inputs)), scale=force_field.scale)
    single, calculator = ForceFieldCalculator(force_field), ForceFieldCalculator(nested)
    assert calculator.models.half_list
    for name in ("energy", "forces"):
        expected = 2 * single.get_property(name, atoms)
        np.testing.assert_allclose(calculator.get_property(name, atoms), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("descriptor", [False, True])
def test_the_box_of_the_convolution_counts(descriptor):
    """Also in a model without a descriptor, and in one whose layers disagree."""
    inputs = energy_inputs(16, 3, "float64")
    layer = LongRangeConvolution(GaussianMultiplier(1, dtype="float64"), 5, 5.0, dtype="float64")
    energy = keras.ops.sum(layer(inputs["positions"]), axis=(1, 2))
    if descriptor:
        energy += make(network="short")[0].energy_model(inputs)
    field = ForceField(keras.Model(inputs, energy))
    message = (
        "layers of one box_length" if descriptor else "box_length must be the model's own, .*5.0.*; received .*6.0"
    )
    with pytest.raises(ValueError, match=message):
        ForceFieldCalculator(field, box_length=6.0, cutoff=1.0)
    if not descriptor:
        assert ForceFieldCalculator(field, cutoff=1.0).models.cell[0, 0] == 5.0


def test_a_fixed_box_beside_the_input_cell_is_refused():
    inputs = energy_inputs(16, 3, "float64", cell=True)
    layer = LongRangeConvolution(GaussianMultiplier(1, dtype="float64"), 5, 5.0, dtype="float64")
    energy = keras.ops.sum(layer(inputs["positions"]), axis=(1, 2)) + 0 * keras.ops.sum(inputs["cell"], axis=(1, 2))
    with pytest.raises(ValueError, match="no layer with a box_length beside the input 'cell'; received"):
        ForceFieldCalculator(ForceField(keras.Model(inputs, energy)), cutoff=1.0)


def test_a_layer_for_isolated_clouds_is_refused():
    """The calculator moves atoms by periods."""
    inputs = energy_inputs(None, 3, "float64")
    layer = LongRangeConvolution(GaussianMultiplier(1), 7, BOX, periodic=False, dtype="float64")
    model = keras.Model(inputs, keras.ops.sum(layer(inputs["positions"]), axis=(1, 2)))
    with pytest.raises(ValueError, match="force_field must have no layer with periodic=False"):
        ForceFieldCalculator(ForceField(model), cutoff=1.0)


def test_the_kinds_of_a_model_without_a_descriptor():
    inputs = energy_inputs(None, 3, "float64", cell=True, num_species=2)
    model = keras.Model(inputs, keras.ops.sum(inputs["positions"], axis=(1, 2)))
    with pytest.raises(ValueError, match="species must have 2 chemical symbols for this model; received"):
        ForceFieldCalculator(ForceField(model, num_species=2), cutoff=1.0, species=["Na", "Cl", "K"])


def test_a_deep_copy_of_atoms():
    """It has the results, and its own neighbour lists; the models and what is compiled are the same objects."""
    (force_field,), atoms = committee(1)
    atoms.calc = ForceFieldCalculator(force_field)
    energy, forces = atoms.get_potential_energy(), atoms.get_forces()
    twin = copy.deepcopy(atoms)
    assert twin.calc is not atoms.calc and twin.calc.models is atoms.calc.models
    assert twin.calc.results["energy"] == energy and twin.calc.results is not atoms.calc.results
    twin.rattle(0.1)
    assert twin.get_potential_energy() != energy
    assert atoms.get_potential_energy() == energy and atoms.calc.neighbors is not twin.calc.neighbors
    np.testing.assert_array_equal(atoms.get_forces(), forces)


def test_a_pickle_of_the_calculator():
    """Weights, scale and reference energies come back; of a model that is being trained, the optimizer does not."""
    force_field, atoms = make(scale=0.7)
    force_field.reference_energies.assign([1.5])
    force_field.compile(optimizer="adam", loss={"forces": lambda true, predicted: (true - predicted) ** 2})
    atoms.calc = ForceFieldCalculator([force_field, make(seed=2)[0]], skin=0.2)
    energy, forces = atoms.get_potential_energy(), atoms.get_forces()
    loaded = pickle.loads(pickle.dumps(atoms.calc))
    assert loaded.results["energy"] == energy and loaded.neighbors.skin == 0.2
    assert all(isinstance(field, ForceField) for field in loaded.models.force_fields)
    loaded.reset()
    # the same graph, made anew
    assert loaded.get_property("energy", atoms) == pytest.approx(energy, rel=1e-14)
    np.testing.assert_allclose(loaded.get_property("forces", atoms), forces, atol=1e-14)
    atoms.set_cell(np.array(BOX) * 1.01)
    with pytest.raises(ValueError, match="must be the cell of the model"):
        loaded.get_property("energy", atoms)
