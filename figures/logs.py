"""Readers of learning curves and of notes on items."""

import csv
from pathlib import Path

from experiments.records import RecordError, read_record

LOG_COLUMNS = ("step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds")


def read_notes(root, item, preset):
    """The text of `<root>/<item>/<preset>/notes.md`, remarks on an item; empty when there is no such file."""
    path = Path(root) / item / preset / "notes.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error


def read_logs(paths, labels=None):
    """Reads the learning curves of trainings from records (.json) or CSV files: [(label, columns)].

    Default labels are the files' names, or their paths when two names are equal.
    Raises: RecordError, see `read_record` and `read_log`, or when there is not one label per file.
    """
    if labels is None:
        names = [path.stem for path in paths]
        labels = names if len(set(names)) == len(names) else [str(path.with_suffix("")) for path in paths]
    if len(labels) != len(paths):
        raise RecordError(f"expected one label for each of {len(paths)} files; received {len(labels)}: {labels}")
    curves = [_curve_of_record(path) if path.suffix == ".json" else read_log(path) for path in paths]
    return list(zip(labels, curves, strict=True))


def _curve_of_record(path):
    """The curve of a record, as `read_log` returns it. Raises: RecordError when it lacks a column or has no report."""
    curve = read_record(path).curve
    _check_columns(path, curve)
    if not curve["step"]:
        raise RecordError(f"{path}: no report")
    return curve


def read_log(path):
    """Reads the CSV file of a training: {column: list of floats}, one entry per report.

    An incomplete last row is ignored, because the training may be writing it. So are empty lines.
    Raises: RecordError naming the file and the line.
    """
    try:
        # bytes first, because an incomplete row may end inside a character
        lines = path.read_bytes().decode("utf-8-sig", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        raise RecordError(f"{path}: no such file; a training writes it if a log is requested") from None
    except ValueError as error:  # an impossible file name
        raise RecordError(f"{path}: cannot be read ({error})") from error
    names, *rows = list(csv.reader(lines)) or [[]]
    _check_columns(path, names)
    rows = [(number, row) for number, row in enumerate(rows, start=2) if row]
    if not rows:
        raise RecordError(f"{path}: no report yet; try again after the first report of the training")
    columns = {name: [] for name in names}
    for number, row in rows:
        try:
            for name, text in zip(names, row, strict=True):
                columns[name].append(float(text))
        except ValueError:
            words = f"expected {len(names)} numbers; received {','.join(row)}"
            raise RecordError(f"{path}, line {number}: {words}") from None
    return columns


def _check_columns(path, names):
    missing = [name for name in LOG_COLUMNS if name not in names]
    if missing:
        raise RecordError(f"{path}: expected the columns {', '.join(LOG_COLUMNS)}; missing {', '.join(missing)}")
