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
    fit_multiplier,
    load_snapshots,
    pad_neighbors,
    progress_line,
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
    # GPUs would compute the transforms with an error of 5e-4, and forces with more
    tf.config.experimental.enable_tensor_float_32_execution(False)
    strategy = strategy or tf.distribute.get_strategy()
    if is_chief(strategy):
        ensure_data(cell, folders)
    text_from_chief(strategy, "the data are there")
    training, test = load_data(cell, folders)
    keras.utils.set_random_seed(cell.seed)
    with strategy.scope():
        force_field = make_force_field(cell, training, folders)
        moments = {"initial": multiplier_weights(force_field)}
        if cell.training.start == "data":
            start_from_data(cell, force_field, training)
            moments["fitted"] = multiplier_weights(force_field)
    recipe = cell.training.make_recipe()
    checkpoint = folders.checkpoint(cell)
    log = checkpoint.with_suffix(".csv")
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
        log=log,
    )
    if is_chief(strategy):
        if cell.keep_weights:  # before the record, which says that all is there
            save_checkpoint(folders.weights(cell), force_field, {}, cell.settings())
        moments["final"] = multiplier_weights(force_field)
        write_record(
            folders.record(cell),
            item=cell.item,
            preset=cell.preset,
            recipe=recipe.name,
            cell=dict(cell.labels),
            seed=cell.seed,
            error=curve["test_error"][-1],
            train_error=curve["train_error"][-1],
            settings={**cell.settings(), "recipe": asdict(recipe)},
            force_scale=force_field.scale,
            steps=curve["step"][-1],
            snapshots_seen=curve["snapshots"][-1],
            wall_time=curve["seconds"][-1],
            start_up_time=start_up_time,
            multiplier={name: {m: moments[m][name] for m in moments} for name in moments["final"]} or None,
            curve={name: [short(value) for value in values] for name, values in curve.items()},
            replicas=strategy.num_replicas_in_sync,
            machine={**machine(), **devices()},
        )
        for path in (checkpoint, log):  # the record has the curve
            path.unlink(missing_ok=True)
    text_from_chief(strategy, "the record is there")  # and the weights, which the next cell may start from
    return curve["test_error"][-1]


def load_data(cell, folders):
    """Training and test snapshots with neighbour lists of one width."""
    system = cell.system
    counts = (cell.training.num_snapshots, None)
    both = [
        load_snapshots(path, system.box_length, system.cutoff, system.dim, half_list=True, num_snapshots=count)
        for path, count in zip(ensure_data(cell, folders), counts, strict=True)
    ]
    width = max(snapshots.neighbors.shape[-1] for snapshots in both)
    return [replace(snapshots, neighbors=pad_neighbors(snapshots.neighbors, width)) for snapshots in both]


def make_model(system, network, half_list=True, **options):
    """The network of a `System` with new weights, "short" or "full"; see `build_full_range_model` for the options."""
    geometry = (system.num_points, system.dim, system.box_length, system.cutoff)
    if network == "short":
        return build_short_range_model(*geometry, half_list=half_list, **options)
    return build_full_range_model(*geometry, system.num_modes, half_list=half_list, **options)


def make_force_field(cell, training, folders):
    """The network of Fig. 5 left or right before its training: new, or from the small phase of the two-scale strategy.

    Scale and statistics of the descriptor are computed from the first training snapshots. With a small phase they are
    those of that phase, because its weights were trained with them.
    """
    model = make_model(cell.system, cell.network, **cell.training.network)
    small = cell.small_phase
    if small is None:
        first = training.take(NUM_STATISTICS)
        model.get_layer("short_range_descriptor").adapt(first.positions, first.neighbors)
        return ForceField(model, scale=training.force_scale)
    path = folders.weights(small)
    check_checkpoint(path, small.settings())
    small_model = make_model(small.system, small.network, **small.training.network)
    trained = ForceField(small_model, scale=read_record(folders.record(small)).force_scale)
    restore_weights(path, trained)
    force_field = ForceField(model)
    transfer_short_range(trained, force_field, cell.long_range_rows)
    return force_field


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


def devices():
    """What TensorFlow computes with, for the record: threads, 0 for as many as it chooses, and GPUs if any."""
    gpus = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    names = [gpu.get("device_name", "unknown") for gpu in gpus]
    return {
        "threads": tf.config.threading.get_intra_op_parallelism_threads(),
        **({"gpus": names} if names else {}),
    }


def multiplier_weights(force_field):
    """Weights of the Fourier multiplier by name; none for the short-range network."""
    layers = [layer for layer in force_field.energy_model.layers if layer.name == "long_range_convolution"]
    return {weight.name: np.array(weight).tolist() for layer in layers for weight in layer.multiplier.weights}
