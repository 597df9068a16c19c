"""The layer as the far part of an Ewald sum, against constants of the literature and laws of electrostatics.

A multiplier 4π/|k|² · exp(−σ²|k|²/2) is the field of a Gaussian charge of width σ, erf(r/√2σ)/r, and what is missing of
1/r is erfc(r/√2σ)/r, which a sum over near pairs adds. Charges are of order one, distances too.

Tolerance, where nothing else is said: 1e-8. Every setting has R ≥ 6.4 σ, so that a pair beyond R misses at most
erfc(6.4/√2)/R < 1e-10, and pairs of both signs are beyond; πM/L ≥ 6.8/σ, so that a mode beyond M is below
exp(−6.8²/2) < 1e-10; and the transform is asked for 1e-12.
"""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy.special import erf, erfc

from lrc_keras.layers import CoulombMultiplier, LongRangeConvolution, ScreenedCoulombMultiplier
from lrc_keras.ops import neighbor_list

TOLERANCE = 1e-8
SIDE = 4.0
SMEARING = 0.3125

# Energy of a pair of ions (of a formula unit of CaF2) times −(nearest distance). Crandall and Buhler, J. Phys. A 20,
# 5497 (1987), and OEIS A085469 for NaCl; OEIS A181152 for CsCl; Sakamoto, J. Chem. Phys. 28, 164 (1958) for zincblende.
NACL, CSCL, ZINCBLENDE = 1.747564594633182, 1.762674773070988, 1.638055053388789
# CaF2, charges 2 and −1: calcium and either fluorine lattice are a zincblende, the two fluorine lattices are a
# rock salt with 2/√3 of the nearest distance. Energies are quadratic in the charges: U = 4 U_zincblende − U_NaCl.
# 5.03878… a formula unit; 2.51939 in tables that divide by the product of the charges (Johnson and Templeton,
# J. Chem. Phys. 34, 2004 (1961)).
FLUORITE = 4 * ZINCBLENDE - math.sqrt(3) / 2 * NACL

# Potential at a unit point charge of its own images and a neutral background, times the side of the cube: the Wigner
# constant of the simple cubic lattice (Nijboer and Ruijgrok, J. Stat. Phys. 53, 361 (1988)).
WIGNER = -2.837297479480619

FCC = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) / 2
CORNER = np.full(3, 0.25)
# name: sublattices as (charge, sites in cubic cells), nearest distance in cells, cells a side, formula units in a cell
CRYSTALS = {
    "NaCl": ([(1, FCC), (-1, FCC + 2 * CORNER)], 1 / 2, 2, 4),
    "CsCl": ([(1, np.zeros((1, 3))), (-1, 2 * CORNER[None])], math.sqrt(3) / 2, 4, 1),
    "zincblende": ([(1, FCC), (-1, FCC + CORNER)], math.sqrt(3) / 4, 2, 4),
    "CaF2": ([(2, FCC), (-1, FCC + CORNER), (-1, FCC - CORNER)], math.sqrt(3) / 4, 2, 4),
}
CONSTANTS = {"NaCl": NACL, "CsCl": CSCL, "zincblende": ZINCBLENDE, "CaF2": FLUORITE}


def supercell(name):
    """A crystal in a cube of side 4: positions (1, N, 3), charges (1, N, 1), and its energy by the constant."""
    sublattices, distance, cells, units = CRYSTALS[name]
    shifts = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    sites = [(shifts + sublattice).reshape(-1, 3) / cells * SIDE for _, sublattice in sublattices]
    charges = np.concatenate([np.full(len(x), q, float) for (q, _), x in zip(sublattices, sites, strict=True)])
    energy = -units * cells**3 * CONSTANTS[name] / (distance / cells * SIDE)
    return np.concatenate(sites)[None], charges[None, :, None], energy


def random_ions(rng, count, box_length):
    """Neutral ions, no two closer than half a unit: positions (1, N, 3), charges (1, N, 1)."""
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    sites = (rng.permutation(grid)[:count] + rng.uniform(0.15, 0.65, (count, 3))) / 4 * np.array(box_length)
    return sites[None], np.resize([1.0, -1.0], count)[None, :, None]


