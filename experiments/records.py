"""Result records: one small JSON file a cell, and where everything of a run lies.

<out>/data/*.h5                               snapshots, shared by the cells
<out>/<item>/<preset>/<cell>.json             the record: its presence says that the cell is done
<out>/<item>/<preset>/<cell>.weights.npz      trained weights, of cells that others start from
<out>/<item>/<preset>/checkpoints/<cell>.npz  progress of a cell that is not
"""

import json
import math
import os
from pathlib import Path

SCHEMA = 1


class Folders:
    """Paths of one output folder. Raises OSError, naming the folder, when it cannot be written."""

    def __init__(self, out):
        self.out = Path(out)

    def check_writable(self):
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

    def data(self, cell, num_snapshots, seed):
        system = cell.system
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


def write_record(path, record):
    """Writes a record whole or not at all. JSON has no NaN and no infinity: they become null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    text = json.dumps({"schema": SCHEMA, **_finite(record)}, indent=1, allow_nan=False)
    temporary.write_text(text + "\n", encoding="utf-8")
    os.replace(temporary, path)


def read_record(path):
    """The record as a dict. Raises: ValueError naming the file when it is not one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not a readable record ({error})") from error
    if not isinstance(record, dict):
        raise ValueError(f"{path}: expected a JSON object; received {type(record).__name__}")
    return record


def short(value):
    """Seven digits are what float32 holds, more than a picture shows, and half the size of a record."""
    return float(f"{value:.7g}")


def _finite(value):
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    return [_finite(entry) for entry in value] if isinstance(value, (list, tuple)) else value
