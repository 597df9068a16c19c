"""A training step against the number of workers: processes on this machine, one thread each, over the loopback address.

The steps are those of `lrc_keras.training.train` with Adam: batches, gradients, their sum over the workers, optimiser,
reports. There are at most as many workers as cores; they share caches and memory.
"""

import os
import statistics
import subprocess
import sys
from dataclasses import asdict, replace

from experiments.benchmarks.training import make_model, make_points
from experiments.paper.one_dimension import TABLE2
from experiments.paper.two_dimensions import TABLE3
from experiments.running.distribution import local_cluster

REPORTS, STEPS_IN_A_REPORT = 6, 20
SNAPSHOTS = 64
BATCH = 16

SYSTEMS = (
    TABLE2.system,
    replace(TABLE2.system, box_length=(500.0,), cells=(1000,), num_modes=(5001,)),
    TABLE3.system,  # and Figure 8
)


def worker_counts(cores=None):
    """1, 2, 4, … up to the number of cores of this machine."""
    cores = cores or os.cpu_count()
    return [2**i for i in range(cores.bit_length()) if 2**i <= cores]


def measure(system, workers):
    """{"case", "workers", "step_ms", "settings"} of the full-range network of one of `SYSTEMS` on several processes.

    Raises: RuntimeError with the error of a process.
    """
    processes = []
    try:
        for config in local_cluster(workers):
            environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "TF_CONFIG": config}
            environment.update(TF_NUM_INTRAOP_THREADS="1")
            command = [sys.executable, "-m", "experiments.benchmarks.workers", str(SYSTEMS.index(system))]
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            processes.append(subprocess.Popen(command, env=environment, **pipes))
        (output, errors), *_ = [process.communicate() for process in processes]
    finally:
        for process in processes:
            process.kill()
    if processes[0].returncode:
        raise RuntimeError(f"{system} with {workers} workers failed:\n{errors[-2000:]}")
    step_ms = float(output.splitlines()[-1])
    return {
        "case": [system.dim, system.num_points, BATCH],
        "workers": workers,
        "step_ms": step_ms,
        "settings": {**asdict(system), "batch": BATCH, "snapshots": SNAPSHOTS},
    }


def _train(system):
    """Trains as one worker of the cluster. Returns the median milliseconds of a step."""
    import numpy as np
    import tensorflow as tf

    strategy = tf.distribute.MultiWorkerMirroredStrategy()

    from lrc_keras.models import ForceField
    from lrc_keras.training import Recipe, Snapshots, Stage, train

    points, neighbors = make_points(system, SNAPSHOTS, half=True)
    forces = np.random.default_rng(0).normal(size=points.shape).astype("float32")
    energies = np.zeros(SNAPSHOTS, "float32")
    snapshots = Snapshots(points.astype("float32"), neighbors, energies, forces)
    with strategy.scope():
        force_field = ForceField(make_model(system, "full", points, neighbors, half=True))
    epochs = REPORTS * STEPS_IN_A_REPORT * BATCH // SNAPSHOTS
    recipe = Recipe("adam", (Stage(epochs, BATCH),), learning_rate=1e-4)
    test = snapshots.take(strategy.num_replicas_in_sync)
    seconds = train(force_field, recipe, snapshots, test, reports=REPORTS)["seconds"]
    between = np.diff(seconds)  # the first report includes the time of compiling
    return 1e3 * statistics.median(between) / STEPS_IN_A_REPORT


if __name__ == "__main__":
    print(_train(SYSTEMS[int(sys.argv[1])]))
