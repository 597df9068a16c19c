"""The runner of the benchmarks, with functions that take no time."""

import math
import operator
import os
import time  # noqa: F401, of the code that `_run_code` runs

import numpy as np
import pytest

from experiments import benchmark_scaling
from experiments.benchmark_scaling import BENCHMARKS
from experiments.benchmarks import transform, workers, xla
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


def test_workers_up_to_the_number_of_cores():
    assert [count for system, count in workers.cases(cores=6) if system == 0] == [1, 2, 4]
    assert max(workers.cases(cores=64))[1] == workers.BATCH  # a worker has a snapshot at least


def test_a_case_that_fails_is_left_out(monkeypatch, tmp_path, capsys):
    def run(function, kind, dim, count):
        if count == 10**5:
            raise RuntimeError("no memory")
        return {"kind": kind, "dim": dim, "points": count, "seconds": 1.0}

    monkeypatch.setattr("experiments.benchmark_scaling.in_processes", run)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert benchmark_scaling.main(["scaling", "--out", str(tmp_path)]) == 1
    assert "no memory" in capsys.readouterr().err
    rows = read_record(tmp_path / "benchmarks" / "scaling.json", "benchmark_scaling").results
    assert len(rows) == 18 and {row["points"] for row in rows} == {10**3, 10**4, 10**6}


@pytest.mark.parametrize(("error", "code"), [(RuntimeError("no memory"), 1), (KeyboardInterrupt(), 130)])
def test_cases_that_are_missing_leave_a_record_as_it_is(error, code, monkeypatch, tmp_path, capsys):
    def run(function, kind, dim, count):
        if count == fails:
            raise error
        return {"kind": kind, "dim": dim, "points": count, "seconds": 1.0}

    monkeypatch.setattr("experiments.benchmark_scaling.in_processes", run)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    fails, path = None, tmp_path / "benchmarks" / "scaling.json"
    assert benchmark_scaling.main(["scaling", "--out", str(tmp_path)]) == 0
    before = path.read_bytes()
    fails = 10**6
    assert benchmark_scaling.main(["scaling", "--out", str(tmp_path)]) == code
    assert path.read_bytes() == before and "is kept, since it has more cases" in capsys.readouterr().err
    path.write_text("{")  # a damaged one is replaced by what there is
    assert benchmark_scaling.main(["scaling", "--out", str(tmp_path)]) == code
    assert len(read_record(path, "benchmark_scaling").results) == (18 if code == 1 else 3)


def test_the_process_that_fails_first_is_named(monkeypatch):
    """The other waits for a minute, and is ended."""
    environments = ({"PLACE": "time.sleep(60)"}, {"PLACE": "1 / 0"})
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        in_processes(_run_code, environments=environments)


def _run_code():
    exec(os.environ["PLACE"])


def test_the_layer_with_xla_and_without():
    """Rounding in float32 is 1e-7 of the largest value, and more in sums over 50 points. The net force is zero."""
    x, sources, forward, plain = transform.make_functions(1, 50, 8, 1e-5, "points")
    compiled = transform.make_functions(1, 50, 8, 1e-5, "points", jit_compile=True)[3]
    for value, same in zip(plain(x, sources), compiled(x, sources), strict=True):
        np.testing.assert_allclose(value, same, atol=1e-5 * np.abs(value).max())
    u, forces = plain(x, sources)
    np.testing.assert_allclose(u, forward(x, sources), atol=1e-5 * np.abs(u).max())
    np.testing.assert_allclose(np.sum(forces, axis=1), 0, atol=1e-4 * np.abs(forces).max())
    row = xla.measure(1, 50, 8)
    assert row["case"] == [1, 50, 8] and row["device"] == "processor"
    assert all(0 < row[f"{name}ms"] < math.inf for name in ("plain_", "plain_forces_", "xla_", "xla_forces_"))


@pytest.mark.parametrize("name", ["transform", "xla", "scaling", "layer", "training", "direct"])
def test_the_record_of_the_repository_has_every_case(name):
    record = read_record(OWN_RECORDS / "benchmarks" / f"{name}.json", f"benchmark_{name}")
    assert len(record.results) == len(BENCHMARKS[name][1])
    assert record.machine["processor"]
