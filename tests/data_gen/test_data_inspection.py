"""`inspect` and `verify`: what they say about a small file, about the authors' files, and about changed ones."""

import sys

import h5py
import numpy as np
import pytest

from data_gen import Exponential, Snapshots, generate, open_snapshots, read_snapshots, verify_snapshots, write_snapshots
from data_gen.__main__ import main
from data_gen.inspection import inspection_lines, save_snapshot
from data_gen.snapshots import read_in_parts

SETTINGS = {"kernel": Exponential(2.0), "min_distance": 0.1, "num_snapshots": 9, "seed": 3}
SQUARE = {"box_length": (3.0, 3.0), "cells": 3, "points_per_cell": 2}


@pytest.fixture
def path(tmp_path):
    return generate(tmp_path / "a.h5", **SETTINGS, **SQUARE, potentials=True)


def _error(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    return captured.err


def test_distances_and_neighbors_by_hand():
    # On a line of length 10: 9.5 and 0.5 are one apart through the border; −2 is the image of 8.
    points = np.array([[[0.5], [9.5], [-2.0], [4.0]]])
    snapshots = Snapshots(points, np.zeros(1), np.zeros_like(points), {})
    sides = np.array([10.0])
    assert "smallest distance on the torus: 1 (snapshot 0)" in inspection_lines(snapshots, sides)
    assert "neighbours within 1.2: mean 0.50, largest 1" in inspection_lines(snapshots, sides, 1.2)
    assert "neighbours within 2: mean 1.00, largest 2" in inspection_lines(snapshots, sides, 2.0)
    with pytest.raises(ValueError, match="radius must be at most 5, half the shortest side; received 5.1"):
        list(inspection_lines(snapshots, sides, 5.1))


def test_inspect_prints(path, capsys):
    assert main(["inspect", str(path), "--radius", "1.2"]) == 0
    text = capsys.readouterr().out
    data = read_snapshots(path)
    for words in (
        "9 snapshots of 18 points in 2-D",
        "box_length      [3., 3.]",
        'kernel          {"name": "exponential", "mu": 2.0}',
        "9×18×2",
        "9×18 ",
        f"root-mean-square force component: {np.sqrt(np.mean(data.forces**2)):.5g}",
        "smallest distance on the torus: 0.1",
        "neighbours within 1.2: mean ",
    ):
        assert words in text


@pytest.mark.parametrize("dimension, kind", [(1, "png"), (2, "pdf"), (3, "svg")])
def test_inspect_draws(tmp_path, capsys, dimension, kind):
    path = generate(tmp_path / "a.h5", **SETTINGS, box_length=3.0, cells=2, points_per_cell=1, dimension=dimension)
    picture = tmp_path / "new" / f"a.{kind}"
    assert main(["inspect", str(path), "--snapshot", "8", "--out", str(picture)]) == 0
    assert "drew snapshot 8 in" in capsys.readouterr().out
    head = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}[kind]
    assert picture.read_bytes().startswith(head) and [child.name for child in picture.parent.iterdir()] == [f"a.{kind}"]


