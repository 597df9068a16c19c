"""Whatever is wrong with the snapshots, batches and files of a training is answered by a sentence that names it."""

from dataclasses import replace

import numpy as np
import pytest

from lrc_keras.training import (
    SnapshotFile,
    evaluation_batches,
    load_snapshots,
    make_snapshots,
    pad_neighbors,
    training_batches,
)
from tests.refusals.small_snapshots import some_snapshots
from tests.wrong_values import NO_COUNTS, NO_POSITIVE_NUMBERS, Stranger, check_row, rows

GIVEN_COUNTS = [value for value in NO_COUNTS if value is not None]  # None stands for the default
FROM_ZERO = [value for value in NO_COUNTS if value != 0 or value is False]
NO_PATHS = [True, 5, [], "", "a\0b"]
NO_DATA = [None, True, 5, "ab", [], {}, Stranger()]


def all_there_is(rng):
    """Two snapshots of four particles in 2-D, one of them padding, with everything that there can be."""
    return make_snapshots(
        rng.uniform(-9, 9, (2, 4, 2)),
        np.array([1.0, 2.0]),
        rng.normal(size=(2, 4, 2)),
        cutoff=2.5,
        cells=np.array([4.0 * np.eye(2)] * 2),
        species=np.array([[0, 1, 0, -1], [1, 1, 0, 0]]),
        sources=rng.normal(size=(2, 4, 3)),
        stresses=rng.normal(size=(2, 2, 2)),
        particle_energies=np.ones((2, 4)) * [[1, 1, 1, 0], [1, 1, 1, 1]],
        cell_images=True,
    )


SNAPSHOTS, FULL = some_snapshots(), all_there_is(np.random.default_rng(0))


def load(path="none.h5", **changes):
    """What a file is read for is checked before it is opened: it need not be there."""
    return load_snapshots(path, **{"box_length": 5.0, "cutoff": 1.0, "dim": 1, **changes})


def made(**changes):
    good = {"positions": np.ones((1, 3, 1)), "energies": np.ones(1), "forces": np.ones((1, 3, 1)), "cutoff": 1.0}
    return make_snapshots(**{**good, "box_length": 5.0, **changes})


def changed(name, pattern, *functions):
    """A row of one array of snapshots, changed by each of the functions."""
    return lambda f: replace(FULL, **{name: f(getattr(FULL, name))}), functions, f"{name} {pattern}"


