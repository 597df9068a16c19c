"""Cells that change: stress against numerical strains, relaxation, dynamics at constant pressure, equation of state."""

import keras
import numpy as np
import pytest

pytest.importorskip("ase")

from ase import Atoms, units
from ase.build import bulk
from ase.calculators.fd import calculate_numerical_forces, calculate_numerical_stress
from ase.eos import EquationOfState
from ase.filters import FrechetCellFilter
from ase.md.nptberendsen import NPTBerendsen
from ase.optimize import BFGS
from scipy.interpolate import CubicSpline

from lrc_keras.ase import ForceFieldCalculator
from lrc_keras.models import ForceField, build_full_range_model
from tests.ase.force_fields import CUTOFF, adapt, make, soft_cores


def random_atoms(rng):
    """4 to 8 atoms in a triclinic cell that is lower than twice the cutoff, no two images closer than 0.6."""
    while True:
        cell = np.diag(rng.uniform(1.6, 2.4, 3)) + rng.uniform(-0.6, 0.6, (3, 3))
        count = rng.integers(4, 9)
        atoms = Atoms(f"H{count}", rng.uniform(-1, 2, (count, 3)) @ cell, cell=cell, pbc=True)
        distances = atoms.get_all_distances(mic=True)
        if np.min(distances[~np.eye(count, dtype=bool)]) > 0.6:
            return atoms


@pytest.mark.parametrize(
    ("seeds", "half_list"),
    [
        pytest.param(range(3), False, id="3-full-lists"),
        pytest.param(range(3, 6), True, id="3-half-lists"),
        pytest.param(range(10, 110), True, id="100-half-lists", marks=pytest.mark.slow),
    ],
)
def test_stress_and_forces_in_random_cells(seeds, half_list):
    """Cells in which a point sees several images of a neighbour, and its own. One trace does for all."""
    keras.utils.set_random_seed(1)
    options = {
        "half_list": half_list,
        "cell_images": True,
        "smooth_cutoff": True,
        "tolerance": 1e-10,
        "dtype": "float64",
    }
    model = build_full_range_model(None, 3, None, CUTOFF, 7, **options)
    first = random_atoms(np.random.default_rng(1000))
    adapt(model, first.positions, first.cell)
    calculator = ForceFieldCalculator(ForceField(model, stress=True))
    for seed in seeds:
        atoms = random_atoms(np.random.default_rng(seed))
        atoms.calc = calculator
        stress, forces = atoms.get_stress(), atoms.get_forces()
        # ASE has h = 1e-6. Rounding of energies of size one is 1e-15, over h 1e-9. What is left are third derivatives
        # times h², which are large for near atoms.
        for values, numerical in (
            (stress, calculate_numerical_stress(atoms)),
            (forces, calculate_numerical_forces(atoms)),
        ):
            largest = np.max(np.abs(values))
            assert largest > 1e-4
            np.testing.assert_allclose(values, numerical, atol=1e-6 * largest + 2e-7, rtol=0)
    assert calculator.models._compute.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("half_list", [True, False])
def test_stress_without_images(half_list):
    """By the nearest image; a cell too small for it is refused."""
    force_field, atoms = make(free_cell=True, stress=True, half_list=half_list)
    atoms.set_cell(atoms.cell + [[0, 0.1, 0], [0.2, 0, -0.1], [0, 0.1, 0]], scale_atoms=True)
    atoms.calc = ForceFieldCalculator(force_field)
    np.testing.assert_allclose(atoms.get_stress(), calculate_numerical_stress(atoms), rtol=1e-6, atol=1e-7)
    atoms.set_cell(atoms.cell * 0.85, scale_atoms=True)
    with pytest.raises(ValueError, match="twice the cutoff"):
        atoms.get_stress()
    atoms.set_cell([[1, 0, 0], [1, 0, 0], [0, 0, 1]])
    with pytest.raises(ValueError, match="cell must be finite and have a volume; received"):
        atoms.get_stress()


def in_plane_stress(atoms, a, b, eps=1e-5):
    """One component by a central difference; ASE's own strains the cell out of its plane as well, which is refused."""
    energies, cell = [], atoms.cell.copy()
    for sign in (1, -1):
        strain = np.eye(3)
        strain[a, b] += sign * eps / 2
        strain[b, a] += sign * eps / 2
        atoms.set_cell(cell @ strain, scale_atoms=True)
        energies.append(atoms.get_potential_energy())
    atoms.set_cell(cell, scale_atoms=True)
    return (energies[0] - energies[1]) / (2 * eps * atoms.get_volume())


def test_stress_in_two_dimensions():
    """Per volume of the three-dimensional cell, as ASE has it; without a third vector there is none."""
    force_field, atoms = make(dim=2, free_cell=True, stress=True)
    atoms.calc = ForceFieldCalculator(force_field)
    stress = atoms.get_stress()
    numerical = [in_plane_stress(atoms, *axes) for axes in ((0, 0), (1, 1), (0, 1))]
    np.testing.assert_allclose(stress[[0, 1, 5]], numerical, rtol=1e-6, atol=1e-8)
    assert np.all(stress[[2, 3, 4]] == 0)
    atoms.set_cell([*atoms.cell[:2], [0, 0, 0]])
    with pytest.raises(NotImplementedError):
        atoms.get_stress()
    atoms.set_cell([[3, 0, 0.1], [0, 2.5, 0], [0, 0, 2]])
    with pytest.raises(ValueError, match="must not couple the first 2 axes"):
        atoms.get_forces()


