"""The calculator against the model itself, ASE's numerical forces, and its molecular dynamics."""

import json
import re
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

pytest.importorskip("ase")

from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.fd import calculate_numerical_forces, calculate_numerical_stress
from ase.md.verlet import VelocityVerlet

from lrc_keras.ase import ForceFieldCalculator
from lrc_keras.models import ForceField
from lrc_keras.ops import neighbor_list
from tests.ase.force_fields import BOX, CUTOFF, make


@pytest.mark.parametrize(("dim", "half_list"), [(3, True), (3, False), (2, True), (1, True)])
def test_forces_are_those_of_the_energy(dim, half_list):
    """Also along the axes that the model does not know, where they are zero."""
    force_field, atoms = make(dim, half_list=half_list)
    atoms.calc = ForceFieldCalculator(force_field)
    assert atoms.calc.neighbors.half == half_list
    numerical = calculate_numerical_forces(atoms, eps=1e-5)
    # the difference quotient is off by h² = 1e-10 times the third derivative, some hundred here, and by rounding, 1e-11
    np.testing.assert_allclose(atoms.get_forces(), numerical, atol=1e-7)
    assert np.all(np.max(np.abs(numerical[:, :dim]), axis=0) > 1e-3)
    np.testing.assert_array_equal(atoms.get_forces()[:, dim:], 0)


def test_the_numbers_are_the_models():
    force_field, atoms = make(network="short", per_particle=True)
    force_field.reference_energies.assign([1.5])
    atoms.calc = ForceFieldCalculator(force_field)
    positions = atoms.positions[np.newaxis]
    neighbors = neighbor_list(positions, BOX, CUTOFF)
    expected = force_field({"positions": positions, "neighbors": neighbors})
    # the same sums, in a graph, of points that are wrapped
    np.testing.assert_allclose(atoms.get_potential_energy(), expected["energy"][0], rtol=1e-12)
    np.testing.assert_allclose(atoms.get_potential_energies(), expected["particle_energies"][0], rtol=1e-12)
    np.testing.assert_allclose(atoms.get_forces(), expected["forces"][0], atol=1e-12)
    assert atoms.get_potential_energy(force_consistent=True) == atoms.get_potential_energy()
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_stress()
    assert "energy_spread" not in atoms.calc.results


def test_no_particle_energies_where_the_model_has_none():
    force_field, atoms = make(network="short", dtype="float32")
    atoms.calc = ForceFieldCalculator(force_field)
    assert atoms.get_forces().dtype == np.float64
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_potential_energies()


@pytest.mark.parametrize(("dtype", "atol"), [("float64", 1e-11), ("float32", 1e-5)])
def test_atoms_a_thousand_boxes_away(dtype, atol):
    """They feel the same forces to rounding: 2e-16 · 3000 of a position, in float32 6e-8 of a force of size one."""
    force_field, atoms = make(dtype=dtype)
    away = atoms.copy()
    away.positions += np.random.default_rng(2).integers(-1000, 1001, (16, 3)) * BOX
    for some in (atoms, away):
        some.calc = ForceFieldCalculator(force_field)
    np.testing.assert_allclose(away.get_forces(), atoms.get_forces(), atol=atol)


def test_a_run_with_a_skin_is_a_run_with_fresh_lists():
    """Without `smooth_cutoff` a neighbour too many or too few would be a jump. One trace does for all widths."""
    force_field, start = make(smooth_cutoff=False, network="short")
    ends, searches = [], []
    for skin in (0.0, 0.1):
        atoms = start.copy()
        atoms.set_velocities(np.random.default_rng(5).normal(size=(16, 3)))
        atoms.calc = ForceFieldCalculator(force_field, skin=skin)
        widths = set()
        with VelocityVerlet(atoms, timestep=0.005) as dynamics:
            dynamics.attach(lambda: widths.add(width(atoms)))  # noqa: B023
            dynamics.run(60)
        ends.append(atoms.positions)
        searches.append(atoms.calc.neighbors.searches)
        assert len(widths) > 1 and traces(atoms.calc) == 1
    # the same lists in the same order; a search wraps points anew, which changes their last bit
    np.testing.assert_allclose(*ends, atol=1e-10)
    assert np.max(np.abs(ends[0] - start.positions)) > 0.3
    assert searches[0] >= 61 and 1 < searches[1] < 40


def width(atoms):
    return atoms.calc.neighbors.list(atoms.positions, atoms.cell)["neighbors"].shape[1]


def traces(calculator):
    return calculator.models._compute.experimental_get_tracing_count()


