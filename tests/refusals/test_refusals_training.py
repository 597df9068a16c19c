"""Whatever is wrong with an argument or a file of `lrc_keras.training` is answered by a sentence that names it, before
anything is computed or overwritten."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given

from lrc_keras.models import ForceField
from lrc_keras.training import (
    SOAP,
    CheckpointError,
    EnergyError,
    EnergyLoss,
    ForceLoss,
    Recipe,
    SnapshotFile,
    Snapshots,
    Stage,
    compile_for_forces,
    evaluation_batches,
    load_checkpoint,
    load_snapshots,
    make_snapshots,
    pad_neighbors,
    phase_files,
    recipes,
    restore_weights,
    save_checkpoint,
    train,
    train_two_scale,
    training_batches,
    transfer_short_range,
)
from tests.wrong_values import (
    NO_COUNTS,
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

GIVEN_COUNTS = [value for value in NO_COUNTS if value is not None]  # None stands for the default
FROM_ZERO = [value for value in NO_COUNTS if value != 0 or value is False]
NO_SHARES = [*NO_NUMBERS, -0.1, [], (0.1,)]
NO_PATHS = [True, 5, [], "", "a\0b"]
NO_DATA = [None, True, 5, "ab", [], {}, Stranger()]


def some_snapshots(count=4, num_points=3):
    zeros = np.zeros((count, num_points, 1))
    return Snapshots(zeros, np.full((count, num_points, 2), -1, "int32"), np.zeros(count), zeros)


def small_force_field():
    inputs = {"positions": keras.Input((None, 1), name="positions", dtype="float64")}
    inputs["neighbors"] = keras.Input((None, None), name="neighbors", dtype="int32")
    hidden = keras.layers.Dense(2, "tanh", dtype="float64")(inputs["positions"])
    return ForceField(keras.Model(inputs, keras.ops.sum(hidden, axis=(1, 2))))


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
        potentials=np.ones((2, 4)) * [[1, 1, 1, 0], [1, 1, 1, 1]],
        cell_images=True,
    )


SHORT = Recipe("short", (Stage(1, 1),))
FIELD, SNAPSHOTS, FULL = small_force_field(), some_snapshots(), all_there_is(np.random.default_rng(0))


def recipe(**changes):
    return replace(SHORT, **changes)


def run(force_field=FIELD, plan=SHORT, training=SNAPSHOTS, test=SNAPSHOTS, **options):
    return train(force_field, plan, training, test, **{"checkpoint": "a.npz", **options})


def two_scale(**options):
    return train_two_scale(FIELD, FIELD, SHORT, SHORT, *[SNAPSHOTS] * 4, **options)


def load(path="none.h5", **changes):
    """What a file is read for is checked before it is opened: it need not be there."""
    return load_snapshots(path, **{"box_length": 5.0, "cutoff": 1.0, "dim": 1, **changes})


def made(**changes):
    good = {"positions": np.ones((1, 3, 1)), "energies": np.ones(1), "forces": np.ones((1, 3, 1)), "cutoff": 1.0}
    return make_snapshots(**{**good, "box_length": 5.0, **changes})


def changed(name, pattern, *functions):
    """A row of one array of snapshots, changed by each of the functions."""
    return lambda f: replace(FULL, **{name: f(getattr(FULL, name))}), functions, f"{name} {pattern}"


RECIPES = [
    (lambda v: Stage(v, 8), NO_COUNTS, "epochs"),
    (lambda v: Stage(8, v), NO_COUNTS, "batch_size"),
    (lambda v: recipe(decay_epochs=v), NO_COUNTS, "decay_epochs"),
    (lambda v: recipe(learning_rate=v), NO_POSITIVE_NUMBERS, "learning_rate"),
    (lambda v: recipe(decay_factor=v), NO_POSITIVE_NUMBERS, "decay_factor"),
    (lambda v: recipe(warmup=v), NO_SHARES, "warmup must be a share of all steps"),
    (lambda v: recipe(energy_weight=v), NO_SHARES, "energy_weight"),
    (lambda v: recipe(average=v), NO_SHARES[1:], "average must be a number between 0 and 1, or None"),
    (lambda v: recipe(optimizer=v), NO_TEXTS, "optimizer must be one of"),
    (lambda v: recipe(decay=v), NO_TEXTS, "decay must be one of"),
    (lambda v: recipe(name=v), NO_TEXTS[:-1], "name must be a text"),
    (recipes.named, NO_TEXTS, "name must be one of 'paper', 'paper_literal_rate', 'fast'"),
    (lambda v: recipe(stages=v), [None, True, "ab", 5, (), (5,), ((1, 1),), Stage(1, 1), {}], "stages"),
    (lambda v: recipe(options=v), [None, True, "ab", 5, [], {5: 1}], "options must be a dict"),
    (lambda v: recipe(options={v: 1}), ["use_ema"], r"options must leave the averaging .*; received \['use_ema'\]"),
]
OBJECTIVES = [
    (ForceLoss, NO_POSITIVE_NUMBERS, "scale"),
    (EnergyLoss, NO_POSITIVE_NUMBERS, "scale"),
    (lambda v: EnergyLoss(1.0, v), GIVEN_COUNTS, "num_points"),
    (EnergyError, [value for value in NO_COUNTS if value != 2.5], "num_points"),  # a mean of sizes may be 2.5
    (lambda v: SOAP(refresh_interval=v), NO_COUNTS, "refresh_interval must be a positive integer"),
    (lambda v: SOAP(max_side=v), NO_COUNTS, "max_side must be a positive integer"),
    (lambda v: SOAP(epsilon=v), NO_POSITIVE_NUMBERS, "epsilon must be a positive number"),
    (lambda v: SOAP(beta_1=v), NO_SHARES, "beta_1 must be a number in"),
    (lambda v: SOAP(beta_2=v), NO_SHARES, "beta_2 must be a number in"),
    (lambda v: SOAP(shampoo_beta=v), NO_SHARES[1:], "shampoo_beta must be a number in"),
    (lambda v: compile_for_forces(v, "adam"), NO_DATA, "force_field must be a ForceField"),
    (lambda v: compile_for_forces(FIELD, "adam", energy_weight=v), [*NO_NUMBERS, -1], "energy_weight"),
]
ARRAYS = [
    changed("forces", r"must have shape \(S, N, d\), here \(2, 4, 2\)", lambda x: x[:, :2]),
    changed("energies", r"must have shape \(S\), here \(2\); received \(2, 1\)", lambda x: x[:, np.newaxis]),
    changed("positions", r"must have shape \(S, N, d\), here \(S, N, d\); received", lambda x: x[0]),
    changed("images", "must have shape", lambda x: x[:, :, :1]),
    changed("cells", "must have shape", lambda x: x[0]),
    changed("species", "must have shape", lambda x: x[:, :1]),
    changed("sources", "must have shape", lambda x: x[..., 0]),
    changed("stresses", "must have shape", lambda x: x[:, 0]),
    changed("potentials", "must have shape", lambda x: x[..., np.newaxis]),
    changed("neighbors", "must be indices of 4 points, .*; received -1 to 7", lambda x: np.where(x < 0, x, 7)),
    changed("neighbors", "must be indices of 4 points, .*; received -2 to", lambda x: x - 1),
    changed("neighbors", "must be -1 to and from padded", lambda x: np.where(x < 0, x, 3), lambda x: np.maximum(x, 0)),
    changed("neighbors", "must be integers; received float64", lambda x: x.astype(float)),
    changed("neighbors", r"must be below 2\*\*31", lambda x: x.astype("int64") + 2**40),
    changed("species", "must be -1 for padding, or 0 and more; received -2", lambda x: x - 1),
    changed("forces", "must be floating-point numbers; received int64", lambda x: x.astype(int)),
    changed("forces", "must be an array of real numbers", lambda x: x.astype(complex)),
    changed("energies", "must be an array of numbers", lambda x: [[1.0], [1.0, 2.0]]),
    (lambda v: made(box_length=v), [None], "box_length or cells must be given, and not both; received neither"),
    (lambda v: made(cells=v), [5 * np.ones((1, 1, 1))], r"box_length .*received box_length=5.0 and cells \(1, 1, 1\)"),
    (lambda v: made(box_length=None, cells=v), [np.zeros((1, 1, 1))], "cells must be finite and .* snapshot 0"),
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
    (lambda v: training_batches(SNAPSHOTS, 4, 0, part=v), [(0, 3), (2, 2)], "part must be"),
    (SNAPSHOTS.take, FROM_ZERO, "count"),
    (lambda v: training_batches(v, 2, 0), NO_DATA, "snapshots"),
    (lambda v: evaluation_batches(v, 2), NO_DATA, "snapshots"),
    *((lambda v: training_batches(v, 2, 0), values, f"snapshots {text}") for values, text in NO_GROUPS),
    *((lambda v: evaluation_batches(v, 2), values, f"snapshots {text}") for values, text in NO_GROUPS),
]
OPTIONS = {
    "seed": [None, True, "0", -1, 2.5, [], 2**63],
    "reports": NO_COUNTS,
    "settings": [5, "ab", [1], {"a": Stranger()}],
    "checkpoint": [*NO_PATHS, "none/run.npz", "."],
    "log": [*NO_PATHS, "none/run.csv", "."],
}
RUNS = [
    (run, NO_DATA, "force_field must be a ForceField"),
    (lambda v: run(plan=v), NO_DATA, "recipe must be a Recipe"),
    (lambda v: run(training=v), [*NO_DATA, SNAPSHOTS.take(0)], "training"),
    (lambda v: run(test=v), NO_DATA, "test"),
    (lambda v: run(test=v), [some_snapshots(4, 2)], "training and test must have points of the same"),
    (lambda v: run(training=v), [some_snapshots(4, 2)], "training and test must have points of the same"),
    *((lambda v, name=name: run(**{name: v}), values, name) for name, values in OPTIONS.items()),
    *((lambda v, name=name: two_scale(**{name: v}), values, name) for name, values in OPTIONS.items()),
    (lambda v: transfer_short_range(v, FIELD), NO_DATA, "source must be a ForceField"),
    (lambda v: transfer_short_range(FIELD, v), NO_DATA, "target must be a ForceField"),
    (lambda v: transfer_short_range(FIELD, FIELD, v), NO_TEXTS, "long_range_rows must be one of"),
]
FILES = [
    (phase_files, NO_PATHS, "path"),
    (load, NO_PATHS, "path"),
    (lambda v: load_checkpoint(v, FIELD, {}), NO_PATHS, "path"),
    (lambda v: restore_weights(v, FIELD), NO_PATHS, "path"),
    (lambda v: load(box_length=v), [*NO_POSITIVE_NUMBERS, (5.0, 5.0)], "box_length"),
    (lambda v: load(cutoff=v), [*NO_POSITIVE_NUMBERS, (1.0,)], "cutoff"),
    (lambda v: load(dim=v), NO_COUNTS, "dim"),
    (lambda v: load(max_neighbors=v), GIVEN_COUNTS, "max_neighbors"),
    (lambda v: load(dtype=v), [None, 5, "int32", "float16"], "dtype"),
    (lambda v: SnapshotFile("none.h5", 5.0, 1.5, 1, v), [None], "max_neighbors must be a positive integer"),
]


@rows([*RECIPES, *OBJECTIVES, *ARRAYS, *BATCHES, *RUNS, *FILES])
def test_refused(call, arguments, pattern, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_row(call, arguments, pattern)
    assert not list(tmp_path.iterdir())


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: Stage(value, 8), "epochs")
    assert_refused(lambda: recipe(learning_rate=value), "learning_rate")
    assert_refused(lambda: recipe(stages=value), "stages")
    assert_refused(lambda: ForceLoss(value), "scale")
    assert_refused(lambda: recipes.named(value), "name")


def test_a_folder_is_no_file_of_snapshots(tmp_path):
    with pytest.raises(ValueError, match="received a folder"):
        load(tmp_path)


def test_files_without_a_checkpoint(tmp_path):
    field = small_force_field()
    compile_for_forces(field, "adam", jit_compile=False)
    save_checkpoint(tmp_path / "good.npz", field, {}, {})
    np.savez(tmp_path / "other.npz", x=1)
    content, before = (tmp_path / "good.npz").read_bytes(), field.get_weights()
    for name, damaged in (("empty", b""), ("text", b"text"), ("cut", content[:500])):
        (tmp_path / f"{name}.npz").write_bytes(damaged)
    for name in ("empty.npz", "text.npz", "cut.npz", "other.npz", ""):
        for read in (lambda path: load_checkpoint(path, field, {}), lambda path: restore_weights(path, field)):
            with pytest.raises(CheckpointError, match=f"{name}: not a readable checkpoint"):
                read(tmp_path / name)
    for weight, value in zip(field.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)
