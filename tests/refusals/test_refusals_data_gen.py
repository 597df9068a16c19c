"""Whatever is wrong with an argument or a file of `data_gen` is answered by a sentence that names it, and nothing is
written."""

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
    check_row,
    junk,
    quickly,
    rows,
)

POINTS = {"box_length": 5.0, "cells": 10, "points_per_cell": 2, "min_distance": 0.05, "seed": 0, "num_snapshots": 2}
UNIFORM = {"cells": None, "points_per_cell": None, "num_points": 3}
KERNEL, PAIR = Exponential(1.0), np.ones((1, 2, 1))
KERNELS = [KERNEL, ScreenedCoulomb(1.0), Mixture((KERNEL,), (1.0,))]
GOOD = {
    "positions": np.ones((3, 4, 2)),
    "energies": np.ones(3),
    "forces": np.ones((3, 4, 2)),
    "attributes": {"box_length": 2.0},
}
RAGGED = [[1.0], [2.0, 3.0]]
NO_BOXES = [*NO_POSITIVE_NUMBERS, (), (0.0,), (True,), [[5.0]], RAGGED]
NO_PATHS = [None, True, 5, [], b"a.h5", "a\0.h5"]
NO_KERNELS = [*NO_NUMBERS, 5, Exponential, Stranger()]
NO_SNAPSHOTS = [None, True, 5, "x", [], {}, Stranger()]
NO_ARRAYS = [True, "x", 5, [], RAGGED, [[[1j]]], np.full((2, 2, 1), None)]
COUNTS = [value for value in [*NO_COUNTS, 1.0, RAGGED] if value != (2,)]
GIVEN_COUNTS = [value for value in COUNTS if value is not None]  # None stands for the default
FROM_ZERO = [value for value in COUNTS if value != 0 or value is False]


def sample(**changes):
    return sample_positions(**{**POINTS, **changes})


def make(path="new/a.h5", **changes):
    return generate(path, **{**POINTS, "kernel": KERNEL, **changes})


def energies(positions=PAIR, box_length=5.0, kernel=KERNEL, **options):
    return energy_and_forces(positions, box_length, kernel, **options)


def write(path="a.h5", **changes):
    return write_snapshots(path, Snapshots(**{**GOOD, **changes}))


def both(name, arguments, pattern=None, **others):
    """Rows of an argument that samples of positions and files of snapshots share."""
    calls = (lambda v: sample(**{**others, name: v}), lambda v: make(**{**others, name: v}))
    return [(call, arguments, pattern or name) for call in calls]


