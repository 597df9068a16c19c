"""The Ewald sum in NumPy, float64, by direct summation: the exact reference for point charges in a periodic box.

P. P. Ewald, Ann. Phys. 369, 253 (1921). 1/r = erfc(r/√2σ)/r + erf(r/√2σ)/r: the first part is short-ranged and summed
over pairs and images, the second is the field of a Gaussian of width σ and summed over wavenumbers k = 2πn/L,

    U = ½ Σ_ij Σ_m q_i q_j erfc(r/√2σ)/r  +  (2π/V) Σ_{k≠0} exp(−σ²|k|²/2)/|k|² |S(k)|²
        −  Σ_i q_i²/(√2π σ)  −  πσ²Q²/V,

with r = ‖x_i − x_j + mL‖ and without i = j, m = 0; S(k) = Σ_j q_j exp(ik·x_j), Q = Σ_j q_j. The third term is every
Gaussian with itself. The fourth is the neutral background of a net charge, without which U would depend on σ. What
surrounds the crystal is a conductor (no dipole term), as for every sum without k = 0.
"""

import math

import numpy as np
from scipy.special import erfc

from data_gen import nearest_image


def ewald_energies_and_forces(positions, charges, box_length, tolerance=1e-12, smearing=None):
    """Coulomb energies and forces of snapshots in a periodic box, U = ½ Σ q_i q_j / r in its own units.

    Args:
        positions: (S, N, 3) float, anywhere in ℝ³; no two of a snapshot at one place.
        charges: (N,) float, the same in all snapshots.
        box_length: side of the box, or three of them.
        tolerance: of either sum: it is cut off where its Gaussian falls to this share, in (0, 1).
        smearing: σ > 0, on which the result does not depend; default a tenth of the shortest side.

    Returns: energies (S,), forces (S, N, 3), float64.
    Raises: ValueError naming the argument.
    """
    positions, charges = np.asarray(positions, np.float64), np.asarray(charges, np.float64)
    if positions.ndim != 3 or positions.shape[2] != 3:
        raise ValueError(f"positions must have shape (snapshots, ions, 3); received {positions.shape}")
    if charges.shape != positions.shape[1:2]:
        raise ValueError(f"charges must have shape ({positions.shape[1]},); received {charges.shape}")
    if not 0 < tolerance < 1:
        raise ValueError(f"tolerance must be in (0, 1); received {tolerance!r}")
    sides = np.broadcast_to(np.asarray(box_length, np.float64), 3)
    smearing = np.min(sides) / 10 if smearing is None else float(smearing)
    if not (smearing > 0 and np.all(sides > 0)):
        raise ValueError(f"box_length and smearing must be positive; received {box_length!r} and {smearing!r}")
    reach = math.sqrt(-2 * math.log(tolerance))  # exp(−reach²/2) = tolerance, for r/σ and for σ|k|
    shifts = lattice(np.ceil(reach * smearing / sides + 0.5)) * sides
    wavenumbers = half_space(2 * math.pi * lattice(np.ceil(reach / smearing * sides / (2 * math.pi))) / sides)
    wavenumbers = wavenumbers[np.sum(wavenumbers**2, axis=1) <= (reach / smearing) ** 2]
    own = np.sum(charges**2) / (math.sqrt(2 * math.pi) * smearing)
    background = math.pi * smearing**2 * np.sum(charges) ** 2 / np.prod(sides)

    energies, forces = np.empty(len(positions)), np.empty_like(positions)
    for row, points in enumerate(positions):
        separation = nearest_image(points[:, None] - points, sides)
        near, near_forces = near_sum(separation, charges, smearing, shifts, reach * smearing)
        far, far_forces = far_sum(points, charges, smearing, wavenumbers, np.prod(sides))
        energies[row], forces[row] = near + far - own - background, near_forces + far_forces
    return energies, forces


def near_sum(separation, charges, smearing, shifts, cutoff):
    """½ Σ_ij Σ_m q_i q_j erfc(r/√2σ)/r over r < cutoff, and its forces.

    Args:
        separation: (N, N, 3), x_i − x_j of the nearest images.
        charges: (N,).
        smearing: σ.
        shifts: (images, 3), mL; the pair i = j is left out of the zero shift.
        cutoff: largest distance.

    Returns: energy, forces (N, 3).
    """
    energy, forces = 0.0, np.zeros((len(charges), 3))
    for shift in shifts:
        moved = separation + shift
        squared = np.sum(moved**2, axis=-1)
        i, j = np.nonzero((squared < cutoff**2) & (squared > 0))
        r = np.sqrt(squared[i, j])
        values = charges[i] * charges[j] * erfc(r / (math.sqrt(2) * smearing)) / r
        # −dU/dr · 1/r, with d erfc(z)/dz = −2/√π exp(−z²)
        slope = charges[i] * charges[j] * math.sqrt(2 / math.pi) / smearing * np.exp(-(r**2) / (2 * smearing**2))
        energy += np.sum(values) / 2
        np.add.at(forces, i, ((values + slope) / r**2)[:, None] * moved[i, j])
    return energy, forces


def far_sum(points, charges, smearing, wavenumbers, volume):
    """(2π/V) Σ_{k≠0} exp(−σ²|k|²/2)/|k|² |S(k)|², and its forces: k and −k give the same, so one of them twice.

    Args:
        points: (N, 3).
        charges: (N,).
        smearing: σ.
        wavenumbers: (K, 3), one of every pair ±k.
        volume: V.

    Returns: energy, forces (N, 3).
    """
    squared = np.sum(wavenumbers**2, axis=1)
    weights = 4 * math.pi / volume * np.exp(-(smearing**2) * squared / 2) / squared
    phase = points @ wavenumbers.T
    cosine, sine = np.cos(phase), np.sin(phase)  # (N, K)
    real, imaginary = charges @ cosine, charges @ sine
    forces = 2 * charges[:, None] * ((sine * (weights * real) - cosine * (weights * imaginary)) @ wavenumbers)
    return np.sum(weights * (real**2 + imaginary**2)), forces


def lattice(reach):
    """All integer vectors with |n_a| ≤ reach_a: (…, 3) float."""
    axes = [np.arange(-int(n), int(n) + 1) for n in reach]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3).astype(float)


def half_space(vectors):
    """One of every pair ±v, without zero; the vectors are in the order of `lattice`, where −v mirrors v."""
    return vectors[len(vectors) // 2 + 1 :]
