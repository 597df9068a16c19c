from dataclasses import replace

import keras
import numpy as np
import pytest

from lrc_keras.models import ForceField
from lrc_keras.stages import snapshots_of_steps
from lrc_keras.training import (
    CheckpointError,
    Recipe,
    Stage,
    TrainingDiverged,
    restore_weights,
    train,
)

ADAM = Recipe("adam", (Stage(3, 4), Stage(3, 8)), learning_rate=1e-2)
AVERAGED_SOAP = replace(ADAM, name="soap", optimizer="soap", average=0.8, energy_weight=0.1)


@pytest.fixture
def run(toy_snapshots, toy_force_field):
    """Trains, killed after some reports when asked to, and returns weights and curve."""

    def train_toy(recipe=ADAM, stop_after=None, **kwargs):
        force_field, reports = toy_force_field(), []

        def on_report(line):
            reports.append(line)
            if stop_after is not None and len(reports) == stop_after:
                raise KeyboardInterrupt

        options = {"seed": 2, "reports": 6, "on_report": on_report, "jit_compile": False, **kwargs}
        curve = train(force_field, recipe, toy_snapshots, toy_snapshots, **options)
        return [w.numpy() for w in force_field.weights], curve

    return train_toy


def test_a_killed_and_resumed_run_equals_an_uninterrupted_one(run, tmp_path, assert_same):
    """A finished run is not run again. The average is in the model also then."""
    recipe, log = AVERAGED_SOAP, tmp_path / "run.csv"
    whole, curve = run(recipe, log=log)
    whole_log = without_seconds(log)
    assert curve["step"] == [3, 6, 9, 12, 15, 18, 21, 22]  # 15 steps of batch 4, 7 of batch 8, reports every 3
    assert curve["snapshots"] == [12, 24, 36, 48, 60, 84, 108, 116]
    assert snapshots_of_steps(recipe.stages, 20) == 116
    assert "test_energy_error" in curve
    kept = {"checkpoint": tmp_path / "run.npz", "settings": {"note": "a"}, "log": log}
    for stop_after in (2, 4):  # in the first stage, and in the second
        with pytest.raises(KeyboardInterrupt):
            run(recipe, stop_after=stop_after, **kept)
        with log.open("a") as file:  # a row that was written, but not the checkpoint after it, and half a row
            file.write("999,1,1,1,1,1,1\n99")
    resumed, resumed_curve = run(recipe, **kept)
    for name in set(curve) - {"seconds"}:
        assert_same(resumed_curve[name], curve[name])
    assert_same(resumed, whole)
    assert [row[:2] for row in without_seconds(log)] == [row[:2] for row in whole_log]
    assert np.all(np.diff(resumed_curve["seconds"]) > 0)
    rows = log.read_text()
    log.unlink()
    again, again_curve = run(recipe, stop_after=1, **kept)
    assert again_curve == resumed_curve and log.read_text() == rows
    for a, b in zip(again, resumed, strict=True):
        np.testing.assert_array_equal(a, b)


def test_resumed_with_other_reports(run, tmp_path, assert_same):
    """The same steps are made, in whatever portions they are compiled and reported."""
    whole, _ = run()
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=1, checkpoint=tmp_path / "run.npz")
    for reports in (2, 22):
        path = tmp_path / f"{reports}.npz"
        path.write_bytes((tmp_path / "run.npz").read_bytes())
        resumed, curve = run(reports=reports, checkpoint=path)
        assert curve["step"][0] == 3 and curve["step"][-1] == 22 and "test_energy_error" not in curve
        assert_same(resumed, whole)


def test_a_resumed_run_goes_on_with_its_random_numbers(toy_snapshots, toy_force_field, tmp_path, assert_same):
    """Dropout draws the masks of the steps that follow, and not those of the first steps again."""

    def run(stop_after=None, checkpoint=None):
        toy = toy_force_field().energy_model
        hidden = keras.layers.Dropout(0.5, seed=3, dtype="float64")(toy.layers[1].output)
        energies = keras.ops.sum(toy.layers[2](hidden), axis=(1, 2))
        field, lines = ForceField(keras.Model(toy.input, energies)), []

        def on_report(line):
            lines.append(line)
            if len(lines) == stop_after:
                raise KeyboardInterrupt

        options = {"reports": 6, "jit_compile": False, "checkpoint": checkpoint, "on_report": on_report}
        return train(field, ADAM, toy_snapshots, toy_snapshots, **options)["loss"]

    whole = run()
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=2, checkpoint=tmp_path / "run.npz")
    assert_same(run(checkpoint=tmp_path / "run.npz"), whole)


def test_resumed_with_another_scale(toy_snapshots, toy_force_field, tmp_path):
    def stop(line):
        raise KeyboardInterrupt

    options = {"checkpoint": tmp_path / "run.npz", "jit_compile": False}
    with pytest.raises(KeyboardInterrupt):
        train(toy_force_field(scale=3.0), ADAM, toy_snapshots, toy_snapshots, on_report=stop, **options)
    with pytest.raises(CheckpointError, match="run.npz: a run with scale = 3, where this run has 0.7"):
        train(toy_force_field(), ADAM, toy_snapshots, toy_snapshots, **options)


