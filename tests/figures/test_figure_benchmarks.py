import json

import pytest

from experiments.paper.reports import FIGURE7_RIGHT
from experiments.records import RecordError
from figures.__main__ import main

ROWS = [{"kind": kind, "points": 10**k, "seconds": 1e-4 * 10**k} for kind in ("layer", "direct") for k in (2, 3, 4)]
RESULTS = {
    "direct": ROWS,
    "aliasing": {
        "modes": [-1, 0, 1],
        "measured": [0.1, 1e-5, 0.1],
        "predicted": [0.1, 1e-5, 0.1],
        "accurate": [1e-7] * 3,
    },
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


def test_missing_and_damaged_records_are_named(records, capsys):
    assert main(["figure7_right", "--records", str(records / "none"), "--out", str(records)]) == 2
    assert "direct.json: no such record; experiments/benchmark_scaling.py direct makes it" in capsys.readouterr().err
    (records / "benchmarks" / "direct.json").write_text("{")
    with pytest.raises(RecordError, match="direct.json: not valid JSON"):
        FIGURE7_RIGHT.read(records)
    (records / "benchmarks" / "direct.json").write_text('{"schema": 1, "item": "table1"}')
    with pytest.raises(RecordError, match="expected a record of benchmark_direct; received 'table1'"):
        FIGURE7_RIGHT.read(records)
