"""Result records: one small JSON file a cell, and where everything of a run lies.

<out>/data/*.h5                               snapshots, shared by the cells
<out>/<item>/<preset>/<cell>.json             the record: its presence says that the cell is done
<out>/<item>/<preset>/checkpoints/<cell>.npz  progress of a cell that is not
"""

import json
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
    """Writes a record whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    temporary.write_text(json.dumps({"schema": SCHEMA, **record}, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, path)


def read_record(path):
    """The record as a dict."""
    return json.loads(path.read_text(encoding="utf-8"))
