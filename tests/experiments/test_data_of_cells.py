"""A data file is used only when its attributes are those of the cell: the name of the file does not say all of them."""

from dataclasses import replace

import h5py
import pytest

from data_gen import SnapshotFileError
from experiments.paper.one_dimension import ITEMS, TABLE1
from experiments.running import command
from experiments.running.data import check_snapshots, ensure_data, generate_snapshots

CELL = TABLE1.cells("smoke")[0]
# ten cells of two points, or twenty of one: the same N
OTHERS = {
    "min_distance": ({"min_distance": 0.1}, "attribute 'min_distance': expected 0.1; received .*0.05"),
    "cells": ({"cells": (20,), "points_per_cell": 1}, r"attribute 'cells': expected \[20\]; received .*10"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_other_settings_is_refused(name, folders):
    """The names of both files are the same."""
    changes, message = OTHERS[name]
    other = replace(CELL, system=replace(CELL.system, **changes))
    paths = ensure_data(CELL, folders)
    before = [path.read_bytes() for path in paths]
    assert ensure_data(CELL, folders) == paths
    with pytest.raises(SnapshotFileError, match=rf"seed0.h5: {message}.*; choose another --out"):
        ensure_data(other, folders)
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.parametrize(
    ("count", "seed", "message"),
    [(5, 0, "expected 5 snapshots; received 4"), (4, 1, "attribute 'seed': expected 1; received")],
)
def test_a_file_that_was_renamed_is_refused(tmp_path, count, seed, message):
    path = generate_snapshots(tmp_path / "a.h5", CELL.system, 4, 0)
    check_snapshots(path, CELL.system, 4, 0)
    with pytest.raises(SnapshotFileError, match=message):
        check_snapshots(path, CELL.system, count, seed)


def test_a_file_that_does_not_say_it_is_refused(tmp_path):
    path = generate_snapshots(tmp_path / "a.h5", CELL.system, 4, 0)
    with h5py.File(path, "r+") as file:
        del file.attrs["min_distance"]
    with pytest.raises(SnapshotFileError, match="attribute 'min_distance': expected 0.05; received None"):
        check_snapshots(path, CELL.system, 4, 0)


def test_the_command_says_so_before_any_training(folders, capsys, monkeypatch):
    monkeypatch.setattr(command, "run_cells", lambda *_: pytest.fail("it has trained"))
    other = replace(CELL.system, min_distance=0.1)
    path = folders.data(CELL.system, CELL.training.file_size, 0)
    generate_snapshots(path, other, CELL.training.file_size, 0)
    arguments = ["table1", "--preset", "smoke", "--only", "mu=0.5", "--out", str(folders.out)]
    assert command.main("Experiments.", ITEMS, None, arguments) == 1
    error = capsys.readouterr().err
    assert "attribute 'min_distance': expected 0.05; received" in error and error.count("\n") == 1
