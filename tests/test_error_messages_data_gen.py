"""Whatever is wrong with an argument or a file of `data_gen` is answered by a sentence that names it, and nothing is
written."""

import os

import numpy as np
import pytest
from hypothesis import given

from data_gen import (
    Exponential,
    Mixture,
    ScreenedCoulomb,
    Snapshots,
    energy_and_forces,
    generate,
    kernel_from_json,
    kernel_to_json,
    read_snapshots,
    sample_positions,
    verify_snapshots,
    write_snapshots,
)
from tests.wrong_values import (
    HUGE,
    NO_COUNTS,
    NO_FLAGS,
    NO_NUMBERS,
    NO_POSITIVE_NUMBERS,
    NO_TEXTS,
    Stranger,
    assert_refused,
    junk,
    named,
    quickly,
)

POINTS = {"box_length": 5.0, "cells": 10, "points_per_cell": 2, "min_distance": 0.05, "seed": 0, "num_snapshots": 2}
KERNEL = Exponential(1.0)
RAGGED = [[1.0], [2.0, 3.0]]
NO_BOXES = [*NO_POSITIVE_NUMBERS, (), (0.0,), (True,), (5.0,) * 4, [[5.0]], RAGGED]
NO_PATHS = [None, True, 5, [], b"a.h5", "a\0.h5"]


@pytest.fixture
def snapshots():
    positions = np.array([[[0.5], [1.5]], [[2.5], [4.0]]])
    return Snapshots(positions, np.zeros(2), np.zeros_like(positions), {"box_length": 5.0})


@pytest.fixture
def make(tmp_path):
    """Makes a file with some arguments changed; what is refused must leave nothing behind."""

    def call(path=tmp_path / "new" / "a.h5", **changes):
        return generate(path, **{**POINTS, "kernel": KERNEL, **changes})

    yield call
    assert not (tmp_path / "new").exists()


def sample(**changes):
    return sample_positions(**{**POINTS, **changes})


@pytest.mark.parametrize("value", named(NO_POSITIVE_NUMBERS))
def test_kernels(value):
    assert_refused(lambda: Exponential(value), "mu")
    assert_refused(lambda: ScreenedCoulomb(value), "mu")
    if value is not None:
        assert_refused(lambda: ScreenedCoulomb(1.0, "spectral", value), "smoothing")


@pytest.mark.parametrize("value", named(NO_TEXTS))
def test_methods(value):
    assert_refused(lambda: ScreenedCoulomb(1.0, value), "method")


@pytest.mark.parametrize("value", named([*NO_NUMBERS, 5, KERNEL, (), (1.0, 2.0), (None,), (True,), (np.nan,), (HUGE,)]))
def test_mixtures(value):
    assert_refused(lambda: Mixture((KERNEL,), value), "weights")
    assert_refused(
        lambda: Mixture(value, (1.0,)), "kernels" if np.size(value) != 1 or np.ndim(value) == 0 else "kernel"
    )


@pytest.mark.parametrize("kernel", [KERNEL, ScreenedCoulomb(1.0), Mixture((KERNEL,), (1.0,))], ids=["exp", "sc", "mix"])
def test_values_of_a_kernel(kernel):
    for method in (kernel.value, kernel.gradient):
        for value in (None, "s", 1.0, 1j, [["s"]], [[1j]], RAGGED):
            assert_refused(lambda method=method, value=value: method(value, np.array([5.0])), "displacement")
        for value in (None, "5", [], [np.nan], [-1.0], 0.0, 1j, ["5"]):
            assert_refused(lambda method=method, value=value: method(np.ones((2, 1)), value), "box_length")


@pytest.mark.parametrize("value", named(NO_BOXES))
def test_boxes(value, make):
    name = "dimension" if value == (5.0,) * 4 else "box_length"
    assert_refused(lambda: sample(box_length=value), name)
    assert_refused(lambda: make(box_length=value), name)
    assert_refused(lambda: energy_and_forces(np.ones((1, 2, 1)), value, KERNEL), "box_length")


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: Exponential(value), "mu")
    assert_refused(lambda: energy_and_forces(np.ones((1, 2, 1)), value, KERNEL), "box_length")
    assert_refused(lambda: energy_and_forces(np.ones((1, 2, 1)), 5.0, value), "kernel")
    if value is not False and value != 0:  # no distance at all, and snapshot 0
        assert_refused(lambda: sample(min_distance=value), "min_distance")
        assert_refused(lambda: sample(seed=value), "seed")
    assert_refused(lambda: sample(num_snapshots=value), "num_snapshots")
    assert_refused(lambda: sample(points_per_cell=value), "points_per_cell")


@pytest.mark.parametrize("name", ["num_snapshots", "points_per_cell", "cells", "seed", "first_snapshot", "dimension"])
def test_counts(name, make):
    least = [0] if name in ("seed", "first_snapshot") else [None] if name in ("dimension", "cells") else []
    for value in [value for value in [*NO_COUNTS, 1.0, RAGGED] if value not in least and value != (2,)]:
        assert_refused(lambda value=value: sample(**{name: value}), name)
        if name != "first_snapshot":
            assert_refused(lambda value=value: make(**{name: value}), name)


@pytest.mark.parametrize("value", named([v for v in NO_COUNTS if v is not None]))
def test_counts_without_cells(value, make):
    uniform = {"cells": None, "points_per_cell": None}
    assert_refused(lambda: sample(**uniform, num_points=value), "num_points")
    assert_refused(lambda: make(**uniform, num_points=value), "num_points")
    assert_refused(lambda: make(workers=value), "workers")
    assert_refused(lambda: make(chunk_size=value), "chunk_size")


