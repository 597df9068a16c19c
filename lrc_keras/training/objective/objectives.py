"""What a training minimises and reports: losses, their weights and units, and the errors of a test."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_count, check_not_negative
from lrc_keras.models.force_field import ForceField, supports_jit
from lrc_keras.training.data.batches import check_snapshots, first_snapshot
from lrc_keras.training.objective.losses import EnergyLoss, ForceLoss, ParticleEnergyLoss, StressLoss
from lrc_keras.training.objective.metrics import EnergyError, RelativeError

OPTIONS = {"energy": "energy", "stress": "stress", "particle_energies": "particle_energy"}  # output: name in a recipe


@dataclass(frozen=True)
class Objective:
    """Forces, Section 5, and what else has a weight.

    Args:
        weights: of "energy", "stress" and "particle_energies", those above zero.
        force_scale, stress_scale: of force and of stress, that which counts as one.
        num_points: N of all clouds, or their mean where they differ; None when energies are of whole clouds.
        by_size: whether clouds differ in size, so that each has 1/N for its weight; see `EnergyLoss`.
    """

    weights: dict
    force_scale: float
    stress_scale: float = 1.0
    num_points: float | None = None
    by_size: bool = False

    @classmethod
    def of(cls, recipe, training, force_scale):
        """That of a `Recipe` for snapshots. Raises: ValueError when a weight has no target."""
        groups = check_snapshots("training", training)
        weights = {name: getattr(recipe, f"{option}_weight") for name, option in OPTIONS.items()}
        weights = {name: weight for name, weight in weights.items() if weight}
        there = set(first_snapshot(groups[0])[1])
        if missing := set(weights) - there:
            raise ValueError(f"training must hold a target for every weight; received {sorted(there)}, not {missing}")
        sizes = [group.num_particles / len(group) for group in groups]
        by_size = len(set(sizes)) > 1 or any(map(_is_padded, groups))
        squares = [np.mean(np.square(group.stresses)) for group in groups] if "stress" in weights else [1.0]
        mean = float(np.average(sizes, weights=list(map(len, groups))))
        return cls(weights, force_scale, float(np.sqrt(np.mean(squares))) or 1.0, mean, by_size)

    @property
    def errors(self):
        """Names in the learning curve."""
        return [f"test_{OPTIONS[name]}_error" for name in self.weights]

    def compile(self, force_field, optimizer, jit_compile=True, steps_per_execution=1):
        """Compiles a `ForceField` with the losses and the errors."""
        points = None if self.by_size or self.num_points is None else round(self.num_points)
        losses = {
            "forces": ForceLoss(self.force_scale),
            "energy": EnergyLoss(self.force_scale, points),
            "stress": StressLoss(self.stress_scale),
            "particle_energies": ParticleEnergyLoss(self.force_scale),
        }
        metrics = {
            "forces": [RelativeError()],
            "energy": [EnergyError(self.num_points or 1)],
            "stress": [RelativeError()],
            "particle_energies": [RelativeError()],
        }
        names = ("forces", *self.weights)
        force_field.compile(
            optimizer=optimizer,
            loss={name: losses[name] for name in names},
            loss_weights={"forces": 1.0, **self.weights} if self.weights else None,
            metrics={name: metrics[name] for name in names},
            jit_compile=jit_compile and supports_jit(force_field),
            steps_per_execution=steps_per_execution,
        )
        # a model that is saved before its first step comes back with the optimiser it was saved with
        force_field.optimizer.build(force_field.trainable_variables)

    def weighted(self, batches):
        """A dataset with the sample weights that clouds of several sizes need."""
        if not (self.by_size and "energy" in self.weights):
            return batches

        def add_weights(inputs, targets):
            ones = tf.ones_like(targets["energy"])
            counts = tf.reduce_sum(tf.cast(inputs["species"] >= 0, ones.dtype), axis=1)
            return (
                inputs,
                targets,
                {name: 1 / counts if name == "energy" else ones for name in ("forces", *self.weights)},
            )

        return batches.map(add_weights)


def _is_padded(group):
    """Whether its clouds differ in size."""
    return getattr(group, "species", None) is not None and bool(np.any(group.species < 0))


def compile_for_forces(
    force_field, optimizer, jit_compile=True, energy_weight=0.0, num_points=None, steps_per_execution=1
):
    """Compiles a `ForceField` with the loss and the error of Section 5, in units of its own force scale.

    Args:
        force_field: `ForceField`.
        optimizer: Keras optimiser, or its name.
        jit_compile: compile the steps with XLA, if every layer can be: one with method "finufft" cannot.
        energy_weight: weight of the `EnergyLoss`, 0 or more; 0 is the paper's loss, forces alone.
        num_points: N, for an `EnergyLoss` and an `EnergyError` per particle; None for those of the whole energy.
        steps_per_execution: optimiser steps in one call from Python.

    Raises: ValueError naming the argument.
    """
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField; received {force_field!r}")
    check_not_negative("energy_weight", energy_weight)
    check_count("steps_per_execution", steps_per_execution)
    weights = {"energy": float(energy_weight)} if energy_weight else {}
    objective = Objective(weights, force_field.scale, num_points=num_points)
    objective.compile(force_field, optimizer, jit_compile, steps_per_execution)
