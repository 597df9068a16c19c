"""Ions in a periodic box: the layer as the far part of an Ewald sum, and what it leaves for a network to learn.

    python experiments/examples/charged_system.py [--out results/drawn] [--quick]

First, no training: `LongRangeConvolution` with charges as sources and `CoulombMultiplier`, 4π/|k|² · exp(−σ²|k|²/2),
gives the field of Gaussians of width σ. With a sum of erfc(r/√2σ)/r over pairs closer than half the box it is compared
with an exact Ewald sum, in float64.

Then, learning energies and forces of ions that attract and repel by Coulomb's law and push each other apart at close
range. The two networks of the paper, for two kinds of particles and charges that are given, are trained on forces:

    short-range:  U = Σ_i F(D_i),                          D_i = what ion i sees within R, two kinds of ions;
    long-range:   U = Σ_i F(D_i, g(u_i)) + ½ Σ_i q_i u_i,  u = the layer's output.

Nothing in the layer is trained here: charges and Coulomb's law are known. Its part ½ Σ_i q_i u_i takes the slow tail
away, and the rest, erfc(r/√2σ)/r and the repulsion, is over within R. What the first model has left as its error is the
field of the charges beyond R, which the ions within R do not determine.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
import tensorflow as tf

from data_gen import nearest_image
from experiments.examples.charged_picture import draw_charged_system
from experiments.examples.ewald import ewald_energies_and_forces, near_sum
from experiments.examples.ions import BOX_LENGTH, CHARGES, NUM_IONS, make_snapshots, sample_ions
from experiments.examples.options import read_options
from figures.plotting.style import save_figure
from lrc_keras.layers import CoulombMultiplier, LongRangeConvolution
from lrc_keras.models import ForceField, adapt, build_full_range_model, build_short_range_model
from lrc_keras.training import Stage, named, train

CUTOFF, SMEARING, NUM_MODES = 3.0, 0.75, 15  # erfc(R/√2σ)/R = 2e-5; the left panel has the error of 15³ modes
BATCH_SIZE = 8
MODELS = {"short-range": False, "long-range": True}  # name: with the layer


@dataclass(frozen=True)
class Settings:
    """Numbers of snapshots, epochs and, for the comparison with Ewald, widths σ and modes per dimension."""

    num_training: int = 800
    num_test: int = 100
    epochs: int = 40
    widths: tuple = (1.0, 0.75, 0.5)
    modes: tuple = (5, 7, 9, 11, 13, 15, 17, 19, 21, 25, 29, 33)
    jit_compile: bool = True


FULL = Settings()
QUICK = Settings(num_training=16, num_test=8, epochs=2, widths=(0.75,), modes=(9, 13), jit_compile=False)


def layer_energies_and_forces(positions, charges, box_length, smearing, num_modes):
    """Coulomb energies and forces by the layer and a sum over near pairs, in float64.

        U = ½ Σ_i q_i u_i − Σ_i q_i²/(√2π σ) + Σ_{i<j} q_i q_j erfc(r/√2σ)/r,   r < L/2, nearest images.

    The layer keeps its own φ(0) here (`subtract_self=False`), since that is a Gaussian with itself, which the second
    term takes away, and with its own images, which belong to the lattice.

    Args:
        positions: (S, N, 3) float64, no two of a snapshot at one place.
        charges: (N,), neutral together.
        box_length: side of the cube.
        smearing: σ; erfc(L/√8σ) is what is missing beyond L/2.
        num_modes: M per dimension; exp(−(πσM/L)²/2) is what is missing beyond them.

    Returns: energies (S,), forces (S, N, 3), float64.
    """
    multiplier = CoulombMultiplier(smearing, dtype="float64")
    layer = LongRangeConvolution(
        multiplier, num_modes, (box_length,) * 3, tolerance=1e-12, subtract_self=False, dtype="float64"
    )
    sources = tf.constant(np.broadcast_to(charges[:, None], (*positions.shape[:2], 1)))
    variable = tf.constant(positions)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        far = tf.reduce_sum(sources * layer(variable, sources), axis=(1, 2)) / 2
    energies = far.numpy() - np.sum(charges**2) / (np.sqrt(2 * np.pi) * smearing)
    forces = -tape.gradient(far, variable).numpy()
    for row, points in enumerate(positions):
        separation = nearest_image(points[:, None] - points, box_length)
        near, near_forces = near_sum(separation, charges, smearing, np.zeros((1, 3)), box_length / 2)
        energies[row] += near
        forces[row] += near_forces
    return energies, forces


def compare_with_ewald(settings, seed=1):
    """{σ: relative force errors of layer and near pairs on four snapshots, one for each number of modes}."""
    positions = sample_ions(4, seed)
    _, exact = ewald_energies_and_forces(positions, CHARGES, BOX_LENGTH)

    def error(smearing, num_modes):
        _, forces = layer_energies_and_forces(positions, CHARGES, BOX_LENGTH, smearing, num_modes)
        return float(np.linalg.norm(forces - exact) / np.linalg.norm(exact))

    return {smearing: [error(smearing, modes) for modes in settings.modes] for smearing in settings.widths}


def build_model(with_layer):
    """The paper's network for two kinds of ions, without the layer or with it and charges as sources."""
    geometry = {"num_points": NUM_IONS, "dim": 3, "box_length": (BOX_LENGTH,) * 3, "cutoff": CUTOFF}
    options = {"num_species": 2, "half_list": True, "smooth_cutoff": True}  # the energy of ions that move must not jump
    if not with_layer:
        return build_short_range_model(**geometry, **options)
    coulomb = CoulombMultiplier(SMEARING)
    return build_full_range_model(**geometry, num_modes=NUM_MODES, multiplier=coulomb, sources="given", **options)


