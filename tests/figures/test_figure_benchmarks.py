import json

import pytest

from experiments.paper.reports import FIGURE7_RIGHT, growth
from experiments.records import RecordError
from figures.__main__ import main

ROWS = [{"kind": kind, "points": 10**k, "seconds": 1e-4 * 10**k} for kind in ("layer", "direct") for k in (2, 3, 4)]
RESULTS = {
    "direct": ROWS,
    "aliasing": [
        {
            "modes": [-1, 0, 1],
            "measured": [0.1, 1e-5, 0.1],
            "predicted": [0.1, 1e-5, 0.1],
            "accurate": [1e-7] * 3,
        }
    ],
}


@pytest.fixture
def records(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    for name, results in RESULTS.items():
        record = {"schema": 1, "item": f"benchmark_{name}", "results": results}
        (tmp_path / "benchmarks" / f"{name}.json").write_text(json.dumps(record))
    return tmp_path


@pytest.mark.parametrize("command", ["figure7_right", "aliasing"])
def test_drawn_twice_the_same(records, command):
    pictures = []
    for folder in ("first", "second"):
        assert main([command, "--records", str(records), "--out", str(records / folder)]) == 0
        pictures.append((records / folder / f"{command}.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_damaged_records_are_named(records):
    (records / "benchmarks" / "direct.json").write_text("{")
    with pytest.raises(RecordError, match="direct.json: not valid JSON"):
        FIGURE7_RIGHT.read(records)
    (records / "benchmarks" / "direct.json").write_text('{"schema": 1, "item": "table1"}')
    with pytest.raises(RecordError, match="expected a record of benchmark_direct; received 'table1'"):
        FIGURE7_RIGHT.read(records)


def test_growth_is_the_fit_to_large_clouds():
    """t = N^2 from 10⁴ points on, anything below; the last two times when there are fewer large clouds."""
    rows = [{"points": 10**k, "seconds": 1.0 if k < 4 else 10.0 ** (2 * k)} for k in (2, 6, 3, 5, 4)]
    assert growth(rows) == pytest.approx(2)
    assert growth([{"points": n, "seconds": n**1.5} for n in (1, 10, 10**5)]) == pytest.approx(1.5)
    assert growth([{"points": 10, "seconds": 1.0}, {"points": 100, "seconds": 10.0}]) == pytest.approx(1)
    # least squares of log t = 4, 5, 7 against log N = 4, 5, 6
    rows = [{"points": 10**k, "seconds": 10.0**t} for k, t in ((4, 4), (5, 5), (6, 7))]
    assert growth(rows) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("name", "results", "command"),
    [
        ("direct", [], "figure7_right"),
        ("direct", [{"kind": "layer", "points": 10}] * 4, "figure7_right"),
        ("direct", ROWS[:4], "figure7_right"),
        ("direct", [{**row, "seconds": 0.0} for row in ROWS], "figure7_right"),
        ("aliasing", [], "aliasing"),
        ("aliasing", [{"modes": [0]}], "aliasing"),
        ("aliasing", [{**RESULTS["aliasing"][0], "measured": [0.1]}], "aliasing"),
    ],
)
def test_incomplete_records_are_named(records, capsys, name, results, command):
    record = {"schema": 1, "item": f"benchmark_{name}", "results": results}
    (records / "benchmarks" / f"{name}.json").write_text(json.dumps(record))
    assert main([command, "--records", str(records), "--out", str(records)]) == 2
    assert f"{name}.json: " in capsys.readouterr().err
