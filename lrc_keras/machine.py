"""What this process may use of the machine."""

import math
import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of a container on Linux: microseconds of computing in a period, or "max"


def usable_cores():
    """Number of cores that this process may use: those that a scheduler has given it, within a container's quota."""
    # not all systems know the first
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = map(int, QUOTA.read_text().split())
        return min(cores, max(1, math.ceil(quota / period)))
    except (OSError, ValueError, ZeroDivisionError):  # no container, no quota
        return cores
