"""Workers: they change no byte, hold few chunks, and whatever happens to them or the parent leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from data_gen import Exponential, Mixture, ScreenedCoulomb, generate, read_snapshots
from data_gen.workers import results_in_order

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "kernel": Mixture((ScreenedCoulomb(5.0), Exponential(0.5)), (0.9, 0.1)),
    "box_length": 5.0,
    "cells": 10,
    "points_per_cell": 2,
    "min_distance": 0.05,
    "num_snapshots": 11,
    "seed": 4,
    "potentials": True,
}

# A module that worker processes can import; in them `parent_process()` is not None.
MODULE = '''
import multiprocessing, os, pathlib, signal, sys, time
import numpy as np


class Kernel:
    def value(self, displacement, box_length):
        if multiprocessing.parent_process():
            self.misbehave()
        return np.zeros(displacement.shape[:-1])

    def gradient(self, displacement, box_length):
        return np.zeros(displacement.shape)


class Raises(Kernel):
    def misbehave(self):
        raise KeyError("out of kernels")


class Dies(Kernel):
    def misbehave(self):
        os.kill(os.getpid(), signal.SIGKILL)


class OnlyHere(Kernel):
    def __reduce__(self):
        return only_here, ()


def only_here():
    if multiprocessing.parent_process():
        raise RuntimeError("not in a worker")
    return OnlyHere()


class Counts:
    """In place of a data set: leaves a trace of every chunk made."""

    def __init__(self, folder):
        self.folder = folder

    def snapshots(self, first, count):
        (pathlib.Path(self.folder) / str(first)).touch()
        return {"positions": np.full((count, 20000), first)}


'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "kernels_for_workers.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder)  # which spawned processes get too
    import kernels_for_workers

    yield kernels_for_workers
    del sys.modules["kernels_for_workers"]


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return generate(tmp_path_factory.mktemp("reference") / "a.h5", **SETTINGS).read_bytes()


@pytest.mark.parametrize("workers, chunk_size", [(1, 1), (1, 4), (2, 1), (2, 64), (3, 2)])
def test_no_byte_depends_on_workers_and_chunks(tmp_path, reference, workers, chunk_size):
    path = generate(tmp_path / "a.h5", **SETTINGS, workers=workers, chunk_size=chunk_size)
    assert path.read_bytes() == reference


@pytest.mark.parametrize("dimension", [2, 3])
def test_no_byte_depends_on_workers_in_the_plane_and_in_space(tmp_path, dimension):
    """The fast sums do not depend on the threads of the linear algebra, which are fewer in workers."""
    kernel = Mixture((ScreenedCoulomb(5.0), ScreenedCoulomb(1.0)), (0.9, 0.1))
    settings = SETTINGS | {"kernel": kernel, "cells": 4 if dimension == 2 else 2, "dimension": dimension}
    one, two = (generate(tmp_path / str(n), **settings, workers=n).read_bytes() for n in (1, 2))
    assert one == two


def test_no_byte_depends_on_the_chunks_when_the_file_has_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("data_gen.writing.BYTES_PER_BLOCK", 500)  # three snapshots
    whole, one, two = (generate(tmp_path / str(size), **SETTINGS, chunk_size=size).read_bytes() for size in (64, 1, 2))
    assert whole == one == two
    with h5py.File(tmp_path / "1") as file:
        assert file["positions"].chunks == (3, 20, 1)


def test_potentials_are_stored_when_asked_for(tmp_path):
    data = read_snapshots(generate(tmp_path / "a.h5", **SETTINGS))
    assert data.potentials.shape == (11, 20)
    # U = ½ Σ U_j; every energy is a sum of two hundred terms, rounded once each
    np.testing.assert_allclose(data.potentials.sum(axis=1) / 2, data.energies, rtol=1e-13)
    plain = read_snapshots(generate(tmp_path / "b.h5", **SETTINGS | {"potentials": False}))
    assert plain.potentials is None
    np.testing.assert_array_equal(plain.forces, data.forces)


@pytest.mark.parametrize(
    "kernel, kind, message",
    [
        ("Raises", KeyError, "out of kernels"),
        ("Dies", RuntimeError, "a worker process ended"),
        ("OnlyHere", RuntimeError, "a worker process ended"),
    ],
)
def test_a_worker_that_fails_ends_the_run(tmp_path, module, kernel, kind, message):
    out = tmp_path / "out" / "a.h5"
    with pytest.raises(kind, match=message):
        generate(out, **SETTINGS | {"kernel": getattr(module, kernel)(), "potentials": False}, workers=2)
    assert os.listdir(out.parent) == []


def test_memory_holds_a_few_chunks(tmp_path, module):
    """Two workers make no more than the chunk that is taken and four ahead, of however many, and in order."""
    jobs = ((first, 1) for first in range(10**12))
    made = results_in_order(module.Counts(str(tmp_path)).snapshots, jobs, workers=2)
    assert next(made)["positions"][0, 0] == 0
    time.sleep(0.5)
    assert len([name for name in os.listdir(tmp_path) if name.isdecimal()]) <= 5
    assert [next(made)["positions"][0, 0] for _ in range(8)] == list(range(1, 9))
    made.close()


def _start(out, *options):
    """A generation that would take minutes, in a process group of its own, once it has begun to write."""
    settings = "--kernel exponential --mu 1 --box 50 --cells 100 --min-distance 0.05 --snapshots 100000"
    command = [sys.executable, "-m", "data_gen", *settings.split(), "--out", str(out), *options]
    # tests that run in the background of a shell ignore Ctrl-C, and what they start would ignore it too
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    finally:
        signal.signal(signal.SIGINT, ignored)
    deadline = time.monotonic() + 60
    while not any(size > 10**6 for size in _partial_sizes(out)):
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()
        time.sleep(0.02)
    return process


def _partial_sizes(out):
    return [path.stat().st_size for path in out.parent.glob(".*.partial")]


def _children(process):
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def _lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_until_dead(pids):
    deadline = time.monotonic() + 20
    while any(_lives(pid) for pid in pids):
        assert time.monotonic() < deadline, "a worker outlives its parent"
        time.sleep(0.02)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
def test_kill_minus_nine_and_again(tmp_path):
    out = tmp_path / "a.h5"
    process = _start(out, "--workers", "2")
    workers = _children(process)
    assert len(workers) >= 2
    process.kill()
    process.communicate()
    _wait_until_dead(workers)
    assert not out.exists() and len(_partial_sizes(out)) == 1  # the kill left half a file
    generate(out, **SETTINGS)
    generate(tmp_path / "b.h5", **SETTINGS)
    assert sorted(os.listdir(tmp_path)) == ["a.h5", "b.h5"]
    assert out.read_bytes() == (tmp_path / "b.h5").read_bytes()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_interrupt(tmp_path, workers):
    process = _start(tmp_path / "a.h5", "--workers", workers)
    pids = _children(process)
    for pid in pids:
        os.kill(pid, signal.SIGINT)  # a terminal interrupts parent and workers alike; here the workers come first,
    time.sleep(0.3)
    assert process.poll() is None and all(_lives(pid) for pid in pids)  # and leave it to the parent
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "\npython -m data_gen generate: stopped; nothing was written\n"
    _wait_until_dead(pids)
    assert os.listdir(tmp_path) == []
