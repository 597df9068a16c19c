"""Chunks of a data set by processes side by side, handed back in order.

Worker w of W makes the chunks w, w + W, w + 2W, … and sends each through a pipe of its own; the parent takes them
in turn. A pipe holds little, so that a worker that is ahead waits with one chunk in its hands: memory is bounded
by W + 1 chunks whatever their number. Which process makes a chunk does not matter, because every snapshot has a
random stream of its own and is computed by one thread.

Each side sees the other end: the pipe of a worker that is killed reads as closed, and the workers of a parent that
is killed cannot send and stop.
"""

import contextlib
import multiprocessing
import multiprocessing.resource_tracker
import os
import pickle
import signal
import traceback

# NumPy's libraries read these when they are loaded: one thread a worker, since the workers are the parallel part.
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def check_workers_can(dataset, workers):
    """Raises: ValueError when the kernel of `dataset` cannot be sent to another process."""
    if workers == 1:
        return
    try:
        pickle.loads(pickle.dumps(dataset))
    except Exception as error:  # whatever a user's class raises, the reason is the same
        raise ValueError(
            f"kernel must be picklable for workers = {workers}: an instance of a class at the top level of a module; "
            f"received {dataset.kernel!r} ({type(error).__name__}: {error})"
        ) from error


def chunks_in_order(dataset, num_snapshots, chunk_size, workers):
    """Yields `dataset.snapshots(first, chunk_size)` for first = 0, chunk_size, …; the last chunk may be smaller.

    Args:
        dataset: a `Dataset`.
        num_snapshots: S, of all chunks together.
        chunk_size: snapshots in a chunk.
        workers: number of processes; 1 works in this one.

    Raises: with one worker whatever the dataset raises; else RuntimeError, with the snapshots and the reason, when
        a worker fails or is killed. No worker is left when the generator ends or is closed.
    """
    firsts = range(0, num_snapshots, chunk_size)  # uses no memory, whatever its length
    workers = min(workers, len(firsts))
    if workers == 1:
        for first in firsts:
            yield dataset.snapshots(first, min(chunk_size, num_snapshots - first))
        return
    processes, pipes = [], []
    try:
        # spawn: a fork would copy the threads of whatever the caller has loaded
        context = multiprocessing.get_context("spawn")
        with _environment_of_a_worker():
            for worker in range(workers):
                ours, theirs = context.Pipe(duplex=False)
                pipes.append(ours)
                arguments = (pickle.dumps(dataset), firsts[worker::workers], num_snapshots, chunk_size, theirs)
                process = context.Process(target=_work, args=arguments, daemon=True)
                process.start()
                processes.append(process)
                theirs.close()  # the worker's end is its own: when it dies, ours reads as closed
        for index, first in enumerate(firsts):
            count = min(chunk_size, num_snapshots - first)
            yield _receive(pipes[index % workers], processes[index % workers], first, count)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
        for pipe in pipes:
            pipe.close()


def _receive(pipe, process, first, count):
    where = f"snapshots {first} to {first + count - 1}"
    try:
        arrays, failure, trace = pipe.recv()
    except (EOFError, OSError):
        process.join()
        raise RuntimeError(
            f"{where} were not made: a worker process ended with exit code {process.exitcode} (−9: killed, perhaps for "
            'want of memory; 1: a script that generates with workers needs `if __name__ == "__main__":`)'
        ) from None
    if failure:
        raise RuntimeError(f"{where} were not made: {failure}") from RuntimeError(f"in a worker process:\n{trace}")
    return arrays


def _work(pickled_dataset, firsts, num_snapshots, chunk_size, pipe):
    """The life of a worker: its chunks one by one, or the reason why not."""
    with contextlib.suppress(BrokenPipeError):  # the parent is gone, nobody is left to tell
        try:
            dataset = pickle.loads(pickled_dataset)
            for first in firsts:
                pipe.send((dataset.snapshots(first, min(chunk_size, num_snapshots - first)), None, None))
        except BrokenPipeError:
            raise
        except Exception as error:
            pipe.send((None, f"{type(error).__name__}: {error}", traceback.format_exc()))


@contextlib.contextmanager
def _environment_of_a_worker():
    """What a process started inside inherits: one thread, and Ctrl-C left to the parent, who ends its workers.

    The signal is held back, not ignored: one that comes meanwhile reaches the parent afterwards.
    """
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    held = hasattr(signal, "pthread_sigmask")  # not on Windows
    if held:
        multiprocessing.resource_tracker.ensure_running()  # its own start would lift what is held back
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if held:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
