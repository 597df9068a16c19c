"""Result records: one small JSON file for each training, each figure without training, and each benchmark.

<records>/<item>/<preset>/<cell>.json       a training; its presence says that the cell is done
<records>/<item>/<preset>/notes.md          remarks on the item, by hand
<records>/figure3/contributions.json        a figure without training
<records>/benchmarks/<name>.json            a benchmark

The name of a file is for people; the entries say what it holds. JSON has neither NaN nor infinity: they are written as
null, and null is read as NaN in a learning curve.
"""

import json
import math
from dataclasses import dataclass, field, fields
from pathlib import Path

from lrc_keras.files import write_whole

SCHEMA = 1
# the entries that every training has
OF_TRAINING = ("preset", "recipe", "cell", "seed", "error", "snapshots_seen", "curve", "multiplier")


class RecordError(ValueError):
    """A record, or a folder of records, that cannot be used. The message names the file and fits one line."""


@dataclass(frozen=True)
class Record:
    """One file of results: of a training, which has no `results`, or of anything else, which has those alone.

    An entry of a file must have the type that is written here; None stands for what a record does not have.
    """

    path: Path
    item: str  # the table, figure or benchmark
    settings: dict = field(default_factory=dict)  # everything that decided the result
    results: dict | list = None  # of a figure without training, or of a benchmark
    preset: str = None  # the size of the training
    recipe: str = None  # the way of training
    cell: dict = None  # the place in the table or figure, for example {"mu": 0.5, "network": "full"}
    seed: int = None
    error: float | int = None  # relative force error on the test snapshots, finite: a diverged training has no record
    snapshots_seen: int = None  # training snapshots, every repetition counted
    curve: dict = None  # lists of equal length, at least `snapshots` and `test_error`; NaN for null
    multiplier: dict | None = None  # initial and final kernel parameters
    wall_time: float | int | None = None  # seconds of training on one core
    start_up_time: float | int | None = None  # seconds before it, of the last process
    steps: int = None  # optimiser steps
    force_scale: float | int = None  # what the network's forces are multiplied with
    replicas: int = 1  # devices that trained together
    machine: dict = None  # processor, threads and versions, as far as the record has them


KINDS = {entry.name: entry.type for entry in fields(Record) if entry.name != "path"}


def read_record(path, item=None):
    """Reads and checks a `Record`.

    Args:
        path: of the file.
        item: whose record is expected, or None for any training.

    Raises: RecordError naming the file and the entry that is missing or wrong.
    """
    path = Path(path)
    content = _read_object(path)
    if item is not None and (content.get("item") != item or "results" not in content):
        raise RecordError(f"{path}: expected a record of {item}; received {content.get('item')!r}")
    for key in ("item", *(OF_TRAINING if item is None else ())):
        if key not in content:
            raise RecordError(f"{path}: entry {key!r} is missing")
    values = {key: content[key] for key in KINDS if key in content}
    for key, value in values.items():
        # bool is a subclass of int, but no entry of a record is a truth value
        if isinstance(value, bool) or not isinstance(value, KINDS[key]):
            kind = getattr(KINDS[key], "__name__", KINDS[key])
            raise RecordError(f"{path}: entry {key!r} must be {kind}; received {value!r:.60}")
    if item is None:
        for key, value in values["cell"].items():
            if isinstance(value, (list, dict)):
                raise RecordError(f"{path}: cell entry {key!r} must be a number or a word; received {value!r:.60}")
        if not math.isfinite(values["error"]):
            raise RecordError(f"{path}: entry 'error' must be finite; received {values['error']}")
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
        raise RecordError(f"{path}: a record is a JSON object; received {type(content).__name__}")
    if content.get("schema") != SCHEMA:
        raise RecordError(f"{path}: expected schema version {SCHEMA}; received {content.get('schema')!r}")
    return content


def _read_curve(path, curve):
    """Checks the lists of a learning curve and turns their nulls into NaN."""
    lists = {}
    for key in ["snapshots", "test_error", *curve]:
        values = curve.get(key)
        if not isinstance(values, list) or not {type(v) for v in values} <= {int, float, type(None)}:
            raise RecordError(f"{path}: curve entry {key!r} must be a list of numbers; received {values!r:.60}")
        lists[key] = [math.nan if v is None else float(v) for v in values]
    lengths = {key: len(values) for key, values in lists.items()}
    if len(set(lengths.values())) > 1:
        raise RecordError(f"{path}: the lists of the curve differ in length: {lengths}")
    return lists


def write_record(path, **entries):
    """Writes a record whole or not at all; `entries` are those of `Record`, and whatever else is worth keeping."""
    write_whole(path, json.dumps({"schema": SCHEMA, **_finite(entries)}, indent=1, allow_nan=False) + "\n")


def read_records(root, item, preset):
    """All trainings of `<root>/<item>/<preset>`, ordered by file name.

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
        # a preset with another recipe than its own has a folder that says so
        if record.item != item or preset not in (record.preset, f"{record.preset}-{record.recipe}"):
            own = f"{record.item}/{record.preset}"
            raise RecordError(f"{record.path}: says it belongs to {own}, not {item}/{preset}; move it there")
    return records


def _record_paths(folder):
    # a name with a leading dot is a file that a running experiment has not finished yet
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def presets_of(root, item):
    """Names of the folders below `<root>/<item>` that hold records, sorted, without hidden ones."""
    folder = Path(root) / item
    return sorted(path.name for path in folder.glob("[!.]*") if _record_paths(path)) if folder.is_dir() else []


def short(value):
    """Seven digits are what float32 holds, more than a picture shows, and half the size of a record."""
    return float(f"{value:.7g}")


def _finite(value):
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    return [_finite(entry) for entry in value] if isinstance(value, (list, tuple)) else value
