"""Stages of training and the learning rate over them (Section 5)."""

import math
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_count, check_positive, is_count


@dataclass(frozen=True)
class Stage:
    """A number of epochs with one batch size.

    Args:
        epochs: passes over the training set, at least 1.
        batch_size: snapshots B of an optimiser step, at least 1.

    Raises: ValueError when one of them is smaller.

    Example:
        >>> from lrc_keras.training import Stage
        >>> Stage(epochs=200, batch_size=8).steps(num_snapshots=1000)
        25000
    """

    epochs: int
    batch_size: int

    def __post_init__(self):
        for name in ("epochs", "batch_size"):
            if not is_count(getattr(self, name)):
                raise ValueError(
                    f"{name} must be an integer: a stage wants positive epochs and batch_size; received {self}"
                )

    def steps(self, num_snapshots):
        """Optimiser steps: epochs · S / B, a last incomplete batch left out."""
        return self.epochs * num_snapshots // self.batch_size


@keras.saving.register_keras_serializable(package="lrc_keras")
class StagedDecay(keras.optimizers.schedules.LearningRateSchedule):
    """rate · factor^⌊e/interval⌋ with e the number of epochs, whose length in steps changes from stage to stage.

    This is the literal reading of "every 10 epochs, it decreases by a factor of 0.95". The other reading counts epochs
    of the first stage throughout and is Keras' own `ExponentialDecay`.

    Args:
        initial_learning_rate: rate at the start.
        boundaries: step at which each stage ends, ascending.
        epochs: epochs completed at each boundary.
        interval: epochs between two decays.
        factor: of each decay.

    Raises: ValueError naming the argument.

    Example: stages of 100 and of 50 steps, 20 epochs each.
        >>> from lrc_keras.training import StagedDecay
        >>> rate = StagedDecay(1.0, boundaries=[100, 150], epochs=[20, 40], interval=10, factor=0.5)
        >>> [float(rate(step)) for step in (0, 50, 100, 125)]
        [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, initial_learning_rate, boundaries, epochs, interval, factor):
        self.initial_learning_rate = check_positive("initial_learning_rate", initial_learning_rate)
        self.boundaries = _ascending("boundaries", boundaries)
        self.epochs = _ascending("epochs", epochs)
        if len(self.epochs) != len(self.boundaries):
            raise ValueError(f"epochs must be {len(self.boundaries)} numbers, as boundaries are; received {epochs!r}")
        self.interval = check_count("interval", interval)
        self.factor = check_positive("factor", factor)

    def __call__(self, step):
        steps = tf.constant([0, *self.boundaries], tf.float32)
        epochs = tf.constant([0, *self.epochs], tf.float32)
        step = tf.cast(step, tf.float32)
        # stage of the step, then the epoch within it, linear in the step
        stage = tf.minimum(tf.reduce_sum(tf.cast(step >= steps[1:], tf.int32)), len(self.boundaries) - 1)
        slope = tf.gather((epochs[1:] - epochs[:-1]) / (steps[1:] - steps[:-1]), stage)
        epoch = tf.gather(epochs, stage) + (step - tf.gather(steps, stage)) * slope
        # a step that ends an epoch must not fall short of it by rounding
        return self.initial_learning_rate * self.factor ** tf.floor((epoch + 1e-3) / self.interval)

    def get_config(self):
        names = ("initial_learning_rate", "boundaries", "epochs", "interval", "factor")
        return {name: getattr(self, name) for name in names}


def _ascending(name, counts):
    values = list(counts) if isinstance(counts, (list, tuple)) else []
    if not values or not all(map(is_count, values)) or sorted(set(values)) != values:
        raise ValueError(f"{name} must be ascending positive integers; received {counts!r}")
    return values


def stage_ends(stages, num_snapshots):
    """Global step at which each stage ends: list of ints."""
    return [int(end) for end in np.cumsum([stage.steps(num_snapshots) for stage in stages])]


def steps_together(stages, num_snapshots, most):
    """The largest number of optimiser steps, up to `most`, of which every stage is a multiple: an int ≥ 1."""
    common = math.gcd(*(stage.steps(num_snapshots) for stage in stages))
    return max(count for count in range(1, most + 1) if common % count == 0)
