"""Cells side by side: each in a single-threaded process, each skipped when its record is there.

Two single-threaded processes beat one process with two threads on networks of this size: a second thread gains a few
per cent. TensorFlow is imported in the workers only, after its threads are set.
"""

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool


def run_cells(cells, folders, jobs):
    """Runs what is missing and returns the names of the cells that failed.

    Args:
        cells: `settings.Cell`s.
        folders: `records.Folders`.
        jobs: number of processes.
    """
    missing = [cell for cell in cells if not folders.record(cell).exists()]
    for cell in cells:
        if cell not in missing:
            print(f"{cell.name}  done before: {folders.record(cell)}", flush=True)
    if not missing:
        return []
    failed = []
    # spawn, not fork: a forked TensorFlow does not work
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(jobs, len(missing)), context, initializer=_single_thread) as pool:
        futures = {pool.submit(_run, cell, folders): cell for cell in missing}
        for future in as_completed(futures):
            cell = futures[future]
            try:
                print(f"{cell.name}  finished: relative error {future.result():.5f}", flush=True)
            except BrokenProcessPool:
                failed.append(cell.name)
                print(f"{cell.name}  stopped: a worker process was killed", file=sys.stderr, flush=True)
            except Exception as error:  # one cell's failure must not take the others with it
                failed.append(cell.name)
                print(f"{cell.name}  failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    return failed


def _single_thread():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _run(cell, folders):
    from experiments.cells import run_cell

    return run_cell(cell, folders, say=lambda line: print(line, flush=True))