def test_a_strain_of_a_fixed_cell_is_refused():
    """Rounding is not a strain. The message says how to set the cell of a file, which has lost digits."""
    force_field, atoms = make(network="short")
    atoms.calc = ForceFieldCalculator(force_field)
    with pytest.raises(ValueError, match="must be the cell of the model"):
        calculate_numerical_stress(atoms)
    atoms.set_cell(np.array(BOX) * (1 + 1e-15))
    assert np.isfinite(atoms.get_potential_energy())
    atoms.set_cell(np.array(BOX) * (1 + 1e-8))
    with pytest.raises(ValueError, match="differ only by rounding") as error:
        atoms.get_potential_energy()
    atoms.set_cell(json.loads(re.search(r"atoms.set_cell\((.*)\)", str(error.value))[1]))
    assert np.isfinite(atoms.get_potential_energy())


def test_an_argument_that_is_none():
    with pytest.raises(TypeError, match="skn"):
        ForceFieldCalculator(make(network="short")[0], skn=1.0)


def test_a_calculation_that_fails_leaves_no_result_for_its_atoms():
    """The cell of the second atoms is too small."""
    force_field, atoms = make(network="short", free_cell=True)
    calculator = ForceFieldCalculator(force_field)
    calculator.calculate(atoms)
    smaller = atoms.copy()
    smaller.set_cell(0.5 * np.array(BOX), scale_atoms=True)
    with pytest.raises(ValueError, match=r"^cell must be at least twice the cutoff"):
        calculator.calculate(smaller)
    assert calculator.check_state(smaller) and not calculator.check_state(atoms)
    calculator.reset()
    with pytest.raises(ValueError, match="atoms must be given before the first calculation and after reset"):
        calculator.get_potential_energy()


def test_any_number_of_atoms_where_the_model_has_none():
    """In one trace."""
    force_field, atoms = make(network="short", num_points=None)
    atoms.calc = ForceFieldCalculator(force_field)
    assert atoms.get_forces().shape == (16, 3)
    atoms.pop()
    assert atoms.get_forces().shape == (15, 3)
    np.testing.assert_allclose(atoms.get_forces(), calculate_numerical_forces(atoms, eps=1e-5), atol=1e-7)
    assert traces(atoms.calc) == 1
    atoms = Atoms(cell=atoms.cell, pbc=True, calculator=atoms.calc)
    with pytest.raises(ValueError, match="atoms must be one or more in number for this model; received 0"):
        atoms.get_potential_energy()


def test_other_energy_models():
    """No descriptor to read the geometry from; inputs that atoms do not have."""
    inputs = {
        "positions": keras.Input((2, 3), name="positions", dtype="float64"),
        "neighbors": keras.Input((2, None), name="neighbors", dtype="int32"),
    }
    energy = keras.ops.sum(keras.ops.square(inputs["positions"]), axis=(1, 2))
    force_field = ForceField(keras.Model(inputs, energy))
    with pytest.raises(ValueError, match="box_length must be given for a model without a ShortRangeDescriptor"):
        ForceFieldCalculator(force_field, cutoff=1.0)
    with pytest.raises(ValueError, match="cutoff must be given for a model without a ShortRangeDescriptor"):
        ForceFieldCalculator(force_field, box_length=4.0)
    atoms = Atoms("H2", [[1, 0, 0], [0, 2, 0]], cell=[4, 4, 4], pbc=True)
    atoms.calc = ForceFieldCalculator(force_field, box_length=4.0, cutoff=1.0)
    np.testing.assert_allclose(atoms.get_forces(), [[-2, 0, 0], [0, -4, 0]])
    inputs["spins"] = keras.Input((2, 1), name="spins", dtype="float64")
    spinning = ForceField(keras.Model(inputs, energy + keras.ops.sum(inputs["spins"], axis=(1, 2))))
    with pytest.raises(ValueError, match=r"must need no other inputs than .*; received \['spins'\]"):
        ForceFieldCalculator(spinning, box_length=4.0, cutoff=1.0)


def test_without_ase_the_import_says_how_to_install_it():
    code = "import sys; sys.modules['ase'] = None; import lrc_keras.ase"
    root = Path(__file__).resolve().parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=120)
    assert result.returncode != 0
    assert result.stderr.rstrip().endswith("lrc_keras.ase needs the package ASE: pip install 'lrc_keras[ase]'")


def test_the_models_own_geometry_may_be_given():
    force_field, _ = make(network="short")
    assert ForceFieldCalculator(force_field, [3, 2.5, 2.2], cutoff=1).neighbors.cutoff == 1.0
