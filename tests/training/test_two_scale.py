import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from lrc_keras.layers import ResidualFitting
from lrc_keras.models import ForceField
from lrc_keras.training import CheckpointError, Recipe, Stage, phase_files, train, train_two_scale, transfer_short_range

ROOT = Path(__file__).resolve().parents[2]
SMALL = Recipe("small", (Stage(2, 4),), learning_rate=1e-2, average=0.8)
LARGE = Recipe("large", (Stage(2, 4),), learning_rate=1e-2, optimizer="soap")


def make(full, width=4):
    """A "short-range" network that sees x, and a "full-range" one that sees cos x as well: quick to trace."""
    keras.utils.set_random_seed(4 + full)
    inputs = {
        "positions": keras.Input((None, 1), name="positions", dtype="float64"),
        "neighbors": keras.Input((None, None), name="neighbors", dtype="int32"),
    }
    dense = {"activation": "tanh", "dtype": "float64"}
    features = keras.layers.Dense(3, name="short_range_descriptor", **dense)(inputs["positions"])
    if full:
        waves = keras.layers.Dense(2, name="long_range", **dense)(keras.ops.cos(inputs["positions"]))
        features = keras.ops.concatenate([features, waves], axis=-1)
    energies = ResidualFitting(2, width, output_bias=False, name="fitting", dtype="float64")(features)
    return ForceField(keras.Model(inputs, keras.ops.sum(energies, axis=(1, 2))), scale=0.7)


@pytest.fixture
def run(toy_snapshots):
    """Both phases of ten steps, killed after some reports when asked to; returns weights, curves and reports."""

    def run_toy(stop_after=None, large=LARGE, width=4, **kwargs):
        short, full, reports = make(False), make(True, width), []

        def on_report(line):
            reports.append((line["phase"], line["step"]))
            if len(reports) == stop_after:
                raise KeyboardInterrupt

        curves = train_two_scale(
            short,
            full,
            SMALL,
            large,
            toy_snapshots,
            toy_snapshots,
            toy_snapshots.take(8),
            toy_snapshots,
            reports=5,
            on_report=on_report,
            jit_compile=False,
            **kwargs,
        )
        return [w.numpy() for force_field in (short, full) for w in force_field.weights], curves, reports

    return run_toy


def test_a_killed_job_goes_on_in_its_phase(run, tmp_path, assert_same):
    """Killed in the first phase, at its last report, and in the second."""
    whole, curves, reports = run(log=tmp_path / "whole.csv")
    assert reports == [("small", 2 * i) for i in range(1, 6)] + [("large", i) for i in range(1, 5)]
    kept = {"checkpoint": tmp_path / "run.npz", "log": tmp_path / "run.csv", "settings": {"note": 1}}
    for stop_after in (3, 2, 2):
        with pytest.raises(KeyboardInterrupt):
            run(stop_after, **kept)
    resumed, resumed_curves, last_reports = run(**kept)
    assert last_reports == [("large", 3), ("large", 4)]
    assert_same(resumed, whole)
    for phase in ("small", "large"):
        assert_same(resumed_curves[phase]["test_error"], curves[phase]["test_error"])
        assert len((tmp_path / f"run.{phase}.csv").read_text().splitlines()) == 1 + len(curves[phase]["step"])
    # a finished job is not run again
    again, again_curves, no_reports = run(**kept)
    assert no_reports == [] and again_curves == resumed_curves
    assert_same(again, whole)


def test_one_call_is_its_three_steps(run, toy_snapshots, assert_same):
    """Train the one, move its averaged weights, train the other."""
    weights, _, _ = run()
    short, full, options = make(False), make(True), {"reports": 5, "jit_compile": False}
    train(short, SMALL, toy_snapshots, toy_snapshots, **options)
    transfer_short_range(short, full)
    train(full, LARGE, toy_snapshots.take(8), toy_snapshots, **options)
    assert_same(weights, [w for force_field in (short, full) for w in force_field.weights])


def test_what_is_wrong_with_the_second_phase_is_said_before_the_first(run, tmp_path):
    with pytest.raises(ValueError, match="fitting/hidden_0/kernel of target: expected"):
        run(stop_after=1, width=5)
    with pytest.raises(ValueError, match="recipe 'large' makes no step with 8 snapshots"):
        run(stop_after=1, large=replace(LARGE, stages=(Stage(1, 16),)))
    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        run(stop_after=6, checkpoint=path)
    phase_files(path)["small"].unlink()
    with pytest.raises(CheckpointError, match=r"run.large.npz: .* recipe.learning_rate = 0.01, this run has 0.02"):
        run(stop_after=1, checkpoint=path, large=replace(LARGE, learning_rate=0.02))


def test_names_of_the_files():
    files = phase_files("out/run.v2.npz")
    assert files == {"small": Path("out/run.v2.small.npz"), "large": Path("out/run.v2.large.npz")}
    assert phase_files(None) == {"small": None, "large": None}


SCRIPT = """
import sys
import keras, numpy as np
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import Snapshots, named, progress_line, Stage, train_two_scale

def snapshots(count, cells, seed):
    rng = np.random.default_rng(seed)
    x = (np.arange(cells) * 0.5)[None, :, None] + rng.uniform([0.03, 0.25], [0.2, 0.42], (count, cells, 2))
    x = x.reshape(count, -1, 1).astype("float32")
    return Snapshots(x, neighbor_list(x, cells / 2, 1.5), np.zeros(count, "float32"), np.sin(4 * np.pi * x / cells))

keras.utils.set_random_seed(0)
small, large = snapshots(16, 8, 0), snapshots(8, 16, 1)
short = build_short_range_model(None, 1, 4.0, 1.5)
short.get_layer("short_range_descriptor").adapt(small.positions, small.neighbors)
short, full = ForceField(short), ForceField(build_full_range_model(None, 1, 8.0, 1.5, 9, tolerance=1e-4))
recipe = named("fast", stages=(Stage(8, 4),), average=0.9)
train_two_scale(short, full, recipe, recipe, small, small, large, large, seed=3, reports=8, jit_compile=False,
                checkpoint=sys.argv[1] + ".npz", log=sys.argv[1] + ".csv",
                on_report=lambda line: print(progress_line(line), flush=True))
np.savez(sys.argv[1] + ".weights.npz", *[w.numpy() for f in (short, full) for w in f.weights])
"""


@pytest.mark.slow
def test_kill_minus_nine_costs_no_bit(tmp_path):
    """The paper's networks in one thread, killed in both phases while they work, end as if nothing had happened."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}

    def start(name):
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / name)]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def kill_at(phase, reports):
        with start("killed") as process:
            for line in process.stdout:
                reports -= line.startswith(phase)
                if reports == 0:
                    process.kill()
                    break

    kill_at("small", 3)
    assert not (tmp_path / "killed.large.npz").exists()
    kill_at("large", 2)
    for name in ("killed", "whole"):
        with start(name) as process:
            process.stdout.read()
        assert process.returncode == 0
    killed, whole = (np.load(tmp_path / f"{name}.weights.npz") for name in ("killed", "whole"))
    assert len(whole.files) > 50
    for key in whole.files:
        np.testing.assert_array_equal(killed[key], whole[key])
    for phase in ("small", "large"):
        rows = [
            [line.split(",")[:6] for line in (tmp_path / f"{name}.{phase}.csv").read_text().splitlines()]
            for name in ("killed", "whole")
        ]
        assert rows[0] == rows[1] and len(rows[0]) == 9
