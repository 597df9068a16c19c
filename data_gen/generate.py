"""A data set into a file, chunk by chunk, by processes side by side."""

import collections
import contextlib
import multiprocessing
import multiprocessing.resource_tracker
import os
import pickle
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from .arguments import check_count, check_flag, check_path
from .dataset import Dataset
from .writing import write_chunks


def generate(path, *, num_snapshots, workers=1, chunk_size=64, progress=False, overwrite=False, **parameters):
    """Makes a data set and writes it to `path`; see `data_gen.snapshots` for the format.

    The same arguments give the same file, byte for byte, for any `chunk_size` and `workers`. A run that fails or is
    stopped leaves nothing behind; the next run to the same path removes what a killed run leaves.

    Args:
        path: the file to write; missing folders are made.
        num_snapshots: S ≥ 1.
        workers: number of processes. With more than one the kernel must be picklable, and a script needs
            `if __name__ == "__main__":` around the call, as for every use of `multiprocessing`.
        chunk_size: largest number of snapshots that a process makes at a time.
        progress: whether to show a progress bar on standard error.
        overwrite: whether an existing file is replaced.
        parameters: of the `Dataset`: kernel, box_length, min_distance, seed, and cells and points_per_cell or
            num_points; dimension and potentials if wanted.

    Returns: the path of the file.

    Raises: before any work ValueError, TypeError or NotImplementedError for an argument, and FileExistsError or OSError
        for the path; later RuntimeError when no admissible configuration is found or a worker is killed, and ValueError
        when the kernel gives a NaN.

    Example:
        >>> from data_gen import Exponential, generate, read_snapshots
        >>> path = generate("snapshots.h5", kernel=Exponential(mu=1.0), box_length=5.0, cells=10,
        ...                 points_per_cell=2, min_distance=0.05, num_snapshots=4, seed=0)
        >>> read_snapshots(path).forces.shape
        (4, 20, 1)
    """
    num_snapshots, workers = check_count("num_snapshots", num_snapshots), check_count("workers", workers)
    chunk_size = min(check_count("chunk_size", chunk_size), -(-num_snapshots // workers))  # work for every worker
    progress, overwrite = check_flag("progress", progress), check_flag("overwrite", overwrite)
    path, dataset = check_path("path", path), Dataset(**parameters)
    if workers > 1:
        _check_picklable(dataset, workers)
    shape = (num_snapshots, dataset.num_points, len(dataset.box_length))
    settings = {"potentials": dataset.potentials, "overwrite": overwrite}
    with contextlib.closing(chunks_in_order(dataset, num_snapshots, chunk_size, workers)) as chunks:
        shown = _shown(chunks, -(-num_snapshots // chunk_size)) if progress else chunks
        write_chunks(path, shape, dataset.attributes(), shown, **settings)
    return path


def _shown(chunks, total):
    """The chunks, with a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import track

    return track(chunks, "snapshots", total, auto_refresh=False, console=Console(stderr=True))


def chunks_in_order(dataset, num_snapshots, chunk_size, workers):
    """Yields `dataset.snapshots(first, chunk_size)` for first = 0, chunk_size, …; the last chunk may be smaller.

    At most 2 · `workers` chunks are made ahead of the one that is yielded. One worker is this process; else the chunks
    are made by that many processes, none of which is left when the generator ends or is closed.

    Raises: what the dataset raises; RuntimeError when a worker is killed.
    """
    starts = range(0, num_snapshots, chunk_size)
    jobs = ((first, min(chunk_size, num_snapshots - first)) for first in starts)
    workers = min(workers, len(starts))
    if workers == 1:
        yield from (dataset.snapshots(*job) for job in jobs)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads of the calling program
    reader, writer = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, context, initializer=_watch_parent, initargs=(reader,))
    waiting = collections.deque()
    try:
        while True:
            with _interrupts_for_the_parent_alone():
                while len(waiting) < 2 * workers and (job := next(jobs, None)):
                    waiting.append(pool.submit(dataset.snapshots, *job))
            if not waiting:
                return
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise RuntimeError(
            "a worker process ended: it was killed, perhaps for lack of memory, could not load the kernel, or the "
            'script lacks `if __name__ == "__main__":`'
        ) from error
    finally:
        writer.close()  # ends the workers, whatever they are doing
        pool.shutdown(cancel_futures=True)
        reader.close()


def _watch_parent(reader):
    """Ends this worker when the parent closes its end of the pipe, or is killed."""

    def wait():
        reader.poll(None)  # nothing is ever sent
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def _interrupts_for_the_parent_alone():
    """Processes started inside do not receive Ctrl-C. The parent receives one that comes meanwhile afterwards."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    multiprocessing.resource_tracker.ensure_running()  # its own start would unblock the signal
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _check_picklable(dataset, workers):
    try:
        pickle.loads(pickle.dumps(dataset))
    except Exception as error:  # a user's class may raise anything
        expected = "an instance of a class at the top level of a module"
        received = f"{dataset.kernel!r} ({type(error).__name__}: {error})"
        raise ValueError(
            f"kernel must be picklable for workers = {workers}: {expected}; received {received}"
        ) from error