@pytest.mark.parametrize("value", named([*NO_NUMBERS, -1, [], (0.1,), 2.6]))
def test_min_distances(value, make):
    assert_refused(lambda: sample(min_distance=value), "min_distance")
    assert_refused(lambda: make(min_distance=value), "min_distance")


@pytest.mark.parametrize("value", named([*NO_NUMBERS, 5, Exponential, Stranger()]))
def test_kernels_of_data(value, make):
    assert_refused(lambda: make(kernel=value), "kernel")
    assert_refused(lambda: energy_and_forces(np.ones((1, 2, 1)), 5.0, value), "kernel")
    assert_refused(lambda: kernel_to_json(value), "kernel")


@pytest.mark.parametrize(
    "value", named([None, "x", 5, [], RAGGED, np.ones((2, 1)), np.ones((1, 2, 1)) > 0, np.full((1, 2, 1), np.inf)])
)
def test_positions(value):
    assert_refused(lambda: energy_and_forces(value, 5.0, KERNEL), "positions")


@pytest.mark.parametrize("value", named(NO_FLAGS))
def test_flags(value, make, tmp_path, snapshots):
    for name in ("potentials", "progress", "overwrite"):
        assert_refused(lambda name=name: make(**{name: value}), name)
    assert_refused(lambda: energy_and_forces(np.ones((1, 2, 1)), 5.0, KERNEL, potentials=value), "potentials")
    (tmp_path / "old.h5").write_text("old")
    assert_refused(lambda: write_snapshots(tmp_path / "old.h5", snapshots, overwrite=value), "overwrite")
    assert (tmp_path / "old.h5").read_text() == "old"


@pytest.mark.parametrize("value", named(NO_PATHS))
def test_paths(value, make, snapshots):
    assert_refused(lambda: make(path=value), "path")
    assert_refused(lambda: write_snapshots(value, snapshots), "path")
    assert_refused(lambda: read_snapshots(value), "path")


def test_places_where_no_file_can_be(make, tmp_path, snapshots):
    (tmp_path / "file").write_text("old")
    for path in (tmp_path, tmp_path / "file", tmp_path / "file" / "a.h5", tmp_path / ("x" * 300)):
        assert_refused(lambda path=path: make(path=path), "path", OSError)
        assert_refused(lambda path=path: write_snapshots(path, snapshots), "path", OSError)
    assert os.listdir(tmp_path) == ["file"] and (tmp_path / "file").read_text() == "old"


def test_files_that_hold_no_snapshots(tmp_path, snapshots):
    whole = tmp_path / "whole.h5"
    write_snapshots(whole, snapshots)
    for content in (b"", b"text", whole.read_bytes()[:700], whole.read_bytes()[:-1]):
        (tmp_path / "damaged.h5").write_bytes(content)
        assert_refused(lambda: read_snapshots(tmp_path / "damaged.h5"), "damaged.h5")
    assert_refused(lambda: read_snapshots(tmp_path), tmp_path.name)
    with pytest.raises(FileNotFoundError, match="none.h5"):
        read_snapshots(tmp_path / "none.h5")


def test_a_file_that_may_not_be_read(tmp_path, snapshots, monkeypatch):
    def refuse(path, *args):
        raise PermissionError(13, "Permission denied", str(path))

    write_snapshots(tmp_path / "a.h5", snapshots)
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(PermissionError, match="Permission denied: .*a.h5"):
        read_snapshots(tmp_path / "a.h5")


@pytest.mark.parametrize("value", named([None, True, 5, "x", [], {}, Stranger()]))
def test_snapshots(value, tmp_path):
    assert_refused(lambda: write_snapshots(tmp_path / "a.h5", value), "snapshots")
    assert_refused(lambda: verify_snapshots(value), "snapshots")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["positions", "energies", "forces", "potentials"])
@pytest.mark.parametrize("value", named([True, "x", 5, [], RAGGED, [[[1j]]], np.full((2, 2, 1), None)]))
def test_arrays_of_snapshots(name, value, tmp_path, snapshots):
    changed = Snapshots(**{**vars(snapshots), name: value})
    assert_refused(lambda: write_snapshots(tmp_path / "a.h5", changed), name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "attributes, name",
    [
        (None, "attributes"),
        (5, "attributes"),
        ({}, "attributes"),
        ({"box_length": None}, "box_length"),
        ({"box_length": 5.0, 5: 1}, "attributes"),
        ({"box_length": 5.0, "": 1}, "attributes"),
        ({"box_length": 5.0, "a\0": 1}, "attributes"),
        ({"box_length": 5.0, "x": None}, "attribute 'x'"),
        ({"box_length": 5.0, "x": {}}, "attribute 'x'"),
        ({"box_length": 5.0, "x": "a\0b"}, "attribute 'x'"),
        ({"box_length": 5.0, "x": "\ud800"}, "attribute 'x'"),
        ({"box_length": 5.0, "x": RAGGED}, "x"),
    ],
)
def test_attributes(attributes, name, tmp_path, snapshots):
    changed = Snapshots(**{**vars(snapshots), "attributes": attributes})
    text = assert_refused(lambda: write_snapshots(tmp_path / "a.h5", changed), name.split(" ")[0])
    assert name in text and not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", named(NO_COUNTS))
def test_samples(value, snapshots):
    assert_refused(lambda: verify_snapshots(snapshots, value), "sample")


@pytest.mark.parametrize(
    "text", [None, True, 5, "", "x", "[]", "{}", '{"name": "exponential"}', '{"name": "exponential", "mu": true}']
)
def test_descriptions(text):
    assert_refused(lambda: kernel_from_json(text), "mu" if "true" in str(text) else "kernel")
