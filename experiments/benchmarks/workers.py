"""A training step against the number of workers: processes on this machine, one thread each, over the loopback address.

The steps are those of `lrc_keras.training.train` with Adam: batches, gradients, their sum over the workers, optimiser,
reports. There are at most as many workers as cores; they share caches and memory.
"""

import statistics
from dataclasses import asdict, replace

from experiments.benchmarks.timing import in_processes
from experiments.benchmarks.training import make_network, make_points
from experiments.paper.one_dimension import TABLE2
from experiments.paper.two_dimensions import TABLE3
from experiments.running.distribution import local_cluster
from lrc_keras.machine import usable_cores

REPORTS, STEPS_IN_A_REPORT = 6, 20
SNAPSHOTS = 64
BATCH = 16
SYSTEMS = (
    TABLE2.system,
    replace(TABLE2.system, box_length=(500.0,), cells=(1000,), num_modes=(5001,)),
    TABLE3.system,  # and Figure 8
)


def cases(cores=None):
    """(number of a system, workers): 1, 2, 4, … workers up to the number of cores of this machine, and of snapshots."""
    most = min(cores or usable_cores(), BATCH)
    return [(system, 2**i) for system in range(len(SYSTEMS)) for i in range(most.bit_length()) if 2**i <= most]


def measure(number, workers):
    """{"case", "workers", "step_ms", "settings"} of the full-range network of one of `SYSTEMS` on several processes."""
    system = SYSTEMS[number]
    threads = dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
    environments = [{"TF_CONFIG": config, **threads} for config in local_cluster(workers)]
    return {
        "case": [system.dim, system.num_points, BATCH],
        "workers": workers,
        "step_ms": in_processes(train_as_a_worker, number, environments=environments),
        "settings": {**asdict(system), "batch": BATCH, "snapshots": SNAPSHOTS},
    }


def train_as_a_worker(number):
    """Trains as one worker of the cluster that TF_CONFIG names. Returns the median milliseconds of a step."""
    import numpy as np
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()

    from lrc_keras.models import ForceField
    from lrc_keras.training import Recipe, Snapshots, Stage, train

    system = SYSTEMS[number]
    points, neighbors = make_points(system, SNAPSHOTS, half=True)
    forces = np.random.default_rng(0).normal(size=points.shape).astype("float32")
    energies = np.zeros(SNAPSHOTS, "float32")
    snapshots = Snapshots(points.astype("float32"), neighbors, energies, forces)
    with strategy.scope():
        force_field = ForceField(make_network(system, "full", points, neighbors, half=True))
    epochs = REPORTS * STEPS_IN_A_REPORT * BATCH // SNAPSHOTS
    recipe = Recipe("adam", (Stage(epochs, BATCH),), learning_rate=1e-4)
    test = snapshots.take(strategy.num_replicas_in_sync)
    seconds = train(force_field, recipe, snapshots, test, reports=REPORTS)["seconds"]
    between = np.diff(seconds)  # the first report includes the time of compiling
    return 1e3 * statistics.median(between) / STEPS_IN_A_REPORT
