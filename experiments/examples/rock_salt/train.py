"""Trains three networks on rock salt and its melt, and prints their errors on the test set.

    python experiments/examples/rock_salt/train.py [--epochs 60] [--out results/rock_salt]

    short-range:  U = Σ_i F(D_i),                          D_i = what ion i sees within R;
    species:      U = Σ_i F(D_i, g(u_i)) + ½ Σ_i q_i u_i,  one charge q for each element, learned;
    latent:       the same, with charges that depend on D_i.

u is the output of the layer with Coulomb's law for Gaussian charges of width σ. Energies, forces and stresses are
trained together. Units are eV, Å and e; a charge is learned in units of √(eV Å).
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import keras
import numpy as np

from experiments.examples.rock_salt.structures import SPECIES
from figures.plotting.style import write_whole
from lrc_keras.layers import CoulombMultiplier
from lrc_keras.models import ForceField, adapt, build_full_range_model, build_short_range_model
from lrc_keras.training import Stage, force_scale, read_atoms, train
from lrc_keras.training.recipes import named

DATA = Path(__file__).parent / "data"
CUTOFF, SMEARING, NUM_MODES = 4.0, 1.25, 11  # exp(−σ²k²/2) = 0.002 at the last mode of a cell of 64 atoms
OPTIONS = {"half_list": True, "cell_images": True}
MODELS = ("short-range", "species", "latent")


def load(purpose):
    """ "training" or "test": a list of `Snapshots`."""
    return read_atoms(DATA / f"{purpose}.xyz.gz", cutoff=CUTOFF, species=SPECIES, **OPTIONS)


def build(name, training):
    """A fresh `ForceField` of `MODELS`, prepared by the training data."""
    geometry = {"num_points": None, "dim": 3, "box_length": None, "cutoff": CUTOFF}
    options = {"num_species": 2, "smooth_cutoff": True, **OPTIONS}
    if name == "short-range":
        model = build_short_range_model(**geometry, **options)
    else:
        coulomb = CoulombMultiplier(SMEARING)
        model = build_full_range_model(**geometry, **options, num_modes=NUM_MODES, multiplier=coulomb, sources=name)
    adapt(model, training[0].inputs())
    return ForceField(model, scale=force_scale(training), stress=True)


def errors(force_field, test):
    """Root-mean-square errors on the first group: energies (meV an atom), forces (eV/Å), stresses (eV/Å³)."""
    snapshots = test[0]
    outputs = force_field(snapshots.inputs())
    energy = (outputs["energy"].numpy() - snapshots.energies) / snapshots.positions.shape[1]
    forces = outputs["forces"].numpy() - snapshots.forces
    stress = outputs["stress"].numpy() - snapshots.stresses
    root = {"energy": 1000 * energy, "forces": forces, "stress": stress}
    return {name: float(np.sqrt(np.mean(np.square(values)))) for name, values in root.items()}


def train_model(name, training, test, epochs, jit_compile=True):
    """Trains one of `MODELS`. Returns: the force field, and its `errors` on the test set."""
    keras.utils.set_random_seed(0)
    force_field = build(name, training)
    recipe = named("fast", stages=(Stage(epochs, 2),), energy_weight=1.0, stress_weight=1.0)
    train(force_field, recipe, training, test, reports=1, jit_compile=jit_compile)
    force_field.fit_reference_energies(training[0].inputs(), training[0].energies)
    return force_field, errors(force_field, test)


def main(arguments=None):
    """Trains all models, prints their errors and writes them to `OUT/errors.json`. Returns 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=60, help="passes over the training set (%(default)s)")
    parser.add_argument("--out", type=Path, default=Path("results/rock_salt"), help="folder (%(default)s)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    training, test, found = load("training"), load("test"), {}
    for name in MODELS:
        _, found[name] = train_model(name, training, test, options.epochs)
        print(name, "  ".join(f"{kind} {value:.4g}" for kind, value in found[name].items()), flush=True)
        write_whole(
            options.out / "errors.json", json.dumps({"epochs": options.epochs, "errors": found}, indent=1) + "\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
