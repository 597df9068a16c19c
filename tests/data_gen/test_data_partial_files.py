"""Files have their name when they are whole: what interrupted, simultaneous and killed runs leave behind."""

import os

import pytest

from data_gen import Exponential, generate, read_snapshots
from data_gen.writing import partial_file

POINTS = {"box_length": 5.0, "cells": 10, "points_per_cell": 2, "min_distance": 0.05, "num_snapshots": 7, "seed": 4}


class Breaks:
    """A kernel that fails at its second chunk."""

    calls = 0

    def value(self, displacement, box_length):
        self.calls += 1
        if self.calls > 30:  # 19 rows of pairs a chunk
            raise KeyboardInterrupt
        return displacement[..., 0] ** 2 / 2

    def gradient(self, displacement, box_length):
        return displacement


def test_half_a_file_never_has_the_real_name(tmp_path):
    path = generate(tmp_path / "a.h5", kernel=Exponential(2.0), **POINTS)
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        generate(path, kernel=Breaks(), **POINTS, chunk_size=2, overwrite=True)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_two_runs_to_one_name_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "a.h5"
    with partial_file(path, overwrite=True) as first:
        first.write_text("first")
        with partial_file(path, overwrite=True) as second:  # finds the partial file of a living run, and leaves it
            second.write_text("second")
        assert path.read_text() == "second" and first.read_text() == "first"
    assert path.read_text() == "first" and os.listdir(tmp_path) == ["a.h5"]


def test_only_ownerless_files_of_the_same_name_are_removed(tmp_path):
    others = [".a.h5.0123abcd.partial.0123abcd.partial", ".a.h5.swp", ".b.h5.0123abcd.partial"]
    for name in (".a.h5.0123abcd.partial", ".a.h5.76543210.partial", *others):
        (tmp_path / name).touch()
    with partial_file(tmp_path / "a.h5") as partial:
        partial.write_text("whole")
    assert sorted(os.listdir(tmp_path)) == [*others, "a.h5"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_stays_and_its_file_is_written(tmp_path, overwrite):
    (tmp_path / "real").mkdir()
    (tmp_path / "link.h5").symlink_to("real/a.h5")
    if overwrite:
        (tmp_path / "real" / "a.h5").write_text("old")
    path = generate(tmp_path / "link.h5", kernel=Exponential(2.0), **POINTS, overwrite=overwrite)
    assert path == tmp_path / "link.h5" and path.is_symlink()
    assert os.listdir(tmp_path / "real") == ["a.h5"] and len(read_snapshots(tmp_path / "real" / "a.h5").energies) == 7
    with pytest.raises(FileExistsError, match="link.h5: it is there already"):
        generate(path, kernel=Exponential(2.0), **POINTS)


def test_a_name_taken_meanwhile_is_left_alone(tmp_path):
    """Two runs to one path without overwrite: the one that ends second says so, and the file stays the first's."""
    path = tmp_path / "data.h5"
    with pytest.raises(FileExistsError, match="another run has made it"), partial_file(path) as second:
        second.write_bytes(b"second")
        with partial_file(path) as first:
            first.write_bytes(b"first")
    assert path.read_bytes() == b"first" and list(tmp_path.iterdir()) == [path]
