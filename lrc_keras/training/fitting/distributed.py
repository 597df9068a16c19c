"""Training steps over several replicas: devices of one machine, or processes on several.

Keras' own `fit` fails under `MultiWorkerMirroredStrategy`: it reduces its scalar loss over a batch axis, which
TensorFlow refuses. XLA cannot compile a sum over workers either. So a step has three parts here, of which the first and
the last are compiled:

    on every replica    loss and gradients of its rows of the batch, in one vector
    over all replicas   the sum of the vectors: one message a step
    on every worker     the optimiser's step with the sum, the same everywhere

The loss of a replica is its share of the mean over the global batch (Keras' `compute_loss`). The sum is therefore the
gradient that one process has for the whole batch, up to rounding, and clipping acts on this gradient.
"""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.models.energy_model import layers_of
from lrc_keras.training.data.batches import check_snapshots, num_snapshots
from lrc_keras.training.fitting.workers import num_workers


def check_replicas(force_field, recipe, training, test):
    """Raises: ValueError naming the argument that a strategy of several replicas cannot use."""
    strategy = force_field.distribute_strategy
    replicas = strategy.num_replicas_in_sync
    inside = not tf.distribute.has_strategy() or tf.distribute.get_strategy() is strategy
    spread = all(isinstance(weight.value, tf.distribute.DistributedValues) for weight in force_field.weights)
    if not inside or (replicas > 1 and not spread):
        raise ValueError(
            "force_field must be built inside strategy.scope(), its energy model as well; received one that was built "
            "outside of it, wholly or in part"
        )
    if odd := [stage.batch_size for stage in recipe.stages if stage.batch_size % replicas]:
        raise ValueError(
            f"recipe {recipe.name!r} must have batch sizes that are multiples of the number of replicas, {replicas}; "
            f"received {odd}"
        )
    for name, snapshots in (("training", training), ("test", test)):
        groups = check_snapshots(name, snapshots)
        if replicas > 1 and len(groups) > 1:
            raise ValueError(f"{name} must be one group of clouds on several replicas; received {len(groups)} groups")
    if replicas > 1 and any(layer.trainable for layer in layers_of(force_field, keras.layers.BatchNormalization)):
        raise ValueError(
            "force_field must have no trainable BatchNormalization on several replicas, whose statistics would "
            "differ; received a network with it"
        )
    if num_snapshots(test) < replicas:
        raise ValueError(f"test must hold a snapshot for each of {replicas} replicas; received {num_snapshots(test)}")


