"""Core-hours and the other tables of scale.md, from records of the same geometry."""

import shutil

import pytest

from experiments.pages import fill_page
from experiments.paper.one_dimension import TABLE1, TABLE2, TABLE5
from experiments.records import RecordError
from experiments.running.estimates import measured_speeds
from experiments.studies import scale

SHORT, FULL = TABLE1.cells("demo")[0], TABLE1.cells("demo")[-1]


def cells_of(table):
    """{first cell of a line: the others}."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {first: rest for first, *rest in lines}


def test_an_item_is_the_sum_of_its_cells(folders, finish):
    """Each record has 50,000 snapshots seen, of which the second half takes 4 s, and starts within 4 s."""
    finish(SHORT)
    # what is not measured is not taken for nothing
    lines = cells_of(scale.hours_table("paper", measured_speeds(folders.out), (TABLE1,)))
    seconds = 5 * (4 + 3_000_000 * 4 / 25_000)
    assert lines["Table 1"] == ["10", "30.0", f"at least {seconds / 3600:.1f}", f"at least {seconds / 5 / 3600:.1f}"]
    finish(FULL)
    lines = cells_of(scale.hours_table("paper", measured_speeds(folders.out), (TABLE1,)))
    assert lines["Table 1"] == ["10", "30.0", f"{2 * seconds / 3600:.1f}", f"{seconds / 5 / 3600:.1f}"]
    assert lines["all"] == [*lines["Table 1"][:-1], ""]


def test_table_5_has_no_cells_but_those_of_table_2():
    lines = cells_of(scale.hours_table("paper", {}, (TABLE2, TABLE5)))
    assert list(lines)[2:] == ["Table 2", "all"] and lines["Table 2"] == ["5", "15.0", "–", "–"]


def test_the_page_has_a_place_for_every_table(tmp_path):
    tables = scale.make_tables("smoke", tmp_path, scale.RECORDS)
    page = tmp_path / "scale.md"
    shutil.copy(scale.PAGE, page)
    fill_page(page, tables)
    assert all(table in page.read_text(encoding="utf-8") for table in tables.values())
    assert fill_page(page, tables, check=True)
    page.write_text(page.read_text(encoding="utf-8").replace("<!-- points: end -->", ""), encoding="utf-8")
    with pytest.raises(RecordError, match="<!-- points: end --> once"):
        fill_page(page, tables)


def test_the_tables_of_the_page_are_those_of_the_records():
    assert fill_page(scale.PAGE, scale.make_tables("paper", scale.RECORDS), check=True)


def test_a_benchmark_that_is_missing_is_said(tmp_path):
    tables = scale.make_tables("smoke", tmp_path)
    assert "Not measured yet: `python experiments/benchmark_scaling.py workers`" in tables["workers"]


def test_what_a_benchmark_lacks_is_a_dash():
    """One case of the layer in 2-D failed, and the one worker of the second cloud."""
    rows = [{"dim": dim, "kind": "layer", "points": n, "seconds": n**dim} for dim in (1, 2) for n in (10**4, 10**5)]
    lines = scale.layer_table(rows[:3]).splitlines()
    assert lines[2:] == [
        "| 1 | its own | 10000000.0 | 100000000.0 | 1.00 |",
        "| 2 | its own | 100000000000.0 | – | – |",
    ]
    rows = [
        {"case": [1, n, 16], "workers": workers, "step_ms": 12.0 / workers} for n, workers in ((8, 1), (8, 2), (9, 2))
    ]
    lines = scale.workers_table(rows).splitlines()
    assert lines[3:] == ["| 1 | 8 | 16 | 2 | 6.0 | 2.00 | 100 % |", "| 1 | 9 | 16 | 2 | 6.0 | – | – |"]
