"""Measuring: both sides in one run, median of several after a warm-up, peak memory of a process of its own."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time

REPEATS = 7


def median_times(*functions, repeats=REPEATS):
    """Median seconds of each function, called in turn so that both sides see the same machine; one warm-up apart."""
    for function in functions:
        function()
    times = [[] for _ in functions]
    for _ in range(repeats):
        for function, series in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            series.append(time.perf_counter() - start)
    return [statistics.median(series) for series in times]


def peak_memory():
    """Largest resident memory of this process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def in_a_process(module, arguments):
    """Runs `python -m module` with JSON arguments in a fresh process and returns what it prints as its last line.

    A process of its own makes the peak memory that of one case, and leaves nothing warm for the next.
    """
    command = [sys.executable, "-m", module, json.dumps(arguments)]
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"})
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout.splitlines()[-1])
