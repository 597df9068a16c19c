"""Core-hours: from records of the same geometry where there are some, by pairs of neighbours where there are none."""

import math

import pytest

from experiments.paper.one_dimension import TABLE1, TABLE2, TABLE5
from experiments.paper.two_dimensions import TABLE3
from experiments.studies import scale
from experiments.studies.scale import cell_seconds, item_costs, neighbor_pairs, step_times

STEPS = {(1, "short"): 1e-6, (1, "full"): 2e-6}


def test_pairs_of_neighbours():
    """By hand: 20 points on a line of 5, 4 a unit of length, 3 units within R = 1.5 on both sides."""
    assert neighbor_pairs(TABLE1.system) == pytest.approx(20 * 4 * 3)
    assert neighbor_pairs(TABLE3.system) == pytest.approx(450 * 2 * math.pi * 1.5**2)


def test_a_cell_without_records_costs_its_pairs():
    cell = next(cell for cell in TABLE1.cells("paper") if cell.network == "short")
    seconds, source = cell_seconds(cell, {}, STEPS)
    assert seconds == pytest.approx(1e-6 * 240 * 3_000_000) and source == "benchmark"
    assert cell_seconds(cell, {}, {}) == (None, "not measured")


def test_an_item_is_the_sum_of_its_cells():
    """Table 5 has no cells but those of Table 2, and what was not measured is not taken for nothing."""
    (cost,) = item_costs("paper", {}, STEPS, (TABLE1,))
    assert cost["item"].startswith("Table 1") and cost["cells"] == 10 and cost["seen"] == 30_000_000
    assert cost["hours"] == pytest.approx((1e-6 + 2e-6) * 240 * 15_000_000 / 3600)
    assert len(item_costs("paper", {}, STEPS, (TABLE2, TABLE5))) == 1
    (cost,) = item_costs("paper", {}, {(1, "short"): 1e-6}, (TABLE1,))
    assert cost["hours"] is None and cost["sources"] == {"benchmark", "not measured"}
    assert "| – |" in scale.hours_table([cost]) and "at least 0.0" in scale.hours_table([cost])


def test_benchmark_of_a_step_is_read(tmp_path):
    assert step_times(scale.benchmark("training", tmp_path)) == {}
    times = step_times(scale.benchmark("training", tmp_path, scale.RECORDS))
    assert set(times) == {(dim, network) for dim in (1, 2, 3) for network in ("short", "full")}
    assert all(1e-8 < seconds < 1e-4 for seconds in times.values())


def test_the_page_has_a_place_for_every_table(tmp_path):
    tables = scale.make_tables("smoke", tmp_path, scale.RECORDS)
    page = scale.PAGE.read_text(encoding="utf-8")
    filled = scale.fill_page(page, tables)
    assert all(table in filled for table in tables.values())
    assert scale.fill_page(filled, tables) == filled
    with pytest.raises(ValueError, match="points: begin"):
        scale.fill_page(page.replace("<!-- points: end -->", ""), tables)


def test_a_step_that_has_not_been_measured_is_said():
    assert "Not measured yet: `python experiments/benchmark_scaling.py workers`" in scale.workers_table([])