def without_seconds(log):
    rows = [line.split(",") for line in log.read_text().splitlines()]
    assert rows[0][:7] == ["step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds"]
    return [row[:6] for row in rows]


def test_a_checkpoint_of_other_settings_is_refused(run, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=1, checkpoint=path, settings={"training": {"mu": 2}})
    with pytest.raises(CheckpointError, match=r"made by a run with training.mu = 2, this run has 3. Use another"):
        run(checkpoint=path, settings={"training": {"mu": 3}})
    with pytest.raises(CheckpointError, match=r"recipe.learning_rate = 0.01, this run has 0.02; with seed = 2, this"):
        run(replace(ADAM, learning_rate=0.02), checkpoint=path, settings={"training": {"mu": 2}}, seed=7)


def test_a_checkpoint_of_another_network_or_of_other_data_is_refused(run, toy_snapshots, toy_force_field, tmp_path):
    """Of equal shapes."""
    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=1, checkpoint=path)
    options = {"seed": 2, "checkpoint": path, "jit_compile": False}
    for changed in ({"energies": toy_snapshots.energies + 1}, {"forces": 2 * toy_snapshots.forces}):
        other = replace(toy_snapshots, **changed)
        with pytest.raises(CheckpointError, match="made by a run with digest_of_training = '\\w+', this run has '"):
            train(toy_force_field(), ADAM, other, toy_snapshots, **options)
        with pytest.raises(CheckpointError, match="made by a run with digest_of_test = '\\w+', this run has '"):
            train(toy_force_field(), ADAM, toy_snapshots, other, **options)
    force_field = toy_force_field()
    force_field.energy_model.layers[1].activation = keras.activations.relu
    with pytest.raises(CheckpointError, match="made by a run with digest_of_model = '\\w+', this run has '"):
        train(force_field, ADAM, toy_snapshots, toy_snapshots, seed=2, checkpoint=path, jit_compile=False)


def test_folders_are_made_or_refused_before_the_first_step(run, tmp_path):
    (tmp_path / "file").touch()
    for name in ("checkpoint", "log"):
        with pytest.raises(ValueError, match=f"{name} must lie in a folder that can be written; received"):
            run(stop_after=1, **{name: tmp_path / "file" / "run"})
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=1, checkpoint=tmp_path / "new" / "run.npz", log=tmp_path / "other" / "run.csv")
    assert [path.name for path in sorted(tmp_path.rglob("run.*"))] == ["run.npz", "run.csv"]


@pytest.mark.parametrize("kept", [True, False], ids=["checkpoint", "memory"])
def test_a_lost_run_keeps_the_last_good_weights(kept, toy_snapshots, toy_force_field, tmp_path, assert_same):
    """A rate of 1e28 from step 10 on, the second stage, is too much for float32."""
    recipe = Recipe("lost", (Stage(2, 4), Stage(2, 8)), learning_rate=1e-2, decay_epochs=2, decay_factor=1e30)
    good = replace(recipe, stages=(Stage(2, 4),))
    expected = toy_force_field("float32")
    train(expected, good, toy_snapshots, toy_snapshots, reports=2, jit_compile=False)

    path, force_field = tmp_path / "run.npz", toy_force_field("float32")
    options = {"reports": 3, "jit_compile": False, "checkpoint": path if kept else None}
    message = r"(loss|test error) is (nan|inf) after step 15 .*good until step 10; .*try a smaller learning rate"
    with pytest.raises(TrainingDiverged, match=message):
        train(force_field, recipe, toy_snapshots, toy_snapshots, **options)
    assert_same(force_field.weights, expected.weights)
    assert path.exists() == kept
    if kept:
        again = toy_force_field("float32", seed=6)
        with pytest.raises(TrainingDiverged, match="run.npz: .* after step 15 .*another checkpoint for it"):
            train(again, recipe, toy_snapshots, toy_snapshots, **options)
        assert_same(again.weights, expected.weights)
        with pytest.raises(CheckpointError, match="recipe.learning_rate = 0.01, this run has 0.001"):
            train(again, replace(recipe, learning_rate=1e-3), toy_snapshots, toy_snapshots, **options)
        other = toy_force_field("float32", seed=6)
        restore_weights(path, other)
        assert_same(other.weights, expected.weights)


def test_a_nan_in_the_first_report_leaves_the_initial_weights(toy_snapshots, toy_force_field):
    """A rate of 1e30 is too much for float32."""
    force_field, recipe = toy_force_field("float32"), replace(ADAM, learning_rate=1e30, average=0.9)
    with pytest.raises(TrainingDiverged, match="the loss is (nan|inf) after step 15 .* good until step 0"):
        train(force_field, recipe, toy_snapshots, toy_snapshots, reports=1, jit_compile=False)
    for a, b in zip(force_field.weights, toy_force_field("float32").weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
