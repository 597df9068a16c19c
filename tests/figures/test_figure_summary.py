"""The summary: every item, its best preset, cells by name, as JSON and as text."""

import json

import pytest

from figures.__main__ import main
from figures.summary import choose_tables, summarize, to_text


def write_figure3(results):
    row = {"mu": 0.5, "force": 1.0, "share_beyond_cutoff": 0.47, "contributions": [1.0]}
    record = {
        "schema": 1,
        "item": "figure3",
        "settings": {"cutoff": 1.5, "box_length": 50.0, "particle": 100, "seed": 0},
        "results": {"displacements": [2.0], "rows": [{**row, "mu": 5.0, "share_beyond_cutoff": 0.0006}, row]},
    }
    (results / "figure3").mkdir(parents=True)
    (results / "figure3" / "contributions.json").write_text(json.dumps(record))


def test_cells_by_name(write_record, results):
    for seed, error in ((10, 0.00828), (2, 2 * 0.00828)):
        write_record(error=error, seed=seed)
    lengths = {"inverse_length": {"initial": [1.0, 1.0], "final": [0.522, -5.394]}}
    write_record(item="table2", cell={"modes": 63}, error=0.00536, multiplier=lengths)
    write_record(item="table2", cell={"modes": None}, error=0.1)
    write_record(item="figure7", cell={"alpha": 0.9, "strategy": "two", "snapshots": 100}, error=0.02)
    cell = {"kernel": "exponential", "alpha": 0.5, "strategy": "one", "snapshots": 30}
    write_record(item="figure8", cell=cell, error=0.03)
    write_figure3(results)
    summary = summarize(results)
    assert list(summary) == ["table1", "table2", "table5_1d", "figure7", "figure8", "figure3"]
    facts = {"paper": 0.00828, "ours": pytest.approx(0.01242), "ratio": pytest.approx(1.5)}
    assert summary["table1"]["full mu=0.5"] == {**facts, "preset": "quick", "seeds": [2, 10]}
    nothing = {"paper": 0.02919, "ours": None, "ratio": None, "preset": "quick", "seeds": []}
    assert summary["table1"]["short mu=1"] == nothing
    assert summary["table1"]["full mu=10"] == {**nothing, "paper": 0.00054}
    assert summary["table2"]["modes=63"]["ratio"] == pytest.approx(1)
    assert summary["table2"]["modes=none"]["paper"] == 0.06143
    assert summary["table5_1d"]["lambda1 modes=63"]["ratio"] == pytest.approx(2)
    assert summary["table5_1d"]["lambda2 modes=63"]["ours"] == 0.522
    assert summary["figure7"]["alpha=0.9 two n=100"]["ours"] == 0.02
    assert summary["figure7"]["alpha=0.9 two n=100"]["paper"] is None
    assert summary["figure8"]["exponential alpha=0.5 one n=30"]["ours"] == 0.03
    assert summary["figure3"]["share beyond 1.5 mu=0.5"]["ours"] == 0.47


def test_json_and_text_are_printed(write_record, results, capsys):
    write_record(error=0.00828)
    assert main(["summary", "--records", str(results), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == summarize(results)
    assert main(["summary", "--records", str(results)]) == 0
    text = capsys.readouterr().out
    assert text == to_text(summarize(results))
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["item", "cell", "ours", "paper", "ratio", "preset", "seeds"]
    assert ["table1", "full", "mu=0.5", "0.00828", "0.00828", "1.00", "quick", "0"] in lines
    assert ["table1", "short", "mu=2", "missing", "0.00597", "–", "quick", "–"] in lines


def test_the_most_complete_preset_is_chosen(write_record, results):
    def chosen(preset=None):
        return choose_tables(results, preset).get("table1", [None])[0]

    assert chosen() is None
    for preset in ("smoke", "paper"):
        write_record(preset=preset, folder=preset)
    assert chosen() == "paper"
    write_record()
    assert chosen() == "quick"  # of equals the one with the lower errors
    write_record(preset="quick", recipe="paper", folder="quick-paper", mu=1.0)
    write_record(preset="quick", mu=3.0)  # a cell that is not printed completes nothing
    write_record(preset="paper", folder="paper", mu=1.0)
    assert chosen() == "paper"
    write_record(preset="quick", mu=2.0)
    assert chosen() == "quick"
    write_record(preset="quick", recipe="paper", folder="quick-paper", mu=0.5)
    assert chosen() == "quick"  # the preset's own recipe comes first
    write_record(preset="odd", folder="odd")
    write_record(preset="odd", folder="odd", network="short")
    assert chosen() == "quick"  # a preset of one's own comes last
    assert (chosen("smoke"), chosen("demo")) == ("smoke", None)


def test_a_forced_preset(write_record, results):
    write_record()
    write_record(preset="smoke", folder="smoke", error=0.9)
    write_record(item="table3", mu=1.0)
    summary = summarize(results, "smoke")
    assert list(summary) == ["table1"] and summary["table1"]["full mu=0.5"]["ours"] == 0.9


def test_table_5_is_left_out_when_no_network_has_modes(write_record, results):
    write_record(item="table4", cell={"modes": None})
    assert list(summarize(results)) == ["table4"]


def test_what_cannot_be_summarized_is_named(write_record, results, capsys):
    write_record()
    write_record(seed=1, recipe="adam")
    assert main(["summary", "--records", str(results)]) == 2
    assert "table1: expected records of one recipe; received adam, soap" in capsys.readouterr().err
