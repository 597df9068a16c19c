"""Trains the three networks on rock salt and its melt, and prints their errors on the test set.

    python experiments/examples/rock_salt/train.py [--epochs 75] [--only latent] [--out results/rock_salt]

Every configuration is there four times, turned by symmetries of a cube. Energies, forces and stresses are trained
together. The weights are written to `OUT/NAME.weights.h5`. A training may be killed and started again: it goes on from
its last checkpoint. Units are eV and Å.
"""

import os
import sys
from dataclasses import fields, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import keras
import numpy as np

from experiments.examples.options import make_folder, positive
from experiments.examples.rock_salt.networks import MODELS, build, load
from experiments.running.options import Parser
from lrc_keras.models import adapt
from lrc_keras.training import Snapshots, Stage, force_scale, named, progress_line, train

# An energy an ion of 1 % of the data's and a force of 1 % then count about the same; without weights energies and
# stresses, which are few numbers, are hardly seen.
WEIGHTS = {"energy_weight": 20.0, "stress_weight": 5.0}


COPIES = 4


def turned(snapshots, copies, rng):
    """Copies of `Snapshots`, each turned or reflected by a random symmetry of a cube.

    The descriptor of Eq. (13) reads directions. So the network has to learn that a turned melt has the same energy.
    """
    parts = []
    for _ in range(copies):
        turns = [np.eye(3)[rng.permutation(3)] * rng.choice([-1, 1], 3) for _ in range(len(snapshots))]
        turns = np.array(turns, "float32")
        vectors = {name: getattr(snapshots, name) @ turns for name in ("positions", "cells", "forces")}
        stresses = turns.transpose(0, 2, 1) @ snapshots.stresses @ turns
        parts.append(replace(snapshots, stresses=stresses, **vectors))
    names = [field.name for field in fields(snapshots) if getattr(snapshots, field.name) is not None]
    return Snapshots(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def errors(force_field, snapshots):
    """Root-mean-square errors of `Snapshots`: energies (meV an ion), forces (eV/Å), stresses (eV/Å³)."""
    rows = [force_field(snapshots.inputs(slice(row, row + 8))) for row in range(0, len(snapshots), 8)]
    outputs = {name: np.concatenate([np.asarray(row[name], np.float64) for row in rows]) for name in rows[0]}
    energy = 1000 * (outputs["energy"] - snapshots.energies) / snapshots.positions.shape[1]
    forces, stress = outputs["forces"] - snapshots.forces, outputs["stress"] - snapshots.stresses
    found = {"energy": energy, "forces": forces, "stress": stress}
    return {name: float(np.sqrt(np.mean(np.square(values)))) for name, values in found.items()}


def train_model(name, training, test, epochs, checkpoint=None, jit_compile=True):
    """Trains one of `MODELS`. Returns: the force field, and its learning curve."""
    keras.utils.set_random_seed(0)
    force_field = build(name, scale=force_scale(training))
    adapt(force_field.energy_model, training[0].inputs())
    recipe = named("fast", stages=(Stage(epochs, 2),), **WEIGHTS)
    copies = [turned(snapshots, COPIES, np.random.default_rng(0)) for snapshots in training]
    curve = train(
        force_field, recipe, copies, test, reports=min(10, epochs), checkpoint=checkpoint, jit_compile=jit_compile,
        settings={"network": name}, on_report=lambda report: print(name, progress_line(report), flush=True),
    )  # fmt: skip
    force_field.fit_reference_energies(training[0].inputs(), training[0].energies)
    return force_field, curve


def main(arguments=None):
    """Trains all models, prints their errors and writes their weights. Returns 0."""
    parser = Parser(description=__doc__)
    parser.add_argument("--epochs", type=positive(int), default=75, help="passes over the training set (%(default)s)")
    parser.add_argument("--only", choices=MODELS, help="one of the networks; default all")
    parser.add_argument("--out", type=Path, default=Path("results/rock_salt"), help="folder (%(default)s)")
    options = parser.parse_args(arguments)
    make_folder(parser, options.out)
    training, test = load("training"), load("test")
    for name in [options.only] if options.only else MODELS:
        checkpoint = options.out / f"{name}.npz"
        force_field, curve = train_model(name, training, test, options.epochs, checkpoint)
        partial = options.out / f".{name}.partial.weights.h5"
        force_field.save_weights(partial)
        os.replace(partial, options.out / f"{name}.weights.h5")
        found = errors(force_field, test[0])
        print(name, "  ".join(f"{kind} {value:.4g}" for kind, value in found.items()), f"{curve['seconds'][-1]:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
