"""What a training minimises and reports: losses with their weights and units, and the errors of a test."""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_count, check_not_negative
from lrc_keras.models.energy_model import supports_jit
from lrc_keras.models.force_field import ForceField
from lrc_keras.training.data.batches import check_snapshots, first_snapshot, num_snapshots
from lrc_keras.training.objective.losses import EnergyLoss, ForceLoss, ParticleEnergyLoss, StressLoss
from lrc_keras.training.objective.metrics import EnergyError, RelativeError

OPTIONS = {"energy": "energy", "stress": "stress", "particle_energies": "particle_energy"}  # output: name in a recipe


@dataclass(frozen=True)
class Objective:
    """The loss of forces (Section 5), and of the other outputs that have a weight.

    Args:
        weights: dict of the positive weights, by output: "energy", "stress", "particle_energies".
        force_scale, stress_scale: the force and the stress that count as one.
        num_points: N of all training clouds, or their mean; None when energies are those of whole clouds.
        test_points: the same of the test clouds.
        by_size: whether clouds differ in size, so that each has the sample weight 1/N; see `EnergyLoss`.
    """

    weights: dict
    force_scale: float
    stress_scale: float = 1.0
    num_points: float | None = None
    test_points: float | None = None
    by_size: bool = False

    @classmethod
    def of(cls, recipe, training, test, force_scale):
        """The objective of a `Recipe` for snapshots that `check_targets` accepts."""
        groups, weights = check_snapshots("training", training), weights_of(recipe)
        sizes = [group.num_particles / len(group) for group in groups]
        species = [group.species for group in groups if getattr(group, "species", None) is not None]
        by_size = len(set(sizes)) > 1 or any(np.any(kinds < 0) for kinds in species)
        counts = list(map(len, groups))
        squares = [np.mean(np.square(group.stresses)) if "stress" in weights else 1.0 for group in groups]
        stress_scale = float(np.sqrt(np.average(squares, weights=counts))) or 1.0
        return cls(weights, force_scale, stress_scale, _mean_points(training), _mean_points(test), by_size)

    @property
    def errors(self):
        """{name in the learning curve: name in Keras' logs} of the outputs beside the forces."""
        return {
            f"test_{OPTIONS[name]}_error": f"val_{name}_{'energy' if name == 'energy' else 'relative'}_error"
            for name in self.weights
        }

    def compile(self, force_field, optimizer, jit_compile=True, steps_per_execution=1):
        """Compiles a `ForceField` with the losses and the errors."""
        points = None if self.by_size or self.num_points is None else round(self.num_points)
        losses_and_errors = {
            "forces": (ForceLoss(self.force_scale), RelativeError()),
            "energy": (EnergyLoss(self.force_scale, points), EnergyError(self.test_points or 1)),
            "stress": (StressLoss(self.stress_scale), RelativeError()),
            "particle_energies": (ParticleEnergyLoss(self.force_scale), RelativeError()),
        }
        names = ("forces", *self.weights)
        force_field.compile(
            optimizer=optimizer,
            loss={name: losses_and_errors[name][0] for name in names},
            loss_weights={"forces": 1.0, **self.weights} if self.weights else None,
            metrics={name: [losses_and_errors[name][1]] for name in names},
            jit_compile=jit_compile and supports_jit(force_field),
            steps_per_execution=steps_per_execution,
        )
        # a checkpoint is loaded before the first step, and needs the variables of the optimiser
        force_field.optimizer.build(force_field.trainable_variables)

    def weighted(self, batches):
        """The dataset with the sample weights 1/N of the energies, where clouds of several sizes need them."""
        if not (self.by_size and "energy" in self.weights):
            return batches

        def add_weights(inputs, targets):
            ones = tf.ones_like(targets["energy"])
            kinds = inputs.get("species", tf.zeros(tf.shape(inputs["positions"])[:2], tf.int32))
            counts = tf.reduce_sum(tf.cast(kinds >= 0, ones.dtype), axis=1)
            return inputs, targets, {"forces": ones, **dict.fromkeys(self.weights, ones), "energy": 1 / counts}

        return batches.map(add_weights)


def weights_of(recipe):
    """The positive weights of a `Recipe` beside that of the forces, by output."""
    weights = {name: getattr(recipe, f"{option}_weight") for name, option in OPTIONS.items()}
    return {name: weight for name, weight in weights.items() if weight}


def _mean_points(snapshots):
    """The mean number of particles of a cloud, without padding."""
    return sum(group.num_particles for group in check_snapshots("snapshots", snapshots)) / num_snapshots(snapshots)


def check_targets(force_field, recipe, training, test):
    """Raises: ValueError when a weight has no target in the snapshots, or no output of a functional energy model."""
    weights = set(weights_of(recipe))
    for name, snapshots in (("training", training), ("test", test)):
        inputs, targets = first_snapshot(check_snapshots(name, snapshots)[0])  # groups have the same arrays
        if missing := weights - set(targets):
            raise ValueError(f"{name} must hold a target for every weight; received {sorted(targets)}, not {missing}")
    if isinstance(getattr(force_field.energy_model, "input", None), dict):
        outputs = force_field.compute_output_shape({name: values.shape for name, values in inputs.items()})
        if missing := weights - set(outputs):
            raise ValueError(
                f"force_field must have an output for every weight; received {sorted(outputs)}, not {missing}"
            )


def compile_for_forces(force_field, optimizer, jit_compile=True, energy_weight=0.0, num_points=None):
    """Compiles a `ForceField` with the loss and the error of Section 5, in units of its own force scale.

    Args:
        force_field: `ForceField`.
        optimizer: Keras optimiser, or its name.
        jit_compile: compile the steps with XLA, if every layer supports it: one with method "finufft" does not.
        energy_weight: weight of the `EnergyLoss`, 0 or more; 0 is the paper's loss, forces alone.
        num_points: N, for an `EnergyLoss` and an `EnergyError` per particle; None for those of the whole energy.

    Raises: ValueError naming the argument.
    """
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField; received {force_field!r}")
    check_not_negative("energy_weight", energy_weight)
    num_points = None if num_points is None else check_count("num_points", num_points)
    weights = {"energy": float(energy_weight)} if energy_weight else {}
    objective = Objective(weights, force_field.scale, num_points=num_points, test_points=num_points)
    objective.compile(force_field, optimizer, jit_compile)
