"""One cell of a table: data, network, training, record. Runs in a process of its own (see `experiments.jobs`)."""

import platform
import time
from dataclasses import asdict, replace

import keras
import numpy as np
import tensorflow as tf

from experiments.data import ensure_data
from experiments.records import write_record
from experiments.settings import NUM_STATISTICS
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.training import Stage, load_snapshots, pad_neighbors, progress_line, recipes, train


def run_cell(cell, folders, say=print):
    """Trains one cell, continuing from its checkpoint, and writes its record. Returns the test error."""
    started = time.monotonic()
    training, test = _load(cell, folders)
    keras.utils.set_random_seed(cell.seed)
    force_field = _build(cell, training)
    recipe = _recipe(cell.training)
    multiplier_before = _multiplier_weights(force_field)

    checkpoint = folders.checkpoint(cell)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)

    curve = train(
        force_field,
        recipe,
        training,
        test,
        seed=cell.seed,
        checkpoint=checkpoint,
        settings=cell.settings(),
        reports=cell.training.reports,
        on_report=lambda line: say(f"{cell.name}  {progress_line(line)}"),
        log=checkpoint.with_suffix(".csv"),
    )
    record = {
        "item": cell.item,
        "preset": cell.preset,
        "recipe": recipe.name,
        "cell": dict(cell.labels),
        "seed": cell.seed,
        "error": curve["test_error"][-1],
        "train_error": curve["train_error"][-1],
        "settings": {**cell.settings(), "recipe": asdict(recipe)},
        "force_scale": force_field.scale,
        "steps": curve["step"][-1],
        "snapshots_seen": curve["snapshots"][-1],
        "wall_time": curve["seconds"][-1],
        "start_up_time": time.monotonic() - started - curve["seconds"][-1],
        "multiplier": _before_and_after(multiplier_before, _multiplier_weights(force_field)),
        "curve": {name: [_short(value) for value in values] for name, values in curve.items()},
        "versions": {"python": platform.python_version(), "tensorflow": tf.__version__, "keras": keras.__version__},
    }
    write_record(folders.record(cell), record)
    checkpoint.unlink(missing_ok=True)
    checkpoint.with_suffix(".csv").unlink(missing_ok=True)  # the record has the curve
    return record["error"]


def _load(cell, folders):
    """Training and test snapshots with neighbour lists of one width."""
    system = cell.system
    both = [load_snapshots(path, system.box_length, system.cutoff, system.dim) for path in ensure_data(cell, folders)]
    width = max(snapshots.neighbors.shape[-1] for snapshots in both)
    return [replace(snapshots, neighbors=pad_neighbors(snapshots.neighbors, width)) for snapshots in both]


def _build(cell, training):
    """The network of Fig. 5 left or right, with its statistics taken from the first snapshots."""
    system = cell.system
    geometry = (system.num_points, system.dim, system.box_length, system.cutoff)
    if cell.network == "short":
        model = build_short_range_model(*geometry)
    else:
        model = build_full_range_model(*geometry, system.num_modes)
    first = training.take(NUM_STATISTICS)
    model.get_layer("short_range_descriptor").adapt(first.positions, first.neighbors)
    return ForceField(model, scale=training.force_scale)


def _recipe(training):
    changes = dict(training.changes)
    if "stages" in changes:
        changes["stages"] = tuple(Stage(*stage) for stage in changes["stages"])
    return recipes.named(training.recipe, **changes)


def _multiplier_weights(force_field):
    """Weights of the Fourier multiplier by name, or None for the short-range network."""
    for layer in force_field.energy_model.layers:
        if layer.name == "long_range_convolution":
            return {weight.name: np.array(weight).tolist() for weight in layer.multiplier.weights}
    return None


def _before_and_after(before, after):
    if before is None:
        return None
    return {name: {"initial": before[name], "final": after[name]} for name in before}


def _short(value):
    """Seven digits are what float32 holds, and half the size of a record."""
    return float(f"{value:.7g}")
