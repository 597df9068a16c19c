"""Measuring: both sides in one run, the median of several runs after a warm-up, and the peak memory of a process."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPEATS = 7


def median_times(*functions, repeats=REPEATS):
    """Median seconds of each function, called in turn, so that both sides see the same machine, after one warm-up."""
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


def in_a_process(module, *arguments):
    """The result of `measure(*arguments)` of a module of this folder, in a new process.

    A process of its own makes the peak memory that of one case, and leaves nothing warm for the next.
    """
    code = f"import json, sys; from experiments.benchmarks.{module} import measure; "
    code += "print(json.dumps(measure(*json.loads(sys.argv[1]))))"
    command = [sys.executable, "-c", code, json.dumps(arguments)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if result.returncode:
        raise RuntimeError(f"{module}, {arguments} failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout.splitlines()[-1])
