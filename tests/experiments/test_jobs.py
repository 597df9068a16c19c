"""The order of cells that wait for each other, without training: a fake runner in one thread."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from experiments.paper.one_dimension import FIGURE7
from experiments.running.jobs import _run, run_cells, set_environment

ROOT = Path(__file__).resolve().parents[2]
CELLS = FIGURE7.cells("demo")
SMALL = {cell.small_phase.title: cell.small_phase for cell in CELLS if cell.small_phase}
EVERY = [*CELLS, *SMALL.values()]


@pytest.fixture
def run(folders):
    """Runs cells; those whose title has the text `fails` raise. Returns titles: run, ended and failed."""

    def run_fake(cells, fails=None, error=None, jobs=1):
        started, ended = [], []

        def train(cell, folders):
            started.append(cell.title)
            if fails and fails in cell.title:
                raise error or ValueError("no luck")
            return 0.5

        with ThreadPoolExecutor(jobs) as threads:
            failed = run_cells(cells, folders, jobs, lambda cell: ended.append(cell.title), train, threads.submit)
        return started, ended, failed

    return run_fake


@pytest.mark.parametrize("jobs", [1, 3])
def test_small_phases_come_before_what_starts_from_them(run, jobs, capsys):
    started, ended, failed = run(EVERY, jobs=jobs)
    assert not failed and sorted(started) == sorted(ended) == sorted(cell.title for cell in EVERY)
    for cell in CELLS:
        if cell.small_phase:
            assert started.index(cell.small_phase.title) < started.index(cell.title)
    assert "finished: relative error 0.50000" in capsys.readouterr().out


def test_a_small_phase_that_is_done_is_not_waited_for(run):
    two = [cell for cell in CELLS if cell.small_phase]
    started, _, failed = run(two)
    assert started == [cell.title for cell in two] and not failed


def test_what_starts_from_a_failed_small_phase_is_not_run(run, capsys):
    started, ended, failed = run(EVERY, fails="figure7_small/alpha0.9")
    lost = {cell.title for cell in CELLS if cell.small_phase and cell.labels[0][1] == 0.9}
    assert set(failed) == lost | {"figure7_small/alpha0.9_seed0"} and not lost & set(started)
    assert sorted(ended) == sorted(cell.title for cell in EVERY)
    errors = capsys.readouterr().err
    assert "figure7_small/alpha0.9_seed0  failed: ValueError: no luck" in errors
    for title in lost:
        assert f"{title}  not run: it starts from figure7_small/alpha0.9_seed0" in errors


def test_a_worker_that_is_killed(run, capsys):
    _, _, failed = run(EVERY, fails="figure7_small", error=BrokenProcessPool())
    assert len(failed) == len(SMALL) + len(CELLS) // 2
    assert "figure7_small/alpha0.5_seed0  stopped: its process ended" in capsys.readouterr().err


def test_a_cell_that_another_command_has_finished_is_not_trained(folders, finish):
    finish(CELLS[0], error=0.25)
    assert _run(CELLS[0], folders) == 0.25


def test_every_cell_has_a_process_of_its_own(folders, capsys, monkeypatch):
    """One that is killed takes no other cell with it. On Linux all are forked from one that has imported TensorFlow."""
    (folders.out / "experiments").mkdir(parents=True)  # of the user, and not this package
    monkeypatch.chdir(folders.out)
    monkeypatch.setattr("experiments.running.jobs._prepare_worker", os.getpid)
    cells = [*CELLS[:2], CELLS[0]]
    failed = run_cells(cells, folders, jobs=1, run=own_process)
    assert failed == [CELLS[1].title] and "stopped: its process ended" in capsys.readouterr().err
    processes = [(folders.out / f"{number}.pid").read_text() for number in (1, 2)]
    assert len({*processes, str(os.getpid())}) == 3


def test_ctrl_c_ends_the_processes(folders, monkeypatch):
    """One cell has ended and the other sleeps."""
    monkeypatch.setattr("experiments.running.jobs._prepare_worker", os.getpid)

    def interrupt(cell):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cells(CELLS[:2], folders, jobs=2, ended=interrupt, run=sleep_in_second)
    for process in multiprocessing.active_children():
        process.join(30)
        assert process.exitcode is not None


def sleep_in_second(cell, folders):
    """Runs in a process."""
    time.sleep(100 if cell.title == CELLS[1].title else 0)
    return 0.5


def test_freed_memory_is_kept_unless_the_user_says_otherwise(monkeypatch):
    for given, expected in ((None, "1"), ("0", "0")):
        monkeypatch.setattr(os, "environ", {} if given is None else {"TF_CPU_ALLOCATOR_USE_BFC": given})
        set_environment()
        assert os.environ["TF_CPU_ALLOCATOR_USE_BFC"] == expected


def own_process(cell, folders):
    """Runs in a process; CELLS[1] kills its own."""
    assert sys.platform != "linux" or "tensorflow" in sys.modules
    if cell.title == CELLS[1].title:
        os.kill(os.getpid(), signal.SIGKILL)
    folders.out.mkdir(parents=True, exist_ok=True)
    number = 2 if (folders.out / "1.pid").exists() else 1
    (folders.out / f"{number}.pid").write_text(str(os.getpid()))
    return 0.5


def test_nothing_to_do(run):
    assert run([]) == ([], [], [])


ORPHAN = """
import multiprocessing, os, signal, time
from data_gen.workers import end_with_parent

def work():
    end_with_parent()
    print("works", flush=True)
    time.sleep(100)

multiprocessing.get_context("fork").Process(target=work).start()
time.sleep(1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_no_worker_outlives_a_killed_command():
    """The worker holds the other end of the pipe, which is read to its end."""
    command = subprocess.run([sys.executable, "-c", ORPHAN], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert command.stdout == "works\n"
