"""The runner of the benchmarks, with functions that take no time."""

import math
import operator
import os

import pytest

from experiments.benchmark_scaling import BENCHMARKS
from experiments.benchmarks import points, workers
from experiments.benchmarks.timing import in_processes, median_times
from experiments.records import read_record
from experiments.running.command import OWN_RECORDS


def test_a_function_runs_in_processes_of_its_own():
    assert in_processes(operator.add, 1, 2) == 3
    assert in_processes(os.getenv, "PLACE", environments=({"PLACE": "first"}, {"PLACE": "second"})) == "first"
    with pytest.raises(RuntimeError, match=r"_operator, \(1, 0\) failed:\n(.|\n)*ZeroDivisionError"):
        in_processes(operator.truediv, 1, 0)


def test_functions_take_turns():
    calls = []
    times = median_times(lambda: calls.append("a"), lambda: calls.append("b"), repeats=2)
    assert calls == ["a", "b"] * 3 and len(times) == 2 and all(0 <= seconds < math.inf for seconds in times)


def test_results_of_rows():
    rows = [{"dim": dim, "points": n, "seconds": n**dim} for dim in (1, 2) for n in (10**4, 10**5)]
    assert [(result["case"], len(result["rows"])) for result in points.slopes(rows)] == [([1], 2), ([2], 2)]
    assert [result["slope"] for result in points.slopes(rows)] == pytest.approx([1, 2])
    rows = [{"case": [1], "workers": n, "step_ms": ms} for n, ms in ((1, 6.0), (2, 4.0))]
    assert [row["speed_up"] for row in workers.speed_ups(rows)] == [1.0, 1.5]
    assert [count for system, count in workers.cases(cores=6) if system == 0] == [1, 2, 4]


@pytest.mark.parametrize("name", ["transform", "xla", "layer", "training", "direct"])
def test_the_record_of_the_repository_has_every_case(name):
    results = read_record(OWN_RECORDS / "benchmarks" / f"{name}.json", f"benchmark_{name}").results
    assert len(results) == len(BENCHMARKS[name][1])
