"""One training step on the force loss: ours against the plain composition, each in a process of its own, in turns.

A step is forward, forces, gradient of the weights and Adam. Ours runs on one thread under XLA, as the cells of a table
do; the plain composition (see `plain_composition`) is a `tf.function` with TensorFlow's default threads. Both take
several steps in one call, as Keras does with `steps_per_execution`. The two processes wait for each other, so both see
the same machine, and only one works at a time.
"""

import itertools
import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

import numpy as np

from experiments.paper.one_dimension import TABLE2
from experiments.paper.settings import NETWORKS
from experiments.paper.three_dimensions import TABLE6
from experiments.paper.two_dimensions import TABLE3

STEPS_PER_TURN, TURNS = 10, 9
BATCH = 8
SYSTEMS = {table.dim: table.system for table in (TABLE2, TABLE3, TABLE6)}
CASES = list(itertools.product(SYSTEMS, NETWORKS))


def measure(dim, network):
    """Times of both sides for the system of a dimension and a network, "short" or "full": a dict for the record.

    `wall_ratio` compares elapsed times. `core_ratio` compares the processor time of a step, which counts when several
    cells run side by side.
    """
    system, context = SYSTEMS[dim], multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as ours, ProcessPoolExecutor(1, context) as plain:
        sides = {"ours": ours, "plain": plain}
        ready = {side: pool.submit(_prepare, side, system, network).result() for side, pool in sides.items()}
        rounds = [{side: pool.submit(_take_turn).result() for side, pool in sides.items()} for _ in range(TURNS)]
    wall, core = ({side: statistics.median(turn[side][i] for turn in rounds) for side in sides} for i in (0, 1))
    ours, plain = (np.concatenate([values.ravel() for values in ready[side][0]]) for side in sides)
    pairs = ready["ours"][1]
    return {
        "case": [system.dim, system.num_points, BATCH],
        "network": network,
        "settings": {**asdict(system), "batch": BATCH},
        "wall_ratio": wall["plain"] / wall["ours"],
        "core_ratio": core["plain"] / core["ours"],
        **{f"{side}_ms": 1e3 * seconds for side, seconds in wall.items()},
        **{f"{side}_core_ms": 1e3 * seconds for side, seconds in core.items()},
        "neighbor_pairs": pairs,
        **{f"{side}_us_per_pair": 1e6 * seconds / pairs for side, seconds in core.items()},
        "gradient_difference": float(np.linalg.norm(ours - plain) / np.linalg.norm(plain)),
    }


def _prepare(side, system, network):
    """Builds and compiles one side in its process, which then takes turns: its first gradient, and number of pairs."""
    global _run_turn
    import keras
    import tensorflow as tf

    if side == "ours":
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    points, neighbors = make_points(system, BATCH, half=side == "ours")
    model = make_network(system, network, points, neighbors, half=side == "ours")
    forces, variables = _forces(side, model), model.trainable_variables
    inputs = tf.constant(points, tf.float32), tf.constant(neighbors)
    target = tf.constant(np.random.default_rng(0).normal(size=points.shape), tf.float32)
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(variables)

    def gradients():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(forces(*inputs) - target), axis=(1, 2)))
        return loss, tape.gradient(loss, variables)

    def step():
        loss, gradient = gradients()
        optimizer.apply(gradient, variables)
        return loss

    first = [np.array(value) for value in tf.function(gradients, autograph=False)()[1]]
    step = tf.function(step, autograph=False, jit_compile=side == "ours")

    @tf.function(autograph=False)
    def turn():
        return tf.while_loop(lambda i, loss: i < STEPS_PER_TURN, lambda i, loss: (i + 1, step()), [0, 0.0])[1]

    for _ in range(2):  # the first call compiles
        turn().numpy()
    _run_turn = turn
    return first, int(np.sum(neighbors >= 0)) * (2 if side == "ours" else 1)  # counted from both ends


def _take_turn():
    """(elapsed, processor) seconds of a step."""
    wall, core = time.perf_counter(), time.process_time()
    _run_turn().numpy()
    return (time.perf_counter() - wall) / STEPS_PER_TURN, (time.process_time() - core) / STEPS_PER_TURN


def _forces(side, model):
    """A function (positions, neighbors) → forces."""
    import tensorflow as tf

    from experiments.benchmarks.plain_composition import plain_energy
    from lrc_keras.models import ForceField

    field, energy = ForceField(model), plain_energy(model)

    def plain(positions, neighbors):
        with tf.GradientTape() as tape:
            tape.watch(positions)
            total = energy(positions, neighbors)
        return -tape.gradient(total, positions)

    def ours(positions, neighbors):
        return field({"positions": positions, "neighbors": neighbors})["forces"]

    return {"ours": ours, "plain": plain}[side]


def make_points(system, count, half):
    """`count` snapshots of a `System`: positions (count, N, d), and their neighbour lists."""
    from data_gen import sample_positions
    from lrc_keras.ops import neighbor_list

    sides = system.box_length
    points = sample_positions(count, sides, system.cells, system.points_per_cell, system.min_distance, 0)
    return points, neighbor_list(points, sides, system.cutoff, half=half)


def make_network(system, network, points, neighbors, half):
    """The energy model of a `System`, always with the same weights."""
    import keras

    from experiments.running.cells import make_model

    keras.utils.set_random_seed(0)
    model = make_model(system, network, half_list=half)
    model.get_layer("short_range_descriptor").adapt(points, neighbors)
    return model
