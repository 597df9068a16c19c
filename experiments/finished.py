"""Which cells are done: those with a record of the same settings. A record of other settings is never overwritten."""

import json

from experiments.records import read_record


class OtherSettings(ValueError):
    """A record where this cell's would be, of another run. The message names the file and the first difference."""


def is_done(cell, folders):
    """Whether the record is there, and the weights where others start from them.

    The settings compared are those of the cell. What a recipe of that name is in detail stands in the record, but only
    its stages are known here, without TensorFlow.

    Raises: OtherSettings; ValueError when the record cannot be read.
    """
    path = folders.record(cell)
    if not path.exists():
        return False
    saved = read_record(path).get("settings")
    saved = {name: value for name, value in saved.items() if name != "recipe"} if isinstance(saved, dict) else saved
    difference = first_difference(saved, json.loads(json.dumps(cell.settings())))
    if difference is not None:
        name, before, now = difference
        raise OtherSettings(
            f"{path}: a record with {name} = {before}, where this run has {now}; choose another --out, or move it away"
        )
    return folders.weights(cell).exists() if cell.keep_weights else True


def first_difference(saved, wanted, name="settings"):
    """(name, saved, wanted) of the first setting that differs, both as text: ("system.mu[0]", "0.5", "1.0"); or None.

    Args:
        saved, wanted: as JSON holds them.
        name: of the whole.
    """
    if isinstance(saved, dict) and isinstance(wanted, dict):
        for key in sorted({*saved, *wanted}):
            inner = key if name == "settings" else f"{name}.{key}"
            if key not in saved or key not in wanted:
                return inner, *(json.dumps(part[key]) if key in part else "nothing" for part in (saved, wanted))
            if found := first_difference(saved[key], wanted[key], inner):
                return found
        return None
    if isinstance(saved, list) and isinstance(wanted, list) and len(saved) == len(wanted):
        pairs = enumerate(zip(saved, wanted, strict=True))
        return next((found for i, pair in pairs if (found := first_difference(*pair, f"{name}[{i}]"))), None)
    return None if saved == wanted else (name, json.dumps(saved), json.dumps(wanted))
