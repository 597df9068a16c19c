"""Energy, forces and potentials: points by hand, central differences, and the symmetries of Eq. (2)."""

import math

import numpy as np
import pytest
from scipy.special import k1

from data_gen import Exponential, Mixture, ScreenedCoulomb, energy_and_forces, sample_positions
from data_gen.kernels.interactions import terms
from tests.data_gen.gaussian_kernel import Gaussian

TWO_SCALES = Mixture((ScreenedCoulomb(5.0), ScreenedCoulomb(0.5)), (0.5, 0.5))


EVERY_KIND = Mixture(
    (Mixture((ScreenedCoulomb(8.0), ScreenedCoulomb(0.5)), (0.9, 0.1)), Exponential(2.0), Gaussian()), (1, -0.5, 3)
)
CASES = [(d, kernel) for d in (1, 2, 3) for kernel in (Exponential(1.5), ScreenedCoulomb(1.0), Gaussian(), EVERY_KIND)]
NAMES = [f"{d}-D {type(kernel).__name__}" for d, kernel in CASES]


def _snapshots(dimension, count=3):
    sides = (5.0, 4.0, 3.0)[:dimension]
    return sides, sample_positions(count, sides, 2, 2, 0.1, seed=1)


def test_two_points_by_hand():
    # 0.5 and 4.5 in a box of 5 are one apart, through the border: they push each other away from it.
    energies, forces = energy_and_forces([[[0.5], [4.5]]], 5.0, Exponential(2.0))
    assert energies[0] == pytest.approx(math.exp(-2), rel=1e-15)
    np.testing.assert_allclose(forces[0, :, 0], [2 * math.exp(-2), -2 * math.exp(-2)], rtol=1e-14)

    energies, forces = energy_and_forces([[[0.5], [4.5]]], 5.0, ScreenedCoulomb(2.0))
    assert energies[0] == pytest.approx(math.cosh(3) / (4 * math.sinh(5)), rel=1e-14)
    push = math.sinh(3) / (2 * math.sinh(5))
    np.testing.assert_allclose(forces[0, :, 0], [push, -push], rtol=1e-14)


def test_three_points_by_hand():
    # A right triangle of sides 3, 4, 5 in a box too large to matter.
    points = np.array([[[1.0, 1.0], [4.0, 1.0], [1.0, 5.0]]])
    energies, forces = energy_and_forces(points, 100.0, Exponential(1.0))
    a, b, c = math.exp(-3), math.exp(-4), math.exp(-5)
    assert energies[0] == pytest.approx(a + b + c, rel=1e-14)
    expected = [[-a, -b], [a + 0.6 * c, -0.8 * c], [-0.6 * c, b + 0.8 * c]]
    np.testing.assert_allclose(forces[0], expected, rtol=1e-13)


def test_two_points_of_the_screened_coulomb_kernel_by_hand():
    # So far from each other in units of 1/μ that the second image is 1e-13 of the first: Eq. (6), and K₀/2π.
    points = [[[1.0, 1.0, 1.0], [1.0, 4.0, 5.0]]]  # a distance of 5 in a box of 20
    energies, forces = energy_and_forces(points, 20.0, ScreenedCoulomb(3.0))
    expected = math.exp(-15) / (20 * math.pi)
    assert energies[0] == pytest.approx(expected, rel=1e-11)
    push = np.array([0, 0.6, 0.8]) * (3 + 1 / 5) * expected
    np.testing.assert_allclose(forces[0], [-push, push], rtol=1e-11, atol=1e-12 * expected)

    energies, forces = energy_and_forces([[[1.0, 1.0], [4.0, 5.0]]], 20.0, ScreenedCoulomb(3.0))
    assert energies[0] == pytest.approx(9.819536482396432e-08 / (2 * math.pi), rel=1e-11)  # K₀(15)
    push = np.array([0.6, 0.8]) * 3 * k1(15.0) / (2 * math.pi)
    np.testing.assert_allclose(forces[0], [-push, push], rtol=1e-11)