def test_matplotlib_is_loaded_for_a_picture_only(path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    assert main(["inspect", str(path)]) == 0
    assert "matplotlib" not in sys.modules


def test_forces_of_zero_are_drawn(tmp_path):
    points = np.random.default_rng(0).random((1, 4, 2))
    path = tmp_path / "a.h5"
    write_snapshots(path, Snapshots(points, np.zeros(1), np.zeros_like(points), {"box_length": 1.0}))
    assert main(["inspect", str(path), "--out", str(tmp_path / "a.png")]) == 0


def test_files_of_the_authors(tmp_path, capsys):
    path = tmp_path / "theirs.h5"
    with h5py.File(path, "w") as file:
        generator = np.random.default_rng(0)
        file["points"], file["potential"], file["forces"] = (generator.random(size) for size in ((3, 4), 3, (3, 4)))
    assert main(["inspect", str(path), "--out", str(tmp_path / "a.png")]) == 0
    text = capsys.readouterr().out
    assert "a file of the paper's authors" in text and "not known without a box" in text
    assert main(["inspect", str(path), "--box", "5", "--radius", "1"]) == 0
    assert "neighbours within 1: mean 3.00, largest 3" in capsys.readouterr().out
    assert "radius must come with a box" in _error(["inspect", path, "--radius", "1"], capsys)
    error = _error(["verify", path], capsys)
    assert "theirs.h5: attribute 'kernel': expected it" in error


@pytest.mark.parametrize(
    "points",
    [SQUARE, {"box_length": 5.0, "num_points": 12}, {"box_length": (2.0, 3.0, 4.0), "num_points": 7}],
    ids=["cells", "line", "uniform"],
)
def test_verify_agrees(tmp_path, capsys, points):
    path = generate(tmp_path / "a.h5", **SETTINGS, **points)
    assert main(["verify", str(path), "--sample", "4"]) == 0
    said = capsys.readouterr().out
    assert "4 snapshots made again from the attributes: positions equal, energies" in said
    indices, deviations, difference = verify_snapshots(read_snapshots(path), 100)
    assert indices == list(range(9)) and difference is None
    assert set(deviations) == {"energies", "forces"} and max(deviations.values()) < 1e-13


@pytest.mark.parametrize(
    "name, place, factor",
    [
        ("positions", (8, 3, 1), 1 + 1e-15),  # one unit of the last digit, for positions are compared bit by bit
        ("energies", (4,), 1 + 1e-8),
        ("forces", (0, 17, 0), 1.5),
        ("potentials", (8, 0), 1 + 1e-8),
    ],
)
def test_verify_names_what_differs(path, capsys, name, place, factor):
    with h5py.File(path, "r+") as file:
        file[name][place] *= factor
    assert main(["verify", str(path), "--sample", "3"]) == 1
    captured = capsys.readouterr()
    assert f"a.h5: dataset '{name}', snapshot {place[0]}, at " in captured.err and captured.out == ""


def test_verify_sees_changed_attributes(path, capsys):
    with h5py.File(path, "r+") as file:
        file.attrs["seed"] = 4
    assert main(["verify", str(path)]) == 1
    assert "dataset 'positions', snapshot 0" in capsys.readouterr().err
    for name, value, message in (
        ("mu", [2.5], "attribute 'mu': expected [2.]; received"),
        ("min_distance", -1.0, "attributes: min_distance must be a number of at least 0; received -1.0"),
        ("seed", "four", "attributes: seed must be an integer"),
        ("points_per_cell", 3, "attributes: expected positions of shape (9, 27, 2); received (9, 18, 2)"),
        ("kernel", '{"name": "Mine", "mu": 2.0}', "kernel must be mixture or one of"),
        ("kernel", 7, "attributes: kernel must be a description of a kernel as JSON; received 7"),
    ):
        with h5py.File(path, "r+") as file:
            before = file.attrs[name]
            file.attrs[name] = value
        assert message in _error(["verify", path], capsys)
        with h5py.File(path, "r+") as file:
            file.attrs[name] = before


def test_a_box_of_one_number_or_in_float32(tmp_path, capsys):
    for value, box, shown in ((5.0, "5", "[5.]"), (np.array([4.4], np.float32), "4.4", "[4.4000001]")):
        path = generate(tmp_path / f"{box}.h5", **SETTINGS, box_length=float(box), num_points=9)
        with h5py.File(path, "r+") as file:
            file.attrs["box_length"] = value
        assert read_snapshots(path).attributes["box_length"].shape == (1,)
        assert main(["inspect", str(path), "--box", box]) == 0
        assert f"box_length      {shown}" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "5.h5")]) == 0


def test_a_package_that_is_not_there_is_named(path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setattr("data_gen.__main__.open_snapshots", lambda path: pytest.fail("it was opened"))
    assert "matplotlib.figure" in _error(["inspect", path, "--out", "a.png"], capsys)


def test_files_are_read_in_parts(path, capsys, monkeypatch):
    def lines():
        assert main(["inspect", str(path), "--radius", "1.2"]) == 0
        # the forces' mean is rounding
        return [line for line in capsys.readouterr().out.splitlines() if not line.startswith("  forces")]

    whole = lines()
    monkeypatch.setattr("data_gen.snapshots.PART_BYTES", 4 * 8 * 18 * 2)
    with open_snapshots(path) as file:
        assert [len(part.energies) for part in read_in_parts(file)] == [4, 4, 1]
    assert lines() == whole and len(whole) > 10


def test_verify_cannot_make_a_user_kernel_again(tmp_path, capsys):
    class Mine(Exponential):
        pass

    path = generate(tmp_path / "a.h5", **SETTINGS | {"kernel": Mine(1.0)}, **SQUARE)
    assert "kernel must be mixture or one of" in _error(["verify", path], capsys)


@pytest.mark.parametrize("sides", [np.array([5.0, 5.0]), None])
@pytest.mark.parametrize("count", [1, 6])
def test_points_outside_the_box_are_drawn(tmp_path, sides, count):
    """Periodic images anywhere, with and without a known box, one point too: every point lies within the axes."""
    points = np.random.default_rng(0).uniform(-5, 0, (1, count, 2))
    snapshots = Snapshots(points, np.zeros(1), np.ones_like(points), {})

    def look(figure, path, format):
        axes = figure.axes[0]
        (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        x, y = axes.collections[0].get_offsets().T
        assert np.all((low <= x) & (x <= high) & (bottom <= y) & (y <= top)) and low < high and bottom < top
        path.write_text("drawn")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matplotlib.figure.Figure.savefig", look)
        save_snapshot(tmp_path / "a.png", snapshots, 0, sides)
    assert (tmp_path / "a.png").read_text() == "drawn"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verify", "nothing.h5", "--sample", "0"], "--sample must be at least 1; received 0"),
        (["inspect", "nothing.h5", "--radius", "-1"], "--radius must be a positive number; received -1"),
        (["inspect", "nothing.h5", "--out", "a.txt"], "must end in one of .png, .pdf, .svg"),
    ],
)
def test_options_are_checked_before_the_file_is_read(arguments, message, capsys):
    error = _error(arguments, capsys)
    assert message in error and "Errno" not in error


def test_unknown_command(capsys):
    assert "invalid choice: 'look' (choose from" in _error(["look", "a.h5"], capsys)


def test_interrupt(monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("data_gen.__main__.open_snapshots", stop)
    assert main(["verify", "a.h5"]) == 130
    assert "verify: stopped" in capsys.readouterr().err
