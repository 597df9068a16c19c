"""Recipes: optimiser, rate, stages and loss, as one value that can be named, printed and recorded.

Only `Recipe.schedule` imports Keras, so that a command can list recipes without TensorFlow.
"""

import json
from dataclasses import dataclass, field, replace

import numpy as np

from lrc_keras.arguments import check_count, check_not_negative, check_positive, is_real
from lrc_keras.stages import Stage, stage_ends

OPTIMIZERS = ("adam", "soap")
DECAYS = ("steps", "epochs", "cosine")
NUMBERS = {
    "learning_rate": check_positive, "decay_epochs": check_count, "decay_factor": check_positive,
    "energy_weight": check_not_negative, "stress_weight": check_not_negative,
    "particle_energy_weight": check_not_negative,
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """How to train a network.

    Args:
        name: for records.
        stages: `Stage`s, one after the other.
        optimizer: "adam" or "soap".
        learning_rate: at the start, positive.
        decay: "steps" – times `decay_factor` every `decay_epochs` epochs of the first stage, counted in optimiser
            steps; "epochs" – times `decay_factor` every `decay_epochs` epochs of the current stage; "cosine" – a
            cosine that ends at zero.
        decay_epochs, decay_factor: of "steps" and "epochs".
        warmup: share of all steps, in [0, 1), over which the rate of "cosine" rises from zero; 0 for other decays.
        options: further arguments of the optimiser, JSON values by name, for example {"global_clipnorm": 1.0}.
        energy_weight: weight of `EnergyLoss`, per particle, beside `ForceLoss`; 0 is Section 5's loss, forces alone.
        stress_weight: weight of `StressLoss`, in units of the root-mean-square stress of the data.
        particle_energy_weight: weight of `ParticleEnergyLoss`, for data with particle energies.
        average: decay a in (0, 1) of an exponential average of the weights, w̄ ← a w̄ + (1 − a) w after every step, or
            None for none. Tests use the average, and the trained model ends with it. Steps are taken from w.

    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.training import Recipe, Stage
        >>> recipe = Recipe("mine", (Stage(20, batch_size=8), Stage(40, batch_size=16)), learning_rate=2e-3)
        >>> recipe.total_steps(num_snapshots=1000)
        5000
        >>> rate = recipe.schedule(num_snapshots=1000)
        >>> round(float(rate(0)), 6), round(float(rate(1250)), 6)  # ten epochs of 125 steps each later: times 0.95
        (0.002, 0.0019)
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
    energy_weight: float = 0.0
    stress_weight: float = 0.0
    particle_energy_weight: float = 0.0
    average: float | None = None

    def __post_init__(self):
        if not isinstance(self.name, str):
            raise ValueError(f"name must be a text; received {self.name!r}")
        if not isinstance(self.optimizer, str) or self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer must be one of {OPTIMIZERS}; received {self.optimizer!r}")
        if self.decay not in DECAYS:
            raise ValueError(f"decay must be one of {DECAYS}; received {self.decay!r}")
        if not isinstance(self.stages, (tuple, list)) or not all(isinstance(stage, Stage) for stage in self.stages):
            raise ValueError(f"stages must be a tuple of Stage; received {self.stages!r}")
        if not self.stages:
            raise ValueError("stages must name at least one stage; received none")
        if not is_real(self.warmup) or not 0 <= self.warmup < 1:
            raise ValueError(f"warmup must be a share of all steps in [0, 1); received {self.warmup!r}")
        if self.warmup and self.decay != "cosine":
            raise ValueError(f"warmup must be 0 for decay={self.decay!r}; received {self.warmup!r}")
        if self.average is not None and not (is_real(self.average) and 0 < self.average < 1):
            raise ValueError(f"average must be a number between 0 and 1, or None; received {self.average!r}")
        if not isinstance(self.options, dict) or not all(isinstance(name, str) for name in self.options):
            raise ValueError(f"options must be a dict of arguments by name; received {self.options!r}")
        if ema := [name for name in self.options if "ema" in name]:
            raise ValueError(f"options must leave the averaging of weights to `average`; received {ema}")
        if "learning_rate" in self.options:
            raise ValueError("options must leave the rate to `learning_rate`; received ['learning_rate']")
        checked = {name: check(name, getattr(self, name)) for name, check in NUMBERS.items()}
        checked |= {"stages": tuple(self.stages), "warmup": float(self.warmup), "options": _json_values(self.options)}
        checked["average"] = None if self.average is None else float(self.average)
        for name, value in checked.items():  # a record and a checkpoint hold numbers of Python, not of NumPy
            object.__setattr__(self, name, value)

    def total_steps(self, num_snapshots):
        """Optimiser steps of all stages for a training set of `num_snapshots`."""
        return stage_ends(self.stages, num_snapshots)[-1]

    def schedule(self, num_snapshots):
        """Learning rate as a function of the optimiser step, a `LearningRateSchedule` of Keras."""
        from keras.optimizers import schedules

        ends = stage_ends(self.stages, num_snapshots)
        if self.decay == "cosine":
            rising = int(self.warmup * ends[-1])
            return schedules.CosineDecay(
                0.0 if rising else self.learning_rate,
                ends[-1] - rising,
                warmup_target=self.learning_rate if rising else None,
                warmup_steps=rising,
            )
        if self.decay == "steps":
            interval = max(1, self.decay_epochs * num_snapshots // self.stages[0].batch_size)
            return schedules.ExponentialDecay(self.learning_rate, interval, self.decay_factor, staircase=True)
        epochs = np.cumsum([stage.epochs for stage in self.stages])
        decays = np.arange(self.decay_epochs, epochs[-1] + 1, self.decay_epochs)
        # the first step after these epochs; a step that ends an epoch must not fall short of it by rounding
        steps = np.ceil(np.interp(decays - 1e-3, [0, *epochs], [0, *ends]))
        # Keras takes the next value after a boundary, not at it; it wants one boundary at least
        boundaries = [int(step) - 1 for step in steps] or ends[-1:]
        values = [self.learning_rate * self.decay_factor**count for count in range(len(boundaries) + 1)]
        return schedules.PiecewiseConstantDecay(boundaries, values)


def _json_values(options):
    """The options of an optimiser as JSON holds them. Raises: ValueError when it cannot."""
    try:
        return json.loads(json.dumps(options, default=lambda value: value.item()))  # a NumPy number has `item`
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"options must be JSON values by name; received {options!r} ({error})") from error


_PAPER = Recipe("paper", (Stage(200, 8), Stage(400, 16), Stage(800, 32), Stage(1600, 64)))

RECIPES = {
    # Section 5. The rate falls "every 10 epochs", read as epochs of the first stage: 80 times in all
    "paper": _PAPER,
    # read as epochs of the current stage: 300 times in all, which leaves too small a rate for the last two stages
    "paper_literal_rate": replace(_PAPER, name="paper_literal_rate", decay="epochs"),
    # an optimiser that needs fewer snapshots; one stage of small batches, as the number of steps matters most
    "fast": Recipe("fast", (Stage(300, 8),), optimizer="soap", learning_rate=5e-3, decay="cosine", warmup=0.02),
}


def named(name, **changes):
    """A recipe of `RECIPES`, with the given arguments of `Recipe` in place of its own.

    Args:
        name: "paper", "paper_literal_rate" or "fast".
        **changes: for example average=0.999.

    Raises: ValueError listing the names; TypeError when `Recipe` has no such argument.

    Example:
        >>> from lrc_keras.recipes import named
        >>> named("paper").total_steps(num_snapshots=1000)
        100000
        >>> recipe = named("fast", average=0.999)
        >>> recipe.optimizer, recipe.decay, recipe.average
        ('soap', 'cosine', 0.999)
    """
    if not isinstance(name, str) or name not in RECIPES:
        raise ValueError(f"name must be one of {', '.join(map(repr, RECIPES))}; received {name!r}")
    return replace(RECIPES[name], **changes)
