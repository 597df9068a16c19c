"""Snapshots of ions: random configurations, exact Coulomb energies and forces, and a repulsion between near ions.

Charges are ±1 and the Coulomb energy of a pair is ±1/r. The repulsion is that of Tosi and Fumi, J. Phys. Chem. Solids
25, 45 (1964), with radii a₊, a₋ that tell the signs apart:

    U = U_Ewald + Σ_{i<j} B exp((a_i + a_j − r)/ρ),    a₊ = 0.5, a₋ = 0.7, ρ = 0.2, B = 0.14.

B is such that a pair of unlike ions alone would rest at r = a₊ + a₋ = 1.2.
"""

import numpy as np

from data_gen import nearest_image, sample_positions
from experiments.examples.ewald import ewald_energies_and_forces
from lrc_keras import training

NUM_IONS, BOX_LENGTH, MIN_DISTANCE = 32, 8.0, 1.1
RADII = {1.0: 0.5, -1.0: 0.7}
STRENGTH, DECAY = 0.14, 0.2  # B, ρ
CHARGES = np.resize([1.0, -1.0], NUM_IONS)


def sample_ions(num_snapshots, seed):
    """Uniform configurations of 32 ions in a cube of side 8, no two closer than 1.1: (S, 32, 3) float64."""
    return sample_positions(num_snapshots, (BOX_LENGTH,) * 3, None, None, MIN_DISTANCE, seed, num_points=NUM_IONS)


def repulsive_energies_and_forces(positions):
    """Σ_{i<j} B exp((a_i + a_j − r)/ρ) over nearest images, of which the farthest have exp(−12): (S,), (S, N, 3)."""
    radii = np.array([RADII[charge] for charge in CHARGES])
    separation = nearest_image(positions[:, :, None] - positions[:, None], BOX_LENGTH)
    r = np.linalg.norm(separation, axis=-1) + np.diag(np.full(NUM_IONS, np.inf))
    values = STRENGTH * np.exp((radii[:, None] + radii - r) / DECAY)
    slope = values / (DECAY * r)  # −(dU/dr)/r
    return values.sum(axis=(1, 2)) / 2, np.sum(slope[..., None] * separation, axis=2)


def make_snapshots(num_snapshots, cutoff, seed):
    """`Snapshots` of two species, cations and anions, with the charges as sources and half lists of neighbours.

    Args:
        num_snapshots: S.
        cutoff: R of the neighbour lists.
        seed: of the configurations.
    """
    positions = sample_ions(num_snapshots, seed)
    coulomb, coulomb_forces = ewald_energies_and_forces(positions, CHARGES, BOX_LENGTH)
    repulsion, repulsive_forces = repulsive_energies_and_forces(positions)
    return training.make_snapshots(
        positions,
        coulomb + repulsion,
        coulomb_forces + repulsive_forces,
        cutoff,
        box_length=BOX_LENGTH,
        species=np.tile((CHARGES < 0).astype(np.int32), (num_snapshots, 1)),
        sources=np.tile(CHARGES[:, None], (num_snapshots, 1, 1)),
        half_list=True,
    )