class DistributedSteps:
    """The `fit` of a model with several replicas: epochs of steps, each followed by a test, with callbacks.

    Args:
        force_field: compiled and built `ForceField` from the scope of a strategy.
        jit_compile: compile the gradients with XLA, and the optimiser's step if a worker has one replica: XLA writes
            to one device only.
    """

    def __init__(self, force_field, jit_compile):
        self.model, self.strategy, self.jit_compile = force_field, force_field.distribute_strategy, jit_compile
        self.local_replicas = self.strategy.num_replicas_in_sync // num_workers(self.strategy)
        self._functions = {}

    def fit(self, batches, validation, epochs, steps_per_epoch, callbacks):
        """Trains.

        Args:
            batches: dataset of this worker's rows of every global batch, see `training_batches`.
            validation: `evaluation_batches` with all snapshots in one batch; every replica tests its share of them.
            epochs, steps_per_epoch: number of reports, and of steps in each.
            callbacks: list of `keras.callbacks.Callback`.
        """
        model, stream = self.model, iter(batches)
        test = self._spread(next(iter(validation)), self.strategy.num_replicas_in_sync)
        if not self._functions:  # creates Keras' variables of losses and metrics, which a graph must not create
            self.strategy.run(self._loss, (test,))
        callbacks = keras.callbacks.CallbackList(callbacks, model=model)
        callbacks.on_train_begin()
        for epoch in range(epochs):
            model.reset_metrics()
            callbacks.on_epoch_begin(epoch)
            losses = []
            for _ in range(steps_per_epoch):
                batch = self._spread(next(stream), self.local_replicas)
                losses.append(self._graph(self._step, batch)(batch))
            logs = {**_results(model), "loss": float(np.mean([float(loss) for loss in losses]))}
            model.reset_metrics()
            callbacks.on_test_begin()
            self._graph(self._test_step, test)(test)
            callbacks.on_test_end()
            logs.update({f"val_{name}": value for name, value in _results(model).items()})
            callbacks.on_epoch_end(epoch, logs)
        callbacks.on_train_end()

    def _spread(self, batch, shares):
        """The batch in `shares` parts, rows in order, one for each replica of this worker: one distributed value."""

        def part(context):
            share = context.replica_id_in_sync_group % shares
            size = tf.nest.flatten(batch)[0].shape[0]
            rows = slice(share * size // shares, (share + 1) * size // shares)
            return tf.nest.map_structure(lambda values: values[rows], batch)

        return self.strategy.experimental_distribute_values_from_function(part)

    def _graph(self, function, batch):
        """`function` as a graph for batches of these shapes, made once and outside of every scope.

        Outside of a scope, assigning to a weight assigns to all its copies, so that the optimiser's step is the same
        on all devices. The caller may be in a scope. A scope belongs to its thread, so the graph is made in a new one.
        """
        values = tf.nest.flatten(self.strategy.experimental_local_results(batch))
        key = (function, tuple(tensor.shape for tensor in values))
        if key not in self._functions:
            graph = tf.function(function, autograph=False)
            with ThreadPoolExecutor(1) as thread:
                self._functions[key] = thread.submit(graph.get_concrete_function, batch).result()
        return self._functions[key]

    def _step(self, batch):
        """One optimiser step; the loss of the global batch before it."""
        vectors = self.strategy.run(lambda part: self._compiled(self._loss_and_gradients)(part), (batch,))
        vector = self.strategy.reduce(tf.distribute.ReduceOp.SUM, vectors, axis=None)
        update = self._compiled(self._update) if self.local_replicas == 1 else self._update
        update(vector)
        return vector[0]

    def _loss_and_gradients(self, batch):
        """This replica's share of the loss and of its gradients: a vector, the loss first."""
        weights = self.model.trainable_variables
        with tf.GradientTape() as tape:
            loss = self._loss(batch, training=True)
            scaled = self.model.optimizer.scale_loss(loss)  # `apply` divides the gradients by the same factor
        gradients = tape.gradient(scaled, [weight.value for weight in weights], unconnected_gradients="zero")
        # weights may have several dtypes, and the loss that of Keras' configuration
        return tf.concat([tf.reshape(tf.cast(part, tf.float64), [-1]) for part in (loss, *gradients)], 0)

    def _update(self, vector):
        weights = self.model.trainable_variables
        sizes = [int(np.prod(weight.shape)) for weight in weights]
        parts = tf.split(vector[1:], sizes)
        gradients = [
            tf.reshape(tf.cast(part, weight.dtype), weight.shape) for part, weight in zip(parts, weights, strict=True)
        ]
        self.model.optimizer.apply(gradients, weights)

    def _test_step(self, batch):
        self.strategy.run(lambda part: self._compiled(self._loss)(part), (batch,))

    def _loss(self, batch, training=False):
        """This replica's share of the loss. Updates the metrics."""
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
        y_pred = self.model(x, training=training)
        self.model.compute_metrics(x, y, y_pred, sample_weight)
        return self.model.compute_loss(x, y, y_pred, sample_weight, training=training)

    def _compiled(self, function):
        # a new function for every replica: a graph holds the variables of one replica
        return tf.function(function, autograph=False, jit_compile=self.jit_compile)


def _results(model):
    """The metrics of all replicas together, as floats, without Keras' own mean of the loss, which is not updated."""
    return {name: float(value) for name, value in model.get_metrics_result().items() if name != "loss"}
