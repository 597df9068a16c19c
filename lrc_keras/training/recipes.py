"""Recipes: optimiser, rate and stages, as one value that can be named, printed and recorded."""

from dataclasses import dataclass, field

import keras

from lrc_keras.training.soap import SOAP
from lrc_keras.training.stages import Stage, StagedDecay, stage_ends

OPTIMIZERS = {"adam": keras.optimizers.Adam, "soap": SOAP}
DECAYS = ("steps", "epochs", "cosine")


@dataclass(frozen=True)
class Recipe:
    """How to train a network.

    Args:
        name: for records.
        stages: `Stage`s, one after the other.
        optimizer: "adam" or "soap".
        learning_rate: at the start.
        decay: "steps" – times `decay_factor` every `decay_epochs` epochs, counted in optimiser steps of the first
            stage; "epochs" – the same counted in epochs of whatever stage it is; "cosine" – to zero at the end, no
            steps.
        decay_epochs, decay_factor: of the first two.
        warmup: share of all steps over which the cosine's rate rises from zero.
        options: further arguments of the optimiser.

    Raises: ValueError naming the argument.
    """

    name: str
    stages: tuple[Stage, ...]
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    decay: str = "steps"
    decay_epochs: int = 10
    decay_factor: float = 0.95
    warmup: float = 0.0
    options: dict = field(default_factory=dict)

    def __post_init__(self):
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer must be one of {sorted(OPTIMIZERS)}; received {self.optimizer!r}")
        if self.decay not in DECAYS:
            raise ValueError(f"decay must be one of {DECAYS}; received {self.decay!r}")
        if not self.stages:
            raise ValueError("stages must name at least one stage; received none")

    def total_steps(self, num_snapshots):
        """Optimiser steps of all stages for a training set of `num_snapshots`."""
        return stage_ends(self.stages, num_snapshots)[-1]

    def schedule(self, num_snapshots):
        """Learning rate as a function of the optimiser step."""
        ends = stage_ends(self.stages, num_snapshots)
        if self.decay == "cosine":
            rising = int(self.warmup * ends[-1])
            return keras.optimizers.schedules.CosineDecay(
                0.0 if rising else self.learning_rate,
                ends[-1] - rising,
                warmup_target=self.learning_rate if rising else None,
                warmup_steps=rising,
            )
        if self.decay == "steps":
            interval = self.decay_epochs * num_snapshots // self.stages[0].batch_size
            return keras.optimizers.schedules.ExponentialDecay(
                self.learning_rate, interval, self.decay_factor, staircase=True
            )
        epochs = [sum(stage.epochs for stage in self.stages[: i + 1]) for i in range(len(self.stages))]
        return StagedDecay(self.learning_rate, ends, epochs, self.decay_epochs, self.decay_factor)

    def make_optimizer(self, num_snapshots):
        """A fresh Keras optimiser with this recipe's rate."""
        return OPTIMIZERS[self.optimizer](learning_rate=self.schedule(num_snapshots), **self.options)
