"""One training step on the force loss: ours against the plain composition, each in a process of its own, in turns.

A step is forward, forces, gradient of the weights and Adam. Ours runs on one thread under XLA, as the cells of a table
do; the plain composition (see `plain_composition`) is a `tf.function` with TensorFlow's default threads. Both take
several steps in one call, as Keras does with `steps_per_execution`. The two processes wait for each other, so both see
the same machine, and only one works at a time.
"""

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict

import numpy as np

from experiments.paper.one_dimension import TABLE2
from experiments.paper.three_dimensions import TABLE6
from experiments.paper.two_dimensions import TABLE3

STEPS_PER_TURN, TURNS = 10, 9


SYSTEMS = (TABLE2.system, TABLE3.system, TABLE6.system)
BATCH = 8


def make_points(system, count, half):
    """`count` snapshots of a `System`: positions (count, N, d), and their neighbour lists."""
    from data_gen import sample_positions
    from lrc_keras.ops import neighbor_list

    sides = system.box_length
    points = sample_positions(count, sides, system.cells, system.points_per_cell, system.min_distance, 0)
    return points, neighbor_list(points, sides, system.cutoff, half=half)


def make_model(system, network, points, neighbors, half):
    """The energy model of a `System`, always with the same weights."""
    import keras

    from lrc_keras.models import build_full_range_model, build_short_range_model

    keras.utils.set_random_seed(0)
    geometry = (system.num_points, system.dim, system.box_length, system.cutoff)
    if network == "short":
        model = build_short_range_model(*geometry, half_list=half)
    else:
        model = build_full_range_model(*geometry, system.num_modes, half_list=half)
    model.get_layer("short_range_descriptor").adapt(points, neighbors)
    return model


def measure(system, network):
    """Times of both sides for a `System` and a network, "short" or "full": a dict for the record.

    `wall_ratio` compares elapsed times. `core_ratio` compares the processor time of a step, which counts when several
    cells run side by side.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as ours, ProcessPoolExecutor(1, context) as plain:
        sides = {"ours": ours, "plain": plain}
        ready = {side: pool.submit(_prepare, side, system, network).result() for side, pool in sides.items()}
        rounds = [{side: pool.submit(_take_turn).result() for side, pool in sides.items()} for _ in range(TURNS)]
    wall, core = ({side: statistics.median(turn[side][i] for turn in rounds) for side in sides} for i in (0, 1))
    gradients = [np.concatenate([values.ravel() for values in ready[side]["gradients"]]) for side in sides]
    pairs = ready["ours"]["neighbor_pairs"]
    return {
        "case": [system.dim, system.num_points, BATCH],
        "network": network,
        "settings": {**asdict(system), "batch": BATCH},
        "wall_ratio": wall["plain"] / wall["ours"],
        "core_ratio": core["plain"] / core["ours"],
        "ours_ms": 1e3 * wall["ours"],
        "plain_ms": 1e3 * wall["plain"],
        "ours_core_ms": 1e3 * core["ours"],
        "plain_core_ms": 1e3 * core["plain"],
        "neighbor_pairs": pairs,
        "ours_us_per_pair": 1e6 * core["ours"] / pairs,
        "plain_us_per_pair": 1e6 * core["plain"] / pairs,
        "gradient_difference": float(np.linalg.norm(gradients[0] - gradients[1]) / np.linalg.norm(gradients[1])),
        "compile_seconds": ready["ours"]["compile_seconds"],
        "peak_gib": {side: ready[side]["peak_gib"] for side in sides},
    }


def _prepare(side, system, network):
    """Builds and compiles one side in its process, which then takes turns."""
    global _run_turn
    import keras
    import tensorflow as tf

    from experiments.benchmarks.timing import peak_memory

    if side == "ours":
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    forces, variables, data = _make_side(side, system, network)
    positions, target = data["positions"], data["target"]
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(variables)

    def gradients():
        with tf.GradientTape() as tape:
            difference = forces(positions) - target
            loss = tf.reduce_mean(tf.reduce_sum(tf.square(difference), axis=(1, 2)))
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

    start = time.perf_counter()
    turn().numpy()
    compile_seconds = time.perf_counter() - start
    turn().numpy()
    _run_turn = turn
    return {
        "gradients": first,
        "neighbor_pairs": data["neighbor_pairs"],
        "compile_seconds": compile_seconds,
        "peak_gib": peak_memory(),
    }


def _take_turn():
    """(elapsed, processor) seconds of a step."""
    wall, core = time.perf_counter(), time.process_time()
    _run_turn().numpy()
    return (time.perf_counter() - wall) / STEPS_PER_TURN, (time.process_time() - core) / STEPS_PER_TURN


def _make_side(side, system, network):
    """(positions → forces, its variables, the data): the same weights and snapshots on both sides."""
    import tensorflow as tf

    from experiments.benchmarks.plain_composition import plain_energy, variables_in_order
    from lrc_keras.models import ForceField

    ours = side == "ours"
    points, neighbors = make_points(system, BATCH, half=ours)
    model = make_model(system, network, points, neighbors, half=ours)
    data = {
        "positions": tf.constant(points, tf.float32),
        "target": tf.constant(np.random.default_rng(0).normal(size=points.shape), tf.float32),
        "neighbor_pairs": int(np.sum(neighbors >= 0)) * (2 if ours else 1),  # from both ends
    }
    neighbors = tf.constant(neighbors)
    field = ForceField(model) if ours else None
    energy, variables = (None, variables_in_order(model)) if ours else plain_energy(model)

    def forces(positions):
        if ours:
            return field({"positions": positions, "neighbors": neighbors})["forces"]
        with tf.GradientTape() as tape:
            tape.watch(positions)
            total = energy(positions, neighbors)
        return -tape.gradient(total, positions)

    return forces, variables, data
