"""`python -m data_gen`: it does what --help says."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_gen import ScreenedCoulomb, kernel_from_json, read_snapshots
from data_gen.__main__ import main

GOOD = "--kernel screened_coulomb --mu 5 0.5 --alpha 0.9 0.1 --box 5 --cells 10 --min-distance 0.05 --snapshots 4"


def _run(options, out):
    return main([*options.split(), "--out", str(out)])


def test_writes_the_file_and_says_so_in_one_line(tmp_path, capsys):
    out = tmp_path / "made" / "here.h5"
    assert _run(GOOD, out) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"wrote 4 snapshots of 20 points in 1-D to {out} (")
    assert captured.out.count("\n") == 1
    assert captured.err == ""  # no progress bar where there is no terminal
    data = read_snapshots(out)
    assert data.positions.shape == (4, 20, 1)
    np.testing.assert_array_equal(data.attributes["alpha"], [0.9, 0.1])


def test_from_a_shell(tmp_path):
    command = [sys.executable, "-m", "data_gen", *GOOD.split(), "--out", str(tmp_path / "a.h5")]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    again = subprocess.run(command, capture_output=True, text=True, cwd=root, timeout=60)
    assert again.returncode == 2 and "--force replaces" in again.stderr and "Traceback" not in again.stderr


def test_force_replaces(tmp_path, capsys):
    out = tmp_path / "a.h5"
    out.write_text("old")
    with pytest.raises(SystemExit) as stopped:
        _run(GOOD, out)
    assert stopped.value.code == 2 and out.read_text() == "old"
    assert _run(GOOD + " --force", out) == 0
    assert len(read_snapshots(out).energies) == 4
    assert os.listdir(tmp_path) == ["a.h5"]


def test_one_kernel_two_dimensions_unequal_sides(tmp_path):
    options = "--kernel exponential --mu 2 --box 3 4 --cells 2 3 --points-per-cell 1 --min-distance 0 --snapshots 2"
    assert _run(options, tmp_path / "a.h5") == 0
    data = read_snapshots(tmp_path / "a.h5")
    assert data.positions.shape == (2, 6, 2)
    np.testing.assert_array_equal(data.attributes["box_length"], [3, 4])


def test_spectral_method(tmp_path):
    options = "--kernel screened_coulomb --mu 2 --box 5 --cells 2 --min-distance 0.1 --snapshots 1"
    assert _run(options + " --method spectral --smoothing 0.01", tmp_path / "a.h5") == 0
    kernel = kernel_from_json(read_snapshots(tmp_path / "a.h5").attributes["kernel"])
    assert kernel == ScreenedCoulomb(2.0, method="spectral", smoothing=0.01)


def test_help_stands_alone(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for word in ("examples", "--kernel", "--dimension", "--force", "Table 2", "positions (S, N, d)"):
        assert word in text


def test_points_without_cells(tmp_path):
    options = GOOD.replace("--cells 10", "--points 20")
    assert _run(options, tmp_path / "a.h5") == 0
    data = read_snapshots(tmp_path / "a.h5")
    assert data.positions.shape == (4, 20, 1) and data.attributes["num_points"] == 20
    assert "cells" not in data.attributes and data.potentials is None


def test_the_word_generate_potentials_and_workers(tmp_path):
    assert _run(GOOD + " --potentials", tmp_path / "a.h5") == 0
    assert _run("generate " + GOOD + " --potentials --workers 2", tmp_path / "b.h5") == 0
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    assert read_snapshots(tmp_path / "a.h5").potentials.shape == (4, 20)


def test_interrupt_leaves_nothing(tmp_path, capsys, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["data_gen.dataset"], "energy_and_forces", interrupt)
    assert _run(GOOD, tmp_path / "a.h5") == 130
    assert "stopped" in capsys.readouterr().err and os.listdir(tmp_path) == []


def test_progress_is_drawn_when_asked(tmp_path, capsys):
    assert _run(GOOD + " --progress", tmp_path / "a.h5") == 0
    assert "100%" in capsys.readouterr().err
