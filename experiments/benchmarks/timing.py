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


def in_processes(function, *arguments, environments=({},)):
    """Calls a function of a module in new processes side by side, and returns the result of the first.

    A process of its own makes the peak memory that of one case, and leaves nothing warm for the next.

    Args:
        function: of a module, with JSON arguments and a JSON result.
        environments: of each process, variables in addition to those of this one.

    Raises: RuntimeError with the error of the first process.
    """
    code = f"import json, sys; from {function.__module__} import {function.__name__} as run; "
    code += "print(json.dumps(run(*json.loads(sys.argv[1]))))"
    command = [sys.executable, "-c", code, json.dumps(arguments)]
    common = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = []
    try:
        for variables in environments:
            processes.append(subprocess.Popen(command, env={**common, **variables}, **pipes))
        (output, errors), *_ = [process.communicate() for process in processes]
    finally:
        for process in processes:
            process.kill()
    if processes[0].returncode:
        raise RuntimeError(f"{function.__module__}, {arguments} failed:\n{errors[-2000:]}")
    return json.loads(output.splitlines()[-1])
