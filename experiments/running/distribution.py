"""`--strategy`: one training on one device, on all devices of a machine, or on several machines (`tf.distribute`).

`none` trains every cell in a process of its own, side by side; the others train one cell after the other in this
process. TensorFlow is imported when the training starts, after the options have been checked.

All workers of a cluster run the same command and therefore the same cells; only the chief writes. An error of a cell
ends this cell. With several workers only a diverged training does, which all have at the same place: any other error
may be of one worker, for which the others would wait. It ends the command, and the others notice.
"""

import json
import re
import socket
from concurrent.futures import Future

from experiments.running.jobs import run_cells, set_environment
from experiments.running.options import UsageError

EXAMPLE = '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'


def check_strategy(strategy, jobs, environment):
    """Raises UsageError before anything heavy is imported. `jobs` is None when the option was not given."""
    if strategy != "none" and jobs is not None:
        raise UsageError(
            f"--jobs is for cells side by side; --strategy {strategy} trains one cell at a time on all devices: "
            f"leave --jobs out; received --jobs {jobs}"
        )
    if strategy == "multiworker":
        check_tf_config(environment.get("TF_CONFIG"))


def check_tf_config(text):
    """Checks the variable TF_CONFIG: a cluster of workers with at most one chief, and the task of this process in it.

    Raises: UsageError with an example.
    """
    try:
        config = json.loads(text)
        cluster, task = config["cluster"], config["task"]
        chiefs, workers = cluster.get("chief", []), cluster["worker"]
        addresses = [*chiefs, *workers]
        right = set(cluster) <= {"chief", "worker"} and len(chiefs) <= 1 <= len(workers)
        right = right and len(set(addresses)) == len(addresses)
        right = right and all(re.fullmatch(r".+:[0-9]+", address) for address in addresses)
        right = right and type(task["index"]) is int and 0 <= task["index"] < len(cluster[task["type"]])
    except (ValueError, TypeError, KeyError, AttributeError):
        right = False
    if not right:
        raise UsageError(
            "--strategy multiworker: TF_CONFIG must have the same cluster of workers for all, host:port each, at most "
            f"one chief beside them, and the task of this process: expected {EXAMPLE}; received {text!r}"
        )


def local_cluster(count):
    """Texts of TF_CONFIG, one for each of `count` workers on free ports of this machine."""
    sockets = [socket.socket() for _ in range(count)]
    for listener in sockets:
        listener.bind(("127.0.0.1", 0))
    workers = [f"127.0.0.1:{listener.getsockname()[1]}" for listener in sockets]
    for listener in sockets:
        listener.close()
    tasks = [{"type": "worker", "index": index} for index in range(count)]
    return [json.dumps({"cluster": {"worker": workers}, "task": task}) for task in tasks]


def make_strategy(name):
    """The `tf.distribute` strategy of a name. Call it before TensorFlow has started its devices.

    "mirrored" uses all GPUs of the machine, or two virtual devices on its CPU when it has none. "multiworker" waits
    until all workers of TF_CONFIG have started.
    """
    set_environment()
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    device = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def run_in_turn(cells, folders, strategy, ended=lambda cell: None):
    """Runs cells as `run_cells` does, one after the other in this process, with a strategy of `make_strategy`.

    The cells must be the same on all workers, and all must see the folders.

    Raises: RuntimeError when the workers were given different cells, or when one of them is gone; with several workers
        any other error of a cell than a diverged training.
    """
    import tensorflow as tf

    from experiments.running.cells import run_cell
    from lrc_keras.training import TrainingDiverged
    from lrc_keras.training.fitting.workers import is_chief, num_workers, text_from_chief

    alike = TrainingDiverged if num_workers(strategy) > 1 else Exception

    def submit(run, *arguments):  # and run it here
        future = Future()
        try:
            future.set_result(run(*arguments))
        except alike as error:  # on all workers
            future.set_exception(error)
        return future

    def say(line, file=None, flush=True):
        if is_chief(strategy):
            print(line, file=file, flush=flush)

    def run(cell, folders):
        return run_cell(cell, folders, say, strategy)

    titles = ", ".join(cell.title for cell in cells)
    try:
        if (chief := text_from_chief(strategy, titles)) != titles:
            raise RuntimeError(
                f"the workers must be given the same cells: the same arguments, and one --out that all of them see; "
                f"this one has {titles or 'none'}, the chief {chief or 'none'}"
            )
        return run_cells(cells, folders, 1, ended, run, submit, say)
    except tf.errors.OpError as error:
        first_line = str(error).splitlines()[0]
        raise RuntimeError(
            f"a worker is gone, or TensorFlow failed: {first_line}; start the command again on all of them, and the "
            "cell goes on from its checkpoint"
        ) from error
