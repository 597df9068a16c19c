"""The command line in this process, without training and drawing: what is chosen, skipped, listed, drawn, refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from experiments.paper import one_dimension, two_dimensions
from experiments.paper.one_dimension import FIGURE7, TABLE1, TABLE2
from experiments.running import command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(monkeypatch, folders, finish):
    """Runs a 1-D command; training writes records of cells, drawing notes the item. Returns code, trained, drawn."""

    def run_command(*arguments, fails=(), items=one_dimension.ITEMS):
        trained, drawn = [], []

        def run_cells(cells, _, jobs, ended):
            for cell in cells:
                if cell.title not in fails:
                    finish(cell)
                trained.append(cell.title)
                ended(cell)
            return [cell.title for cell in cells if cell.title in fails]

        def draw(out, *item):
            drawn.append((len(trained), *item))
            return 0

        monkeypatch.setattr(command, "run_cells", run_cells)
        monkeypatch.setattr(command, "_draw", draw)
        monkeypatch.setattr(command, "OWN_RECORDS", folders.out / "none")  # of the repository: they may grow
        reports = {"figure3": ("Figure 3: forces", lambda folders, seed: [f"seed {seed}"])}
        code = command.main("Experiments.", items, reports, [*arguments, "--out", str(folders.out)])
        return code, trained, drawn

    return run_command


def test_missing_cells_are_trained_and_the_item_is_drawn(run, finish, capsys):
    finish(TABLE1.cells("quick")[0])
    code, trained, drawn = run("table1", "--preset", "quick", "--only", "mu=0.5,1")
    assert code == 0 and set(trained) == {"table1/mu1_short_seed0", "table1/mu0.5_full_seed0", "table1/mu1_full_seed0"}
    assert drawn == [(3, "table1", "--preset", "quick")]
    output = capsys.readouterr().out
    assert "table1, preset quick: 1,000 snapshots, recipe fast: 100 epochs of batch 8" in output
    assert "table1/mu0.5_short_seed0  done before" in output and "3 of 4 cells missing, " in output
    # the second time nothing is left to train
    assert run("table1", "--preset", "quick", "--only", "mu=0.5,1")[1:] == ([], [(0, "table1", "--preset", "quick")])


def test_table5_trains_and_draws_another_tables_cells(run):
    code, trained, drawn = run("table5", "--preset", "smoke")
    assert (code, trained, drawn) == (0, ["table2/modes63_seed0"], [(1, "table5_1d", "--preset", "smoke")])
    _, trained, drawn = run("table5", "--preset", "smoke", items=two_dimensions.ITEMS)
    # which start from the network without LRC-layer
    assert trained == ["table4/modesnone_seed0", "table4/modes21_seed0"]
    assert drawn == [(2, "table5_2d", "--preset", "smoke")]


def test_another_recipe_is_drawn_from_its_folder(run, folders):
    _, _, drawn = run("figure7", "--preset", "smoke", "--recipe", "paper", "--only", "snapshots=8", "strategy=two")
    assert drawn == [(2, "figure7", "--preset", "smoke-paper")]
    assert (folders.out / "figure7_small" / "smoke-paper" / "alpha0.9_seed0.weights.npz").exists()


def test_all_items_cheapest_cells_first(run, finish):
    """Measured: table1's short cells take 12 s, table2's one 4 s; the rest is unknown and comes last."""
    short = next(cell for cell in TABLE1.cells("demo") if cell.network == "short")
    none = TABLE2.cells("demo")[0]
    finish(short)
    finish(none, curve={"snapshots": [25_000, 50_000], "seconds": [2.0, 3.0]}, start_up_time=1.0)
    code, trained, drawn = run("all", "--preset", "demo", "--seeds", "5")
    assert code == 0 and trained[0] == "table2/modesnone_seed5" and trained[1].startswith(("figure7_small", "table1"))
    assert [names for _, *names in drawn][0] == ["figure3"]
    when = {name: count for count, name, *_ in drawn}
    assert len(drawn) == len(when) == 6
    for name, item in (("table1", "table1"), ("table2", "table2"), ("table5_1d", "table2"), ("figure7", "figure7")):
        last = max(i for i, title in enumerate(trained) if title.startswith(f"{item}/"))
        assert when[name] == last + 1  # as soon as its last cell has ended


def test_copied_records_are_not_trained_again(run, folders, finish, capsys):
    """They come without weights. A missing cell that starts from a trained network has it trained again."""
    cells = two_dimensions.TABLE4.cells("smoke")
    for cell in cells:
        finish(cell)
    for path in folders.out.rglob("*.weights.npz"):
        path.unlink()
    assert run("table4", "--preset", "smoke", items=two_dimensions.ITEMS)[1] == []
    full = next(cell for cell in cells if cell.small_phase)
    folders.record(full).unlink()
    _, trained, _ = run("table4", "--preset", "smoke", items=two_dimensions.ITEMS)
    assert sorted(trained) == sorted([full.small_phase.title, full.title])


def test_failed_cells(run, capsys):
    code, _, drawn = run("table2", "--preset", "smoke", fails=("table2/modes63_seed0",))
    assert code == 1 and drawn == [(2, "table2", "--preset", "smoke")]
    words = "not finished: table2/modes63_seed0; the same command tries them again; one that diverged starts anew"
    assert words in capsys.readouterr().err


def test_ctrl_c(folders, capsys, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "run_cells", interrupt)
    arguments = ["table2", "--preset", "smoke", "--out", str(folders.out)]
    assert command.main("Experiments.", one_dimension.ITEMS, None, arguments) == 130
    assert capsys.readouterr().err == "stopped; the same command continues what was running\n"


def test_shares(run):
    everything = run("all", "--list")[0]
    assert everything == 0
    parts = [run("figure7", "--preset", "smoke", "--task", f"{i}/4", "--only", "snapshots=8,32") for i in range(1, 5)]
    assert sum(len(trained) for _, trained, _ in parts) == 5
    assert parts[3] == (0, [], [])  # three groups: two one-scale cells, and what starts from the small phase


def test_list_trains_nothing(run, folders, finish, capsys):
    finish(TABLE1.cells("demo")[0])
    code, trained, drawn = run("table1", "--list")
    assert (code, trained, drawn) == (0, [], [])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "table1/mu0.5_short_seed0  done"
    assert lines[1] == "table1/mu1_short_seed0    missing  12 s"
    assert lines[-1].startswith("9 of 10 cells missing, ")
    # a small phase is listed when a cell wants to start from it
    two = [cell for cell in FIGURE7.cells("smoke") if cell.small_phase]
    for cell in two[:1]:
        finish(cell)
    run("figure7", "--preset", "smoke", "--only", "strategy=two", "snapshots=8", "--list")
    assert "figure7_small" not in capsys.readouterr().out
    run("figure7", "--preset", "smoke", "--only", "strategy=two", "--list")
    assert "figure7_small/alpha0.9_seed0" in capsys.readouterr().out


def test_list_makes_no_folder(run, tmp_path):
    out = tmp_path / "new"
    assert command.main("Experiments.", one_dimension.ITEMS, None, ["table1", "--list", "--out", str(out)]) == 0
    assert not out.exists()


def test_a_record_of_other_settings_stops_the_run(run, finish, folders, capsys):
    cell = TABLE1.cells("demo")[0]
    finish(cell, settings={**cell.settings(), "seed": 7})
    before = folders.record(cell).read_text()
    code, trained, drawn = run("table1")
    assert (code, trained, drawn) == (1, [], [])
    output, error = capsys.readouterr()
    assert "a record with seed = 7, where this run has 0" in error and error.count("\n") == 1 and output == ""
    assert folders.record(cell).read_text() == before


@pytest.mark.parametrize("script", ["run_1d", "run_2d", "run_3d"])
def test_a_command_that_lists_needs_no_tensorflow(script, tmp_path):
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['experiments/{script}.py', 'all', '--list', '--preset', 'smoke', '--out', {str(tmp_path)!r}]\n"
        "try:\n"
        "    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except SystemExit:\n"
        "    assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60, capture_output=True, text=True)
    assert "missing" in run.stdout


def test_help_says_the_numbers_of_every_preset(run, capsys):
    with pytest.raises(SystemExit):
        run("figure7", "--help")
    output = capsys.readouterr().out
    for preset in FIGURE7.presets:
        assert f"{preset:11} {FIGURE7.words(preset)}" in output