@pytest.fixture(scope="module")
def crystal():
    """An fcc crystal of soft cores with a lattice constant, its atoms off their sites; compiled once for all tests."""
    calculator = ForceFieldCalculator(soft_cores(), cutoff=0.5)  # the neighbours are not used

    def make_crystal(lattice_constant, rattle=0.05):
        atoms = bulk("Ar", "fcc", lattice_constant, cubic=True)
        atoms.rattle(rattle, seed=1)
        atoms.calc = calculator
        return atoms

    return make_crystal


def test_relaxation_of_positions_and_cell(crystal):
    """Under the pressure of the perfect crystal, a compressed and sheared one finds it again."""
    perfect, atoms = crystal(2.4, rattle=0), crystal(2.3)
    pressure = -np.mean(perfect.get_stress()[:3])
    atoms.set_cell(atoms.cell + [[0, 0.1, 0], [0, 0.05, 0], [-0.1, 0, 0]], scale_atoms=True)
    before = atoms.get_potential_energy() + pressure * atoms.get_volume()
    with BFGS(FrechetCellFilter(atoms, scalar_pressure=pressure), logfile=None) as optimizer:
        assert optimizer.run(fmax=0.01, steps=200)
    after, least = (some.get_potential_energy() + pressure * some.get_volume() for some in (atoms, perfect))
    assert after < before - 0.1
    assert after == pytest.approx(least, abs=1e-4)  # second order in what is left of the forces
    np.testing.assert_allclose(atoms.get_stress(voigt=False), -pressure * np.eye(3), atol=0.01 * pressure)
    assert atoms.get_volume() == pytest.approx(perfect.get_volume(), rel=0.01)


def test_equation_of_state(crystal):
    """P = −dE/dV along a row of volumes; the fit of ASE to E + P₀V finds the volume at which the pressure is P₀."""
    lattice_constants = np.linspace(2.3, 2.5, 11)
    rows = [crystal(a, rattle=0) for a in lattice_constants]
    for atoms in rows:  # the same fractions in every cell
        atoms.set_scaled_positions(crystal(2.4).get_scaled_positions())
    volumes = np.array([atoms.get_volume() for atoms in rows])
    energies = np.array([atoms.get_potential_energy() for atoms in rows])
    pressures = np.array([-np.mean(atoms.get_stress()[:3]) for atoms in rows])
    slope = CubicSpline(volumes, energies)(volumes, 1)
    # a spline's slope is off by the third power of the steps, 2.5 % of the volume, and more at the ends
    np.testing.assert_allclose(-slope[2:-2], pressures[2:-2], rtol=1e-3)
    fitted = EquationOfState(volumes, energies + pressures[5] * volumes, eos="birchmurnaghan").fit()[0]
    assert fitted == pytest.approx(volumes[5], rel=1e-3)


def thermal_velocities(atoms):
    return np.random.default_rng(0).normal(size=(len(atoms), 3)) * np.sqrt(300 * units.kB / atoms.get_masses())[:, None]


def test_constant_pressure_dynamics(crystal):
    """A compressed crystal expands towards the volume at which it resists with the pressure from outside."""
    atoms, pressure = crystal(2.2), -np.mean(crystal(2.4).get_stress()[:3])
    before = atoms.get_volume()
    options = {"temperature_K": 300, "pressure_au": pressure, "compressibility_au": 1.0, "taut": 1.0, "taup": 1.0}
    atoms.set_velocities(thermal_velocities(atoms))
    with NPTBerendsen(atoms, timestep=0.05, **options) as dynamics:
        assert dynamics.run(20)
    assert before * 1.1 < atoms.get_volume() < 2.5**3
    assert atoms.calc.models._compute.experimental_get_tracing_count() == 1


def test_parrinello_rahman_dynamics_keeps_its_constant(crystal):
    """The Gibbs free energy of the system with its thermostat and barostat: half the time step, half the drift."""
    npt = pytest.importorskip("ase.md.melchionna")
    drifts, energies = [], []
    for steps in (20, 40):
        atoms = crystal(2.3)
        atoms.set_velocities(thermal_velocities(atoms))
        options = {"temperature_K": 300, "externalstress": 0.5, "ttime": 2.0, "pfactor": 100.0}
        with npt.MelchionnaNPT(atoms, timestep=4.0 / steps, **options) as dynamics:
            start, energy = dynamics.get_gibbs_free_energy(), atoms.get_potential_energy()
            dynamics.run(steps)
            drifts.append(abs(dynamics.get_gibbs_free_energy() - start))
            energies.append(abs(atoms.get_potential_energy() - energy))
    assert drifts[1] < 0.6 * drifts[0] and drifts[1] < 0.02 * energies[1]