ARRAYS = [
    changed("forces", r"must have shape \(S, N, d\), here \(2, 4, 2\)", lambda x: x[:, :2]),
    changed("energies", r"must have shape \(S\), here \(2\); received \(2, 1\)", lambda x: x[:, np.newaxis]),
    changed("positions", r"must have shape \(S, N, d\), here \(S, N, d\); received", lambda x: x[0]),
    changed("images", "must have shape", lambda x: x[:, :, :1]),
    changed("cells", "must have shape", lambda x: x[0]),
    changed("species", "must have shape", lambda x: x[:, :1]),
    changed("sources", "must have shape", lambda x: x[..., 0]),
    changed("stresses", "must have shape", lambda x: x[:, 0]),
    changed("particle_energies", "must have shape", lambda x: x[..., np.newaxis]),
    changed("neighbors", "must be indices of 4 points, .*; received -1 to 7", lambda x: np.where(x < 0, x, 7)),
    changed("neighbors", "must be indices of 4 points, .*; received -2 to", lambda x: x - 1),
    changed("neighbors", "must be -1 to and from padded", lambda x: np.where(x < 0, x, 3), lambda x: np.maximum(x, 0)),
    changed("neighbors", "must be integers; received float64", lambda x: x.astype(float)),
    changed("neighbors", r"must be below 2\*\*31", lambda x: x.astype("int64") + 2**40),
    *(
        changed(name, "must be zero for padded particles, species -1; received", lambda x: x + 1, lambda x: x + np.nan)
        for name in ("forces", "sources", "particle_energies")
    ),
    changed("species", "must be -1 for padding, or 0 and more; received -2", lambda x: x - 1),
    changed("forces", "must be floating-point numbers; received int64", lambda x: x.astype(int)),
    changed("forces", "must be an array of real numbers", lambda x: x.astype(complex)),
    changed("energies", "must be an array of numbers", lambda x: [[1.0], [1.0, 2.0]]),
    (lambda v: made(box_length=v), [None], "box_length or cells must be given, and not both; received neither"),
    (lambda v: made(cells=v), [5 * np.ones((1, 1, 1))], r"box_length .*received box_length=5.0 and cells \(1, 1, 1\)"),
    (lambda v: made(box_length=None, cells=v), [np.zeros((1, 1, 1))], "cells must be finite and .* snapshot 0"),
    (
        lambda v: made(box_length=None, cells=v),
        [1.5 * np.ones((1, 1, 1))],
        "cells must be at least twice the cutoff",
    ),
    (lambda v: made(box_length=v), [(5.0, 5.0)], "box_length must"),
    (lambda v: made(energies=v), [np.array([np.nan])], r"energies must be finite; .* the first at \[0\]"),
    (lambda v: made(positions=v), [np.full((1, 3, 1), np.inf)], "positions must be finite"),
    (lambda v: made(stresses=v), [np.zeros((1, 2, 2))], r"stresses must have shape \(S, d, d\), here \(1, 1, 1\)"),
    (lambda v: made(species=v), [np.zeros((1, 4), int)], "species must have shape"),
    (lambda v: made(species=v), [np.zeros((1, 3))], "species must be integers"),
    (lambda v: made(cutoff=v), [2.6], "box_length must be at least twice the cutoff"),
    (lambda v: made(dtype=v), ["float16"], "dtype must be 'float32' or 'float64'; received 'float16'"),
    (lambda v: made(half_list=v), ["no"], "half must be True or False"),
    (lambda v: pad_neighbors(SNAPSHOTS.neighbors, v), [*NO_COUNTS, 1], "width"),
    (lambda v: pad_neighbors(v, 3), [SNAPSHOTS.neighbors[0]], "neighbors must have shape"),
    (lambda v: pad_neighbors(FULL.neighbors, 99, v), [FULL.images[:, :, 1:]], "images must have shape"),
]
NO_GROUPS = [
    ([[], [SNAPSHOTS, None]], "must be Snapshots, a SnapshotFile or a list of them"),
    ([SNAPSHOTS.take(0), [SNAPSHOTS, SNAPSHOTS.take(0)]], "must hold at least one snapshot, in every group"),
    (
        [
            [SNAPSHOTS, replace(SNAPSHOTS, cells=np.ones((4, 1, 1)))],
            [SNAPSHOTS, replace(SNAPSHOTS, forces=np.zeros((4, 3, 1), "float32"))],
        ],
        "must have the same arrays in .* in group 1",
    ),
]
BATCHES = [
    (lambda v: training_batches(SNAPSHOTS, v, 0), NO_COUNTS, "batch_size"),
    (lambda v: evaluation_batches(SNAPSHOTS, v), NO_COUNTS, "batch_size"),
    (lambda v: training_batches(SNAPSHOTS, 2, v), FROM_ZERO, "seed"),
    (lambda v: training_batches(SNAPSHOTS, 2, 0, v), FROM_ZERO, "seen"),
    (lambda v: training_batches(SNAPSHOTS, 4, 0, part=v), [(0, 0), (1, 1), (2, 2), (0, 3)], "part must be"),
    (SNAPSHOTS.take, FROM_ZERO, "count"),
    (lambda v: training_batches(v, 2, 0), NO_DATA, "snapshots"),
    (lambda v: evaluation_batches(v, 2), NO_DATA, "snapshots"),
    *((lambda v: training_batches(v, 2, 0), values, f"snapshots {text}") for values, text in NO_GROUPS),
    *((lambda v: evaluation_batches(v, 2), values, f"snapshots {text}") for values, text in NO_GROUPS),
]
FILES = [
    (load, NO_PATHS, "path"),
    (lambda v: load(box_length=v), [*NO_POSITIVE_NUMBERS, (5.0, 5.0)], "box_length"),
    (lambda v: load(cutoff=v), [*NO_POSITIVE_NUMBERS, (1.0,)], "cutoff"),
    (lambda v: load(dim=v), NO_COUNTS, "dim"),
    (lambda v: load(max_neighbors=v), GIVEN_COUNTS, "max_neighbors"),
    (lambda v: load(num_snapshots=v), GIVEN_COUNTS, "num_snapshots"),
    (lambda v: load(dtype=v), [None, 5, "int32", "float16"], "dtype"),
    (lambda v: SnapshotFile("none.h5", 5.0, 1.5, 1, v), [None], "max_neighbors must be a positive integer"),
]


@rows([*ARRAYS, *BATCHES, *FILES])
def test_refused(call, arguments, pattern, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_row(call, arguments, pattern)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_file_of_snapshots(tmp_path):
    with pytest.raises(ValueError, match="received a folder"):
        load(tmp_path)
