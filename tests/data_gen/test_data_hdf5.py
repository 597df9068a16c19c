"""The snapshot file: what is written is read, equal seeds give equal bytes, and a bad file is named."""

import math
import os
import sys
import time

import h5py
import numpy as np
import pytest

from data_gen import (
    Mixture,
    ScreenedCoulomb,
    SnapshotFileError,
    Snapshots,
    generate,
    open_snapshots,
    read_snapshots,
    write_snapshots,
)

KERNEL = Mixture((ScreenedCoulomb(5.0), ScreenedCoulomb(0.5)), (0.9, 0.1))
BOX = {"box_length": 5.0, "cells": 10, "points_per_cell": 2, "min_distance": 0.05}
SETTINGS = {"kernel": KERNEL, **BOX, "num_snapshots": 7, "seed": 4}


@pytest.fixture
def path(tmp_path):
    return generate(tmp_path / "snapshots.h5", **SETTINGS)


def test_generated_file_holds_what_its_attributes_say(path):
    data = read_snapshots(path)
    known = data.attributes
    np.testing.assert_array_equal(known["box_length"], [5.0])
    np.testing.assert_array_equal(known["mu"], [5.0, 0.5])
    np.testing.assert_array_equal(known["alpha"], [0.9, 0.1])
    assert (known["schema_version"], known["dimension"], known["seed"]) == (1, 1, 4)
    assert {values.dtype for values in data.arrays().values()} == {np.dtype("f8")}


def test_same_seed_same_bytes(tmp_path, path):
    time.sleep(1.1)  # a time stamp in the file would count seconds
    assert generate(tmp_path / "again.h5", **SETTINGS).read_bytes() == path.read_bytes()
    other = generate(tmp_path / "other.h5", **{**SETTINGS, "seed": 5})
    assert other.read_bytes() != path.read_bytes()


def test_write_and_read(tmp_path):
    generator = np.random.default_rng(0)
    data = Snapshots(generator.random((3, 4, 2)), generator.random(3), generator.random((3, 4, 2)), {"box_length": 2})
    write_snapshots(tmp_path / "a.h5", data)
    back = read_snapshots(tmp_path / "a.h5")
    np.testing.assert_array_equal(back.positions, data.positions)
    np.testing.assert_array_equal(back.energies, data.energies)
    np.testing.assert_array_equal(back.forces, data.forces)
    np.testing.assert_array_equal(back.attributes["box_length"], [2, 2])
    write_snapshots(tmp_path / "a.h5", data, overwrite=True)


class _OneDimension:
    def value(self, displacement, box_length):
        if displacement.shape[-1] != 1:
            raise NotImplementedError("one dimension only")
        return displacement[..., 0] ** 2 / 2

    def gradient(self, displacement, box_length):
        return displacement


def _local_kernel():
    class Local(_OneDimension):
        pass

    return Local()


def test_a_kernel_that_gives_nan_is_named_with_its_snapshot(tmp_path):
    class Poisoned(_OneDimension):
        def value(self, displacement, box_length):
            far = abs(displacement[..., 0]) > 2.499  # seldom: some snapshots only
            return np.where(far, np.nan, super().value(displacement, box_length))

    with pytest.raises(ValueError, match=r"kernel must give finite energies; received nan for snapshot \d+"):
        generate(tmp_path / "new.h5", **SETTINGS | {"kernel": Poisoned(), "num_snapshots": 200})
    assert os.listdir(tmp_path) == []


def test_generate_refuses_before_any_work(tmp_path, path, monkeypatch):
    def no_work(*arguments, **settings):
        raise AssertionError("work has started")

    monkeypatch.setattr(sys.modules["data_gen.dataset"], "sample_positions", no_work)
    with pytest.raises(FileExistsError, match="it is there already"):
        generate(path, **SETTINGS)
    with pytest.raises(NotImplementedError, match="one dimension only"):
        generate(tmp_path / "new.h5", **{**SETTINGS, "dimension": 2, "kernel": _OneDimension()})
    with pytest.raises(ValueError, match="kernel must be picklable for workers = 2: .* received .*local"):
        generate(tmp_path / "new.h5", **SETTINGS | {"kernel": _local_kernel()}, workers=2)


