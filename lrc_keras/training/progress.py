"""What a run tells while it goes on: one line a report, and one row of a CSV file."""

import csv
import io
import os
from pathlib import Path

from lrc_keras.training.checkpoints import write_whole


def progress_line(line, total_steps=None):
    """One report as text: " 12 %  test error 0.01234  loss 1.234e+00  rate 1.0e-03  12.3 min left".

    Args:
        line: dict with the names of `CURVE`, as `train` gives it to `on_report`; with a "phase", that comes first.
        total_steps: of the run; default line["total_steps"].

    Returns: str without a line break. Errors are relative, the loss is in units of the force scale; what is left is
        reckoned from the time that the steps so far have taken.

    Example:
        >>> from lrc_keras.training import progress_line
        >>> line = {"step": 10, "test_error": 0.01234, "loss": 0.5, "learning_rate": 1e-3, "seconds": 6.0}
        >>> progress_line(line, total_steps=100)
        ' 10 %  test error 0.01234  loss 5.000e-01  rate 1.0e-03  54 s left'
    """
    total = line["total_steps"] if total_steps is None else total_steps
    left = line["seconds"] * (total - line["step"]) / max(line["step"], 1)
    energy = f"energy error {line['test_energy_error']:.2e}  " if "test_energy_error" in line else ""
    phase = f"{line['phase']}  " if "phase" in line else ""
    return (
        f"{phase}{100 * line['step'] / total:3.0f} %  test error {line['test_error']:.5f}  {energy}"
        f"loss {line['loss']:.3e}  rate {line['learning_rate']:.1e}  {_duration(left)} left"
    )


def _duration(seconds):
    """ "42 s", "12.3 min" or "3 h 05 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.1f} min" if minutes < 60 else f"{int(minutes // 60)} h {int(minutes % 60):02d} min"


class CurveLog:
    """A learning curve as a CSV file, which can be read and drawn while the run goes on.

    The first line names the columns; numbers are written with all their digits. A row is appended and flushed for each
    report. A run that goes on from a checkpoint writes the checkpoint's rows first, so that a row is never there twice
    and never missing, whichever of the two files a killed run had written last. A file that is there is replaced.

    Args:
        path: .csv file in a folder that exists.
        names: of the columns.

    Example:
        >>> from lrc_keras.training import CurveLog
        >>> log = CurveLog("run.csv", ("step", "loss"))
        >>> log.start({"step": [100], "loss": [0.5]})
        >>> log.append({"step": 200, "loss": 0.25})
        >>> log.path.read_text().split()
        ['step,loss', '100,0.5', '200,0.25']
    """

    def __init__(self, path, names):
        self.path = Path(path)
        self.names = tuple(names)

    def start(self, curve):
        """Writes the file anew, whole or not at all: the names, and the rows of `curve`, a dict of lists."""
        rows = zip(*(curve[name] for name in self.names), strict=True)
        text = _csv(self.names) + "".join(map(_csv, rows))
        write_whole(self.path, lambda temporary: temporary.write_text(text, encoding="utf-8"))

    def append(self, line):
        """Adds the row of one report, a dict with all names."""
        with open(self.path, "a", encoding="utf-8", newline="") as file:
            file.write(_csv(line[name] for name in self.names))
            file.flush()
            os.fsync(file.fileno())


def _csv(values):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()
