"""Reads what a run leaves beside its records: the CSV log of a training, and remarks on an item."""

import csv
from pathlib import Path

from experiments.records import RecordError

LOG_COLUMNS = ("step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds")


def read_notes(root, item, preset):
    """The text of `<root>/<item>/<preset>/notes.md`, which explains a miss; empty when there is no such file."""
    path = Path(root) / item / preset / "notes.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error


def read_logs(paths, labels=None):
    """Reads the CSV files of runs: [(label, columns)].

    There is a label for each file; default are their names, or the whole paths when two names are the same.
    Raises: RecordError as `read_log`, or when the labels are not as many as the files.
    """
    if labels is None:
        names = [path.stem for path in paths]
        labels = names if len(set(names)) == len(names) else [str(path.with_suffix("")) for path in paths]
    if len(labels) != len(paths):
        raise RecordError(f"expected a label for each of {len(paths)} files; received {len(labels)}: {labels}")
    return [(label, read_log(path)) for path, label in zip(paths, labels, strict=True)]


def read_log(path):
    """Reads the CSV file that a run writes as it goes: {column: list of floats}, one entry for each report.

    A last row that is not whole is left out: the run may be writing it.
    Raises: RecordError naming the file, the line, and what was expected.
    """
    try:
        # bytes first: half a row may end in the middle of a character
        lines = path.read_bytes().decode("utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        raise RecordError(f"{path}: no such file; a run writes it when it is given a log") from None
    except ValueError as error:  # a name that no file can have
        raise RecordError(f"{path}: cannot be read ({error})") from error
    names, *rows = list(csv.reader(lines)) or [[]]
    missing = [name for name in LOG_COLUMNS if name not in names]
    if missing:
        raise RecordError(f"{path}: expected the columns {', '.join(LOG_COLUMNS)}; missing {', '.join(missing)}")
    if not rows:
        raise RecordError(f"{path}: no report yet; try again when the run has made its first")
    columns = {name: [] for name in names}
    for number, row in enumerate(rows, start=2):
        try:
            for name, text in zip(names, row, strict=True):
                columns[name].append(float(text))
        except ValueError:
            words = f"expected {len(names)} numbers; received {','.join(row)}"
            raise RecordError(f"{path}, line {number}: {words}") from None
    return columns
