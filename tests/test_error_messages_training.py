"""Whatever is wrong with an argument or a file of `lrc_keras.training` is answered by a sentence that names it, before
anything is computed or overwritten."""

import os
from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given

import data_gen
from lrc_keras.models import ForceField
from lrc_keras.training import (
    SOAP,
    CheckpointError,
    EnergyError,
    EnergyLoss,
    ForceLoss,
    Recipe,
    Snapshots,
    Stage,
    compile_for_forces,
    evaluation_batches,
    load_checkpoint,
    load_snapshots,
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
    junk,
    named,
    quickly,
)

STAGES = (Stage(1, 1),)
NO_PATHS = [True, 5, [], "", "a\0b"]


@pytest.fixture
def snapshots(rng):
    positions = rng.uniform(0, 5, (4, 3, 1))
    return Snapshots(positions, np.full((4, 3, 2), -1, "int32"), np.zeros(4), np.zeros_like(positions))


@pytest.fixture(scope="module")
def force_field():
    inputs = {"positions": keras.Input((None, 1), name="positions", dtype="float64")}
    inputs["neighbors"] = keras.Input((None, None), name="neighbors", dtype="int32")
    hidden = keras.layers.Dense(2, "tanh", dtype="float64")(inputs["positions"])
    return ForceField(keras.Model(inputs, keras.ops.sum(hidden, axis=(1, 2))))


def recipe(**changes):
    return Recipe(**{"name": "short", "stages": STAGES, **changes})


@pytest.mark.parametrize("value", named(NO_COUNTS))
def test_counts(value):
    assert_refused(lambda: Stage(value, 8), "epochs")
    assert_refused(lambda: Stage(8, value), "batch_size")
    assert_refused(lambda: recipe(decay_epochs=value), "decay_epochs")
    if value != 2.5:  # a mean of sizes
        assert_refused(lambda: EnergyError(value), "num_points")
    if value is not None:
        assert_refused(lambda: EnergyLoss(1.0, value), "num_points")
    for name in ("refresh_interval", "max_side"):
        with pytest.raises(ValueError, match=f"`{name}` must be .* Received: {name}="):
            SOAP(**{name: value})


@pytest.mark.parametrize("value", named(NO_POSITIVE_NUMBERS))
def test_positive_numbers(value):
    assert_refused(lambda: recipe(learning_rate=value), "learning_rate")
    assert_refused(lambda: recipe(decay_factor=value), "decay_factor")
    assert_refused(lambda: ForceLoss(value), "scale")
    assert_refused(lambda: EnergyLoss(value), "scale")
    with pytest.raises(ValueError, match="`epsilon` must be .* Received: epsilon="):
        SOAP(epsilon=value)


@pytest.mark.parametrize("value", named([*NO_NUMBERS, -0.1, [], (0.1,)]))
def test_shares_and_weights(value):
    assert_refused(lambda: recipe(warmup=value), "warmup")
    assert_refused(lambda: recipe(energy_weight=value), "energy_weight")
    if value is not None:
        assert_refused(lambda: recipe(average=value), "average")
    for name in ("beta_1", "beta_2") if value is None else ("beta_1", "beta_2", "shampoo_beta"):
        with pytest.raises(ValueError, match=rf"`{name}` must be .* Received: {name}="):
            SOAP(**{name: value})


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: Stage(value, 8), "epochs")
    assert_refused(lambda: recipe(learning_rate=value), "learning_rate")
    assert_refused(lambda: recipe(stages=value), "stages")
    assert_refused(lambda: ForceLoss(value), "scale")
    assert_refused(lambda: recipes.named(value), "name")


@pytest.mark.parametrize("value", named(NO_TEXTS))
def test_names(value):
    assert_refused(lambda: recipe(optimizer=value), "optimizer")
    assert_refused(lambda: recipe(decay=value), "decay")
    assert_refused(lambda: recipes.named(value), "name")
    if value != "nonsense":
        assert_refused(lambda: recipe(name=value), "name")


@pytest.mark.parametrize("value", named([None, True, "ab", 5, (), (5,), ((1, 1),), Stage(1, 1), {}]))
def test_stages(value):
    assert_refused(lambda: recipe(stages=value), "stages")


@pytest.mark.parametrize("value", named([None, True, "ab", 5, [], {5: 1}]))
def test_options(value):
    assert_refused(lambda: recipe(options=value), "options")


@pytest.mark.parametrize("value", named(NO_COUNTS))
def test_batches(value, snapshots):
    assert_refused(lambda: training_batches(snapshots, value, 0), "batch_size")
    assert_refused(lambda: evaluation_batches(snapshots, value), "batch_size")
    assert_refused(lambda: pad_neighbors(snapshots.neighbors, value), "width")
    if value != 0 or value is False:
        assert_refused(lambda: training_batches(snapshots, 2, value), "seed")
        assert_refused(lambda: training_batches(snapshots, 2, 0, value), "seen")
        assert_refused(lambda: snapshots.take(value), "count")