def convolution(smearing, num_modes, box_length, subtract_self=False):
    multiplier = CoulombMultiplier(smearing, dtype="float64")
    return LongRangeConvolution(
        multiplier, num_modes, box_length, tolerance=1e-12, subtract_self=subtract_self, dtype="float64"
    )


def far_energy_and_forces(layer, positions, charges):
    """½ Σ q_i u_i, (1,), and its negative gradient, (1, N, 3)."""
    positions = tf.constant(positions)
    with tf.GradientTape() as tape:
        tape.watch(positions)
        energy = tf.reduce_sum(charges * layer(positions, charges)) / 2
    return float(energy), -tape.gradient(energy, positions).numpy()


def near_energy_and_forces(positions, charges, box_length, smearing):
    """Σ_{i<j} q_i q_j erfc(r/√2σ)/r over the nearest images that are closer than half the shortest side."""
    separation = positions[0, :, None] - positions[0]
    separation -= np.round(separation / box_length) * box_length
    r = np.linalg.norm(separation, axis=-1) + np.diag(np.full(positions.shape[1], np.inf))
    products = np.where(r < np.min(box_length) / 2, charges[0] * charges[0, :, 0], 0.0)
    values = products * erfc(r / (math.sqrt(2) * smearing)) / r
    gaussian = products * math.sqrt(2 / math.pi) / smearing * np.exp(-(r**2) / (2 * smearing**2))
    weight = np.where(products == 0, 0.0, (values + gaussian) / r**2)  # −(dU/dr)/r
    return values.sum() / 2, (weight[..., None] * np.where(np.isfinite(r), 1, 0)[..., None] * separation).sum(axis=1)


def coulomb(positions, charges, box_length, smearing, num_modes):
    """Energy and forces (N, 3) of point charges in a neutral background, by the layer.

    U = far + near − Σ q²/(√2π σ) − πσ²Q²/V. The third term is the interaction of every Gaussian with itself, half of
    erf(r/√2σ)/r → √(2/π)/σ. The fourth is the mean of what the near part adds, half of ∫ erfc(r/√2σ)/r d³r = 2πσ²: the
    layer has no mode k = 0, and with it the sum of both parts has none; it is zero in a neutral cell.
    """
    box_length = np.broadcast_to(np.asarray(box_length, float), 3)
    layer = convolution(smearing, num_modes, tuple(box_length))
    far, far_forces = far_energy_and_forces(layer, positions, charges)
    near, near_forces = near_energy_and_forces(positions, charges, box_length, smearing)
    own = np.sum(charges**2) / (math.sqrt(2 * math.pi) * smearing)
    background = math.pi * smearing**2 * np.sum(charges) ** 2 / np.prod(box_length)
    return far + near - own - background, far_forces[0] + near_forces


@pytest.mark.parametrize("smearing", [0.25, SMEARING])  # a wrong argument of erfc depends on it
@pytest.mark.parametrize("name", CRYSTALS)
def test_madelung_constants(name, smearing):
    positions, charges, expected = supercell(name)
    assert np.sum(charges) == 0
    energy, forces = coulomb(positions + 0.1, charges, SIDE, smearing, 37)
    assert energy == pytest.approx(expected, rel=TOLERANCE)
    np.testing.assert_allclose(forces, 0, atol=TOLERANCE)  # by the symmetry of every site


@pytest.mark.parametrize("half", [False, True])
def test_rock_salt_from_its_two_atoms(half):
    """The primitive cell is skew and shorter than the cutoff: the near part is a sum over listed images."""
    cell = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])  # nearest distance 1
    positions, charges = np.array([[[0.2, 0.1, 0.0], [1.2, 1.1, 1.0]]]), np.array([[[1.0], [-1.0]]])
    cutoff = 6.5 * SMEARING
    neighbors, images = (lists[0] for lists in neighbor_list(positions, cell, cutoff, half=half, images=True))
    separation = positions[0][:, None] - positions[0][neighbors] - images @ cell
    r = np.where(neighbors >= 0, np.linalg.norm(separation, axis=-1), np.inf)
    signs = charges[0] * charges[0][neighbors, 0]
    near = np.sum(signs * erfc(r / (math.sqrt(2) * SMEARING)) / r) * (1.0 if half else 0.5)
    field = convolution(SMEARING, 19, cell)(positions, charges)
    far = np.sum(charges * field) / 2 - np.sum(charges**2) / (math.sqrt(2 * math.pi) * SMEARING)
    assert near + far == pytest.approx(-NACL, abs=TOLERANCE)


