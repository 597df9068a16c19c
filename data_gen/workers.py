"""Calls of a function by processes side by side, their results in order."""

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


def results_in_order(function, jobs, workers):
    """Yields function(*job) for every one of `jobs`, an iterator, each made by one of that many processes.

    At most 2 · `workers` results are made ahead of the one that is yielded. No process is left when the generator ends
    or is closed.

    Raises: what the function raises; RuntimeError when a worker is killed.
    """
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads of the calling program
    pool = ProcessPoolExecutor(workers, context, initializer=end_with_parent)
    waiting = collections.deque()
    try:
        while True:
            with _interrupts_for_the_parent_alone():
                while len(waiting) < 2 * workers and (job := next(jobs, None)):
                    waiting.append(pool.submit(function, *job))
            if not waiting:
                return
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        causes = "it was killed, perhaps for lack of memory, could not load the kernel, or the script lacks"
        raise RuntimeError(f'a worker process ended: {causes} `if __name__ == "__main__":`') from error
    finally:
        pool.shutdown(cancel_futures=True)  # waits for what is running: a worker that is killed may block the pool


def end_with_parent():
    """Ends this process when its parent ends, also by kill −9."""

    def wait():
        multiprocessing.parent_process().join()
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


def check_picklable(kernel, workers):
    """Raises: ValueError when the processes could not receive `kernel`."""
    try:
        pickle.loads(pickle.dumps(kernel))
    except Exception as error:  # a user's class may raise anything
        expected = f"picklable for workers = {workers}: an instance of a class at the top level of a module"
        received = f"{kernel!r} ({type(error).__name__}: {error})"
        raise ValueError(f"kernel must be {expected}; received {received}") from error
