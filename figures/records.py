"""Reads what experiments leave behind: result records, records without training, and CSV logs of runs.

A result record is one trained network: `<root>/<item>/<preset>/<cell name>.json`. The name of the file is for people;
the entries `cell` and `seed` say what it holds.
"""

import csv
import json
import math
from dataclasses import dataclass, field
from pathlib import Path

from experiments.records import SCHEMA

NUMBER, OPTIONAL = (int, float), type(None)
ENTRIES = {"item": (str,), "preset": (str,), "recipe": (str,), "cell": (dict,), "seed": (int,), "error": NUMBER}
ENTRIES |= {"snapshots_seen": (int,), "curve": (dict,), "multiplier": (dict, OPTIONAL)}
ENTRIES |= {"settings": (dict,), "wall_time": (*NUMBER, OPTIONAL)}
MAY_BE_MISSING = ("settings", "wall_time")

# Records without training: the file below the folder of records, the item that it names, and the script that makes it.
REPORTS = {
    "figure3": ("figure3/contributions.json", "figure3", "run_1d.py figure3"),
    "direct": ("benchmarks/direct.json", "benchmark_direct", "benchmark_scaling.py direct"),
    "aliasing": ("benchmarks/aliasing.json", "benchmark_aliasing", "benchmark_scaling.py aliasing"),
}
LOG_COLUMNS = ("step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds")


class RecordError(ValueError):
    """A record, or a folder of records, that cannot be used. The message names the file and fits one line."""


@dataclass(frozen=True)
class Record:
    """One result: a cell of a table, trained from one seed."""

    path: Path
    item: str  # the table or figure
    preset: str  # the size of the run
    recipe: str  # the way of training
    cell: dict  # where it belongs, for example {"mu": 0.5, "network": "full"}
    seed: int
    error: float  # relative force error on the test snapshots; NaN or infinite when the training diverged
    snapshots_seen: int  # training snapshots, every repetition counted
    curve: dict  # lists of equal length, at least `snapshots` and `test_error`; NaN where nothing was measured
    multiplier: dict | None  # initial and final kernel parameters
    settings: dict = field(default_factory=dict)  # everything that decided the result
    wall_time: float | None = None  # seconds of training on one core


def read_record(path):
    """Reads and checks one `Record`. Raises: RecordError naming the file and the entry that is wrong."""
    path = Path(path)
    content = _read_object(path)
    values = {}
    for key, kinds in ENTRIES.items():
        if key in content:
            values[key] = content[key]
            # bool is a subclass of int, but no entry of a record is a truth value.
            if isinstance(values[key], bool) or not isinstance(values[key], kinds):
                names = " or ".join("null" if kind is OPTIONAL else kind.__name__ for kind in kinds)
                raise RecordError(f"{path}: entry {key!r} must be {names}, received {values[key]!r:.60}")
        elif key not in MAY_BE_MISSING:
            raise RecordError(f"{path}: entry {key!r} is missing")
    for key, value in values["cell"].items():
        if isinstance(value, (list, dict)):
            raise RecordError(f"{path}: cell entry {key!r} must be a number or a word, received {value!r:.60}")
    values |= {"error": float(values["error"]), "curve": _read_curve(path, values["curve"])}
    return Record(path, **values)


def _read_object(path):
    """A JSON object of our schema version."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:  # ValueError: damaged JSON and damaged UTF-8 alike
        raise RecordError(f"{path}: not valid JSON ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise RecordError(f"{path}: a record is a JSON object, received {type(content).__name__}")
    if content.get("schema") != SCHEMA:
        raise RecordError(f"{path}: schema version {content.get('schema')!r}, expected {SCHEMA}")
    return content


def _read_curve(path, curve):
    """Checks the lists of a learning curve and turns their nulls into NaN."""
    lists = {}
    for key in ["snapshots", "test_error", *curve]:
        values = curve.get(key)
        if not isinstance(values, list) or not {type(v) for v in values} <= {*NUMBER, OPTIONAL}:
            raise RecordError(f"{path}: curve entry {key!r} must be a list of numbers, received {values!r:.60}")
        lists[key] = [math.nan if v is None else float(v) for v in values]
    lengths = {key: len(values) for key, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise RecordError(f"{path}: the lists of the curve differ in length: {lengths}")
    return lists


def read_records(root, item, preset):
    """Reads all records of `<root>/<item>/<preset>`, ordered by file name.

    The name of the folder is a preset, for example "quick", or a preset and a recipe, "quick-paper".
    Raises: RecordError when there is no record, or when one is damaged or says that it belongs elsewhere.
    """
    folder = Path(root) / item / preset
    records = [read_record(path) for path in _record_paths(folder)]
    if not records:
        found = "holds no record" if folder.is_dir() else "does not exist"
        presets = ", ".join(presets_of(root, item)) or "none"
        raise RecordError(f"{folder} {found}; presets with records of {item} in {root}: {presets}")
    for record in records:
        # a preset with another recipe than its own lies in a folder that says so
        if record.item != item or preset not in (record.preset, f"{record.preset}-{record.recipe}"):
            raise RecordError(f"{record.path}: says it belongs to {record.item}/{record.preset}, not {item}/{preset}")
    return records


def _record_paths(folder):
    # A name with a leading dot is a file that a running experiment has not finished yet.
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def presets_of(root, item):
    """Names of the folders below `<root>/<item>` that hold records, sorted."""
    folder = Path(root) / item
    return sorted(child.name for child in folder.glob("*") if _record_paths(child)) if folder.is_dir() else []


def read_notes(root, item, preset):
    """The text of `<root>/<item>/<preset>/notes.md`, which explains a miss; empty when there is no such file."""
    path = Path(root) / item / preset / "notes.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error


def report_path(root, name):
    """Where a record of `REPORTS` is."""
    return Path(root) / REPORTS[name][0]


def read_report(root, name):
    """Reads a record of `REPORTS` as a dict with "results". Raises: RecordError naming the file."""
    path, (_, item, script) = report_path(root, name), REPORTS[name]
    if not path.is_file():
        raise RecordError(f"{path}: no such record; experiments/{script} makes it")
    content = _read_object(path)
    if content.get("item") != item or "results" not in content:
        raise RecordError(f"{path}: expected a record of {item}; received {content.get('item')!r}")
    return content


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
