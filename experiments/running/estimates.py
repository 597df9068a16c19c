"""How long cells will take, from the records of cells with the same geometry and network."""

import json
import math
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median

from experiments.records import RecordError, read_record
from lrc_keras.stages import duration_text


@dataclass(frozen=True)
class Speed:
    """How fast one run was."""

    start: float  # seconds before the first snapshot
    per_snapshot: float  # seconds
    seen: int  # snapshots seen
    batch: float  # mean size


def measured_speeds(*roots):
    """{`speed_key`: list of `Speed`s}, from all records below some folders.

    A record that is damaged, of something else, or of a run on several replicas or on a GPU is left out.
    """
    speeds = {}
    for path in sorted(path for root in roots for path in root.glob("*/*/*.json")):
        try:
            record = read_record(path)
            settings = record.settings
            key = speed_key(settings["system"], settings["network"], settings["training"].get("jit_compile", True))
            speed = _speed(record)
        except (RecordError, KeyError, TypeError, AttributeError, IndexError, ZeroDivisionError):
            continue
        if record.replicas == 1 and "gpus" not in (record.machine or {}):
            speeds.setdefault(key, []).append(speed)
    return speeds


def _speed(record):
    """From the learning curve, whose first report includes the time of compiling."""
    seen, seconds, total = record.curve["snapshots"], record.curve["seconds"], record.snapshots_seen
    batch = total / record.steps
    if len(seen) < 2:
        return Speed(record.start_up_time, record.wall_time / total, total, batch)
    # the median of all reports: a run that stood still for a while has an interval that says nothing
    intervals = zip(pairwise(seconds), pairwise(seen), strict=True)
    per_snapshot = median((end - start) / (after - before) for (start, end), (before, after) in intervals)
    return Speed(record.start_up_time + seconds[0] - per_snapshot * seen[0], per_snapshot, total, batch)


def speed_key(system, network, jit_compile):
    """What the time for a snapshot depends on: geometry, network and compilation, but not the kernel of the data."""
    names = ("box_length", "cells", "points_per_cell", "cutoff")
    modes = system["num_modes"] if network == "full" else None
    return json.dumps([[system[name] for name in names], modes, network, jit_compile])


def estimate(cell, speeds):
    """Seconds of a cell in one process, or None when nothing like it has been measured.

    A snapshot in a large batch takes less time: the runs with the nearest batch size count.
    """
    seen = cell.training.snapshots_seen
    batch = seen / cell.training.num_steps
    key = speed_key(asdict(cell.system), cell.network, cell.training.jit_compile)
    by_distance = {}
    for speed in speeds.get(key, []):
        by_distance.setdefault(round(abs(math.log2(speed.batch / batch)), 1), []).append(speed)
    if not by_distance:
        return None
    speed = median_speed(by_distance[min(by_distance)])
    return speed.start + speed.per_snapshot * seen


def median_speed(speeds):
    """The median of the longest of some runs: other jobs on the machine make single runs slow."""
    most = max(speed.seen for speed in speeds)
    starts, times, batches = zip(*((s.start, s.per_snapshot, s.batch) for s in speeds if s.seen == most), strict=True)
    return Speed(median(starts), median(times), most, median(batches))


def total_words(seconds):
    """The sum of some estimates: "3 h 05 min", "at least 42 s (2 not measured)" or "–"."""
    known = [value for value in seconds if value is not None]
    unknown = len(seconds) - len(known)
    if unknown and not known:
        return "–"
    return f"at least {duration(sum(known))} ({unknown} not measured)" if unknown else duration(sum(known))


def duration(seconds):
    """ "42 s", "12.3 min", "3 h 05 min", or "–" for None."""
    return "–" if seconds is None else duration_text(seconds)
