"""Energy and forces: two and three points by hand, central differences, and the symmetries of Eq. (2)."""

import math

import numpy as np
import pytest

from data_gen import Exponential, Mixture, ScreenedCoulomb, energy_and_forces, sample_positions

TWO_SCALES = Mixture((ScreenedCoulomb(5.0), ScreenedCoulomb(0.5)), (0.5, 0.5))


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


@pytest.mark.parametrize(
    "dimension, kernel",
    [(1, TWO_SCALES), (1, Exponential(0.5)), (2, Exponential(1.0)), (3, Exponential(5.0))],
)
def test_forces_are_minus_the_gradient_of_the_energy(dimension, kernel):
    sides, positions = _snapshots(dimension, count=2)
    _, forces = energy_and_forces(positions, sides, kernel)
    step = 1e-5
    for point in range(positions.shape[1]):
        for axis in range(dimension):
            shift = np.zeros_like(positions)
            shift[:, point, axis] = step
            higher, _ = energy_and_forces(positions + shift, sides, kernel)
            lower, _ = energy_and_forces(positions - shift, sides, kernel)
            # step²/6 · μ³ · pairs and rounding of the energy over the step are both below 1e-8
            np.testing.assert_allclose(forces[:, point, axis], -(higher - lower) / (2 * step), atol=1e-8)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_newtons_third_law(dimension):
    sides, positions = _snapshots(dimension)
    _, forces = energy_and_forces(positions, sides, Exponential(1.0))
    # N² terms of order one are rounded once each
    np.testing.assert_allclose(forces.sum(axis=1), 0, atol=1e-16 * positions.shape[1] ** 2)
    assert np.abs(forces).max() > 0.1


def test_translation_and_permutation():
    sides, positions = _snapshots(2)
    kernel = Exponential(2.0)
    energies, forces = energy_and_forces(positions, sides, kernel)
    # A shift by a large vector leaves 1e-15 · |shift| of a position.
    moved = energy_and_forces(positions + np.array([17.3, -4.9]), sides, kernel)
    np.testing.assert_allclose(moved[0], energies, rtol=1e-13)
    np.testing.assert_allclose(moved[1], forces, atol=1e-12)
    order = np.random.default_rng(0).permutation(positions.shape[1])
    permuted = energy_and_forces(positions[:, order], sides, kernel)
    np.testing.assert_allclose(permuted[0], energies, rtol=1e-14)
    np.testing.assert_allclose(permuted[1], forces[:, order], atol=1e-14)


def test_mixture_adds_and_scales():
    positions = sample_positions(3, 5.0, 10, 2, 0.05, seed=0)
    parts = [energy_and_forces(positions, 5.0, ScreenedCoulomb(mu)) for mu in (5.0, 0.5)]
    mixed = energy_and_forces(positions, 5.0, TWO_SCALES)
    for which in range(2):
        total = 0.5 * (parts[0][which] + parts[1][which])
        np.testing.assert_allclose(mixed[which], total, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_chunks_and_company_do_not_change_a_single_bit(dimension, monkeypatch):
    sides = (5.0, 4.0, 3.0)[:dimension]
    positions = sample_positions(17, sides, 3, 2, 0.01, seed=1)
    whole = energy_and_forces(positions, sides, Exponential(1.0))
    monkeypatch.setattr("data_gen.energies.ELEMENTS_PER_CHUNK", 4 * positions[0].size)
    chunked = energy_and_forces(positions, sides, Exponential(1.0))
    for i in range(17):
        alone = energy_and_forces(positions[i : i + 1], sides, Exponential(1.0))
        for which in range(2):
            np.testing.assert_array_equal(whole[which][i], alone[which][0])
            np.testing.assert_array_equal(whole[which][i], chunked[which][i])


def test_one_point_has_no_energy_and_coincident_points_no_nan():
    energies, forces = energy_and_forces(np.ones((2, 1, 3)), 5.0, Exponential(1.0))
    assert np.all(energies == 0) and np.all(forces == 0)
    energies, forces = energy_and_forces(np.ones((1, 2, 3)), 5.0, Exponential(1.0))
    assert energies[0] == 1 and np.all(forces == 0)


def test_positions_are_not_changed():
    positions = np.array([[[7.0], [-3.0]]])
    energy_and_forces(positions, 5.0, Exponential(1.0))
    np.testing.assert_array_equal(positions, [[[7.0], [-3.0]]])


@pytest.mark.parametrize(
    "positions, box, kernel, message",
    [
        (np.ones((3, 2)), 5.0, TWO_SCALES, r"positions must be .* received shape \(3, 2\)"),
        (np.ones((0, 2, 1)), 5.0, TWO_SCALES, r"positions must be .* received shape \(0, 2, 1\)"),
        (np.ones((1, 2, 1), dtype=complex), 5.0, TWO_SCALES, "positions must be real .* complex128"),
        ([[[0.0], [math.nan]]], 5.0, TWO_SCALES, r"received \[nan\] for snapshot 0, point 1"),
        ([[[0.0], [math.inf]]], 5.0, TWO_SCALES, "positions must be finite"),
        (np.ones((1, 2, 2)), (5.0, 5.0, 5.0), Exponential(1.0), "box_length must be a positive number or"),
        (np.ones((1, 2, 1)), -5.0, TWO_SCALES, "box_length must be positive and finite; received -5.0"),
        (np.ones((1, 2, 1)), 5.0, Exponential, "kernel must be an object"),
    ],
)
def test_bad_arguments(positions, box, kernel, message):
    with pytest.raises(ValueError, match=message):
        energy_and_forces(positions, box, kernel)
