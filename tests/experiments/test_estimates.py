"""How long a cell will take, from records of its like."""

from dataclasses import replace

import pytest

from experiments.paper.one_dimension import TABLE1, TABLE2
from experiments.paper.settings import Training
from experiments.running.estimates import duration, estimate, measured_speeds, total_words

SHORT, FULL = (next(c for c in TABLE1.cells("demo") if c.network == network) for network in ("short", "full"))


def test_a_cell_of_the_same_geometry_is_measured(folders, finish):
    """Two seconds before, two of compiling, and 8 s for 50,000 visits: 4 s between the two reports at half and end."""
    finish(SHORT)
    speeds = measured_speeds(folders.out)
    assert estimate(SHORT, speeds) == pytest.approx(12)
    assert estimate(TABLE1.cells("demo")[1], speeds) == pytest.approx(12)  # another μ is another data set, as fast
    assert estimate(replace(SHORT, training=Training(1000, visits=100_000, batch=16)), speeds) == pytest.approx(20)
    assert estimate(FULL, speeds) is None
    assert all(estimate(cell, speeds) is None for cell in TABLE2.cells("demo"))
    uncompiled = replace(SHORT, training=replace(SHORT.training, jit_compile=False))
    assert estimate(uncompiled, speeds) is None


def test_the_nearest_batch_size_and_the_longest_run_count(folders, finish):
    finish(SHORT)  # batch 16
    batch8 = replace(SHORT, preset="a", training=Training(1000, visits=50_000, batch=8))
    finish(batch8, curve={"snapshots": [25_000, 50_000], "seconds": [10.0, 18.0]})  # twice as slow
    longer = replace(batch8, preset="b", training=Training(1000, visits=100_000, batch=8))
    finish(longer, curve={"snapshots": [50_000, 100_000], "seconds": [10.0, 20.0]})  # 10 s, and 2 s before
    speeds = measured_speeds(folders.out)
    assert estimate(SHORT, speeds) == pytest.approx(12)
    assert estimate(batch8, speeds) == pytest.approx(2 + 10)
    assert estimate(longer, speeds) == pytest.approx(2 + 20)


def test_the_median_of_several_runs_counts(folders, finish):
    for seed, seconds in enumerate((10.0, 400.0, 20.0)):  # the second had a busy machine
        curve = {"snapshots": [25_000, 50_000], "seconds": [seconds / 2, seconds]}
        finish(replace(SHORT, seed=seed), curve=curve)
    assert estimate(SHORT, measured_speeds(folders.out)) == pytest.approx(2 + 20)


def test_a_run_that_stood_still_is_measured_by_its_other_reports(folders, finish):
    """Ten reports of 1 s, of which one took an hour: 2 s before, 1 s for the first, and 9 s."""
    seconds = [i + 1 + (3600 if i > 4 else 0) for i in range(10)]
    finish(SHORT, curve={"snapshots": [5000 * (i + 1) for i in range(10)], "seconds": seconds})
    assert estimate(SHORT, measured_speeds(folders.out)) == pytest.approx(12)


def test_one_report_and_damaged_records(folders, finish):
    finish(SHORT, curve={"snapshots": [50_000], "seconds": [10.0]})
    finish(FULL, curve={"snapshots": [], "seconds": []}, wall_time=None)
    for name, text in (("broken", "{"), ("list", "[]"), ("other", '{"settings": {}}')):
        folders.record(SHORT).with_name(f"{name}.json").write_text(text)
    speeds = measured_speeds(folders.out, folders.out / "missing")
    assert estimate(SHORT, speeds) == pytest.approx(2 + 10)
    assert estimate(FULL, speeds) is None


def test_words():
    assert [duration(seconds) for seconds in (None, 42, 90, 11_100)] == ["–", "42 s", "1.5 min", "3 h 05 min"]
    # the larger unit, where rounding would give 60 of the smaller one
    rounded = {59.4: "59 s", 59.7: "1.0 min", 3590: "59.8 min", 3599: "1 h 00 min", 7199: "2 h 00 min"}
    assert {seconds: duration(seconds) for seconds in rounded} == rounded
    assert total_words([42, 48]) == "1.5 min"
    assert total_words([42, None, None]) == "at least 42 s (2 not measured)"
    assert total_words([None]) == "–"
