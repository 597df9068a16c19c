"""What this process may use of the machine."""

import os


def usable_cores():
    """Number of cores that this process may use, of those that a scheduler has given it. Not all systems know it."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
