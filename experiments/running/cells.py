"""One cell of a table or figure: data, network, training, record.

It runs in a process of its own (`jobs`), or in all processes of a cluster (`distribution`).
"""

import time
from dataclasses import asdict, replace

import keras
import numpy as np
import tensorflow as tf

from experiments.machine import machine
from experiments.paper.settings import NUM_STATISTICS
from experiments.records import read_record, short, write_record
from experiments.running.data import ensure_data
from lrc_keras.models import ForceField, adapt, build_full_range_model, build_short_range_model
from lrc_keras.training import (
    Stage,
    fit_multiplier,
    load_snapshots,
    pad_neighbors,
    progress_line,
    recipes,
    restore_weights,
    save_checkpoint,
    train,
    transfer_short_range,
)
from lrc_keras.training.checkpoints import check_checkpoint
from lrc_keras.training.fitting.workers import is_chief, text_from_chief


def run_cell(cell, folders, say=print, strategy=None):
    """Trains one cell, continuing from its checkpoint, and writes its record. Returns the test error.

    With a `tf.distribute.Strategy` of several workers all of them call this, and the chief writes.
    """
    started = time.monotonic()
    strategy = strategy or tf.distribute.get_strategy()
    if is_chief(strategy):
        ensure_data(cell, folders)
    text_from_chief(strategy, "the data are there")
    training, test = load_data(cell, folders)
    keras.utils.set_random_seed(cell.seed)
    with strategy.scope():
        force_field = make_force_field(cell, training, folders)
        weights_of_multiplier = {"initial": multiplier_weights(force_field)}
        if cell.training.start == "data":
            start_from_data(cell, force_field, training)
            weights_of_multiplier["fitted"] = multiplier_weights(force_field)
    recipe = _recipe(cell.training)

    checkpoint = folders.checkpoint(cell)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    start_up_time = time.monotonic() - started  # of this process: a resumed run has started up before
    curve = train(
        force_field,
        recipe,
        training,
        test,
        seed=cell.seed,
        checkpoint=checkpoint,
        settings=cell.settings(),
        reports=cell.training.reports,
        on_report=lambda line: say(f"{cell.title}  {progress_line(line)}"),
        jit_compile=cell.training.jit_compile,
        log=checkpoint.with_suffix(".csv"),
    )
    if is_chief(strategy):
        if cell.keep_weights:  # before the record, which says that all is there
            save_checkpoint(folders.weights(cell), force_field, {}, cell.settings())
        weights_of_multiplier["final"] = multiplier_weights(force_field)
        record = _record(cell, recipe, force_field, curve, weights_of_multiplier, start_up_time)
        if strategy.num_replicas_in_sync > 1:  # whose times are not those of one process
            record["replicas"] = strategy.num_replicas_in_sync
        write_record(folders.record(cell), **record)
        checkpoint.unlink(missing_ok=True)
        checkpoint.with_suffix(".csv").unlink(missing_ok=True)  # the record has the curve
    text_from_chief(strategy, "the record is there")  # and the weights, which the next cell may start from
    return curve["test_error"][-1]


def _record(cell, recipe, force_field, curve, weights_of_multiplier, start_up_time):
    """The entries of the record of a finished cell."""
    return {
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
        "start_up_time": start_up_time,
        "multiplier": _by_weight(weights_of_multiplier),
        "curve": {name: [short(value) for value in values] for name, values in curve.items()},
        # 0: as many threads as TensorFlow chooses
        "machine": {**machine(), "threads": tf.config.threading.get_intra_op_parallelism_threads()},
    }


def load_data(cell, folders):
    """Training and test snapshots with neighbour lists of one width."""
    system = cell.system
    training, test = (
        load_snapshots(path, system.box_length, system.cutoff, system.dim, half_list=True)
        for path in ensure_data(cell, folders)
    )
    both = [training.take(cell.training.num_snapshots), test]
    width = max(snapshots.neighbors.shape[-1] for snapshots in both)
    return [replace(snapshots, neighbors=pad_neighbors(snapshots.neighbors, width)) for snapshots in both]


def _recipe(training):
    stages = tuple(Stage(*stage) for stage in training.stages)
    return recipes.named(training.recipe, **{**training.changes, "stages": stages})


def _by_weight(moments):
    """{moment: {weight: value}} as {weight: {moment: value}}; None for a network without a multiplier."""
    if moments["final"] is None:
        return None
    return {name: {moment: values[name] for moment, values in moments.items()} for name in moments["final"]}


def make_force_field(cell, training, folders):
    """The network of Fig. 5 left or right before its training: new, or from the small phase of the two-scale strategy.

    Scale and statistics of the descriptor are computed from the first training snapshots. With a small phase they are
    those of that phase, because its weights were trained with them.

    Args:
        cell: `Cell`.
        training: its `Snapshots`.
        folders: `Folders`, where the small phase is.
    """
    model = make_model(cell)
    if cell.small_phase is not None:
        force_field = ForceField(model)
        transfer_short_range(_trained(cell.small_phase, folders), force_field, cell.long_range_rows)
        return force_field
    first = training.take(NUM_STATISTICS)
    model.get_layer("short_range_descriptor").adapt(first.positions, first.neighbors)
    return ForceField(model, scale=training.force_scale)


def start_from_data(cell, force_field, training):
    """λ from the forces, and kernels that fit the size of their inputs; see `fit_multiplier` and `adapt`.

    After a small phase only the networks are new that it does not have: g_θ.
    """
    if cell.network == "full":
        fit_multiplier(force_field, training, NUM_STATISTICS)
        if cell.training.keep_lengths:
            force_field.energy_model.get_layer("long_range_convolution").multiplier.inverse_length.trainable = False
    layers = None if cell.small_phase is None else ("long_range_pyramid",)
    adapt(force_field.energy_model, training.take(NUM_STATISTICS).inputs(), layers)


def make_model(cell):
    """The network of a `Cell` with new weights."""
    system, options = cell.system, cell.training.network
    geometry = (system.num_points, system.dim, system.box_length, system.cutoff)
    if cell.network == "short":
        return build_short_range_model(*geometry, half_list=True, **options)
    return build_full_range_model(*geometry, system.num_modes, half_list=True, **options)


def _trained(cell, folders):
    """The force field of a finished cell that keeps its weights."""
    path = folders.weights(cell)
    check_checkpoint(path, cell.settings())
    force_field = ForceField(make_model(cell), scale=read_record(folders.record(cell)).force_scale)
    restore_weights(path, force_field)
    return force_field


def multiplier_weights(force_field):
    """Weights of the Fourier multiplier by name, or None for the short-range network."""
    for layer in force_field.energy_model.layers:
        if layer.name == "long_range_convolution":
            return {weight.name: np.array(weight).tolist() for weight in layer.multiplier.weights}
    return None