def test_foreign_and_missing_files(tmp_path):
    foreign = tmp_path / "notes.txt"
    foreign.write_text("not a snapshot file\n" * 100)
    with pytest.raises(SnapshotFileError, match=r"notes\.txt: expected a whole HDF5 file"):
        read_snapshots(foreign)
    with pytest.raises(FileNotFoundError):
        read_snapshots(tmp_path / "missing.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    with pytest.raises(SnapshotFileError, match="expected a dataset 'positions'; received nothing"):
        read_snapshots(tmp_path / "empty.h5")


@pytest.mark.parametrize("name", ["positions", "energies", "forces"])
def test_missing_misshapen_and_poisoned_datasets(path, name):
    with h5py.File(path, "r+") as file:
        good = file[name][()]

        def refuses(message):
            file.flush()
            with pytest.raises(SnapshotFileError, match=message):
                read_snapshots(path)

        for value in (math.nan, -math.inf):
            file[name][(2,) + (0,) * (good.ndim - 1)] = value
            refuses(rf"snapshots\.h5: dataset '{name}': expected finite .* {value}")
        del file[name]
        refuses(rf"expected a dataset '{name}'; received")
        file[name] = good[:-1]
        refuses(r"dataset '\w+': expected shape .*; received \(\d, ?")
        del file[name]
        file.create_dataset(name, good.shape, "f8")  # HDF5 reads zeros where nothing was ever written
        refuses(rf"dataset '{name}': expected \d+ numbers; .* never written")
        del file[name]
        file[name] = good.astype("S8")
        refuses(rf"'{name}': expected real floating-point numbers")


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("schema_version", 2, "'schema_version': expected 1; received 2"),
        ("schema_version", None, "'schema_version': expected 1; received None"),
        ("dimension", 3, "attribute 'dimension': expected 1; received 3"),
        ("box_length", [5.0, 5.0], "attribute 'box_length'"),
        ("box_length", [-5.0], "attribute 'box_length': box_length must be positive"),
        ("box_length", None, "attribute 'box_length'"),
    ],
)
def test_bad_attributes(path, name, value, message):
    with h5py.File(path, "r+") as file:
        del file.attrs[name]
        if value is not None:
            file.attrs[name] = value
    with pytest.raises(SnapshotFileError, match=message):
        read_snapshots(path)


@pytest.mark.parametrize("last_axis", [True, False])
@pytest.mark.parametrize("dimension", [1, 2])
def test_files_of_the_authors(tmp_path, dimension, last_axis):
    generator = np.random.default_rng(0)
    points, potential, forces = (generator.random(size) for size in ((3, 4, dimension), 3, (3, 4, dimension)))
    flat = dimension == 1 and not last_axis
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        file["points"] = points[..., 0] if flat else points
        file["potential"] = potential[:, None] if last_axis else potential
        file["forces"] = forces[..., 0] if flat else forces
    data = read_snapshots(tmp_path / "theirs.h5")
    np.testing.assert_array_equal(data.positions, points)
    np.testing.assert_array_equal(data.energies, potential)
    np.testing.assert_array_equal(data.forces, forces)
    with h5py.File(tmp_path / "theirs.h5", "r+") as file:
        del file["potential"]
        file["potential"] = np.ones(7)
    with pytest.raises(SnapshotFileError, match=r"dataset 'potential': expected shape \(3,\); received \(7,\)"):
        read_snapshots(tmp_path / "theirs.h5")


@pytest.mark.parametrize("rows", [[3, 1], [1, 1], [-1], [100], [0.0], slice(None, None, -1), "all", [[0]], []])
def test_rows_that_cannot_be_read_are_named(path, rows):
    with open_snapshots(path) as file:
        whole = file.read()
        for source in (file, whole):
            with pytest.raises(ValueError, match="rows must be a slice forwards or increasing"):
                source.read(rows)
            np.testing.assert_array_equal(source.read((1, 3)).energies, whole.energies[[1, 3]])


