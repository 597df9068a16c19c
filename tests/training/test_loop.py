from dataclasses import replace

import keras
import numpy as np
import pytest

from lrc_keras.models import ForceField, build_full_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import CheckpointError, Recipe, Snapshots, Stage, TrainingDiverged, train

RECIPE = Recipe("test", (Stage(3, 4), Stage(3, 8)), learning_rate=1e-3)


@pytest.fixture
def snapshots(line_snapshots):
    positions = line_snapshots(20)
    neighbors = neighbor_list(positions, 5.0, 1.5)
    return Snapshots(positions, neighbors, np.zeros(20), np.sin(positions * 2 * np.pi / 5))


def make(snapshots):
    keras.utils.set_random_seed(5)
    model = build_full_range_model(20, 1, 5.0, 1.5, 15, tolerance=1e-4, dtype="float64")
    model.get_layer("short_range_descriptor").adapt(snapshots.positions, snapshots.neighbors)
    return ForceField(model, scale=snapshots.force_scale, dtype="float64")


def run(snapshots, recipe=RECIPE, stop_after=None, **kwargs):
    """Trains, killed after some reports when asked to, and returns weights and curve."""
    force_field = make(snapshots)
    reports = []

    def on_report(line):
        reports.append(line)
        if stop_after is not None and len(reports) == stop_after:
            raise KeyboardInterrupt

    curve = train(
        force_field, recipe, snapshots, snapshots, seed=2, reports=6, on_report=on_report, jit_compile=False, **kwargs
    )
    return [w.numpy() for w in force_field.weights], curve


def test_a_killed_and_resumed_run_equals_an_uninterrupted_one(snapshots, tmp_path):
    whole, curve = run(snapshots)
    assert curve["step"] == [3, 6, 9, 12, 15, 18, 21, 22]  # 15 steps of batch 4, 7 of batch 8, reports every 3
    assert curve["snapshots"] == [12, 24, 36, 48, 60, 84, 108, 116]
    kept = {"checkpoint": tmp_path / "run.npz", "settings": {"seed": 2}}
    for stop_after in (2, 4):  # in the first stage, and in the second
        with pytest.raises(KeyboardInterrupt):
            run(snapshots, stop_after=stop_after, **kept)
    resumed, resumed_curve = run(snapshots, **kept)
    for name in ("step", "snapshots", "learning_rate"):
        assert resumed_curve[name] == curve[name], name
    # Two threads add in any order: Adam makes 1e-10 of a rounding of 1e-16 within these steps. In one
    # thread, as the experiments run, the equality is to the bit (see the slow test of run_1d.py).
    for name in ("loss", "train_error", "test_error"):
        np.testing.assert_allclose(resumed_curve[name], curve[name], rtol=1e-7)
    for a, b in zip(whole, resumed, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-7)
    assert np.all(np.diff(resumed_curve["seconds"]) > 0)


def test_a_finished_run_is_not_run_again(snapshots, tmp_path):
    kept = {"checkpoint": tmp_path / "run.npz", "settings": {}}
    weights, curve = run(snapshots, **kept)
    again, again_curve = run(snapshots, stop_after=1, **kept)
    assert again_curve == curve
    for a, b in zip(weights, again, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_checkpoint_of_other_settings_is_refused(snapshots, tmp_path):
    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        run(snapshots, stop_after=1, checkpoint=path, settings={"seed": 2})
    with pytest.raises(CheckpointError, match="made by a run with seed = 2, this run has 3"):
        run(snapshots, checkpoint=path, settings={"seed": 3})


def test_a_run_whose_loss_is_nan_stops_and_says_what_to_try(snapshots, tmp_path):
    forces = snapshots.forces.copy()
    forces[0] = np.nan
    broken = replace(snapshots, forces=forces)
    force_field = make(snapshots)
    with pytest.raises(TrainingDiverged, match="the loss is nan after step .* try a smaller learning rate"):
        train(
            force_field,
            RECIPE,
            broken,
            snapshots,
            reports=1,
            jit_compile=False,
            checkpoint=tmp_path / "run.npz",
            settings={},
        )
    assert not (tmp_path / "run.npz").exists()
