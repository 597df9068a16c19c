"""Result records: the JSON files that experiments leave and figures are drawn from.

One file is one trained network: `<root>/<item>/<preset>/<cell name>.json`. The name of the file is for
people; what it holds is said inside, in `cell` and `seed`.
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

SCHEMA = 1
CURVE_KEYS = ("snapshots", "test_error")


class RecordError(ValueError):
    """A record, or a folder of records, that cannot be used. The message names the file and fits one line."""


@dataclass(frozen=True)
class Record:
    """One result: a cell of a table, trained from one seed.

    Attributes:
        path: the file it was read from.
        item, preset, recipe: the table or figure, the size of the run, the way of training.
        cell: where it belongs, for example `{"mu": 0.5, "network": "full"}`.
        seed: the seed of the run.
        error: relative force error on the test snapshots; NaN or infinite when the training diverged.
        snapshots_seen: training snapshots seen, every repetition counted.
        curve: lists of equal length; at least `snapshots` and `test_error`, NaN where nothing was measured.
        multiplier: initial and final kernel parameters, or None for a network without a multiplier.
        settings: everything that decided the result, as the experiment wrote it.
        wall_time: seconds of training on one core, or None when it was not measured.
    """

    path: Path
    item: str
    preset: str
    recipe: str
    cell: dict
    seed: int
    error: float
    snapshots_seen: int
    curve: dict
    multiplier: dict | None = None
    settings: dict = field(default_factory=dict)
    wall_time: float | None = None


def read_record(path):
    """Reads and checks one record.

    Args:
        path: a JSON file.

    Returns:
        A `Record`.

    Raises:
        RecordError: the file cannot be read, is no JSON object, has another schema version, or lacks or
            garbles an entry.
    """
    path = Path(path)
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

    def entry(key, *kinds):
        if key not in content:
            raise RecordError(f"{path}: entry {key!r} is missing")
        value = content[key]
        # bool is a subclass of int, but no entry of a record is a truth value.
        if isinstance(value, bool) or not isinstance(value, kinds):
            names = " or ".join("null" if kind is type(None) else kind.__name__ for kind in kinds)
            raise RecordError(f"{path}: entry {key!r} must be {names}, received {_short(value)}")
        return value

    cell = entry("cell", dict)
    for key, value in cell.items():
        if isinstance(value, (list, dict)):
            raise RecordError(f"{path}: cell entry {key!r} must be a number or a word, received {_short(value)}")
    return Record(
        path=path,
        item=entry("item", str),
        preset=entry("preset", str),
        recipe=entry("recipe", str),
        cell=cell,
        seed=entry("seed", int),
        error=float(entry("error", int, float)),
        snapshots_seen=entry("snapshots_seen", int),
        curve=_read_curve(path, entry("curve", dict)),
        multiplier=entry("multiplier", dict, type(None)),
        settings=entry("settings", dict) if "settings" in content else {},
        wall_time=entry("wall_time", int, float, type(None)) if "wall_time" in content else None,
    )


def _read_curve(path, curve):
    """Checks the lists of a learning curve and turns their nulls into NaN."""
    lists = {}
    for key in [*CURVE_KEYS, *curve]:
        values = curve.get(key)
        if not isinstance(values, list) or any(
            isinstance(v, bool) or not isinstance(v, (int, float, type(None))) for v in values
        ):
            raise RecordError(f"{path}: curve entry {key!r} must be a list of numbers, received {_short(values)}")
        lists[key] = [math.nan if v is None else float(v) for v in values]
    lengths = {key: len(values) for key, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise RecordError(f"{path}: the lists of the curve differ in length: {lengths}")
    return lists


def read_records(root, item, preset):
    """Reads all records of one item and preset.

    Args:
        root: the folder that holds `<item>/<preset>/*.json`.
        item: for example "table1".
        preset: the name of a folder: a preset, for example "quick", or a preset and a recipe, "quick-paper".

    Returns:
        A list of `Record`, ordered by file name.

    Raises:
        RecordError: there is no such folder or no record in it, or a record is damaged or says that it
            belongs elsewhere.
    """
    folder = Path(root) / item / preset
    paths = _record_paths(folder)
    if not paths:
        found = "holds no record" if folder.is_dir() else "does not exist"
        presets = ", ".join(presets_of(root, item)) or "none"
        raise RecordError(f"{folder} {found}; presets with records of {item} in {root}: {presets}")
    records = [read_record(path) for path in paths]
    for record in records:
        # a preset with another recipe than its own lies in a folder that says so
        if record.item != item or preset not in (record.preset, f"{record.preset}-{record.recipe}"):
            says = f"{record.item}/{record.preset}"
            raise RecordError(f"{record.path}: says it belongs to {says}, not {item}/{preset}")
    return records


def _record_paths(folder):
    # A name with a leading dot is a file that a running experiment has not finished yet.
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def presets_of(root, item):
    """Names of the folders below `<root>/<item>` that hold records, sorted."""
    folder = Path(root) / item
    return sorted(child.name for child in folder.glob("*") if _record_paths(child)) if folder.is_dir() else []


def read_notes(root, item, preset):
    """The free text of `<root>/<item>/<preset>/notes.md`, which explains a miss; empty when there is no such file.

    Raises: RecordError naming the file when it cannot be read as UTF-8.
    """
    path = Path(root) / item / preset / "notes.md"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error


def _short(value):
    """A value for an error message of one line."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