@pytest.mark.parametrize("value", named([None, True, 5, "ab", [], {}, Stranger()]))
def test_what_is_no_data_set(value, force_field, snapshots, tmp_path):
    assert_refused(lambda: training_batches(value, 2, 0), "snapshots")
    assert_refused(lambda: evaluation_batches(value, 2), "snapshots")
    path = tmp_path / "run.npz"
    for name in ("training", "test"):
        data = {"training": snapshots, "test": snapshots, name: value}
        assert_refused(lambda data=data: train(force_field, recipe(), **data, checkpoint=path), name)
    assert_refused(lambda: train(value, recipe(), snapshots, snapshots, checkpoint=path), "force_field")
    assert_refused(lambda: train(force_field, value, snapshots, snapshots, checkpoint=path), "recipe")
    assert_refused(lambda: compile_for_forces(value, "adam"), "force_field")
    assert_refused(lambda: transfer_short_range(value, force_field), "source")
    assert_refused(lambda: transfer_short_range(force_field, value), "target")
    assert not list(tmp_path.iterdir())


def test_data_sets_that_do_not_fit(force_field, snapshots):
    arrays = {name: getattr(snapshots, name)[:, :2] for name in ("positions", "forces")}
    other = replace(snapshots, neighbors=np.full((len(snapshots), 2, 1), -1), **arrays)
    for data in ((snapshots, other), (other, snapshots)):
        assert_refused(lambda data=data: train(force_field, recipe(), *data), "training and test")
    assert_refused(lambda: train(force_field, recipe(), snapshots.take(0), snapshots), "training")
    assert_refused(lambda: training_batches(snapshots.take(0), 2, 0), "snapshots")
    assert_refused(lambda: pad_neighbors(snapshots.neighbors, 1), "width")
    assert_refused(lambda: pad_neighbors(snapshots.neighbors[0], 3), "neighbors")


@pytest.mark.parametrize(
    "name, values",
    [
        ("seed", [None, True, "0", -1, 2.5, [], 2**63]),
        ("reports", NO_COUNTS),
        ("settings", [5, "ab", [1], {"a": Stranger()}]),
        ("checkpoint", [*NO_PATHS, "none/run.npz", "."]),
        ("log", [*NO_PATHS, "none/run.csv", "."]),
    ],
)
def test_arguments_of_a_run(name, values, force_field, snapshots, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = (snapshots,) * 4
    for value in values:
        assert_refused(lambda value=value: train(force_field, recipe(), *data[:2], **{name: value}), name)
        models = (force_field, force_field, recipe(), recipe())
        assert_refused(lambda value=value, models=models: train_two_scale(*models, *data, **{name: value}), name)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("value", named([*NO_NUMBERS, -1]))
def test_weights_of_a_compiled_model(value, force_field):
    assert_refused(lambda: compile_for_forces(force_field, "adam", energy_weight=value), "energy_weight")


@pytest.mark.parametrize("value", named(NO_TEXTS))
def test_rows_of_a_transfer(value, force_field):
    assert_refused(lambda: transfer_short_range(force_field, force_field, value), "long_range_rows")


@pytest.mark.parametrize("value", named(NO_PATHS))
def test_paths(value, force_field):
    assert_refused(lambda: phase_files(value), "path")
    assert_refused(lambda: load_snapshots(value, 5.0, 1.0, 1), "path")
    assert_refused(lambda: load_checkpoint(value, force_field, {}), "path")
    assert_refused(lambda: restore_weights(value, force_field), "path")


@pytest.fixture
def snapshot_file(tmp_path, snapshots):
    path = tmp_path / "good.h5"
    arrays = (getattr(snapshots, name).astype(float) for name in ("positions", "energies", "forces"))
    data_gen.write_snapshots(path, data_gen.Snapshots(*arrays, {"box_length": 5.0}))
    return path


@pytest.mark.parametrize(
    "name, values",
    [
        ("box_length", [*NO_POSITIVE_NUMBERS, (5.0, 5.0)]),
        ("cutoff", [*NO_POSITIVE_NUMBERS, (1.0,)]),
        ("dim", NO_COUNTS),
        ("max_neighbors", [value for value in NO_COUNTS if value is not None]),
        ("dtype", [None, 5, "int32", "float16"]),
    ],
)
def test_what_a_file_is_read_for(name, values, snapshot_file):
    """Found out before the file is opened: it need not be there."""
    good = {"box_length": 5.0, "cutoff": 1.0, "dim": 1}
    for value in values:
        for path in (snapshot_file, "none.h5"):
            assert_refused(lambda path=path, value=value: load_snapshots(path, **{**good, name: value}), name)


def test_a_folder_is_no_file_of_snapshots(tmp_path):
    with pytest.raises(ValueError, match="received a folder"):
        load_snapshots(tmp_path, 5.0, 1.0, 1)


def test_files_without_a_checkpoint(force_field, tmp_path):
    compile_for_forces(force_field, "adam", jit_compile=False)
    save_checkpoint(tmp_path / "good.npz", force_field, {}, {})
    np.savez(tmp_path / "other.npz", x=1)
    before = [weight.numpy() for weight in force_field.weights]
    content = (tmp_path / "good.npz").read_bytes()
    for name, damaged in (("empty", b""), ("text", b"text"), ("cut", content[:500]), ("other", None)):
        path = tmp_path / f"{name}.npz"
        if damaged is not None:
            path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match=f"{name}.npz: not a readable checkpoint"):
            load_checkpoint(path, force_field, {})
        with pytest.raises(CheckpointError, match=f"{name}.npz: not a readable checkpoint"):
            restore_weights(path, force_field)
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        load_checkpoint(tmp_path, force_field, {})
    for weight, value in zip(force_field.weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)
