"""Files of snapshots: what is read is what was written, and a file that is damaged or does not fit is refused."""

import os
import pickle
import warnings

import h5py
import numpy as np
import pytest

import data_gen
from lrc_keras.training import SnapshotFile, load_snapshots
from lrc_keras.training.data.digests import digest_of_snapshots


@pytest.fixture
def data(line_snapshots):
    positions = line_snapshots(6)
    arrays = (positions, -1e6 + np.arange(6.0), np.sin(positions), {"box_length": 5.0}, np.cos(positions[..., 0]))
    return data_gen.Snapshots(*arrays)


@pytest.fixture
def path(tmp_path, data):
    data_gen.write_snapshots(tmp_path / "snapshots.h5", data)
    return tmp_path / "snapshots.h5"


def rewrite(path, name, values):
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = values


def pairs(neighbors):
    snapshot, i, slot = np.nonzero(neighbors >= 0)
    j = neighbors[snapshot, i, slot]
    return sorted(zip(snapshot.tolist(), np.minimum(i, j).tolist(), np.maximum(i, j).tolist(), strict=True))


def test_load(path, data):
    snapshots = load_snapshots(path, 5.0, 1.5, 1)
    np.testing.assert_array_equal(snapshots.positions, data.positions.astype("float32"))
    np.testing.assert_array_equal(snapshots.forces, data.forces.astype("float32"))
    np.testing.assert_array_equal(snapshots.energies, data.energies)
    np.testing.assert_array_equal(2 * snapshots.particle_energies, data.potentials)
    assert snapshots.cells is None and snapshots.images is None and snapshots.species is None
    assert load_snapshots(path, 5.0, 1.5, 1, dtype="float64").forces.dtype == np.float64
    assert load_snapshots(path, 5.0, 1.5, 1, 25).neighbors.shape == (6, 20, 25)
    first = load_snapshots(path, 5.0, 1.5, 1, num_snapshots=2)
    np.testing.assert_array_equal(first.positions, snapshots.positions[:2])
    assert pairs(first.neighbors) == pairs(snapshots.neighbors[:2])


def test_more_snapshots_than_the_file_has(path):
    with pytest.raises(ValueError, match=r"num_snapshots must be at most 6, of .*; received 7"):
        load_snapshots(path, 5.0, 1.5, 1, num_snapshots=7)


def test_particle_energies_add_up_to_the_energy(tmp_path):
    """Eq. (2): U = ½ Σ_j U_j. The network's energy is the sum of its particle energies."""
    options = {"kernel": data_gen.Exponential(mu=1.0), "box_length": 5.0, "cells": 10, "points_per_cell": 2}
    data_gen.generate(tmp_path / "own.h5", num_snapshots=3, seed=0, min_distance=0.05, potentials=True, **options)
    snapshots = load_snapshots(tmp_path / "own.h5", 5.0, 1.5, 1)
    np.testing.assert_allclose(snapshots.particle_energies.sum(axis=1), snapshots.energies, rtol=1e-12)


def test_half_lists_name_each_pair_once(path):
    full, half = (load_snapshots(path, 5.0, 1.5, 1, half_list=half).neighbors for half in (False, True))
    assert pairs(half) == sorted(set(pairs(full))) and half.shape[-1] < full.shape[-1]


def test_files_of_the_authors_have_the_box_of_the_model(tmp_path, data):
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["points"], file["potential"] = data.positions[..., 0], data.energies[:, np.newaxis]
        file["forces"] = data.forces[..., 0]
    snapshots = load_snapshots(tmp_path / "theirs.h5", 6.0, 1.5, 1)
    assert snapshots.positions.shape == (6, 20, 1) and snapshots.particle_energies is None
    assert len(SnapshotFile(tmp_path / "theirs.h5", 6.0, 1.5, 1, 20)) == 6


@pytest.mark.parametrize("reader", [load_snapshots, lambda *how: SnapshotFile(*how, max_neighbors=20).rows(range(6))])
class TestRefused:
    def test_missing(self, reader, tmp_path):
        with pytest.raises(FileNotFoundError, match="nothing.h5: no such file of snapshots"):
            reader(tmp_path / "nothing.h5", 5.0, 1.5, 1)

    def test_damaged(self, reader, path):
        """`data_gen` reads the file; its tests have the kinds of damage."""
        rewrite(path, "energies", np.full(6, np.nan))
        with pytest.raises(ValueError, match="snapshots.h5: dataset 'energies': expected finite numbers; received nan"):
            reader(path, 5.0, 1.5, 1)
        path.write_bytes(path.read_bytes()[:600])
        with pytest.raises(ValueError, match="snapshots.h5: expected a whole HDF5 file"):
            reader(path, 5.0, 1.5, 1)

    def test_other_models(self, reader, path):
        with pytest.raises(ValueError, match=r"expected snapshots in 2 dimension\(s\); received 1"):
            reader(path, (5.0, 5.0), 1.5, 2)
        with pytest.raises(ValueError, match=r"expected snapshots in a box of 50.0; received \[5.0\]"):
            reader(path, 50.0, 1.5, 1)

    def test_more_sides_than_dimensions(self, reader, path):
        with h5py.File(path, "r+") as file:
            file.attrs["box_length"] = [5.0, 5.0, 5.0]
        with pytest.raises(ValueError, match="attribute 'box_length': box_length must be .* sequence of 1"):
            reader(path, 5.0, 1.5, 1)


