"""The data of the example on rock salt: the committed files, the script that goes on, and the model potential."""

from pathlib import Path

import numpy as np
import pytest
from ase.calculators.calculator import Calculator
from ase.calculators.fd import calculate_numerical_forces

from experiments.examples.rock_salt import generate, train
from experiments.examples.rock_salt.structures import SPECIES, BornMayer, crystal
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


@pytest.mark.parametrize(("purpose", "count"), [("training", 90), ("test", 40)])
def test_the_library_reads_the_committed_data(purpose, count):
    path = DATA / f"{purpose}.xyz.gz"
    assert count == sum(job.count for job in generate.all_jobs() if job.purpose == purpose)
    (data,) = read_atoms(path, cutoff=4.0, species=SPECIES, half_list=True, cell_images=True)
    assert data.positions.shape == (count, 64, 3)
    assert data.stresses.shape == (count, 3, 3)
    # the file has eight digits of each force, the sum of 64 of them as many roundings; then float32 of up to 30 eV/Å
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


@pytest.mark.parametrize("name", train.MODELS)
def test_a_short_training_gives_errors_of_energies_forces_and_stresses(name):
    data = [train.load("training")[0].take(4)]
    force_field, errors = train.train_model(name, data, data, epochs=1, jit_compile=False)
    assert sorted(errors) == ["energy", "forces", "stress"]
    assert all(0 < error < np.inf for error in errors.values())
    has_charges = any(layer.name == "charges" for layer in force_field.energy_model.layers)
    assert has_charges == (name != "short-range")
