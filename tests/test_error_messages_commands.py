"""Whatever is wrong with a command line is answered by one line that names it, exit code 2, and nothing is written."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data_gen.__main__
import figures.__main__
from data_gen import Exponential, generate
from experiments.paper.one_dimension import ITEMS
from experiments.paper.reports import FIGURE3
from experiments.running import command
from experiments.running.folders import Folders
from experiments.running.selection import SelectionError, select
from tests.wrong_values import quickly

GOOD = "--kernel exponential --mu 5 --box 5 --cells 10 --min-distance 0.05 --snapshots 2 --out a.h5"


@pytest.fixture
def refused(tmp_path, capsys, monkeypatch):
    """Runs a command in an empty folder: exit code 2, one line with all the words, no file changed."""
    monkeypatch.chdir(tmp_path)

    def content():
        return {path: path.read_bytes() if path.is_file() else None for path in tmp_path.rglob("*")}

    def check(main, arguments, *words):
        before = content()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        error = capsys.readouterr().err
        assert code == 2 and error.count("\n") == 1 and ": error: " in error, error
        assert all(word in error for word in words), error
        assert content() == before

    return check


@pytest.fixture
def snapshot_file(tmp_path):
    points = {"box_length": 5.0, "cells": 10, "points_per_cell": 2, "min_distance": 0.05}
    return generate(tmp_path / "good.h5", kernel=Exponential(5.0), num_snapshots=2, seed=0, **points)


@pytest.mark.parametrize(
    "change, words",
    [
        ("--mu inf", ["mu must be a positive, finite number; received inf"]),
        ("--mu 1e300", ["mu times every side of box_length must be in", "received mu = 1e+300"]),
        ("--box nan", ["box_length must be positive and finite; received nan"]),
        ("--box 5 5 5 5", ["dimension must be 1, 2 or 3; received 4"]),
        ("--alpha nan", ["weights must be finite numbers; received (nan,)"]),
        ("--alpha inf", ["weights must be finite numbers; received (inf,)"]),
        ("--min-distance nan", ["min_distance must be a number of at least 0; received nan"]),
        ("--min-distance 3", ["min_distance must be at most 2.5, half the shortest side; received 3.0"]),
        ("--cells 99999999999", ["num_points must be below", "received 199999999998"]),
        ("--seed 1.5", ["--seed", "'1.5'"]),
        ("--seed 9223372036854775808", ["seed must be below 2**63; received 9223372036854775808"]),
        ("--snapshots 9223372036854775808", ["num_snapshots must be below 2**63; received 9223372036854775808"]),
        ("--workers 1.5", ["--workers", "'1.5'"]),
        ("--dimension 4", ["--dimension", "invalid choice: 4"]),
        ("--kernel spectral", ["--kernel", "invalid choice: 'spectral'"]),
        ("--out .", ["path must be free for a new file; received .: it is a folder"]),
        ("--out file/a.h5", ["path must lie in a folder that can be written; received file/a.h5"]),
        ("--out file", ["it is there already", "--force replaces a file"]),
    ],
)
def test_generate(change, words, refused, tmp_path):
    (tmp_path / "file").write_text("old")
    refused(data_gen.__main__.main, [*GOOD.split(), *change.split()], *words)


@pytest.mark.parametrize("command_name", ["inspect", "verify"])
def test_files_without_snapshots(command_name, refused, snapshot_file, tmp_path):
    contents = {"empty.h5": b"", "text.h5": b"text", "cut.h5": snapshot_file.read_bytes()[:900]}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        refused(data_gen.__main__.main, [command_name, name], f"{name}: expected a whole HDF5 file; received")
    refused(data_gen.__main__.main, [command_name, tmp_path], "expected a file of snapshots; received a folder")
    refused(data_gen.__main__.main, [command_name, "none.h5"], "No such file or directory: 'none.h5'")
    refused(data_gen.__main__.main, [command_name, "a\0b"], "path must be the name of a file; received 'a\\x00b'")
    refused(data_gen.__main__.main, [command_name], "required: FILE")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("inspect good.h5 --radius nan", ["--radius must be a positive number; received nan"]),
        ("inspect good.h5 --radius 2.6", ["radius must be at most 2.5, half the shortest side; received 2.6"]),
        ("inspect good.h5 --box 7", ["box_length must be that of the file", "received 7.0"]),
        ("inspect good.h5 --box 5 5", ["box_length must be a positive number or a sequence of 1 of them; received"]),
        ("inspect good.h5 --snapshot 2", ["--snapshot must be in 0…1; received 2"]),
        ("inspect good.h5 --out", ["--out"]),
        ("inspect good.h5 --out a.gif", ["must end in one of .png, .pdf, .svg; received a.gif"]),
        ("verify good.h5 --sample 1.5", ["--sample", "'1.5'"]),
        ("verify good.h5 other.h5", ["unrecognized arguments: other.h5"]),
    ],
)
def test_inspect_and_verify(arguments, words, refused, snapshot_file):
    refused(data_gen.__main__.main, arguments.split(), *words)


def test_a_picture_without_a_name(refused, snapshot_file):
    refused(data_gen.__main__.main, ["inspect", "good.h5", "--out", ""], "must end in one of .png, .pdf, .svg")


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("", ["required: item"]),
        ("table9", ["invalid choice: 'table9'"]),
        ("table1", ["required: --preset"]),
        ("table1 --preset none", ["results/table1/none does not exist; presets with records", ": quick"]),
        ("table1 --preset quick --records none", ["none/table1/quick does not exist"]),
        ("table1 --preset quick --records file", ["file/table1/quick does not exist"]),
        (
            "table1 --preset quick --out file",
            ["file/table1_quick.md: must lie in a folder that can be written; received"],
        ),
        ("figure3", ["results/figure3/contributions.json: no such record"]),
        ("aliasing", ["results/benchmarks/aliasing.json: no such record"]),
        ("figure7_right", ["results/benchmarks/direct.json: no such record"]),
        ("recipes --presets quick", ["no cell of 'Table 1"]),
        ("recipes --presets quick quick", ["presets must be of different recipes; received"]),
        ("curves none.json --out a.png", ["none.json: cannot be read (No such file"]),
        ("curves . --out a.png", [".: cannot be read (Is a directory)"]),
        ("curves file --out a.png", ["file: not valid JSON"]),
        ("curves cut.json --out a.png", ["cut.json: not valid JSON"]),
        ("curves file --out a.gif", ["a.gif: the name of a drawing must end in .png, .pdf or .svg"]),
        ("curves --out a.png", ["required: record"]),
        ("learning_curve none.csv --out a.png", ["none.csv: no such file"]),
        ("learning_curve . --out a.png", ["Is a directory: '.'"]),
        ("learning_curve file --out a.png", ["file: expected the columns step, "]),
        ("learning_curve words.csv --out a.png", ["words.csv, line 2: expected 7 numbers; received 1,2,3,x,5,6,7"]),
        ("learning_curve file --label a b --out a.png", ["a label for each of 1 files; received 2"]),
        ("summary --records none", ["none: no records of any table or figure"]),
        ("readme --readme none.md", ["none.md"]),
        ("readme --readme .", ["Is a directory: '.'"]),
        ("readme --readme file", ["file: expected the line", "once; received it 0 times"]),
    ],
)
def test_figures(arguments, words, refused, write_result, tmp_path):
    (tmp_path / "file").write_text("old")
    (tmp_path / "cut.json").write_text(write_result().read_text()[:200])
    names = ",".join(figures.logs.LOG_COLUMNS)
    (tmp_path / "words.csv").write_text(f"{names}\n1,2,3,x,5,6,7\n")
    refused(figures.__main__.main, arguments.split(), *words)


@pytest.fixture
def write_result(tmp_path):
    """One made-up record of Table 1, preset "quick", in `results`."""

    def write():
        path = tmp_path / "results" / "table1" / "quick" / "mu0.5_full_seed0.json"
        path.parent.mkdir(parents=True)
        curve = {"snapshots": [0, 800], "test_error": [1.0, 0.5]}
        content = {"schema": 1, "item": "table1", "preset": "quick", "recipe": "fast", "seed": 0, "error": 0.5}
        content |= {"cell": {"mu": 0.5, "network": "full"}, "snapshots_seen": 800, "curve": curve, "multiplier": None}
        path.write_text(json.dumps(content))
        return path

    return write


def test_names_that_no_file_can_have(refused):
    for name in ("curves", "learning_curve"):
        refused(figures.__main__.main, [name, "a\0b", "--out", "a.png"], "embedded null")


def test_a_preset_that_nothing_was_run_with(refused, write_result, tmp_path):
    """Figure 3 has no preset: its record alone does not answer for one that is misspelt."""
    write_result()
    record = tmp_path / "results" / "figure3" / "contributions.json"
    record.parent.mkdir()
    record.write_text(FIGURE3.path(command.OWN_RECORDS).read_text(encoding="utf-8"))
    refused(figures.__main__.main, ["summary", "--preset", "qick"], "with preset qick")


def experiment(arguments):
    return command.main("Experiments.", ITEMS, {"figure3": ("Figure 3", None)}, arguments)


@pytest.mark.parametrize(
    "arguments, words",
    [
        ("", ["required: item"]),
        ("table9", ["invalid choice: 'table9'"]),
        ("table1 --preset long", ["invalid choice: 'long'"]),
        ("table1 --seeds 1.5", ["received '1.5'"]),
        ("table1 --seeds 9223372036854775808", ["an integer from 0 to 2**63 − 1; received '9223372036854775808'"]),
        ("table1 --seeds ٣", ["received '٣'"]),
        ("table1 --jobs 1e3", ["a positive integer; received '1e3'"]),
        ("table1 --task 1/2/3", ["received '1/2/3'"]),
        ("table1 --task 1.0/2", ["received '1.0/2'"]),
        ("table1 --only MU=1", ["no cell has a label 'MU'; received 'MU=1', labels are mu, network"]),
        ("table1 --only mu=1=2", ["no cell has mu = 1=2; its values are"]),
        ("table1 --out file", ["output folder 'file' cannot be written"]),
        ("table1 --out file/results", ["output folder 'file/results' cannot be written"]),
        ("figure3 --seed -1", ["received '-1'"]),
        ("figure3 --out file", ["output folder 'file' cannot be written"]),
        ("figure3 --preset demo", ["unrecognized arguments: --preset demo"]),
    ],
)
def test_experiments(arguments, words, refused, tmp_path):
    (tmp_path / "file").write_text("old")
    refused(experiment, arguments.split(), *words)


CELLS = [cell for item in ITEMS for cell in item.cells("smoke")]


@quickly
@given(st.text(max_size=12))
def test_selections_at_random(text):
    """Either cells with such labels are chosen, or the error says what there is."""
    try:
        chosen = select(CELLS, [text])
    except SelectionError as error:
        assert re.search(r"; (received|its values are) ", str(error))
    else:
        assert chosen and text.partition("=")[0] in {name for cell in chosen for name, _ in cell.labels}


def test_a_cell_of_other_settings_is_not_overwritten(refused, tmp_path, capsys):
    """What a record says that is not this run's is exit code 1, for nothing is wrong with the command."""
    cell = ITEMS[0].cells("smoke")[0]
    path = Folders(tmp_path).record(cell)
    path.parent.mkdir(parents=True)
    for content in ("", "{", "[]", '{"schema": 1}'):
        path.write_text(content)
        assert experiment([ITEMS[0].name, "--preset", "smoke", "--out", str(tmp_path)]) == 1
        error = capsys.readouterr().err
        assert path.name in error and error.count("\n") == 1 and path.read_text() == content