@pytest.mark.parametrize("stored, fits", [(np.float32(4.4), True), (4.4 * (1 + 1e-6), False)])
def test_a_box_in_float32(tmp_path, data, stored, fits):
    positions = 0.8 * data.positions
    changed = data_gen.Snapshots(positions, data.energies, data.forces, {"box_length": [float(stored)]})
    data_gen.write_snapshots(tmp_path / "a.h5", changed)
    if fits:
        assert len(load_snapshots(tmp_path / "a.h5", 4.4, 1.0, 1)) == 6
        return
    with pytest.raises(ValueError, match=r"a.h5: expected snapshots in a box of 4.4; received \[4.4000044"):
        load_snapshots(tmp_path / "a.h5", 4.4, 1.0, 1)


def test_rows_of_a_file_are_those_of_the_whole(path):
    whole, file = load_snapshots(path, 5.0, 1.5, 1, 20), SnapshotFile(path, 5.0, 1.5, 1, 20)
    assert len(file) == 6 and file.shape == (6, 20, 1) and file.num_particles == whole.num_particles == 120
    assert file.force_scale == pytest.approx(whole.force_scale, rel=1e-6)  # the whole is float32
    for rows in ([4, 1, 1, 5, 0], np.array([3])):
        part = file.rows(rows)
        for name, values in {**part.inputs(), **part.targets()}.items():
            np.testing.assert_array_equal(values, {**whole.inputs(rows), **whole.targets(rows)}[name], err_msg=name)
            assert values.dtype == {**whole.inputs(), **whole.targets()}[name].dtype


def test_a_file_outlives_pickle_and_fork(path):
    file = SnapshotFile(path, 5.0, 1.5, 1, 20)
    expected = file.rows([2, 0])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(file)).rows([2, 0]).forces, expected.forces)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside TensorFlow's threads, which are not used
        child = os.fork()
    if child == 0:
        mine = file._file
        same = np.array_equal(file.rows([2, 0]).forces, expected.forces) and file._file is not mine
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0
    np.testing.assert_array_equal(file.rows([2, 0]).forces, expected.forces)


def test_digests_tell_data_from_other_data(path, data):
    """However the lists are padded, and whether the file is open or comes from a pickle."""
    narrow, wide = (load_snapshots(path, 5.0, 1.5, 1, width) for width in (20, 25))
    file = SnapshotFile(path, 5.0, 1.5, 1, 20)
    assert digest_of_snapshots(narrow) == digest_of_snapshots(wide) == digest_of_snapshots([narrow])
    assert digest_of_snapshots(file) == digest_of_snapshots(pickle.loads(pickle.dumps(file)))
    del file
    others = {digest_of_snapshots(narrow), digest_of_snapshots(narrow.take(5)), digest_of_snapshots([narrow, wide])}
    of_files = {digest_of_snapshots(SnapshotFile(path, 5.0, 1.5, 1, 20))}
    with h5py.File(path, "r+") as file:
        file.attrs["seed"] = 1
    of_files.add(digest_of_snapshots(SnapshotFile(path, 5.0, 1.5, 1, 20)))
    rewrite(path, "energies", data.energies + 1)
    of_files.add(digest_of_snapshots(SnapshotFile(path, 5.0, 1.5, 1, 20)))
    assert len(others) == len(of_files) == 3


def test_rows_that_cannot_be_had(path):
    file = SnapshotFile(path, 5.0, 1.5, 1, 3)
    with pytest.raises(ValueError, match=r"max_neighbors must be at least 1\d, .*; received 3"):
        file.rows([0])
    for wrong in ([6], [-1], [], [0.5], [[0]]):
        with pytest.raises(ValueError, match="indices must be"):
            file.rows(wrong)
    del file  # and with it the handle
    rewrite(path, "forces", np.where(np.arange(6)[:, None, None] == 4, np.nan, np.zeros((6, 20, 1))))
    file = SnapshotFile(path, 5.0, 1.5, 1, 20)
    assert len(file.rows([0, 3])) == 2
    with pytest.raises(ValueError, match=r"snapshots.h5: dataset 'forces': expected finite .* nan at \(4, 0, 0\)"):
        file.rows([5, 4])