PARAMETERS = [
    (Exponential, NO_POSITIVE_NUMBERS, "mu must be a positive, finite number"),
    (ScreenedCoulomb, NO_POSITIVE_NUMBERS, "mu must be a positive, finite number"),
    (lambda v: ScreenedCoulomb(1.0, v), NO_TEXTS, 'method must be "exact" or "spectral"'),
    (lambda v: ScreenedCoulomb(1.0, "spectral", v), NO_POSITIVE_NUMBERS[1:], "smoothing must be a positive, finite"),
    (lambda v: Mixture((KERNEL,), v), [*NO_NUMBERS, 5, KERNEL, (), (None,), (True,), (np.nan,), (HUGE,)], "weights"),
    (lambda v: Mixture(v, (1.0,)), [*NO_NUMBERS, 5, KERNEL, (), (1.0, 2.0)], "kernels"),
    (lambda v: Mixture(v, (1.0,)), [(3.0,), (None,), (True,), (np.nan,)], "kernel must be an object"),
    (lambda v: Mixture((KERNEL, KERNEL), v), [(1.0,)], "kernels .*received 2 kernels and 1 weights"),
    (kernel_to_json, NO_KERNELS, "kernel"),
    (kernel_from_json, [None, True, 5, "", "x", "[]", "{}", '{"name": "exponential"}'], "kernel"),
    (kernel_from_json, ['{"name": "exponential", "mu": true}'], "mu must be a positive, finite number"),
]
VALUES = [
    row
    for kernel in KERNELS
    for method in (kernel.value, kernel.gradient)
    for row in [
        (
            lambda v, method=method: method(v, np.array([5.0])),
            [None, "s", 1.0, 1j, [["s"]], [[1j]], RAGGED],
            "displacement",
        ),
        (
            lambda v, method=method: method(np.ones((2, 1)), v),
            [None, "5", [], [np.nan], [-1.0], 0.0, 1j, ["5"]],
            "box_length",
        ),
    ]
]
SETTINGS = [
    *both("box_length", NO_BOXES),
    *both("box_length", [(5.0,) * 4], "dimension"),
    *both("box_length", [(5.0,)], "box_length must name one value for each of 2 dimensions", dimension=2),
    *both("cells", [*GIVEN_COUNTS, (2, 2, 2)], "cells", box_length=(5.0, 5.0)),
    *both("cells", [None], "points_per_cell must be None without cells; received 2", num_points=3),
    *both("points_per_cell", COUNTS),
    *both("dimension", GIVEN_COUNTS),
    *both("num_snapshots", COUNTS),
    *both("seed", FROM_ZERO),
    (lambda v: sample(first_snapshot=v), FROM_ZERO, "first_snapshot"),
    *both("num_points", GIVEN_COUNTS, **UNIFORM),
    *both("num_points", [None], "cells or num_points must be given; received neither", **UNIFORM),
    *both("num_points", [20], "num_points must be None with cells"),
    *both("min_distance", [*NO_NUMBERS, -1, [], (0.1,)]),
    *both("min_distance", [2.6], "min_distance must be at most 2.5, half the shortest side; received 2.6"),
    (lambda v: make(workers=v), GIVEN_COUNTS, "workers"),
    (lambda v: make(chunk_size=v), GIVEN_COUNTS, "chunk_size"),
    (lambda v: make(kernel=v), NO_KERNELS, "kernel must be an object"),
    (lambda v: make(potentials=v), NO_FLAGS, "potentials must be True or False"),
    (lambda v: make(progress=v), NO_FLAGS, "progress must be True or False"),
    (lambda v: make(overwrite=v), NO_FLAGS, "overwrite must be True or False"),
    (make, NO_PATHS, "path"),
]
ENERGIES = [
    (energies, [None, "x", 5, [], RAGGED, PAIR[0], PAIR[:0], PAIR > 0, PAIR + 0j], "positions"),
    (energies, [np.array([[[0.0], [np.nan]]])], r"positions must .*received \[nan\] for snapshot 0, point 1"),
    (energies, [PAIR + np.inf], "positions must be .*finite"),
    (lambda v: energies(box_length=v), [*NO_BOXES, (5.0,) * 4], "box_length"),
    (lambda v: energies(PAIR.repeat(2, -1), v), [(5.0,) * 3], "box_length must be a positive number or"),
    (lambda v: energies(kernel=v), NO_KERNELS, "kernel must be an object"),
    (lambda v: energies(potentials=v), NO_FLAGS, "potentials must be True or False"),
]
FILES = [
    (read_snapshots, NO_PATHS, "path"),
    (write, NO_PATHS, "path"),
    (lambda v: write_snapshots("a.h5", v), NO_SNAPSHOTS, "snapshots"),
    (verify_snapshots, NO_SNAPSHOTS, "snapshots"),
    (lambda v: verify_snapshots(Snapshots(**GOOD), v), NO_COUNTS, "sample"),
    (lambda v: write(positions=v), NO_ARRAYS, "positions"),
    (lambda v: write(energies=v), NO_ARRAYS, "energies"),
    (lambda v: write(forces=v), NO_ARRAYS, "forces"),
    (lambda v: write(potentials=v), NO_ARRAYS, "potentials"),
    (lambda v: write(energies=v), [np.ones(4)], r"dataset 'energies': expected shape \(3,\); received \(4,\)"),
    (lambda v: write(forces=v), [np.ones((3, 4, 1))], r"dataset 'forces': expected shape \(3, 4, 2\); received \(3, 4"),
    (lambda v: write(positions=v), [np.ones((3, 4))], r"dataset 'positions': expected shape \(S, N, d\)"),
    (lambda v: write(positions=v), [np.ones((3, 4, 2), int)], "dataset 'positions': expected real floating-point"),
    (lambda v: write(energies=v), [np.array([1, np.nan, 2])], r"dataset 'energies': .*finite.* received nan at \(1,\)"),
    (lambda v: write(attributes=v), [None, 5, {}], "attributes must be a dict with box_length"),
    (lambda v: write(attributes={"box_length": v}), [None, -1.0], "box_length must be"),
    (lambda v: write(attributes={"box_length": 5.0, v: 1}), [5, "", "a\0"], "attributes"),
    (lambda v: write(attributes={"box_length": 5.0, "x": v}), [None, {}, "a\0b", "\ud800"], "attribute 'x'"),
    (lambda v: write(attributes={"box_length": 5.0, "x": v}), [RAGGED], "x"),
]


@rows([*PARAMETERS, *VALUES, *SETTINGS, *ENERGIES, *FILES])
def test_refused(call, arguments, pattern, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_row(call, arguments, pattern)
    assert not list(tmp_path.iterdir())


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: Exponential(value), "mu")
    assert_refused(lambda: energies(box_length=value), "box_length")
    assert_refused(lambda: energies(kernel=value), "kernel")
    if value is not False and value != 0:  # no distance at all, and snapshot 0
        assert_refused(lambda: sample(min_distance=value), "min_distance")
        assert_refused(lambda: sample(seed=value), "seed")
    assert_refused(lambda: sample(num_snapshots=value), "num_snapshots")
    assert_refused(lambda: sample(points_per_cell=value), "points_per_cell")


def test_places_where_no_file_can_be(tmp_path):
    file = tmp_path / "file"
    file.write_text("old")
    paths = [tmp_path, file, file / "a.h5", tmp_path / ("x" * 300)]
    for call in (make, write):
        check_row(call, paths, "path", OSError)
    check_row(lambda v: write_snapshots(file, Snapshots(**GOOD), overwrite=v), NO_FLAGS, "overwrite")
    assert list(tmp_path.iterdir()) == [file] and file.read_text() == "old"


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(path, *args):
        raise PermissionError(13, "Permission denied", str(path))

    write(tmp_path / "a.h5")
    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(PermissionError, match="Permission denied: .*a.h5"):
        read_snapshots(tmp_path / "a.h5")
