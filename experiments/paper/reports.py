"""Figures and benchmarks without training: each is one record, made by one command."""

import math
import statistics
from dataclasses import dataclass
from pathlib import Path

from experiments.records import RecordError, read_record

LARGE = 10**4  # points from which on the growth of a time is measured


@dataclass(frozen=True)
class Report:
    """A result without training."""

    item: str  # that the record names
    title: str  # of its drawing
    file: str  # of the record, below the folder of records
    script: str  # that makes the record
    row: str = ""  # its name in the results table of the README, or "" when it is not there

    def path(self, root):
        """Path of the record below a folder of records."""
        return Path(root) / self.file

    def exists(self, root):
        """Whether the folder of records has it."""
        return self.path(root).is_file()

    def read(self, root):
        """The `Record`. Raises: RecordError naming the file when it is missing, damaged or of something else."""
        path = self.path(root)
        if not path.is_file():
            raise RecordError(f"{path}: no such record; experiments/{self.script} makes it")
        return read_record(path, self.item)


def growth(rows):
    """The power of N with which a time grows at large N.

    Args:
        rows: dicts with "points" and "seconds". The line through the logarithms is fitted by least squares to the rows
            with 10⁴ points or more, or to the last two rows when there are fewer than two of them.

    Raises: statistics.StatisticsError when there are fewer than two rows.
    """
    rows = sorted(rows, key=lambda row: row["points"])
    rows = rows[min(sum(row["points"] < LARGE for row in rows), max(len(rows) - 2, 0)) :]
    points, seconds = ([math.log(row[name]) for row in rows] for name in ("points", "seconds"))
    return statistics.linear_regression(points, seconds).slope


FIGURE3 = Report(
    "figure3",
    "Figure 3: force contributions of all particles to one",
    "figure3/contributions.json",
    "run_1d.py figure3",
    "Figure 3, share of the force from beyond R",
)
FIGURE7_RIGHT = Report(
    "benchmark_direct",
    "Figure 7 right: wall time against the number of points",
    "benchmarks/direct.json",
    "benchmark_scaling.py direct",
    "Figure 7 right, wall time at large N",
)
ALIASING = Report(
    "benchmark_aliasing",
    "error of the paper's window, mode by mode",
    "benchmarks/aliasing.json",
    "benchmark_scaling.py aliasing",
)
