"""The processes of one run: which of them writes, and how the others get what it has read.

A run under `tf.distribute.MultiWorkerMirroredStrategy` is one process a worker. The chief, worker 0 unless the cluster
names another, is the only one that reads and writes files; what it has read goes to all by a sum over the workers, to
which the others add zeros.
"""

import json

import numpy as np
import tensorflow as tf

from lrc_keras.training.checkpoints import CheckpointError, run_variables


def num_workers(strategy):
    """Processes of a `tf.distribute.Strategy`: an int, 1 without a cluster."""
    resolver = getattr(strategy, "cluster_resolver", None)
    jobs = resolver.cluster_spec().as_dict() if resolver is not None else {}
    return max(1, sum(len(jobs.get(job, ())) for job in ("chief", "worker")))


def worker_index(strategy):
    """Number of this process, from 0 on in the order of its replicas; the chief has 0."""
    first = strategy.num_replicas_in_sync // num_workers(strategy)
    return _replicas(strategy)[0] // first


def is_chief(strategy):
    """Whether this process is the one that reads and writes files; always, where there is one process."""
    return worker_index(strategy) == 0


def text_from_chief(strategy, text):
    """The chief's text on every worker; no worker returns before the chief has come to its call.

    Args:
        strategy: `tf.distribute.Strategy`; every worker must call this.
        text: str, of which the chief's counts.
    """
    data = np.frombuffer(text.encode(), np.uint8).astype(np.int32)
    length = array_from_chief(strategy, np.array([len(data)], np.int32))[0]
    padded = np.zeros(length, np.int32)
    padded[: min(length, len(data))] = data[:length]
    return array_from_chief(strategy, padded).astype(np.uint8).tobytes().decode()


def array_from_chief(strategy, array):
    """The chief's array on every worker: numbers of the same shape and dtype everywhere."""
    if num_workers(strategy) == 1:
        return np.asarray(array)
    zeros = np.zeros_like(array)
    parts = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(array if context.replica_id_in_sync_group == 0 else zeros)
    )
    return strategy.reduce(tf.distribute.ReduceOp.SUM, parts, axis=None).numpy()


def load_for_all(strategy, model, load):
    """Calls `load()` on the chief, and gives every worker its result and the chief's weights and optimiser.

    So all workers start alike, whether they see the chief's files or not, and on processors that round differently.

    Args:
        strategy: of the model.
        model: compiled and built Keras model.
        load: function without arguments that puts a checkpoint in the model and returns what JSON holds, or None.

    Raises: CheckpointError on all workers when the chief's `load` raises it.
    """
    if num_workers(strategy) == 1:
        return load()
    state, problem = None, None
    if is_chief(strategy):
        try:
            state = load()
        except CheckpointError as error:
            problem = str(error)
    state, problem = json.loads(text_from_chief(strategy, json.dumps([state, problem])))
    if problem is not None:
        raise CheckpointError(problem)
    for variable in run_variables(model):
        variable.assign(array_from_chief(strategy, variable.numpy()))
    return state


def _replicas(strategy):
    """Numbers of the replicas of this process among all of the strategy."""
    found = []
    strategy.experimental_distribute_values_from_function(
        lambda context: found.append(context.replica_id_in_sync_group) or tf.constant(0)
    )
    return found
