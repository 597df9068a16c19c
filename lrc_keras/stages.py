"""Stages of training (Section 5), their steps, and how long they take, in words."""

import math
from dataclasses import dataclass

import numpy as np

from lrc_keras.arguments import is_count


@dataclass(frozen=True)
class Stage:
    """A number of epochs with one batch size.

    Args:
        epochs: passes over the training set, at least 1.
        batch_size: snapshots B of an optimiser step, at least 1.

    Raises: ValueError when one of them is no such integer below 2³¹.

    Example:
        >>> from lrc_keras.training import Stage
        >>> Stage(epochs=200, batch_size=8).steps(num_snapshots=1000)
        25000
    """

    epochs: int
    batch_size: int

    def __post_init__(self):
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if not is_count(value):
                raise ValueError(
                    f"{name} must be an integer: a stage needs positive epochs and batch_size; received {self}"
                )
            object.__setattr__(self, name, int(value))

    def steps(self, num_snapshots):
        """Optimiser steps: epochs · S / B, a last incomplete batch left out."""
        return self.epochs * num_snapshots // self.batch_size


def stage_ends(stages, num_snapshots):
    """Global step at which each stage ends: list of ints."""
    return [int(end) for end in np.cumsum([stage.steps(num_snapshots) for stage in stages])]


def snapshots_of_steps(stages, num_snapshots):
    """Snapshots in the batches of all steps: an int."""
    return sum(stage.steps(num_snapshots) * stage.batch_size for stage in stages)


def steps_together(stages, num_snapshots, most):
    """The largest number of optimiser steps, up to `most`, of which every stage is a multiple: an int ≥ 1."""
    common = math.gcd(*(stage.steps(num_snapshots) for stage in stages))
    return max(count for count in range(1, most + 1) if common % count == 0)


def duration_text(seconds):
    """ "42 s", "12.3 min" or "3 h 05 min"."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 59.95 * 60:
        return f"{seconds / 60:.1f} min"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"
