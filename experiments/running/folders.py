"""Where the files of a run are, and which cells are done.

<out>/data/*.h5                               snapshots, shared by the cells
<out>/<item>/<preset>/<cell>.json             the record, see `records`
<out>/<item>/<preset>/<cell>.weights.npz      trained weights of cells from which others start
<out>/<item>/<preset>/checkpoints/<cell>.npz  progress of a cell that is not finished
"""

import json
from pathlib import Path

from experiments.records import RecordError, read_record
from experiments.running.options import UsageError
from lrc_keras.files import differences, make_writable


class Folders:
    """Paths of one output folder."""

    def __init__(self, out):
        self.out = Path(out)

    def check_writable(self):
        """Raises UsageError naming the folder when it cannot be written."""
        try:
            make_writable(self.out)
        except OSError as error:
            raise UsageError(f"output folder {str(self.out)!r} cannot be written: {error.strerror}") from error

    def record(self, cell):
        return self.out / cell.item / cell.preset / f"{cell.name}.json"

    def weights(self, cell):
        return self.record(cell).with_name(f"{cell.name}.weights.npz")

    def checkpoint(self, cell):
        return self.record(cell).parent / "checkpoints" / f"{cell.name}.npz"

    def data(self, system, num_snapshots, seed):
        mu, alpha = ("-".join(f"{value:g}" for value in values) for values in (system.mu, system.alpha))
        box = "x".join(f"{side:g}" for side in system.box_length)
        name = f"{system.kernel}_mu{mu}_alpha{alpha}_box{box}_n{system.num_points}_s{num_snapshots}_seed{seed}.h5"
        return self.out / "data" / name


def is_done(cell, folders):
    """Whether the record is there, and the weights where others start from them.

    The settings that are compared are those of the cell. The record also has the recipe in detail, of which only the
    stages are known here, without TensorFlow.

    Raises: RecordError when the record cannot be read, or is of other settings.
    """
    path = folders.record(cell)
    if not path.exists():
        return False
    saved = {name: value for name, value in read_record(path).settings.items() if name != "recipe"}
    found = list(differences(saved, json.loads(json.dumps(cell.settings()))))
    if found:
        name, before, now = found[0]
        raise RecordError(
            f"{path}: a record with {name} = {before}, where this run has {now}; choose another --out, or move it away"
        )
    return folders.weights(cell).exists() if cell.keep_weights else True