def test_rows_of_an_open_file(path):
    whole = read_snapshots(path)
    with open_snapshots(path) as file:
        assert file.shape == whole.positions.shape and file.attributes["seed"] == whole.attributes["seed"]
        for rows in ([1, 4, 6], slice(2, 5), np.array([0])):
            np.testing.assert_array_equal(file.read(rows).energies, whole.energies[rows])
            np.testing.assert_array_equal(file.read(rows).forces, whole.forces[rows])
    with h5py.File(path, "r+") as file:
        file["forces"][4] = math.nan
    with open_snapshots(path) as file:  # finds what it reads
        assert file.read(slice(0, 4)).positions.shape[0] == 4
        with pytest.raises(SnapshotFileError, match=r"snapshots\.h5: dataset 'forces': .* nan at \(4, 0, 0\)"):
            file.read([3, 4])


@pytest.fixture
def virtual(tmp_path):
    """Writes two files and one whose datasets are theirs, those of some `parts`; returns its path."""

    def make(parts=(0, 1)):
        for part in range(2):
            positions = np.full((3, 4, 2), 1.0 + part)
            data = Snapshots(positions, positions[:, 0, 0], -positions, {"box_length": 5.0})
            write_snapshots(tmp_path / f"part{part}.h5", data, overwrite=True)
        with h5py.File(tmp_path / "all.h5", "w") as file:
            file.attrs.update(schema_version=1, dimension=2, box_length=[5.0, 5.0])
            for name, size in (("positions", (4, 2)), ("energies", ()), ("forces", (4, 2))):
                layout = h5py.VirtualLayout((6, *size), "f8")
                for part in parts:
                    layout[3 * part : 3 * part + 3] = h5py.VirtualSource(f"part{part}.h5", name, (3, *size))
                file.create_virtual_dataset(name, layout)
        return tmp_path / "all.h5"

    return make


def test_virtual_datasets(virtual):
    data = read_snapshots(virtual())
    np.testing.assert_array_equal(data.energies, [1, 1, 1, 2, 2, 2])
    np.testing.assert_array_equal(data.forces[:, 3, 1], [-1, -1, -1, -2, -2, -2])


def test_virtual_datasets_of_the_same_file(path):
    """Here in reverse order, so that they are not the datasets themselves."""
    whole = read_snapshots(path)
    with h5py.File(path, "r+") as file:
        for name in ("positions", "energies", "forces"):
            file.move(name, f"raw_{name}")
            layout = h5py.VirtualLayout(file[f"raw_{name}"].shape, "f8")
            for row in range(7):
                layout[row] = h5py.VirtualSource(file[f"raw_{name}"])[6 - row]
            file.create_virtual_dataset(name, layout)
    np.testing.assert_array_equal(read_snapshots(path).forces, whole.forces[::-1])
    with h5py.File(path, "r+") as file:
        del file["raw_energies"]
        file.create_dataset("raw_energies", (7,), "f8")
    with pytest.raises(SnapshotFileError, match="'energies': expected 7 numbers; .* never written"):
        read_snapshots(path)


def test_virtual_datasets_with_gaps(virtual):
    """HDF5 fills with zeros what a virtual dataset does not find."""
    with pytest.raises(SnapshotFileError, match="'positions': expected 48 numbers; .* never written"):
        read_snapshots(virtual(parts=[1]))
    path = virtual()
    with h5py.File(path.parent / "part1.h5", "r+") as file:
        del file["energies"]
        file.create_dataset("energies", (3,), "f8", chunks=(1,))[0] = 2.0
    with pytest.raises(SnapshotFileError, match="'energies': expected 6 numbers; .* never written"):
        read_snapshots(path)
    (path.parent / "part1.h5").unlink()
    with pytest.raises(SnapshotFileError, match=r"'positions': expected whole data; .*part1\.h5"):
        read_snapshots(path)
