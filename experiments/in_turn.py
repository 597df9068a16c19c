"""Cells one after the other in this process, each under a `tf.distribute` strategy, for `--strategy`.

All workers of a cluster run the same command and so the same cells; the chief alone writes. An error that all workers
have at the same place, a lost training, ends its cell. Any other may be of one worker, for which the rest would wait:
it ends the command, which the others then find out.
"""

import os
import sys


def make_strategy(name):
    """The strategy of a name of `strategies.STRATEGIES`; to be called before TensorFlow has done anything else.

    "mirrored" takes all GPUs of the machine, and two halves of the processor where there is none. "multiworker" waits
    until all workers of TF_CONFIG are there.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    device = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(device, [tf.config.LogicalDeviceConfiguration()] * 2)
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def run_in_turn(cells, folders, strategy, ended):
    """Runs cells and returns the titles of those that failed; a cell that starts from a failed one is not run.

    Args:
        cells: `settings.Cell`s that are not done, the same on all workers.
        folders: `records.Folders`, on a file system that all workers see.
        strategy: of `make_strategy`.
        ended: called with each cell that finished, failed or was not run.

    Raises: RuntimeError when the workers were given different cells, and when one of them is gone; whatever else than a
        lost training ends a cell.
    """
    import tensorflow as tf

    try:
        return _run(cells, folders, strategy, ended)
    except tf.errors.OpError as error:
        first_line = str(error).splitlines()[0]
        raise RuntimeError(
            f"a worker is gone, or TensorFlow failed: {first_line}; start the command again on all of them, and the "
            "cell goes on from its checkpoint"
        ) from error


def _run(cells, folders, strategy, ended):
    from experiments.cells import run_cell
    from lrc_keras.training import TrainingDiverged
    from lrc_keras.training.workers import is_chief, text_from_chief

    say = print if is_chief(strategy) else _nothing
    cells = _small_phases_first(cells)
    titles = ", ".join(cell.title for cell in cells)
    if (chief := text_from_chief(strategy, titles)) != titles:
        raise RuntimeError(
            f"the workers must be given the same cells: the same arguments, and one --out that all of them see; this "
            f"one has {titles or 'none'}, the chief {chief or 'none'}"
        )
    failed = []
    for cell in cells:
        first = cell.small_phase
        if first is not None and first.title in failed:
            say(f"{cell.title}  not run: it starts from {first.title}", file=sys.stderr, flush=True)
            failed.append(cell.title)
        else:
            try:
                error = run_cell(cell, folders, lambda line: say(line, flush=True), strategy)
                say(f"{cell.title}  finished: relative error {error:.5f}", flush=True)
            except TrainingDiverged as diverged:
                say(f"{cell.title}  failed: {type(diverged).__name__}: {diverged}", file=sys.stderr, flush=True)
                failed.append(cell.title)
        ended(cell)
    return failed


def _small_phases_first(cells):
    """In their order, but what others start from before them."""
    small = {cell.small_phase.key for cell in cells if cell.small_phase is not None}
    return sorted(cells, key=lambda cell: cell.key not in small)


def _nothing(*_, **__):
    pass
