"""The data of the example on rock salt: the committed files, the script that goes on, and the model potential."""

from pathlib import Path

import numpy as np
import pytest
from ase.calculators.calculator import Calculator
from ase.calculators.fd import calculate_numerical_forces

from experiments.examples.rock_salt import dynamics, generate, networks, picture, properties, train
from experiments.examples.rock_salt.structures import LATTICE_CONSTANT, SPECIES, BornMayer, crystal, melts
from lrc_keras.ase import ForceFieldCalculator
from lrc_keras.training import read_atoms

DATA = Path(generate.__file__).parent / "data"


class Counting(Calculator):
    """Results of the right shapes, and how many there were."""

    calls = 0

    def calculate(self, atoms, properties, system_changes=None):
        type(self).calls += 1
        count = len(atoms)
        self.results = {
            "energy": 1.0, "forces": np.zeros((count, 3)), "stress": np.zeros(6), "charges": np.zeros(count)
        }  # fmt: skip


class Springs(Calculator):
    """Springs of k = 2 eV/Å² along the bonds of a crystal; an energy of Born and Landé, −1/a + a₀⁸/9a⁹ an ion."""

    implemented_properties = ["energy", "forces"]
    constant = 2.0

    def calculate(self, atoms=None, properties=("energy",), system_changes=None):
        super().calculate(atoms)
        rest = np.linalg.norm(self.atoms.cell[0]) / 4  # cells are two conventional ones wide
        vectors = self.atoms.get_all_distances(mic=True, vector=True)
        distances = np.linalg.norm(vectors, axis=-1) + 9 * np.eye(len(self.atoms))
        pulls = np.where(distances < 1.2 * rest, self.constant * (distances - rest) / distances, 0)
        side = 2 * rest  # the lattice constant
        energy = len(self.atoms) * (LATTICE_CONSTANT**8 / (9 * side**9) - 1 / side)
        self.results = {"energy": energy, "forces": np.sum(pulls[..., None] * vectors, axis=1)}


@pytest.mark.parametrize(("purpose", "counts"), [("training", (144,)), ("test", (40,)), ("larger", (6, 2))])
def test_the_library_reads_the_committed_data(purpose, counts):
    path = DATA / f"{purpose}.xyz.gz"
    assert sum(counts) == sum(job.count for job in generate.all_jobs() if job.purpose == purpose)
    groups = read_atoms(path, cutoff=4.0, species=SPECIES, half_list=True, cell_images=True)
    assert tuple(map(len, groups)) == counts
    for data in groups:
        assert data.stresses.shape == (len(data), 3, 3)
        # the file has eight digits of each force, the sum of 216 of them as many roundings; then float32 of 30 eV/Å
        np.testing.assert_allclose(data.forces.sum(axis=1), 0, atol=1e-3)


def test_a_job_that_has_its_file_is_not_done_again(tmp_path, monkeypatch):
    monkeypatch.setattr(Counting, "calls", 0)
    job = generate.Job("training", "crystal", (1, 1, 1), 0, 3)
    path = generate.run_job(job, tmp_path, Counting)
    content = path.read_bytes()
    generate.run_job(job, tmp_path, Counting)
    assert Counting.calls == 3
    path.unlink()
    assert generate.run_job(job, tmp_path, Counting).read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == [path.name]  # nothing half written is left


def test_forces_of_the_model_potential_are_derivatives():
    """Central differences of 1e-4: 1e-8 of third derivatives, and 1e-12/1e-4 of rounding of an energy of 300 eV."""
    atoms = crystal((1, 1, 1))
    atoms.rattle(0.1, seed=0)
    atoms.calc = BornMayer()
    numerical = calculate_numerical_forces(atoms, eps=1e-4, iatoms=[0, 5])
    np.testing.assert_allclose(atoms.get_forces()[[0, 5]], numerical, atol=1e-5)