@pytest.mark.parametrize("dimension, kernel", CASES, ids=NAMES)
def test_forces_are_minus_the_gradient_of_the_energy(dimension, kernel):
    sides, positions = _snapshots(dimension, count=2)
    _, forces = energy_and_forces(positions, sides, kernel)
    step = 1e-5
    for point in range(0, positions.shape[1], 3):
        for axis in range(dimension):
            shift = np.zeros_like(positions)
            shift[:, point, axis] = step
            higher, _ = energy_and_forces(positions + shift, sides, kernel)
            lower, _ = energy_and_forces(positions - shift, sides, kernel)
            # step²/6 · ∂³U, at most 1e-11 · 0.1^−4 at the closest pair in space; rounding of U over the step, 1e-10
            difference = -(higher - lower) / (2 * step)
            np.testing.assert_allclose(forces[:, point, axis], difference, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("dimension, kernel", CASES, ids=NAMES)
def test_newtons_third_law(dimension, kernel):
    sides, positions = _snapshots(dimension)
    _, forces = energy_and_forces(positions, sides, kernel)
    # N² terms, no larger than the largest force or one, are rounded once each
    largest = max(1, np.abs(forces).max())
    np.testing.assert_allclose(forces.sum(axis=1), 0, atol=1e-16 * positions.shape[1] ** 2 * largest)
    assert largest > 1 or np.abs(forces).max() > 0.1


@pytest.mark.parametrize("dimension, kernel", CASES, ids=NAMES)
def test_potentials_are_the_sums_over_all_others(dimension, kernel):
    sides, positions = _snapshots(dimension)
    energies, forces, potentials = energy_and_forces(positions, sides, kernel, potentials=True)
    assert potentials.shape == positions.shape[:2] and potentials.dtype == np.float64
    np.testing.assert_allclose(potentials.sum(axis=1), 2 * energies, rtol=1e-15)  # every pair is in two of them
    without = energy_and_forces(positions, sides, kernel)
    np.testing.assert_array_equal(without[0], energies)
    np.testing.assert_array_equal(without[1], forces)
    for j in range(positions.shape[1]):  # Eq. (2) as it is printed
        others = np.delete(positions, j, axis=1) - positions[:, j : j + 1]
        expected = kernel.value(others, np.array(sides)).sum(axis=1)
        # 1e-12 is what the fast sums of ScreenedCoulomb promise
        np.testing.assert_allclose(potentials[:, j], expected, rtol=1e-12, atol=1e-12 * np.abs(potentials).max())


@pytest.mark.parametrize("dimension, kernel", CASES, ids=NAMES)
def test_translation_and_permutation(dimension, kernel):
    sides, positions = _snapshots(dimension)
    energies, forces = energy_and_forces(positions, sides, kernel)
    largest = np.abs(forces).max()
    # A shift by a large vector leaves 1e-15 · |shift| of a position: 1e-13 of the distance of the closest pair.
    moved = energy_and_forces(positions + np.array([17.3, -4.9, 100.1])[:dimension], sides, kernel)
    np.testing.assert_allclose(moved[0], energies, rtol=1e-12)
    np.testing.assert_allclose(moved[1], forces, atol=1e-11 * largest)
    order = np.random.default_rng(0).permutation(positions.shape[1])
    permuted = energy_and_forces(positions[:, order], sides, kernel)
    np.testing.assert_allclose(permuted[0], energies, rtol=1e-13)
    np.testing.assert_allclose(permuted[1], forces[:, order], atol=1e-13 * largest)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_mixture_is_the_sum_of_its_terms(dimension):
    sides, positions = _snapshots(dimension)
    mixed = energy_and_forces(positions, sides, EVERY_KIND, potentials=True)
    totals = [0.0, 0.0, 0.0]
    for weight, part in terms(EVERY_KIND):
        for which, values in enumerate(energy_and_forces(positions, sides, part, potentials=True)):
            totals[which] = totals[which] + weight * values
    for which in range(3):
        np.testing.assert_allclose(mixed[which], totals[which], rtol=1e-13, atol=1e-13 * np.abs(totals[which]).max())


def test_a_term_of_weight_nothing_adds_nothing():
    sides, positions = _snapshots(2)
    alone = energy_and_forces(positions, sides, ScreenedCoulomb(5.0))
    mixed = energy_and_forces(positions, sides, Mixture((ScreenedCoulomb(5.0), Exponential(1.0)), (1.0, 0.0)))
    for which in range(2):
        np.testing.assert_array_equal(mixed[which], alone[which])
    assert not np.any(energy_and_forces(positions, sides, Mixture((Exponential(1.0),), (0,)))[0])


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_chunks_and_company_do_not_change_a_single_bit(dimension, monkeypatch):
    sides = (5.0, 4.0, 3.0)[:dimension]
    positions = sample_positions(17, sides, 3, 2, 0.01, seed=1)
    whole = energy_and_forces(positions, sides, EVERY_KIND, potentials=True)
    monkeypatch.setattr("data_gen.kernels.energies.ELEMENTS_PER_CHUNK", 4 * positions[0].size)
    chunked = energy_and_forces(positions, sides, EVERY_KIND, potentials=True)
    for i in range(17):
        alone = energy_and_forces(positions[i : i + 1], sides, EVERY_KIND, potentials=True)
        for which in range(3):
            np.testing.assert_array_equal(whole[which][i], alone[which][0])
            np.testing.assert_array_equal(whole[which][i], chunked[which][i])


def test_one_point_has_no_energy_and_coincident_points_no_nan():
    energies, forces = energy_and_forces(np.ones((2, 1, 3)), 5.0, Exponential(1.0))
    assert np.all(energies == 0) and np.all(forces == 0)
    energies, forces = energy_and_forces(np.ones((1, 2, 3)), 5.0, Exponential(1.0))
    assert energies[0] == 1 and np.all(forces == 0)
    points = np.array([[[1.0, 1.0], [1.0, 1.0], [2.0, 1.0]]])
    energies, forces, potentials = energy_and_forces(points, 5.0, ScreenedCoulomb(1.0), potentials=True)
    assert np.isposinf(energies[0]) and np.isposinf(potentials[0, 0]) and np.isfinite(potentials[0, 2])
    assert np.all(np.isfinite(forces)) and forces[0, 2, 0] > 0


def test_positions_are_not_changed():
    positions = np.array([[[7.0], [-3.0]]])
    energy_and_forces(positions, 5.0, Exponential(1.0))
    np.testing.assert_array_equal(positions, [[[7.0], [-3.0]]])
