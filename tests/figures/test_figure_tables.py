"""Tables: our values, the paper's and the ratio, in their places."""

import pytest

from experiments.paper import ITEMS
from experiments.records import RecordError, read_record
from figures.__main__ import main
from figures.tables import Entry, build_table
from figures.text import to_markdown


def cells_of(markdown):
    """Markdown table -> {row name: list of cells}."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert len({len(row) for row in rows}) == 1
    return {row[0]: row[1:] for row in rows}


def table_of(*paths):
    return build_table("table1", [read_record(path) for path in paths])


def test_the_papers_values_are_the_printed_ones():
    printed = {name: item.printed for name, item in ITEMS.items() if item.printed}
    assert printed["table1"]["short"][0.5] == 0.05119
    assert printed["table1"]["full"][10.0] == 0.00054
    assert printed["table2"]["error"][None] == 0.06143
    assert printed["table5_2d"]["lambda2"][63] == 1.082
    assert printed["table6"]["full"][7.5] == 0.00411
    for rows in printed.values():
        assert len({tuple(row) for row in rows.values()}) == 1  # every row has the same columns


def test_values_ratios_and_missing_cells(write_record):
    # An integer μ is the same column as the paper's 1.0.
    markdown = to_markdown(table_of(write_record(mu=1, network="full", error=0.01204)))
    cells = cells_of(markdown)
    assert cells[""] == ["μ = 0.5", "μ = 1", "μ = 2", "μ = 5", "μ = 10"]
    assert cells["full-range, ours"] == ["missing", "0.01204", "missing", "missing", "missing"]
    assert cells["full-range, paper"] == ["0.00828", "0.00602", "0.00336", "0.00077", "0.00054"]
    assert cells["full-range, ours / paper"] == ["–", "2.00", "–", "–", "–"]
    assert cells["short-range, ours"] == ["missing"] * 5
    assert cells["short-range, paper"][0] == "0.05119"
    caption = markdown.splitlines()[-1]
    for words in ("preset quick", "recipe soap", "seed 0", "2,400 snapshots seen", "9 of 10 cells missing"):
        assert words in caption
    assert "median" not in caption


def test_seeds_give_median_and_range(write_record):
    table = table_of(*(write_record(mu=2.0, seed=seed, error=0.001 * (seed + 1)) for seed in (0, 1, 5)))
    entry = table.entries["full", 2.0]
    assert entry.median == pytest.approx(0.002)
    assert entry.range == pytest.approx((0.001, 0.006))
    assert entry.ratio == pytest.approx(0.002 / 0.00336)
    markdown = to_markdown(table)
    assert cells_of(markdown)["full-range, ours"][2] == "0.00200 (0.00100–0.00600)"
    assert cells_of(markdown)["full-range, ours / paper"][2] == "0.60"
    assert "seeds 0, 1, 5" in markdown
    assert "seeds 0 to 2, " in to_markdown(table_of(*(write_record(mu=10.0, seed=seed) for seed in range(3))))
    assert "median (range) over the seeds" in markdown


def test_cells_with_different_numbers_of_seeds_and_snapshots_are_told(write_record):
    paths = [write_record(seed=0), write_record(seed=1, snapshots_seen=4800), write_record(network="short")]
    markdown = to_markdown(table_of(*paths))
    assert "seeds 0, 1 (1 to 2 a cell), 2,400 to 4,800 snapshots seen" in markdown


def test_rows_and_columns_the_paper_does_not_have(write_record):
    cells = cells_of(to_markdown(table_of(write_record(mu=3.0, network="pairwise", error=0.00002))))
    assert cells[""] == ["μ = 0.5", "μ = 1", "μ = 2", "μ = 3", "μ = 5", "μ = 10"]
    assert cells["pairwise, ours"][3] == "2.0e-05"
    assert cells["pairwise, paper"] == ["–"] * 6
    assert cells["full-range, paper"][3] == "–"


def test_an_entry_without_values():
    entry = Entry(values=(), paper=0.5)
    assert (entry.median, entry.range, entry.ratio) == (None, None, None)


def test_records_that_do_not_make_one_table(write_record):
    good = write_record()
    with pytest.raises(RecordError, match="hold the same cell and seed"):
        table_of(good, write_record(name="again.json"))
    with pytest.raises(RecordError, match="one recipe; received adam, soap"):
        table_of(good, write_record(seed=1, recipe="adam"))
    with pytest.raises(RecordError, match=r"bare\.json: expected 'network' in the cell"):
        table_of(write_record(name="bare.json", cell={"mu": 1.0}))


def test_the_command_prints_what_it_writes(write_record, tmp_path, capsys):
    write_record()
    out = tmp_path / "out"
    assert main(["table1", "--preset", "quick", "--records", str(tmp_path / "results"), "--out", str(out)]) == 0
    assert (out / "table1_quick.md").read_text(encoding="utf-8") == capsys.readouterr().out
    drawn = {f"table1_quick{part}.{kind}" for part in ("", "_curves") for kind in ("png", "pdf")}
    assert {path.name for path in out.iterdir()} == drawn | {"table1_quick.md", "table1_quick.tex"}
