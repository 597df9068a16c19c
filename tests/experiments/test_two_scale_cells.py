"""A two-scale chain of Figure 7 from the command: small phase, its weights, and a large cell that starts from them."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.paper.one_dimension import FIGURE7
from experiments.running.cells import make_force_field
from experiments.running.folders import Folders
from lrc_keras.training import CheckpointError

ROOT = Path(__file__).resolve().parents[2]
CELL = next(cell for cell in FIGURE7.cells("smoke") if cell.small_phase)
COMMAND = [sys.executable, str(ROOT / "experiments" / "run_1d.py"), "figure7", "--preset", "smoke", "--jobs", "1"]
ONLY = ["--only", "strategy=two", "snapshots=8"]


# the smoke preset of Figures 7 and 8 goes through the same steps
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return Folders(out), run(out)


def run(out):
    return subprocess.run([*COMMAND, *ONLY, "--out", str(out)], capture_output=True, text=True, timeout=300)


def test_the_chain_end_to_end(chain):
    folders, result = chain
    assert result.returncode == 0, result.stderr
    small, large = (json.loads(folders.record(cell).read_text()) for cell in (CELL.small_phase, CELL))
    assert (small["item"], small["cell"], small["multiplier"]) == ("figure7_small", {"alpha": 0.9}, None)
    assert large["cell"] == {"alpha": 0.9, "strategy": "two", "snapshots": 8}
    assert large["force_scale"] == small["force_scale"]  # the weights mean nothing with another
    assert large["settings"]["small_phase"]["system"]["box_length"] == [5.0]
    assert large["settings"]["training"]["num_snapshots"] == 8 and large["steps"] == 4
    assert not list(folders.out.glob("*/*/checkpoints/*"))
    assert len(list((folders.out / "data").glob("*_n200_s32_seed0.h5"))) == 1  # the file of the most snapshots
    assert (folders.out / "drawn" / "figure7_smoke.md").exists()


def test_the_large_cell_starts_from_the_weights(chain):
    """Descriptor with its statistics, the rows of the fitting network that read it, and the scale."""
    folders, _ = chain
    force_field = make_force_field(CELL, None, folders)
    with np.load(folders.weights(CELL.small_phase)) as archive:
        saved = [archive[name] for name in archive.files if name != "header"]
    descriptor = force_field.energy_model.get_layer("short_range_descriptor")
    first = force_field.energy_model.get_layer("fitting").hidden[0].kernel.numpy()
    for weight in (*(np.array(w) for w in descriptor.weights), first[:64]):
        assert any(values.shape == weight.shape and np.array_equal(values, weight) for values in saved)
    assert force_field.scale == json.loads(folders.record(CELL.small_phase).read_text())["force_scale"]


def test_weights_of_another_run_are_refused(chain):
    folders, _ = chain
    small = replace(CELL.small_phase, training=replace(CELL.small_phase.training, num_test=3))
    with pytest.raises(CheckpointError, match="training.num_test = 16, this run has 3"):
        make_force_field(replace(CELL, small_phase=small), None, folders)


def test_a_finished_chain_is_skipped(chain):
    folders, _ = chain
    before = folders.record(CELL).stat().st_mtime_ns, folders.weights(CELL.small_phase).stat().st_mtime_ns
    result = run(folders.out)
    assert result.returncode == 0 and "figure7/alpha0.9_two_snapshots8_seed0  done before" in result.stdout
    assert before == (folders.record(CELL).stat().st_mtime_ns, folders.weights(CELL.small_phase).stat().st_mtime_ns)
