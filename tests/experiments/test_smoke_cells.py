"""A cell of a two-dimensional and of a three-dimensional table from the command: data, training, record, drawing."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

CELLS = {
    "table4": ("run_2d.py", "modes=21", "modes21_seed0", {"modes": 21}, (1 / 1.5, 2 * math.pi / 1.5)),
    "table6": (
        "run_3d.py",
        "mu=5 network=full",
        "mu5_full_seed0",
        {"mu": 5.0, "network": "full"},
        (1, 2 * math.pi),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("item", CELLS)
def test_one_cell_end_to_end(item, tmp_path):
    script, only, name, labels, inverse_lengths = CELLS[item]
    command = [sys.executable, str(ROOT / "experiments" / script), item, "--preset", "smoke", "--only", *only.split()]
    result = subprocess.run([*command, "--out", str(tmp_path)], capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert f"{item}/{name}  finished: relative error" in result.stdout
    record = json.loads((tmp_path / item / "smoke" / f"{name}.json").read_text())
    assert record["cell"] == labels and record["steps"] == 32 and record["snapshots_seen"] == 128
    assert 0 < record["error"] == pytest.approx(record["curve"]["test_error"][-1], rel=1e-6)
    assert record["multiplier"]["inverse_length"]["initial"] == pytest.approx(inverse_lengths, rel=1e-6)
    assert "fitted" in record["multiplier"]["inverse_length"]  # both start from their data
    assert record["multiplier"]["amplitude"]["final"] != record["multiplier"]["amplitude"]["initial"]
    assert (tmp_path / "drawn" / f"{item}_smoke.md").exists()