def train_model(name, training, test, settings):
    """Trains one of `MODELS` on forces by the recipe `fast`.

    Returns: {"curve": test errors (epochs,), "force_difference" (S, N, 3) and "energy_difference" (S,), predicted less
    true on the test snapshots}.
    """
    keras.utils.set_random_seed(0)
    if not MODELS[name]:  # a network that has no use for charges
        training, test = replace(training, sources=None), replace(test, sources=None)
    model = build_model(MODELS[name])
    adapt(model, training.take(64).inputs())
    force_field = ForceField(model)  # in these units forces are of order one
    recipe = named("fast", stages=(Stage(settings.epochs, BATCH_SIZE),))

    def say(line):
        epoch = line["snapshots"] // len(training)
        if epoch % max(1, settings.epochs // 6) == 0:
            print(f"{name:<11}  epoch {epoch:3} of {settings.epochs}  test error {line['test_error']:.4f}", flush=True)

    curve = train(
        force_field, recipe, training, test, reports=settings.epochs, on_report=say, jit_compile=settings.jit_compile
    )
    force_field.fit_reference_energies(training.inputs(), training.energies)
    predicted = force_field(test.inputs())
    return {
        "curve": curve["test_error"],
        "force_difference": predicted["forces"].numpy() - test.forces,
        "energy_difference": predicted["energy"].numpy() - test.energies,
    }


def main(arguments=None):
    """Compares, trains, draws `charged_system.png` and `.pdf`. Returns 0."""
    path, quick = read_options(__doc__, "charged_system.png", arguments)
    settings = QUICK if quick else FULL

    agreement = compare_with_ewald(settings)
    print(f"layer and near pairs against Ewald, {settings.modes[-1]}³ modes, relative force error:")
    for smearing, errors in agreement.items():
        print(f"  σ = {smearing:g}: {errors[-1]:.1e}", flush=True)
    snapshots = make_snapshots(settings.num_training + settings.num_test, CUTOFF, seed=0)
    training, test = snapshots.take(settings.num_training), snapshots.rows(slice(settings.num_training, None))
    results = {name: train_model(name, training, test, settings) for name in MODELS}
    for name, result in results.items():
        energy = np.mean(np.abs(result["energy_difference"])) / NUM_IONS
        print(f"{name}: relative force error {result['curve'][-1]:.4f}, energy error {energy:.5f} an ion")
    figure = draw_charged_system(settings.modes, agreement, results, test.forces)
    save_figure(figure, path, path.with_suffix(".pdf"))
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
