"""`--strategy`: options that do not fit are one line before any work; a cluster of two writes one record."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from experiments.paper import one_dimension
from experiments.paper.one_dimension import FIGURE7, TABLE1
from experiments.running import cells
from experiments.running.command import main
from experiments.running.distribution import check_strategy, check_tf_config, local_cluster, run_in_turn
from experiments.running.estimates import measured_speeds
from experiments.running.options import UsageError
from lrc_keras.training import TrainingDiverged

ROOT = Path(__file__).resolve().parents[2]
CLUSTER = {"worker": ["a:1", "b:2"]}


def config(cluster=CLUSTER, kind="worker", index=0):
    return json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})


def test_workers_of_a_cluster():
    with_chief = {**CLUSTER, "chief": ["c:3"]}
    for text in (config(), config(index=1), config(with_chief, "chief"), config(with_chief, index=1)):
        check_tf_config(text)
    check_strategy("none", 4, {})
    check_strategy("mirrored", None, {})
    check_strategy("multiworker", None, {"TF_CONFIG": config()})
    for index, text in enumerate(local_cluster(3)):
        check_tf_config(text)
        assert json.loads(text)["task"]["index"] == index


WRONG = [None, "", "{", "[]", "{}", json.dumps({"cluster": CLUSTER})]
WRONG += [config({"worker": []}), config({**CLUSTER, "ps": ["c:3"]}), config({**CLUSTER, "chief": ["c:3", "d:4"]})]
WRONG += [config({"worker": addresses}) for addresses in (["a"], ["a:x"], "a:1", ["a:1", "a:1"], [1])]
WRONG += [config(kind="chief"), *(config(index=index) for index in (2, -1, "0", True))]


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_tf_config_is_named(text):
    with pytest.raises(UsageError) as error:
        check_tf_config(text)
    assert str(error.value).endswith(f"received {text!r}") and "expected {" in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "tf_config", "message"),
    [
        (["--strategy", "multiworker"], None, "TF_CONFIG must have the same cluster of workers for all"),
        (["--strategy", "multiworker", "--jobs", "2"], config(), "leave --jobs out; received --jobs 2"),
        (["--strategy", "mirrored", "--jobs", "1"], None, "leave --jobs out; received --jobs 1"),
    ],
)
def test_options_that_do_not_fit_are_one_line(arguments, tf_config, message, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if tf_config is not None:
        monkeypatch.setenv("TF_CONFIG", tf_config)
    out = tmp_path / "new"
    with pytest.raises(SystemExit, match="2"):
        main("Experiments.", one_dimension.ITEMS, None, ["table1", *arguments, "--out", str(out)])
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and not out.exists()


def test_cells_run_one_after_the_other_in_this_process(folders, monkeypatch, capsys):
    """Each ends before the next begins, small phases first; what starts from a diverged training is not run."""
    two = [cell for cell in FIGURE7.cells("demo") if cell.small_phase]
    small = list({cell.small_phase.title: cell.small_phase for cell in two}.values())
    happened = []

    def run_cell(cell, folders, say, strategy):
        happened.append(("begin", cell.title))
        if cell.title == small[1].title:
            raise TrainingDiverged("NaN")
        return 0.5

    monkeypatch.setattr(cells, "run_cell", run_cell)
    failed = run_in_turn(
        [*two, *small], folders, tf.distribute.get_strategy(), lambda c: happened.append(("end", c.title))
    )
    lost = [cell.title for cell in two if cell.small_phase.title == small[1].title]
    assert failed == [small[1].title, *lost]
    run = [small[0], small[1], *(cell for cell in two if cell.small_phase.title == small[0].title)]
    ended = [small[0].title, *failed, *(cell.title for cell in run[2:])]
    assert [title for what, title in happened if what == "begin"] == [cell.title for cell in run]
    assert [title for what, title in happened if what == "end"] == ended
    assert happened[:2] == [("begin", small[0].title), ("end", small[0].title)]
    assert f"{lost[0]}  not run: it starts from {small[1].title}" in capsys.readouterr().err


@pytest.mark.parametrize("workers", [1, 2])
def test_any_other_error(folders, monkeypatch, workers):
    """In one process it ends its cell. Of several workers one may have it alone, for which the others would wait."""

    def run_cell(cell, *arguments):
        if cell == two[0]:
            raise OSError("disk full")
        return 0.5

    two = FIGURE7.cells("demo")[:2]
    monkeypatch.setattr(cells, "run_cell", run_cell)
    monkeypatch.setattr("lrc_keras.training.fitting.workers.num_workers", lambda strategy: workers)
    if workers == 1:
        assert run_in_turn(two, folders, tf.distribute.get_strategy()) == [two[0].title]
    else:
        with pytest.raises(OSError, match="disk full"):
            run_in_turn(two, folders, tf.distribute.get_strategy())


@pytest.mark.parametrize("entries", [{"replicas": 2}, {"machine": {"gpus": ["a GPU"]}}])
def test_times_of_several_replicas_or_a_gpu_are_no_measure_of_one_core(folders, finish, entries):
    finish(TABLE1.cells("demo")[0], **entries)
    assert measured_speeds(folders.out) == {}


@pytest.mark.slow
def test_a_cluster_writes_one_record(tmp_path):
    """Two workers train two cells, of which the second starts from the first's weights; the chief writes and draws."""
    command = [sys.executable, "experiments/run_1d.py", "figure7", "--preset", "smoke", "--strategy", "multiworker"]
    command += ["--only", "strategy=two", "snapshots=8", "--out", str(tmp_path)]
    processes = [
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "TF_CONFIG": tf_config, "TF_NUM_INTRAOP_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for tf_config in local_cluster(2)
    ]
    try:
        (chief, errors), (worker, _) = (process.communicate(timeout=300) for process in processes)
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0, 0], errors[-3000:]
    assert worker == "" and chief.count("finished: relative error") == 2
    records = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("figure7*/smoke/*")}
    assert records == {
        "figure7/smoke/alpha0.9_two_snapshots8_seed0.json",
        "figure7/smoke/checkpoints",
        "figure7_small/smoke/alpha0.9_seed0.json",
        "figure7_small/smoke/alpha0.9_seed0.weights.npz",
        "figure7_small/smoke/checkpoints",
    }
    record = json.loads((tmp_path / "figure7/smoke/alpha0.9_two_snapshots8_seed0.json").read_text())
    assert record["replicas"] == 2 and record["steps"] == 4
    assert (tmp_path / "drawn" / "figure7_smoke.md").exists()
