"""Cells side by side, each in a single-threaded process; a cell that starts from another's weights waits for it.

For networks of this size two single-threaded processes are faster than one process with two threads: a second thread
gains a few per cent. The command does not import TensorFlow. A worker sets its threads before it computes.
"""

import multiprocessing
import multiprocessing.forkserver
import os
import sys
from collections import deque
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

from data_gen.workers import end_with_parent
from experiments import ROOT
from experiments.records import read_record
from experiments.running.folders import has_weights, is_done


def run_cells(cells, folders, jobs, ended=lambda cell: None, run=None, submit=None, say=print):
    """Runs cells, in order except for those that wait for another, and returns the titles of those that failed.

    A cell whose `small_phase` is among the cells starts when that one has finished. When that one has failed, the cell
    is reported as not run, and counts as failed.

    Args:
        cells: `Cell`s that are not done.
        folders: `Folders`.
        jobs: number of processes.
        ended: called with each cell that finished, failed or was not run.
        run: function of a cell and folders that returns the error; default the training, in a worker.
        submit: has the arguments of `Executor.submit`, and returns a future; default a process for each cell.
        say: has the arguments of `print`.
    """
    try:
        return _run_cells(cells, folders, jobs, ended, run or _run, submit or _submit, say)
    except BaseException:  # Ctrl-C, or a full disk: Python would wait for all cells that run
        for process in multiprocessing.active_children():
            process.terminate()
        raise


def _run_cells(cells, folders, jobs, ended, run, submit, say):
    titles, waiting, ready, running, failed = {cell.title for cell in cells}, {}, deque(), {}, []
    for cell in cells:
        first = cell.small_phase
        queue = waiting.setdefault(first.title, []) if first is not None and first.title in titles else ready
        queue.append(cell)
    while ready or running:
        while ready and len(running) < jobs:
            cell = ready.popleft()
            running[submit(run, cell, folders)] = cell
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            cell, error = running.pop(future), future.exception()
            followers = waiting.pop(cell.title, [])
            if error is None:
                say(f"{cell.title}  finished: relative error {future.result():.5f}", flush=True)
                ready.extend(followers)
                ended(cell)
                continue
            words = f"failed: {type(error).__name__}: {error}"  # which must not take the other cells with it
            if isinstance(error, BrokenProcessPool):
                words = "stopped: its process ended, killed perhaps for lack of memory, or by the error above"
            say(f"{cell.title}  {words}", file=sys.stderr, flush=True)
            for follower in followers:
                say(f"{follower.title}  not run: it starts from {cell.title}", file=sys.stderr, flush=True)
            for lost in (cell, *followers):
                failed.append(lost.title)
                ended(lost)
    return failed


def _submit(run, cell, folders):
    """Runs a cell in a new process.

    A process that went on with other cells would grow by 200 MB for each, since TensorFlow keeps what it has compiled.
    """
    pool = ProcessPoolExecutor(1, _context(), initializer=_prepare_worker)
    future = pool.submit(run, cell, folders)
    pool.shutdown(wait=False)  # once the cell has ended
    return future


def _context():
    """How processes start. A TensorFlow that computes cannot be forked, but one that is only imported can.

    On Linux cells are forked from a process that has imported it, which takes five seconds, once. Elsewhere system
    libraries do not allow this.
    """
    if sys.platform == "linux":
        context, folder = multiprocessing.get_context("forkserver"), os.getcwd()
        context.set_forkserver_preload(["experiments.running.imports"])
        try:
            os.chdir(ROOT)  # where that process looks for what it imports; cells have the folder of the command
            multiprocessing.forkserver.ensure_running()
            return context
        except OSError:  # the name of its socket is too long in some folders for temporary files
            pass
        finally:
            os.chdir(folder)
    return multiprocessing.get_context("spawn")


def set_environment():
    """Variables for TensorFlow, before it starts, where the user has not set them."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # The system clears every page that it hands out, a third of the time of a large step. So freed memory is kept.
    os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "1")


def _prepare_worker():
    end_with_parent()
    set_environment()
    with without_stderr():
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        for gpu in tf.config.list_physical_devices("GPU"):  # else the first process takes all of its memory
            tf.config.experimental.set_memory_growth(gpu, True)
        tf.constant(0)  # starts the devices
    tf.get_logger().setLevel("ERROR")  # its warnings are of functions traced again: every cell is another model


@contextmanager
def without_stderr():
    """Hides TensorFlow's warnings about missing GPUs, which come before its log level has an effect."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _run(cell, folders):
    from experiments.running.cells import run_cell

    finished = has_weights if cell.keep_weights else is_done
    if finished(cell, folders):  # by another command since this one has started
        return read_record(folders.record(cell)).error
    return run_cell(cell, folders, say=lambda line: print(line, flush=True))