def test_the_near_part_matters():
    """Rock salt: erfc(1/√2σ) = 1.4e-3 for each of the three pairs an ion has to its name, 0.5 % of the energy."""
    positions, charges, energy = supercell("NaCl")
    near, _ = near_energy_and_forces(positions, charges, np.full(3, SIDE), SMEARING)
    nearest = positions.shape[1] * 3 * math.erfc(1 / (math.sqrt(2) * SMEARING))
    # the next neighbours have erfc(√2/√2σ)/√2 = 4e-6, and there are twice as many
    assert near == pytest.approx(-nearest, rel=1e-2) and near / energy > 1e-3


def test_fluorite_is_the_tabulated_constant():
    assert pytest.approx(2 * 2.51939, abs=1e-5) == FLUORITE


def test_the_smeared_charge_is_a_gaussian():
    """u_σ(r) − u_σ'(r) = erf(r/√2σ)/r − erf(r/√2σ')/r + 2π(σ² − σ'²)/V: images and background are the same in both.

    An image at L − r ≥ 3 differs by erfc(3/(√2 · 0.375)) < 2e-15.
    """
    side, widths, r = 5.0, (0.25, 0.375), np.array([1e-9, 0.2, 0.5, 1.0, 2.0])  # erf(z)/z near its limit 2/√π at zero
    direction = np.array([2.0, -1.0, 2.0]) / 3
    positions = np.concatenate([np.zeros((1, 3)), r[:, None] * direction])[None]
    charges = np.array([1.0, 0, 0, 0, 0, 0])[None, :, None]  # one charge, and five probes of its field
    fields = [convolution(width, 45, side)(positions, charges).numpy()[0, 1:, 0] for width in widths]
    expected = [erf(r / (math.sqrt(2) * width)) / r + 2 * math.pi * width**2 / side**3 for width in widths]
    np.testing.assert_allclose(fields[0] - fields[1], expected[0] - expected[1], atol=1e-10)


@pytest.mark.parametrize("smearing", [0.25, SMEARING])
def test_one_charge_is_the_wigner_crystal(smearing):
    """A charge alone in a cube, its images and the background: U = ½ q² WIGNER / L, whatever the smearing."""
    energy, forces = coulomb(np.full((1, 1, 3), 0.7), np.full((1, 1, 1), 1.5), SIDE, smearing, 37)
    assert energy == pytest.approx(1.5**2 / 2 * WIGNER / SIDE, rel=TOLERANCE)
    np.testing.assert_allclose(forces, 0, atol=TOLERANCE)


def test_subtracting_the_self_term_takes_away_own_images_too(rng):
    """The layer's φ(0) is √(2/π)/σ and the field of a particle's own images, which no force sees in a fixed box.

    In a cube φ(0) = √(2/π)/σ + WIGNER/L + 2πσ²/V: Ewald's self term is only the first of the three.
    """
    positions, charges = random_ions(rng, 12, (SIDE, SIDE, SIDE))
    (whole, forces), (less, same) = (
        far_energy_and_forces(convolution(SMEARING, 33, SIDE, subtract), positions, charges) for subtract in (0, 1)
    )
    at_zero = math.sqrt(2 / math.pi) / SMEARING + WIGNER / SIDE + 2 * math.pi * SMEARING**2 / SIDE**3
    assert whole - less == pytest.approx(np.sum(charges**2) / 2 * at_zero, rel=TOLERANCE)
    np.testing.assert_allclose(forces, same, atol=1e-11)  # rounding and the transform's 1e-12, times forces of size 10


def test_twice_the_box_has_twice_the_energy(rng):
    positions, charges = random_ions(rng, 16, (SIDE, SIDE, SIDE))
    energy, forces = coulomb(positions, charges, SIDE, SMEARING, 33)
    both = np.concatenate([positions, positions + [SIDE, 0, 0]], axis=1)
    doubled, copies = coulomb(both, np.tile(charges, (1, 2, 1)), (2 * SIDE, SIDE, SIDE), SMEARING, (65, 33, 33))
    assert doubled == pytest.approx(2 * energy, rel=TOLERANCE)
    np.testing.assert_allclose(copies, np.tile(forces, (2, 1)), atol=TOLERANCE * abs(forces).max())
    np.testing.assert_allclose(forces.sum(axis=0), 0, atol=TOLERANCE)  # no net force
    assert abs(forces).max() > 0.1


