"""Measuring: both sides in one run, the median of several runs after a warm-up, and the peak memory of a process."""

import json
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from experiments import ROOT

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
    """Largest resident memory of this process so far, in GiB; None on Windows, which does not tell."""
    try:
        import resource
    except ImportError:
        return None
    unit = 2**30 if sys.platform == "darwin" else 2**20  # bytes on macOS, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def in_processes(function, *arguments, environments=({},)):
    """Calls a function of a module in new processes side by side, and returns the result of the first.

    A process of its own makes the peak memory that of one case, and leaves nothing warm for the next.

    Args:
        function: of a module, with JSON arguments and a JSON result.
        environments: of each process, variables in addition to those of this one.

    Raises: RuntimeError with the error of the process that fails first. The others are then ended.
    """
    code = f"import json, sys; from {function.__module__} import {function.__name__} as run; "
    code += "print(json.dumps(run(*json.loads(sys.argv[1]))))"
    command = [sys.executable, "-c", code, json.dumps(arguments)]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    common = {**os.environ, "PYTHONPATH": path}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = []

    def result_of(process):
        output, errors = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{function.__module__}, {arguments} failed:\n{errors[-2000:]}")
        return output

    with ThreadPoolExecutor(len(environments)) as threads:
        try:
            for variables in environments:
                processes.append(subprocess.Popen(command, env={**common, **variables}, **pipes))
            outputs = [threads.submit(result_of, process) for process in processes]
            for output in wait(outputs, return_when=FIRST_EXCEPTION).done:
                output.result()
        finally:
            for process in processes:
                process.kill()
    return json.loads(outputs[0].result().splitlines()[-1])
