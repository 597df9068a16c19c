"""Figure 3 from the command: data, record, picture; and the record in the repository is what the command makes."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from data_gen import Exponential, generate, read_snapshots

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(ROOT / "experiments" / "run_1d.py"), "figure3"]


def run(*arguments):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=120)


def test_figure3_end_to_end(tmp_path):
    result = run("--out", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "mu = 0.5: 47.02% of the absolute force on x_100 comes from beyond 1.5" in result.stdout
    record = json.loads((tmp_path / "figure3" / "contributions.json").read_text())
    shipped = json.loads((ROOT / "experiments" / "records" / "figure3" / "contributions.json").read_text())
    assert record["settings"] == shipped["settings"]
    assert record["results"]["displacements"] == shipped["results"]["displacements"]
    for row, other in zip(record["results"]["rows"], shipped["results"]["rows"], strict=True):
        assert row["force"] == pytest.approx(other["force"], rel=1e-10)  # two libraries' exp differ by less
        path = tmp_path / f"mu{row['mu']:g}.h5"
        arguments = {"box_length": 50.0, "cells": 100, "points_per_cell": 2, "min_distance": 0.05}
        generate(path, kernel=Exponential(row["mu"]), **arguments, num_snapshots=1, seed=0)
        assert row["force"] == read_snapshots(path).forces[0, 99, 0]  # the snapshot is one of the data
        # the contributions add up to it; the record holds seven digits of each
        total = sum(map(abs, row["contributions"]))
        assert sum(row["contributions"]) == pytest.approx(row["force"], abs=1e-6 * total)
        # Eq. (5), term by term
        for s, force in zip(record["results"]["displacements"], row["contributions"], strict=True):
            assert force == pytest.approx(-math.copysign(row["mu"] * math.exp(-row["mu"] * abs(s)), s), rel=1e-5)
    assert (tmp_path / "drawn" / "figure3.png").stat().st_size > 1000
    assert (tmp_path / "drawn" / "figure3.pdf").stat().st_size > 1000
