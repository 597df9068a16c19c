"""Where the files of a run are, and whether they belong to it.

<out>/data/*.h5                               snapshots, shared by the cells
<out>/<item>/<preset>/<cell>.json             the record, see `records`
<out>/<item>/<preset>/<cell>.weights.npz      trained weights of cells from which others start
<out>/<item>/<preset>/checkpoints/<cell>.npz  progress of a cell that is not finished
"""

import json
import os
from pathlib import Path

from experiments.records import read_record


class Folders:
    """Paths of one output folder."""

    def __init__(self, out):
        self.out = Path(out)

    def check_writable(self):
        """Raises OSError naming the folder when it cannot be written."""
        probe = self.out / f".write_test.{os.getpid()}"
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise OSError(f"output folder {str(self.out)!r} cannot be written: {error.strerror}") from error

    def record(self, cell):
        return self.out / cell.item / cell.preset / f"{cell.name}.json"

    def weights(self, cell):
        return self.out / cell.item / cell.preset / f"{cell.name}.weights.npz"

    def checkpoint(self, cell):
        return self.out / cell.item / cell.preset / "checkpoints" / f"{cell.name}.npz"

    def data(self, system, num_snapshots, seed):
        parts = [
            system.kernel,
            "mu" + "-".join(f"{mu:g}" for mu in system.mu),
            "alpha" + "-".join(f"{alpha:g}" for alpha in system.alpha),
            "box" + "x".join(f"{side:g}" for side in system.box_length),
            f"n{system.num_points}",
            f"s{num_snapshots}",
            f"seed{seed}",
        ]
        return self.out / "data" / f"{'_'.join(parts)}.h5"


class OtherSettings(ValueError):
    """A file where one of this run would be, with other settings. The message names it and the first difference."""


def check_same(path, saved, wanted, kind):
    """Raises OtherSettings when settings differ.

    Args:
        path: of the file.
        saved, wanted: as JSON has them.
        kind: what the file is, with its article: "a record".
    """
    difference = first_difference(saved, wanted)
    if difference is not None:
        name, before, now = difference
        raise OtherSettings(
            f"{path}: {kind} with {name} = {before}, where this run has {now}; choose another --out, or move it away"
        )


def is_done(cell, folders):
    """Whether the record is there, and the weights where others start from them.

    The settings that are compared are those of the cell. The record also has the recipe in detail, of which only the
    stages are known here, without TensorFlow.

    Raises: OtherSettings; RecordError when the record cannot be read.
    """
    path = folders.record(cell)
    if not path.exists():
        return False
    saved = {name: value for name, value in read_record(path).settings.items() if name != "recipe"}
    check_same(path, saved, json.loads(json.dumps(cell.settings())), "a record")
    return folders.weights(cell).exists() if cell.keep_weights else True


def first_difference(saved, wanted, name="settings"):
    """(name, saved, wanted) of the first setting that differs, both as text: ("system.mu[0]", "0.5", "1.0"); or None.

    Args:
        saved, wanted: as JSON has them.
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
