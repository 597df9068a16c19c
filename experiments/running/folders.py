"""Where the files of a run are, and which cells are done.

<out>/data/*.h5                               snapshots, shared by the cells
<out>/<item>/<preset>/<cell>.json             the record, see `records`
<out>/<item>/<preset>/<cell>.weights.npz      trained weights of cells from which others start
<out>/<item>/<preset>/checkpoints/<cell>.npz  progress of a cell that is not finished
"""

import json
from dataclasses import asdict
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
    """Whether the record is there.

    Raises: RecordError when the record cannot be read, or is of other settings.
    """
    path = folders.record(cell)
    if not path.exists():
        return False
    saved = read_record(path).settings
    settings = json.loads(json.dumps(cell.settings()))
    if "recipe" in saved:  # with all its settings; a record may be older than one of them
        recipe = json.loads(json.dumps(asdict(cell.training.make_recipe())))
        settings["recipe"] = {name: value for name, value in recipe.items() if name in saved["recipe"]}
    found = list(differences(saved, settings))
    if found:
        name, before, now = found[0]
        raise RecordError(
            f"{path}: a record with {name} = {before}, where this run has {now}; choose another --out, or move it away"
        )
    return True


def has_weights(cell, folders):
    """Whether the record is there, and the weights from which others start. Raises: as `is_done`."""
    return is_done(cell, folders) and folders.weights(cell).exists()
