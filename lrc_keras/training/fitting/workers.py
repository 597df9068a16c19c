"""The processes of one run: which of them writes files, and how the others receive what it has read.

A run under `tf.distribute.MultiWorkerMirroredStrategy` has one process for each worker. The chief is worker 0, unless
the cluster names another. Only the chief reads and writes files. It sends what it has read to all workers by a sum over
the workers, in which the other terms are zero.
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
    replicas = []  # of this process, by their numbers among all of the strategy
    strategy.experimental_distribute_values_from_function(
        lambda context: replicas.append(context.replica_id_in_sync_group) or tf.constant(0)
    )
    return replicas[0] // (strategy.num_replicas_in_sync // num_workers(strategy))


def is_chief(strategy):
    """Whether this process reads and writes files; always true with one process."""
    return worker_index(strategy) == 0


def text_from_chief(strategy, text):
    """The chief's text on every worker. No worker returns before the chief has made this call.

    Args:
        strategy: `tf.distribute.Strategy`; every worker must make this call.
        text: str; that of the chief is returned.
    """
    data = np.frombuffer(text.encode(), np.uint8).astype(np.int32)
    length = array_from_chief(strategy, np.array([len(data)], np.int32))[0]
    return array_from_chief(strategy, np.resize(data, length)).astype(np.uint8).tobytes().decode()


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

    All workers then start with the same numbers, also when they do not see the chief's files or round differently.

    Args:
        strategy: of the model.
        model: compiled and built Keras model.
        load: function without arguments that restores a checkpoint and returns its progress (JSON values), or None.

    Raises: CheckpointError on all workers when the chief's `load` raises it.
    """
    state = result_of_chief(strategy, load)
    if num_workers(strategy) > 1:
        for variable in run_variables(model):
            variable.assign(array_from_chief(strategy, variable.numpy()))
    return state


def result_of_chief(strategy, function):
    """Calls `function()` on the chief, and returns its result, JSON values, on every worker.

    Raises: CheckpointError on all workers when the function raises it on the chief.
    """
    if num_workers(strategy) == 1:
        return function()
    result, problem = None, None
    if is_chief(strategy):
        try:
            result = function()
        except CheckpointError as error:
            problem = str(error)
    result, problem = json.loads(text_from_chief(strategy, json.dumps([result, problem])))
    if problem is not None:
        raise CheckpointError(problem)
    return result