def test_forces_are_the_derivative_of_the_energy(rng, central_difference):
    positions, charges = random_ions(rng, 4, (SIDE, SIDE, SIDE))
    energies = lambda batch: [coulomb(x[None], charges, SIDE, SMEARING, 33)[0] for x in batch]  # noqa: E731
    _, forces = coulomb(positions, charges, SIDE, SMEARING, 33)
    # of the difference: h² = 1e-10 times third derivatives of some ten, and 1e-15/h of rounding
    np.testing.assert_allclose(-central_difference(energies, positions)[0], forces, atol=1e-8)


def test_coulombs_law_has_no_length(rng):
    """U(sx, sL) = U(x, L)/s and F(sx, sL) = F(x, L)/s², with the same smearing in both boxes."""
    positions, charges = random_ions(rng, 12, (SIDE, SIDE, SIDE))
    energy, forces = coulomb(positions, charges, SIDE, SMEARING, 33)
    larger, weaker = coulomb(1.5 * positions, charges, 1.5 * SIDE, SMEARING, 49)
    assert larger == pytest.approx(energy / 1.5, rel=TOLERANCE)
    np.testing.assert_allclose(weaker, forces / 1.5**2, atol=TOLERANCE * abs(forces).max())


def test_a_charged_cell_is_in_a_neutral_background(rng):
    """Without k = 0 the layer's energy of a net charge Q is that in a uniform background −Q/V.

    The energy of point charges does not know of σ. Layer and near part alone would: by πσ²Q²/V, exactly.
    """
    positions, charges = random_ions(rng, 9, (SIDE, SIDE, SIDE))
    charges = charges + 0.5  # Q = 1 + 9/2
    energies = [coulomb(positions, charges, SIDE, smearing, 37)[0] for smearing in (0.25, SMEARING)]
    assert energies[0] == pytest.approx(energies[1], rel=TOLERANCE)
    difference = math.pi * (SMEARING**2 - 0.25**2) * 5.5**2 / SIDE**3
    assert difference > 1e3 * TOLERANCE * abs(energies[0])  # so that the term is seen to be there


@pytest.mark.parametrize("charge", [1.0, -2.5])
def test_the_field_of_a_charged_cell_has_mean_zero(charge):
    """A grid of probes finer than the modes sums every mode k ≠ 0 to zero; Eq. (23) leaves 4πQ/(λ²V) of k = 0."""
    side, num_modes, inverse_length = 3.0, 7, 0.8
    grid = np.stack(np.meshgrid(*[np.arange(8) * side / 8] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    positions = np.concatenate([[[0.4, 1.3, 2.2]], grid])[None]
    charges = np.zeros((1, len(grid) + 1, 1))
    charges[0, 0] = charge
    field = convolution(0.5, num_modes, side)(positions, charges).numpy()[0, 1:]
    assert abs(field.mean()) < 1e-10 * abs(field).max()  # the transform's 1e-12, over 512 probes
    screened = ScreenedCoulombMultiplier(1, inverse_length, dtype="float64")
    layer = LongRangeConvolution(screened, num_modes, side, 1e-12, subtract_self=False, dtype="float64")
    mean = 4 * math.pi * charge / (inverse_length**2 * side**3)
    assert layer(positions, charges).numpy()[0, 1:].mean() == pytest.approx(mean, rel=1e-10)


def test_coulomb_is_the_limit_of_no_screening(rng):
    """Eq. (23) without its mode k = 0 tends to Coulomb: 1/(k² + λ²) is 1/k² to (λL/2π)² = 4e-7 or better."""
    positions, charges = random_ions(rng, 9, (SIDE, SIDE, SIDE))
    screened = ScreenedCoulombMultiplier(1, 1e-3, dtype="float64")
    layer = LongRangeConvolution(screened, 9, SIDE, 1e-12, subtract_self=False, subtract_mean=True, dtype="float64")
    expected = convolution(0.0, 9, SIDE)(positions, charges).numpy()
    np.testing.assert_allclose(layer(positions, charges), expected, atol=1e-6 * abs(expected).max())
