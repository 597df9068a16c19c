"""Elements and charges of atoms: what the model is told, and which atoms it refuses."""

import numpy as np
import pytest

pytest.importorskip("ase")

from ase.calculators.fd import calculate_numerical_forces

from lrc_keras.ase import ForceFieldCalculator
from lrc_keras.ops import neighbor_list
from tests.ase.force_fields import BOX, CUTOFF, make

SALT = ["Na", "Cl"] * 8


def expected_energy(force_field, atoms, **inputs):
    positions = atoms.positions[np.newaxis]
    inputs = {name: np.array(values)[np.newaxis] for name, values in inputs.items()}
    outputs = force_field({"positions": positions, "neighbors": neighbor_list(positions, BOX, CUTOFF), **inputs})
    return float(outputs["energy"][0])


def test_one_kind_of_particle_is_one_element():
    force_field, atoms = make(network="short")
    atoms.calc = ForceFieldCalculator(force_field)
    energy = atoms.get_potential_energy()
    atoms.symbols[:] = "He"
    assert atoms.get_potential_energy() == energy
    atoms.symbols[3] = "H"
    with pytest.raises(ValueError, match=r"of one element, because the model has one kind .*; received \['H', 'He'\]"):
        atoms.get_potential_energy()


def test_species_by_symbol():
    force_field, atoms = make(network="short", num_species=2)
    force_field.reference_energies.assign([1.0, 20.0])
    atoms.symbols = SALT
    atoms.calc = ForceFieldCalculator(force_field, species=["Cl", "Na"])
    energy = atoms.get_potential_energy()
    assert energy == pytest.approx(expected_energy(force_field, atoms, species=np.int32([1, 0] * 8)), rel=1e-12)
    np.testing.assert_allclose(atoms.get_forces(), calculate_numerical_forces(atoms, eps=1e-5), atol=1e-7)
    atoms.symbols[0] = "Cl"
    assert atoms.get_potential_energy() < energy - 15
    atoms.symbols[5] = "K"
    with pytest.raises(ValueError, match=r"elements in species, \['Cl', 'Na'\]; received \['K'\], first at index 5"):
        atoms.get_potential_energy()


def test_sources_by_symbol_and_from_the_atoms():
    force_field, atoms = make(sources="given")
    atoms.symbols = SALT
    charges = np.array([1.0, -1.0] * 8)
    expected = expected_energy(force_field, atoms, sources=charges[:, np.newaxis])
    atoms.calc = ForceFieldCalculator(force_field, sources={"Na": 1, "Cl": -1.0})
    assert atoms.get_potential_energy() == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(atoms.get_forces(), calculate_numerical_forces(atoms, eps=1e-5), atol=1e-6)
    atoms.symbols[0] = "Cl"
    assert abs(atoms.get_potential_energy() - expected) > 1e-6
    atoms.symbols[5] = "K"
    with pytest.raises(ValueError, match=r"elements in sources, \['Na', 'Cl'\]; received \['K'\], first at index 5"):
        atoms.get_potential_energy()
    atoms.symbols[:] = "X"
    atoms.set_initial_charges(charges)
    atoms.calc = ForceFieldCalculator(force_field, sources="initial_charges")
    assert atoms.get_potential_energy() == pytest.approx(expected, rel=1e-12)
    atoms.set_initial_charges(charges * 2)
    assert abs(atoms.get_potential_energy() - expected) > 1e-6
    atoms.symbols[0] = "Na"
    with pytest.raises(ValueError, match="of one element"):
        atoms.get_potential_energy()


def test_several_sources_and_species_together():
    force_field, atoms = make(sources="given", source_channels=2, num_species=2)
    atoms.symbols = SALT
    atoms.calc = ForceFieldCalculator(force_field, species=("Na", "Cl"), sources={"Na": [1, 0.5], "Cl": (-1, 0)})
    inputs = {"species": np.int32([0, 1] * 8), "sources": np.array([[1, 0.5], [-1, 0]] * 8)}
    assert atoms.get_potential_energy() == pytest.approx(expected_energy(force_field, atoms, **inputs), rel=1e-12)
