"""Whatever is wrong with a command line is answered by one line that names it, exit code 2, and nothing is written."""

import json
import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

import data_gen.__main__
import figures.__main__
from data_gen import Exponential
from experiments.paper.one_dimension import ITEMS
from experiments.paper.reports import FIGURE3
from experiments.running import command
from experiments.running.folders import Folders
from experiments.running.options import UsageError
from experiments.running.selection import select
from tests.wrong_values import quickly, rows

GOOD = "--kernel exponential --mu 5 --box 5 --cells 10 --min-distance 0.05 --snapshots 2 --out a.h5"
MIXED = GOOD.replace("exponential --mu 5", "screened_coulomb --mu 5 0.5 --alpha 0.9 0.1")
CURVE = {"snapshots": [0, 800], "test_error": [1.0, 0.5]}
RECORD = {
    **{"schema": 1, "item": "table1", "preset": "quick", "recipe": "fast", "seed": 0, "error": 0.5},
    **{"cell": {"mu": 0.5, "network": "full"}, "snapshots_seen": 800, "curve": CURVE, "multiplier": None},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder: a data file, a record of Table 1, preset "quick", one of Figure 3, and damaged files."""
    monkeypatch.chdir(tmp_path)
    points = {"box_length": 5.0, "cells": 10, "points_per_cell": 2, "min_distance": 0.05}
    good = data_gen.generate("good.h5", kernel=Exponential(5.0), num_snapshots=2, seed=0, **points)
    texts = {
        "file": "old",
        "text.h5": "text",
        "empty.h5": "",
        "folder.json/kept": "kept",
        "cut.json": json.dumps(RECORD)[:200],
        "words.csv": ",".join(figures.logs.LOG_COLUMNS) + "\n1,2,3,x,5,6,7\n",
        "results/table1/quick/mu0.5_full_seed0.json": json.dumps(RECORD),
        "results/table2/quick/cut.json": '{"schema"',
        "both/table1/quick/mu0.5_full_seed0.json": json.dumps(RECORD),
        "both/figure3/contributions.json": FIGURE3.path(command.OWN_RECORDS).read_text(encoding="utf-8"),
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "cut.h5").write_bytes(good.read_bytes()[:900])
    return tmp_path


def generate(options):
    return data_gen.__main__.main([*GOOD.split(), *shlex.split(options)])


def generate_mixed(options):
    return data_gen.__main__.main([*MIXED.split(), *shlex.split(options)])


def data(line):
    return data_gen.__main__.main(shlex.split(line))


def draw(line):
    return figures.__main__.main(shlex.split(line))


def experiment(line):
    return command.main("Experiments.", ITEMS, {"figure3": ("Figure 3", None)}, shlex.split(line))


GENERATE = [
    (generate, ["--mu inf"], "mu must be a positive, finite number; received inf"),
    (generate, ["--mu 1e300"], r"mu times every side of box_length must be in .*received mu = 1e\+300"),
    (generate, ["--box nan"], "box_length must be positive and finite; received nan"),
    (generate, ["--box 5 5 5 5"], "dimension must be 1, 2 or 3; received 4"),
    (generate, ["--alpha nan", "--alpha inf"], r"weights must be finite numbers; received \((nan|inf),\)"),
    (generate, ["--min-distance nan"], "min_distance must be a number of at least 0; received nan"),
    (generate, ["--min-distance 3"], "min_distance must be at most 2.5, half the shortest side; received 3.0"),
    (generate, ["--cells 99999999999"], "num_points must be below .*received 199999999998"),
    (generate, ["--points-per-cell 0"], "points_per_cell must be an integer of at least 1; received 0"),
    (generate, ["--seed 1.5"], "--seed.*'1.5'"),
    (generate, [f"--seed {2**63}"], rf"seed must be below 2\*\*63; received {2**63}"),
    (generate, [f"--snapshots {2**63}"], rf"num_snapshots must be below 2\*\*63; received {2**63}"),
    (generate, ["--workers 1.5"], "--workers.*'1.5'"),
    (generate, ["--dimension 4"], "--dimension.*invalid choice: 4"),
    (generate, ["--kernel spectral"], "--kernel.*invalid choice: 'spectral'"),
    (generate, ["--out ."], r"path must be free for a new file; received \.: it is a folder"),
    (generate, ["--out file/a.h5"], "path must lie in a folder that can be written; received file/a.h5"),
    (generate, ["--out file"], "it is there already.*--force replaces a file"),
    (generate, ["--points 20"], "--points: not allowed with argument --cells"),
    (generate, ["--unknown"], "unrecognized arguments: --unknown"),
    (generate, ["--method exact"], "--method and --smoothing are for --kernel screened_coulomb only"),
    (data, [GOOD.replace("--cells", "--points") + " --points-per-cell 2"], "--points-per-cell is for --cells only"),
    (generate_mixed, ["--smoothing 0.1"], "--smoothing is for --method spectral only"),
    (generate_mixed, ["--alpha 1 2 3"], "--alpha must name one .* received 3 weights for 2 inverse lengths"),
    (generate_mixed, ["--mu 1 2 3"], "--alpha must name one .* received 2 weights for 3 inverse lengths"),
]
BOTH = ("inspect", "verify")
INSPECT_AND_VERIFY = [
    (data, [f"{c} {n}.h5" for c in BOTH for n in ("empty", "text", "cut")], "h5: expected a whole HDF5 file; received"),
    (data, [f"{c} ." for c in BOTH], "expected a file of snapshots; received a folder"),
    (data, [f"{c} none.h5" for c in BOTH], "No such file or directory: 'none.h5'"),
    (data, [f"{c} a\0b" for c in BOTH], r"path must be the name of a file; received 'a\\x00b'"),
    (data, BOTH, "required: FILE"),
    (data, ["inspect good.h5 --radius nan"], "--radius must be a positive number; received nan"),
    (data, ["inspect good.h5 --radius 2.6"], "radius must be at most 2.5, half the shortest side; received 2.6"),
    (data, ["inspect good.h5 --box 7"], "box_length must be that of the file.*received 7.0"),
    (data, ["inspect good.h5 --box 5 5"], "box_length must be a positive number or a sequence of 1 of them; received"),
    (data, ["inspect good.h5 --snapshot 2"], "--snapshot must be in 0…1; received 2"),
    (data, ["inspect good.h5 --out"], "--out"),
    (data, ["inspect good.h5 --out a.gif"], "must end in one of .png, .pdf, .svg; received a.gif"),
    (data, ["inspect good.h5 --out ''"], "must end in one of .png, .pdf, .svg"),
    (data, ["verify good.h5 --sample 1.5"], "--sample.*'1.5'"),
    (data, ["verify good.h5 --sample 0"], "--sample must be at least 1; received 0"),
    (data, ["verify good.h5 other.h5"], "unrecognized arguments: other.h5"),
]
DRAW = [
    (draw, [""], "required: item"),
    (draw, ["table9"], "invalid choice: 'table9'"),
    (draw, ["table1"], "required: --preset"),
    (draw, ["table1 --preset none"], "results/table1/none does not exist; presets with records.*: quick"),
    (draw, ["table1 --preset quick --records none"], "none/table1/quick does not exist"),
    (draw, ["table1 --preset quick --records file"], "file/table1/quick does not exist"),
    (draw, ["table2 --preset quick"], "results/table2/quick/cut.json: not valid JSON"),
    (draw, ["idea --out file"], "file.*folder"),
    (draw, ["table1 --preset quick --out file"], "file/table1_quick.md: must lie in a folder that can be .*received"),
    (draw, ["figure3"], "results/figure3/contributions.json: no such record; experiments/run_1d.py figure3 makes it"),
    (draw, ["aliasing"], "results/benchmarks/aliasing.json: no such record"),
    (draw, ["figure7_right"], "direct.json: no such record; experiments/benchmark_scaling.py direct makes it"),
    (draw, ["recipes --presets quick"], "no cell of 'Table 1"),
    (draw, ["recipes --presets quick quick"], "presets must have different recipes; received 'fast' twice"),
    (draw, ["learning_curve none.json --out a.png"], r"none.json: cannot be read \(No such file"),
    (draw, ["learning_curve folder.json --out a.png"], r"folder.json: cannot be read \(Is a directory\)"),
    (draw, ["learning_curve cut.json --out a.png"], "cut.json: not valid JSON"),
    (draw, ["learning_curve file --out a.gif"], "a.gif: the name of a drawing must end in .png, .pdf or .svg"),
    (draw, ["learning_curve --out a.png"], "required: file"),
    (
        draw,
        ["learning_curve none.csv --out a.png"],
        "none.csv: no such file; a training writes it if a log is requested",
    ),
    (draw, ["learning_curve . --out a.png"], r"Is a directory: '\.'"),
    (draw, ["learning_curve file --out a.png"], "file: expected the columns step, "),
    (draw, ["learning_curve words.csv --out a.png"], "words.csv, line 2: expected 7 numbers; received 1,2,3,x,5,6,7"),
    (draw, ["learning_curve file --label a b --out a.png"], "one label for each of 1 files; received 2"),
    (draw, ["learning_curve a\0b --out a.png", "learning_curve a\0b.json --out a.png"], "embedded null"),
    (draw, ["summary --records none"], "none: no records of any table or figure"),
    # Figure 3 has no preset: its record alone does not answer for one that is misspelt
    (draw, ["summary --preset qick", "summary --records both --preset qick"], "with preset qick"),
    (draw, ["readme --readme none.md"], "none.md"),
    (draw, ["readme --readme ."], r"Is a directory: '\.'"),
    (draw, ["readme --readme file"], "file: expected the line.*once; received 0 of them"),
]
EXPERIMENTS = [
    (experiment, [""], "required: item"),
    (experiment, ["table9"], "invalid choice: 'table9'"),
    (experiment, ["table1 --preset long"], "invalid choice: 'long'"),
    (experiment, ["table1 --recipe slow"], "invalid choice: 'slow'"),
    (experiment, ["table1 --preset paper_start --recipe fast"], "leave --recipe out; received --recipe fast"),
    (experiment, ["table1 --mu 1"], "unrecognized arguments: --mu 1"),
    (experiment, [f"table1 --seeds 1 {n}" for n in ("x", "1.5", "٣", 2**32)], r"an integer from 0 to 2\*\*32 − 1; rec"),
    (experiment, [f"table1 --jobs {n}" for n in ("0", "1e3")], "a positive integer; received '(0|1e3)'"),
    (
        experiment,
        [f"table1 --task {n}" for n in ("1", "0/3", "4/3", "1/2/3", "1.0/2")],
        "I/N with 1 ≤ I ≤ N, .*received",
    ),
    (experiment, ["table1 --only MU=1"], "no cell has a label 'MU'; received 'MU=1', labels are mu, network"),
    (experiment, ["table1 --only mu=1=2"], "no cell has mu = 1=2; its values are 0.5, 1, 2, 5, 10"),
    (experiment, ["table1 --out file", "figure3 --out file"], "output folder 'file' cannot be written"),
    (experiment, ["table1 --out file/results"], "output folder 'file/results' cannot be written"),
    (experiment, ["figure3 --seed -1"], r"expected an integer from 0 to 2\*\*32 − 1; received '-1'"),
    (experiment, ["figure3 --preset demo"], "unrecognized arguments: --preset demo"),
]


@rows([*GENERATE, *INSPECT_AND_VERIFY, *DRAW, *EXPERIMENTS])
def test_refused(call, arguments, pattern, folder, capsys):
    def content():
        return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}

    before = content()
    for argument in arguments:
        try:
            code = call(argument)
        except SystemExit as stop:
            code = stop.code
        output = capsys.readouterr()
        assert code == 2 and output.err.count("\n") == 1 and ": error: " in output.err, output.err
        assert re.search(pattern, output.err) and not output.out, output
        assert content() == before


CELLS = [cell for item in ITEMS for cell in item.cells("smoke")]


@quickly
@given(st.text(max_size=12))
def test_selections_at_random(text):
    """Either cells with such labels are chosen, or the error says what there is."""
    try:
        chosen = select(CELLS, [text])
    except UsageError as error:
        assert re.search(r"; (received|its values are) ", str(error))
    else:
        assert chosen and text.partition("=")[0] in {name for cell in chosen for name, _ in cell.labels}


def test_a_cell_of_other_settings_is_not_overwritten(tmp_path, capsys):
    """What a record says that is not this run's is exit code 1, for nothing is wrong with the command."""
    path = Folders(tmp_path).record(CELLS[0])
    path.parent.mkdir(parents=True)
    for content in ("", "{", "[]", '{"schema": 1}'):
        path.write_text(content)
        assert experiment(f"{ITEMS[0].name} --preset smoke --out {shlex.quote(str(tmp_path))}") == 1
        error = capsys.readouterr().err
        assert path.name in error and error.count("\n") == 1 and path.read_text() == content
