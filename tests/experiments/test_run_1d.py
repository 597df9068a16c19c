"""The command, from outside: one small cell end to end, killed and continued, and bad input."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments.paper.one_dimension import TABLE1
from experiments.running.folders import Folders, is_done
from experiments.running.selection import select

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(ROOT / "experiments" / "run_1d.py")]


def run(*arguments):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=300)


def test_one_cell_end_to_end(tmp_path):
    out = tmp_path
    result = run("table1", "--preset", "smoke", "--only", "mu=0.5", "network=full", "--jobs", "1", "--out", str(out))
    assert result.returncode == 0, result.stderr
    (cell,) = select(TABLE1.cells("smoke"), ["network=full"])
    assert is_done(cell, Folders(out))  # the command skips what is done, see test_command.py
    record = json.loads((out / "table1" / "smoke" / "mu0.5_full_seed0.json").read_text())
    assert record["cell"] == {"mu": 0.5, "network": "full"}
    assert record["steps"] == 32 and record["snapshots_seen"] == 256
    assert record["error"] == pytest.approx(record["curve"]["test_error"][-1], rel=1e-6)
    start = record["multiplier"]["inverse_length"]["initial"]
    assert start == pytest.approx([1 / 1.5, 2 * 3.14159265 / 1.5], rel=1e-6)  # from the geometry, not from μ
    lengths, amplitudes = (record["multiplier"][name] for name in ("inverse_length", "amplitude"))
    assert lengths["final"] == lengths["fitted"] != start and amplitudes["final"] != amplitudes["initial"]
    assert (out / "drawn" / "table1_smoke.png").stat().st_size > 1000
    assert "0.05119" in (out / "drawn" / "table1_smoke.md").read_text()  # the paper's value stands beside ours
    assert {"processor", "cores", "threads", "python", "numpy", "tensorflow", "keras"} <= record["machine"].keys()
    assert record["machine"]["threads"] == 1
    assert not list(out.glob("table1/smoke/checkpoints/*"))


@pytest.mark.slow
def test_kill_minus_nine_and_continue(tmp_path):
    """Killed after the first checkpoint and run again, a cell ends with the record of an uninterrupted run."""
    arguments = ["table1", "--preset", "demo", "--only", "mu=0.5", "network=short", "--jobs", "1", "--out"]
    process = subprocess.Popen([*COMMAND, *arguments, str(tmp_path / "killed")], start_new_session=True)
    checkpoints = tmp_path / "killed" / "table1" / "demo" / "checkpoints"
    deadline = time.monotonic() + 200
    while not list(checkpoints.glob("*.npz")) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    name = "table1/demo/mu0.5_short_seed0.json"
    assert not (tmp_path / "killed" / name).exists()
    assert run(*arguments, str(tmp_path / "killed")).returncode == 0
    assert run(*arguments, str(tmp_path / "whole")).returncode == 0
    killed, whole = (json.loads((tmp_path / folder / name).read_text()) for folder in ("killed", "whole"))
    for key in ("error", "steps", "snapshots_seen", "settings", "force_scale"):
        assert killed[key] == whole[key]
    assert killed["curve"]["loss"] == whole["curve"]["loss"]
    assert killed["start_up_time"] > 0  # of the second process alone, which has seen a part of the wall time


def test_a_damaged_data_file_stops_the_command(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "screened_coulomb_mu0.5_alpha1_box5_n20_s32_seed0.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    arguments = ["--preset", "smoke", "--only", "mu=0.5", "network=short", "--jobs", "1", "--out", str(tmp_path)]
    result = run("table1", *arguments)
    assert result.returncode == 1
    assert "seed0.h5: expected a whole HDF5 file" in result.stderr and result.stderr.count("\n") == 1
