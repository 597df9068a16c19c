"""Snapshots from ASE: what a file holds arrives, clouds of several sizes are padded, and a wrong frame is named."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("ase")

import ase.db
import ase.io
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.stress import voigt_6_to_full_3x3_stress

from lrc_keras.ops import neighbor_list
from lrc_keras.training import evaluation_batches, read_atoms, snapshots_of_atoms
from lrc_keras.training.data.atoms import _default_sizes

SPECIES = ["O", "H"]


@pytest.fixture
def frame(rng):
    """Makes n atoms of two elements in a triclinic cell with energy −1e6 + n, random forces and stress."""

    def make(count, cell=8.0, symbols=SPECIES, **results):
        cell = cell * np.eye(3) + rng.uniform(-0.3, 0.3, (3, 3))
        symbols = [symbols[k % 2] for k in range(count)]
        atoms = Atoms(symbols, rng.uniform(-5, 15, (count, 3)), cell=cell, pbc=True)
        known = {"energy": -1e6 + count, "forces": rng.normal(size=(count, 3)), "stress": rng.normal(size=6)}
        atoms.calc = SinglePointCalculator(atoms, **{**known, **results})
        return atoms

    return make


def check_group(group, frames):
    """That a group in float64 has everything of the frames, in their order."""
    for row, atoms in enumerate(frames):
        count, cell = len(atoms), np.array(atoms.cell)
        real = np.arange(group.positions.shape[1]) < count
        np.testing.assert_array_equal(group.species[row, real], [SPECIES.index(s) for s in atoms.symbols])
        assert np.all(group.species[row, ~real] == -1)
        assert not group.positions[row, ~real].any() and not group.forces[row, ~real].any()
        moved = (group.positions[row, real] - atoms.positions) @ np.linalg.inv(cell)
        np.testing.assert_allclose(moved, np.round(moved), atol=1e-7)  # extended XYZ has eight digits
        np.testing.assert_allclose(group.cells[row], cell, atol=1e-7)
        np.testing.assert_allclose(group.energies[row], atoms.calc.results["energy"], rtol=1e-14)
        np.testing.assert_allclose(group.forces[row, real], atoms.calc.results["forces"], atol=1e-7)
        stress = voigt_6_to_full_3x3_stress(atoms.calc.results["stress"])
        np.testing.assert_allclose(group.stresses[row], stress, atol=1e-7)


@pytest.mark.parametrize("name", ["frames.xyz", "frames.extxyz", "frames.db", "frames.json", "frames.traj"])
def test_what_is_written_is_read(frame, tmp_path, name):
    frames = [frame(5) for _ in range(3)]
    if name.endswith((".db", ".json")):
        with ase.db.connect(tmp_path / name) as database:
            for atoms in frames:
                database.write(atoms)
    else:
        ase.io.write(tmp_path / name, frames)
    (group,) = read_atoms(tmp_path / name, 3.0, species=SPECIES, dtype="float64")
    check_group(group, frames)
    np.testing.assert_array_equal(group.neighbors, neighbor_list(group.positions, group.cells, 3.0))
    assert len(group) == 3 and group.images is None and group.sources is None
    (last,) = read_atoms(tmp_path / name, 3.0, species=SPECIES, index="1:3", dtype="float64")
    check_group(last, frames[1:])
    assert len(read_atoms(str(tmp_path / name), 3.0, species=SPECIES, index=0)[0]) == 1


def test_clouds_of_several_sizes(frame):
    counts = [60, 7, 1, 55, 8, 48, 2]
    frames = [frame(count) for count in counts]
    groups = snapshots_of_atoms(frames, 3.0, species=SPECIES, dtype="float64")
    # ⌈log N / log 1.25⌉: 48 → 18, 55 → 18, 60 → 19, 7 → 9, 8 → 10
    shapes = [group.positions.shape[:2] for group in groups]
    assert shapes == [(1, 1), (1, 2), (1, 7), (1, 8), (2, 55), (1, 60)]
    check_group(groups[4], [frames[3], frames[5]])
    assert sum(group.num_particles for group in groups) == sum(counts)
    batches = list(evaluation_batches(groups, 4))
    assert [x["positions"].shape[1] for x, _ in batches] == [1, 2, 7, 8, 55, 60]
    assert sorted(batches[0][0]) == ["cell", "neighbors", "positions", "species"]
    assert sorted(batches[0][1]) == ["energy", "forces", "stress"]


@pytest.mark.parametrize("count", [1, 10, 1000])
def test_little_of_a_group_is_padding(count):
    counts = np.arange(count, 10 * count + 1)
    sizes = _default_sizes(counts)
    assert np.all(sizes >= counts) and np.max(1 - counts / sizes) < 0.2
    assert len(np.unique(sizes)) <= 12  # log 10 / log 1.25 = 10.3


def test_sizes_of_ones_own(frame):
    frames = [frame(count) for count in (3, 12, 4)]
    groups = snapshots_of_atoms(frames, 3.0, species=SPECIES, sizes=[16, 4], dtype="float64")
    assert [group.positions.shape[:2] for group in groups] == [(2, 4), (1, 16)]
    check_group(groups[0], [frames[0], frames[2]])
    with pytest.raises(ValueError, match=r"sizes must reach up to 12, as of frame 1; received \[4, 8\]"):
        snapshots_of_atoms(frames, 3.0, species=SPECIES, sizes=[4, 8])
    for wrong in ([0], [4.5], 16, "ab", []):
        with pytest.raises(ValueError, match="sizes must"):
            snapshots_of_atoms(frames, 3.0, species=SPECIES, sizes=wrong)


def test_padding_changes_no_neighbors(frame):
    """Nor do images and half lists, in cells smaller than the cutoff."""
    small, large = frame(3, cell=4.0), frame(10, cell=4.0)
    how = {"species": SPECIES, "cell_images": True, "half_list": True, "dtype": "float64"}
    (padded,) = snapshots_of_atoms([small, large], 5.0, sizes=[10], **how)
    (alone,) = snapshots_of_atoms([small], 5.0, **how)
    assert np.sum(padded.neighbors[0] >= 0) == np.sum(alone.neighbors >= 0)
    distances = []
    for group in (padded, alone):
        x, cell = group.positions[0], group.cells[0]
        i, slot = np.nonzero(group.neighbors[0] >= 0)
        images = x[group.neighbors[0, i, slot]] + group.images[0, i, slot] @ cell
        distances.append(np.sort(np.linalg.norm(x[i] - images, axis=1)))
    np.testing.assert_allclose(*distances, rtol=1e-12)


def test_sources(frame):
    frames = [frame(3), frame(5)]
    for atoms in frames:
        atoms.set_initial_charges(np.arange(len(atoms)) - 1.0)  # after the energies, which are not lost by it
    (group,) = snapshots_of_atoms(frames, 3.0, species=SPECIES, sizes=[5], sources="initial_charges")
    assert group.sources[..., 0].tolist() == [[-1, 0, 1, 0, 0], [-1, 0, 1, 2, 3]]
    (group,) = snapshots_of_atoms(frames, 3.0, species=SPECIES, sizes=[5], sources={"O": [-2, 1], "H": [1, 0]})
    assert group.sources[0].tolist() == [[-2, 1], [1, 0], [-2, 1], [0, 0], [0, 0]]
    with pytest.raises(ValueError, match="frame 0: atoms must be of the elements in sources"):
        snapshots_of_atoms(frames, 3.0, species=SPECIES, sources={"O": -2})


def test_constraints_hide_no_forces(frame):
    atoms = frame(4)
    atoms.set_constraint(FixAtoms([0, 1]))
    (group,) = snapshots_of_atoms([atoms], 3.0, species=SPECIES, dtype="float64")
    check_group(group, [atoms])


def changed(atoms, **changes):
    for name, value in changes.items():
        setattr(atoms, name, value)
    return atoms


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda frame: frame(0), "atoms must be ase.Atoms, one or more"),
        (lambda frame: "H2O", "atoms must be ase.Atoms, one or more; received 'H2O'"),
        (lambda frame: changed(frame(4), calc=None), "atoms must have a calculator that holds energy .* received None"),
        (lambda frame: changed(frame(4), positions=np.zeros((4, 3))), "a calculator that holds energy .* as they are"),
        (lambda frame: frame(4, energy=None), "a calculator that holds energy"),
        (lambda frame: frame(4, forces=None), "a calculator that holds forces"),
        (lambda frame: frame(4, forces=np.full((4, 3), np.nan)), "forces must be finite; received 12 NaN"),
        (lambda frame: frame(4, forces=np.zeros((3, 3))), r"energy and forces must have shapes \(\) and \(4, 3\)"),
        (lambda frame: frame(4, stress=None), "stress must be known for all frames or for none"),
        (lambda frame: frame(4, stress=np.zeros(3)), r"stress must have shape \(6,\) or \(3, 3\); received \(3,\)"),
        (lambda frame: frame(4, cell=5.0), "atoms.cell must be at least twice the cutoff .*cell_images"),
        (lambda frame: changed(frame(4), pbc=[True, True, False]), r"atoms.pbc must be True .*True, False\]"),
        (lambda frame: changed(frame(4), cell=np.zeros((3, 3))), "atoms.cell must be finite and have a volume"),
        (lambda frame: frame(4, symbols=["H", "He"]), r"atoms must be of the elements in species.*\['He'\]"),
    ],
)
def test_a_wrong_frame_is_named(frame, spoil, message):
    with pytest.raises(ValueError, match=f"^frame 1: .*{message}"):
        snapshots_of_atoms([frame(4), spoil(frame), frame(4)], 3.0, species=SPECIES)


def test_wrong_arguments(frame):
    for wrong in (None, [], frame(4)):
        with pytest.raises(ValueError, match="frames must be a list of one or more ase.Atoms"):
            snapshots_of_atoms(wrong, 3.0, species=SPECIES)
    for wrong in (None, "OH", ["O", "O"], ["O", "Xy"]):
        with pytest.raises(ValueError, match="species must be"):
            snapshots_of_atoms([frame(4)], 3.0, species=wrong)
    for wrong in (5, "charges", {}, {"O": "a"}):
        with pytest.raises(ValueError, match="sources must be|sources must have"):
            snapshots_of_atoms([frame(4)], 3.0, species=SPECIES, sources=wrong)
    with pytest.raises(ValueError, match="cutoff must be a positive"):
        snapshots_of_atoms([frame(4)], -3.0, species=SPECIES)


def test_files_that_hold_no_frames(frame, tmp_path):
    with pytest.raises(FileNotFoundError, match="none.xyz: no such file of atoms"):
        read_atoms(tmp_path / "none.xyz", 3.0, species=SPECIES)
    (tmp_path / "bad.xyz").write_text("three atoms\n")
    with pytest.raises(ValueError, match="bad.xyz: expected a file that ASE can read at index ':'; received"):
        read_atoms(tmp_path / "bad.xyz", 3.0, species=SPECIES)
    ase.io.write(tmp_path / "good.xyz", [frame(4), frame(4, cell=5.0)])
    with pytest.raises(ValueError, match="good.xyz: frame 1: atoms.cell must be at least twice the cutoff"):
        read_atoms(tmp_path / "good.xyz", 3.0, species=SPECIES)
    with pytest.raises(ValueError, match="good.xyz: expected a file that ASE can read at index 9"):
        read_atoms(tmp_path / "good.xyz", 3.0, species=SPECIES, index=9)


def test_ase_is_asked_for_when_it_is_needed(frame, tmp_path, monkeypatch):
    loaded = "import sys, lrc_keras.training; sys.exit('ase' in sys.modules)"
    subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True)
    for name in [name for name in sys.modules if name.startswith("lrc_keras.ase")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "ase", None)
    with pytest.raises(ImportError, match=r"pip install 'lrc_keras\[ase\]'"):
        read_atoms(tmp_path / "frames.xyz", 3.0, species=SPECIES)
    with pytest.raises(ImportError, match=r"pip install 'lrc_keras\[ase\]'"):
        snapshots_of_atoms([], 3.0, species=SPECIES)
