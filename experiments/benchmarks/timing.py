"""Measuring: both sides in one run, median of several after a warm-up, peak memory of a process of its own."""

import importlib.util
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

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


def machine():
    """What a time depends on besides the code: processor, cores and versions."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    names = ("tensorflow", "keras", "numpy", "finufft")
    return {
        "processor": fields.get("model name", platform.processor()),
        "vector_units": [flag for flag in ("avx2", "avx512f") if flag in fields.get("flags", "").split()],
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in names if importlib.util.find_spec(name)},
    }


def in_a_process(module, arguments):
    """Runs `python -m module` with JSON arguments in a fresh process and returns what it prints as its last line.

    A process of its own makes the peak memory that of one case, and leaves nothing warm for the next.
    """
    command = [sys.executable, "-m", module, json.dumps(arguments)]
    result = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"})
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stderr[-2000:]}")
    return json.loads(result.stdout.splitlines()[-1])