def test_melts_are_the_same_for_the_same_seed():
    first, second = (melts((1, 1, 1), 2, np.random.default_rng(3), melting=3, between=1) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
    assert np.max(np.abs(first[1].positions - first[0].positions)) > 0


@pytest.mark.slow  # half a minute each
@pytest.mark.parametrize("name", ["latent", "short-range", "species"])
def test_a_short_training_and_the_network_for_a_longer_cell(name, tmp_path):
    """A network for a cell of twice the length has the same weights, more modes, and gives twice the energy."""
    data = [networks.load("training")[0].take(2)]
    force_field, curve = train.train_model(name, data, data, epochs=1, jit_compile=False)
    assert {"test_error", "test_energy_error", "test_stress_error"} <= set(curve)
    assert all(0 < error < np.inf for error in train.errors(force_field, data[0]).values())
    force_field.save_weights(tmp_path / f"{name}.weights.h5")

    energies = []
    for repeats in ((1, 1, 1), (1, 1, 2)):
        atoms = crystal(repeats)
        atoms.calc = ForceFieldCalculator(networks.trained(name, tmp_path, atoms.cell[:]), species=SPECIES)
        energies.append(atoms.get_potential_energy())
    # the mode count is chosen by cell: what is beyond is exp(−σ²k²/2) = 0.001, and tolerance 1e-6 of the transforms
    assert energies[1] == pytest.approx(2 * energies[0], rel=1e-6)
    if name != "short-range":
        found = networks.charges(force_field, data[0].inputs())
        np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-4)
        assert found[data[0].species == 0].mean() > 0


def test_turned_configurations_have_turned_stresses():
    """Products that no turn changes are the same."""
    data = networks.load("test")[0].take(3)
    turned = train.turned(data, 2, np.random.default_rng(0))
    assert len(turned) == 6
    for copy in (turned.rows(slice(3)), turned.rows(slice(3, 6))):
        for name in ("cells", "forces", "positions"):
            before, after = getattr(data, name), getattr(copy, name)
            np.testing.assert_allclose(
                after @ after.transpose(0, 2, 1), before @ before.transpose(0, 2, 1), rtol=1e-5, atol=1e-3
            )
        virial = np.einsum("sia,sib,sab->s", data.forces, data.positions, data.stresses)
        np.testing.assert_allclose(
            np.einsum("sia,sib,sab->s", copy.forces, copy.positions, copy.stresses), virial, rtol=1e-3
        )


def test_phonons_of_springs():
    """Longitudinal: |2k − 2k cos(πq)| couples the elements, so ω² solves a quadratic; transverse: ω² = 0 and 2k/μ.

    The step of 0.01 Å leaves (step/bond)² = 1e-5.
    """
    k, (sodium, chlorine) = Springs.constant, crystal((1, 1, 1)).get_masses()[[0, 1]]
    unit = 15.633302  # THz of √(eV/Å²/u) / 2π
    found = properties.phonons(Springs(), 2, "transverse")
    np.testing.assert_allclose(found["q"], [0, 0.5, 1])
    np.testing.assert_allclose(found["optical"], unit * np.sqrt(2 * k * (1 / sodium + 1 / chlorine)), rtol=1e-4)
    np.testing.assert_allclose(found["acoustic"], 0, atol=0.1)
    found = properties.phonons(Springs(), 2, "longitudinal")
    for q, acoustic, optical in zip(found["q"], found["acoustic"], found["optical"], strict=True):
        coupling = -2 * k * np.cos(np.pi * q) / np.sqrt(sodium * chlorine)
        squares = np.linalg.eigvalsh([[2 * k / sodium, coupling], [coupling, 2 * k / chlorine]])
        expected = unit * np.sqrt(np.abs(squares))
        assert optical == pytest.approx(expected[1], rel=1e-4)
        assert acoustic == pytest.approx(expected[0], abs=0.1)


def test_equation_of_state():
    """Born and Landé: B = 64 / 9a₀⁴, as a²U'' = 8/a₀ an ion. The fit of Birch and Murnaghan is another form."""
    found = properties.equation_of_state(Springs())
    assert found["lattice_constant"] == pytest.approx(LATTICE_CONSTANT, rel=1e-3)
    assert found["bulk_modulus"] == pytest.approx(64 / 9 / LATTICE_CONSTANT**4 * 160.21766, rel=0.01)


def test_dynamics_keep_their_energy(monkeypatch):
    """An untrained network at 1,200 K for 0.02 ps, 0.004 ps of them NVE: far less than kT = 103 meV changes."""
    monkeypatch.setattr(dynamics, "EVERY", 1)
    force_field = networks.build("short-range", dtype="float64")
    record, kept = dynamics.run(ForceFieldCalculator(force_field, species=SPECIES), 0.02)
    assert record["NPT"]["time"][-1] == pytest.approx(0.02)
    for part, rows in (("NPT", 11), ("NVE", 3)):  # 2 fs a row, the first at the start
        conserved = record[part]["conserved"]
        assert len(conserved) == rows and 0 < np.max(np.abs(conserved)) < 5
    assert 1 < record["NPT"]["density"][-1] < 3
    assert kept == []


def test_the_picture_is_drawn_from_the_committed_records(tmp_path):
    assert picture.main(["--out", str(tmp_path)]) == 0
    assert (tmp_path / "rock_salt.png").stat().st_size > 20_000
