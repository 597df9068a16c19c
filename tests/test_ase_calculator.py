"""The calculator against ASE's own optimiser, molecular dynamics and numerical forces."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

pytest.importorskip("ase")

from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.fd import calculate_numerical_forces
from ase.md.verlet import VelocityVerlet
from ase.optimize import BFGS

from lrc_keras.ase import ForceFieldCalculator, SkinNeighbors
from lrc_keras.layers import GaussianMultiplier, LongRangeConvolution
from lrc_keras.models import EnergyModel, ForceField, build_full_range_model, build_short_range_model, energy_inputs
from lrc_keras.ops import neighbor_list

BOX, CUTOFF = (3.0, 2.5, 2.2), 1.0


def make(dim=3, num_points=16, box=BOX, network="full", **kwargs):
    """A force field in d dimensions with float64 weights, its descriptor adapted, and atoms without a calculator."""
    keras.utils.set_random_seed(1)
    kwargs = {"smooth_cutoff": True, "dtype": "float64", **kwargs}
    positions = lattice(box, dim)
    neighbors = neighbor_list(positions[np.newaxis, :, :dim], box[:dim], CUTOFF)
    if network == "full":
        model = build_full_range_model(num_points, dim, box[:dim], CUTOFF, 7, **kwargs)
    else:
        model = build_short_range_model(num_points, dim, box[:dim], CUTOFF, **kwargs)
    model.get_layer("short_range_descriptor").adapt(positions[np.newaxis, :, :dim], neighbors)
    pbc = [axis < dim for axis in range(3)]
    return ForceField(model, scale=0.4), Atoms(f"H{len(positions)}", positions, cell=box, pbc=pbc, masses=np.ones(16))


def lattice(box, dim):
    """16 points in d dimensions, off a lattice, some outside the box: (16, 3)."""
    shape = {1: (16, 1, 1), 2: (4, 4, 1), 3: (4, 2, 2)}[dim]
    points = np.stack(np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"), axis=-1).reshape(-1, 3)
    wobble = np.random.default_rng(3).uniform(-0.03, 0.03, points.shape)
    return (points + wobble) * box - [0.1, 0, 0]


@pytest.mark.parametrize(("dim", "pairs"), [(3, True), (3, False), (2, True), (1, True)])
def test_forces_are_those_of_the_energy(dim, pairs):
    """Also along the axes that the model does not know, where they are zero."""
    force_field, atoms = make(dim)
    atoms.calc = ForceFieldCalculator(force_field, pairs=pairs)
    numerical = calculate_numerical_forces(atoms, eps=1e-5)
    # the difference quotient is off by h² = 1e-10 times the third derivative, some hundred here, and by rounding, 1e-11
    np.testing.assert_allclose(atoms.get_forces(), numerical, atol=1e-7)
    assert np.all(np.max(np.abs(numerical[:, :dim]), axis=0) > 1e-3)
    np.testing.assert_array_equal(atoms.get_forces()[:, dim:], 0)


def test_the_numbers_are_the_models():
    force_field, atoms = make(network="short", per_particle=True)
    force_field.energy_shift.assign(1.5)
    atoms.calc = ForceFieldCalculator(force_field, pairs=False)
    positions = atoms.positions[np.newaxis]
    neighbors = neighbor_list(positions, BOX, CUTOFF)
    expected = force_field({"positions": positions, "neighbors": neighbors})
    # the same sums, in a graph
    np.testing.assert_allclose(atoms.get_potential_energy(), expected["energy"][0], rtol=1e-12)
    np.testing.assert_allclose(atoms.get_potential_energies(), expected["particle_energies"][0], rtol=1e-12)
    np.testing.assert_allclose(atoms.get_forces(), expected["forces"][0], atol=1e-12)
    assert atoms.get_potential_energy(force_consistent=True) == atoms.get_potential_energy()
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_stress()


def test_no_particle_energies_where_the_model_has_none():
    force_field, atoms = make(network="short", dtype="float32")
    atoms.calc = ForceFieldCalculator(force_field)
    assert atoms.get_forces().dtype == np.float64
    with pytest.raises(PropertyNotImplementedError):
        atoms.get_potential_energies()


def test_relaxation():
    """Gaussian cores that repel each other through the long-range layer, U = ½ Σ_{i≠j} φ(x_i − x_j), σ = 0.5.

    They find a minimum; in the energy of an untrained network atoms fall into each other.
    """
    _, atoms = make()
    inputs = energy_inputs(16, 3, "float64")
    cores = LongRangeConvolution(GaussianMultiplier(1, (0.5,), dtype="float64"), 9, BOX, dtype="float64")
    energy = 0.5 * keras.ops.sum(cores(inputs["positions"]), axis=(1, 2))
    atoms.calc = ForceFieldCalculator(ForceField(EnergyModel(inputs, energy)), BOX, CUTOFF)
    before, largest = atoms.get_potential_energy(), np.linalg.norm(atoms.get_forces(), axis=1).max()
    fmax = largest / 100
    with BFGS(atoms, logfile=None) as optimizer:
        assert optimizer.run(fmax=fmax, steps=200)
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() <= fmax
    assert atoms.get_potential_energy() < before


def test_a_run_with_a_skin_is_a_run_with_fresh_lists():
    """Without `smooth_cutoff` a neighbour too many or too few would be a jump. One trace does for all widths."""
    force_field, start = make(smooth_cutoff=False, network="short")
    ends, searches = [], []
    for skin in (0.0, 0.2):
        atoms = start.copy()
        atoms.set_velocities(np.random.default_rng(5).normal(size=(16, 3)))
        atoms.calc = ForceFieldCalculator(force_field, skin=skin, pairs=False)
        widths = set()
        with VelocityVerlet(atoms, timestep=0.005) as dynamics:
            dynamics.attach(lambda: widths.add(atoms.calc.neighbors.list(atoms.positions).shape))  # noqa: B023
            dynamics.run(60)
        ends.append(atoms.positions)
        searches.append(atoms.calc.neighbors.searches)
        assert len(widths) > 1 and atoms.calc._compute.experimental_get_tracing_count() == 1
    np.testing.assert_array_equal(*ends)  # the same lists in the same order: the same bits
    assert np.max(np.abs(ends[0] - start.positions)) > 0.3
    assert searches[0] >= 61 and 1 < searches[1] < 20


@pytest.mark.parametrize("skin", [0.0, 0.1, 5.0])
def test_lists_with_a_skin_are_fresh_lists(skin, rng):
    """A random walk inside and outside of the box; a skin too wide for the minimum image is cut."""
    sides, cutoff = (4.0, 3.0), 1.2
    neighbors, positions = SkinNeighbors(sides, cutoff, skin), rng.uniform(-1, 5, (30, 2))
    for _ in range(80):
        positions = positions + rng.normal(scale=0.01, size=positions.shape)
        np.testing.assert_array_equal(neighbors.list(positions), neighbor_list(positions[np.newaxis], sides, cutoff)[0])
    assert neighbors.searches == 80 if skin == 0 else 2 <= neighbors.searches < 60


def test_two_atoms_that_meet_between_searches():
    """Nearly a skin apart from R at the search, each moves by nearly half the skin: found without another search."""
    neighbors = SkinNeighbors((9.0,), 1.0, 0.4)
    assert neighbors.list([[0.0], [1.39]]).tolist() == [[-1], [-1]]
    assert neighbors.list([[0.199], [1.191]]).tolist() == [[1], [0]]
    assert neighbors.searches == 1
    assert neighbors.list([[0.201], [1.191]]).tolist() == [[1], [0]]
    assert neighbors.searches == 2


def test_atoms_that_the_model_does_not_know_are_refused():
    force_field, good = make(network="short")
    calculator = ForceFieldCalculator(force_field)
    for change, message in (
        (lambda atoms: atoms.set_cell([3.0, 2.5, 2.3]), r"model's box, sides \(3.0, 2.5, 2.2\) along the first 3 axes"),
        (lambda atoms: atoms.set_cell([[3, 0, 0], [0.1, 2.5, 0], [0, 0, 2.2]]), r"received \[\[3.0, 0.0, 0.0\], \[0.1"),
        (lambda atoms: atoms.set_pbc([True, False, True]), r"pbc must be True .*; received \[True, False, True\]"),
        (lambda atoms: atoms.pop(), "atoms must be 16, as the model's; received 15"),
        (lambda atoms: atoms.positions.put(4, np.nan), "positions must be finite; received 1 NaN"),
    ):
        atoms = good.copy()
        change(atoms)
        atoms.calc = calculator
        with pytest.raises(ValueError, match=message):
            atoms.get_potential_energy()
    good.calc = calculator
    assert np.isfinite(good.get_potential_energy())


def test_any_number_of_atoms_where_the_model_has_none():
    force_field, atoms = make(network="short", num_points=None)
    atoms.calc = ForceFieldCalculator(force_field)
    assert atoms.get_forces().shape == (16, 3)
    atoms.pop()
    assert atoms.get_forces().shape == (15, 3)
    atoms = Atoms(cell=atoms.cell, pbc=True, calculator=atoms.calc)
    with pytest.raises(ValueError, match="atoms must be one or more, as the model's; received 0"):
        atoms.get_potential_energy()


def test_bad_arguments_are_named():
    force_field, _ = make(network="short")
    with pytest.raises(ValueError, match="force_field must be a ForceField; received 'model.keras'"):
        ForceFieldCalculator("model.keras")
    with pytest.raises(ValueError, match=r"cutoff must be the model's own, 1.0; received 0.9"):
        ForceFieldCalculator(force_field, cutoff=0.9)
    with pytest.raises(ValueError, match=r"box_length must be the model's own, .*; received \(3.0, 3.0, 3.0\)"):
        ForceFieldCalculator(force_field, box_length=3.0)
    with pytest.raises(ValueError, match=r"box_length must name 3 sides, one a dimension; received \(3.0, 2.5\)"):
        ForceFieldCalculator(force_field, box_length=(3.0, 2.5))
    assert ForceFieldCalculator(force_field, [3, 2.5, 2.2], cutoff=1).neighbors.cutoff == 1.0
    with pytest.raises(ValueError, match="skin must be a finite number, 0 or more; received -1"):
        ForceFieldCalculator(force_field, skin=-1)
    with pytest.raises(ValueError, match="pairs must be True or False; received 'no'"):
        ForceFieldCalculator(force_field, pairs="no")


def test_other_energy_models():
    """No descriptor to read the geometry from; inputs that atoms do not have."""
    inputs = {
        "positions": keras.Input((2, 3), name="positions", dtype="float64"),
        "neighbors": keras.Input((2, None), name="neighbors", dtype="int32"),
    }
    energy = keras.ops.sum(keras.ops.square(inputs["positions"]), axis=(1, 2))
    force_field = ForceField(keras.Model(inputs, energy))
    with pytest.raises(ValueError, match="box_length must be given for a model without a layer"):
        ForceFieldCalculator(force_field, cutoff=1.0)
    atoms = Atoms("H2", [[1, 0, 0], [0, 2, 0]], cell=[4, 4, 4], pbc=True)
    atoms.calc = ForceFieldCalculator(force_field, box_length=4.0, cutoff=1.0)
    np.testing.assert_allclose(atoms.get_forces(), [[-2, 0, 0], [0, -4, 0]])
    inputs["charges"] = keras.Input((2, 1), name="charges", dtype="float64")
    charged = ForceField(keras.Model(inputs, energy + keras.ops.sum(inputs["charges"], axis=(1, 2))))
    with pytest.raises(ValueError, match=r"must need positions and neighbors alone; received one with \['charges'\]"):
        ForceFieldCalculator(charged, box_length=4.0, cutoff=1.0)


def test_without_ase_the_import_says_how_to_install_it():
    code = "import sys; sys.modules['ase'] = None; import lrc_keras.ase"
    root = Path(__file__).resolve().parents[1]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=120)
    assert result.returncode != 0
    assert result.stderr.rstrip().endswith("lrc_keras.ase needs the package ASE: pip install 'lrc_keras[ase]'")
