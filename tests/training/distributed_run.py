"""One process of a run for `test_distributed.py`: `python distributed_run.py '{"strategy": ..., ...}'`.

A process of its own, as logical devices and clusters are set up before TensorFlow starts. Prints, as its last line, the
learning curve and the final weights as JSON, and a line "report <step>" after each report before that.
"""

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.models import ForceField, build_full_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import Recipe, Snapshots, Stage, compile_for_forces, train, training_batches
from lrc_keras.training.optimizers import make_optimizer

BOX, POINTS, CUTOFF = 5.0, 20, 1.5


def make_strategy(kind):
    if kind == "mirrored":
        device = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
        return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    return tf.distribute.MultiWorkerMirroredStrategy() if kind == "multiworker" else tf.distribute.get_strategy()


def make_snapshots(count, dtype, padded):
    """Points on a line, two a cell, and smooth forces of size one: what is learned is not tested here."""
    rng = np.random.default_rng(3)
    cells = np.arange(POINTS // 2) * 0.5
    first = rng.uniform(0.03, 0.17, (count, len(cells)))
    points = np.stack([cells + first, cells + first + rng.uniform(0.06, 0.28, first.shape)], -1).reshape(count, -1, 1)
    angle = 2 * np.pi * points / BOX
    neighbors = neighbor_list(points, (BOX,), CUTOFF, half=True)
    arrays = points, neighbors, np.cos(angle).sum((1, 2)), np.sin(angle)
    positions, _, energies, forces = (array.astype(dtype) for array in arrays)
    if not padded:
        return Snapshots(positions, neighbors, energies, forces)
    kinds = np.zeros((count, POINTS), np.int32)
    kinds[::2, -4:] = -1
    real = kinds >= 0
    neighbors = neighbor_list(points, (BOX,), CUTOFF, half=True, species=kinds)
    return Snapshots(positions, neighbors, energies, forces * real[..., np.newaxis], species=kinds)


def make_force_field(snapshots, dtype):
    keras.utils.set_random_seed(1)
    species = None if snapshots.species is None else 1
    options = {"half_list": True, "num_species": species, "dtype": dtype}
    model = build_full_range_model(None if species else POINTS, 1, (BOX,), CUTOFF, (31,), **options)
    further = {} if species is None else {"species": snapshots.species}
    model.get_layer("short_range_descriptor").adapt(snapshots.positions, snapshots.neighbors, **further)
    return ForceField(model, scale=snapshots.force_scale)


def train_by_halves(force_field, recipe, snapshots):
    """What two replicas do, written out for one process: the sum of the gradients of both halves of every batch.

    To the last bit that of two replicas, as that of a whole batch is not, and SOAP's first bases depend on that bit.
    """
    compile_for_forces(force_field, make_optimizer(recipe, len(snapshots)), jit_compile=False)
    weights = force_field.trainable_variables

    @tf.function
    def gradients(x, y):
        with tf.GradientTape() as tape:
            loss = force_field.compute_loss(x, y, force_field(x, training=True)) / 2
        return loss, tape.gradient(loss, [weight.value for weight in weights], unconnected_gradients="zero")

    seen, losses = 0, []
    for stage in recipe.stages:
        size, steps = stage.batch_size, stage.steps(len(snapshots))
        for x, y in training_batches(snapshots, size, 2, seen).take(steps):
            halves = [
                gradients(*tf.nest.map_structure(lambda values, rows=rows: values[rows], (x, y)))
                for rows in (slice(0, size // 2), slice(size // 2, size))
            ]
            losses.append(float(halves[0][0] + halves[1][0]))
            force_field.optimizer.apply([a + b for a, b in zip(halves[0][1], halves[1][1], strict=True)], weights)
        seen += steps * size
    return {"loss": np.reshape(losses, (-1, 2)).mean(axis=1).tolist()}  # two steps a report


def main(
    strategy, inside=False, halves=False, checkpoint=None, pause=0.0, dtype="float64", padded=False, jit_compile=False,
    **recipe,
):  # fmt: skip
    """Trains 16 snapshots for 18 steps, inside the scope or after it."""
    strategy, snapshots = make_strategy(strategy), make_snapshots(16, dtype, padded)
    recipe = Recipe("test", (Stage(5, 8), Stage(8, 16)), **{"learning_rate": 1e-2, **recipe})

    def say(line):
        print("report", line["step"], flush=True)
        time.sleep(pause)

    def run():
        if halves:
            return train_by_halves(force_field, recipe, snapshots)
        return train(
            force_field, recipe, snapshots, snapshots.take(5), seed=2, reports=6, jit_compile=jit_compile,
            checkpoint=checkpoint, log=checkpoint and Path(checkpoint).with_suffix(".csv"), on_report=say,
        )  # fmt: skip

    with strategy.scope():
        force_field = make_force_field(snapshots, dtype)
        curve = run() if inside else None
    curve = curve or run()
    print(json.dumps({"curve": curve, "weights": [w.numpy().tolist() for w in force_field.weights]}), flush=True)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    main(**json.loads(sys.argv[1]))
