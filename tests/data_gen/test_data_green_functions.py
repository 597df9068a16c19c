"""The periodic Green's function of Eq. (7) for d = 2 and 3: against sums of another kind, its equation, symmetries."""

import itertools
import math

import numpy as np
import pytest
from scipy.special import k0, k1

from data_gen import ScreenedCoulomb
from data_gen.kernels.green_functions import LineGreenFunction, periodic_green_function

# Small μL takes the Ewald split, large μL the images; 11 and 12 are on the two sides for a unit square.
CASES = [
    (mu, sides)
    for sides in ((1.0, 1.0), (1.0, 2.5), (1.0, 1.0, 1.0), (1.5, 1.0, 2.0))
    for mu in (2.0, 6.0, 11.0, 12.0, 25.0, 60.0)
]


def points_of(sides, count=6, seed=0):
    """Anywhere in the cell, and on the faces, edges and near the origin, where something may go wrong: (P, d)."""
    sides = np.array(sides)
    inside = np.random.default_rng(seed).uniform(-0.5, 0.5, (count, len(sides))) * sides
    corner, face, near = sides / 2, inside[0].copy(), np.full(len(sides), 1e-3)
    face[0] = sides[0] / 2
    axis = np.zeros(len(sides))
    axis[-1] = 0.3 * sides[-1]
    return np.concatenate([inside, [corner, face, near, axis]])


def by_brute_force(mu, sides, points):
    """Φ and ∇Φ summed over every image within 45/μ more than half the diagonal, the smallest terms first."""
    dimension, reach = len(sides), np.linalg.norm(sides) / 2 + 45 / mu
    counts = [math.ceil(reach / side) + 1 for side in sides]
    shifts = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in counts], indexing="ij"), -1).reshape(-1, dimension)
    values, gradients = [], []
    for point in points:
        s = point + shifts * np.array(sides)
        r = np.sqrt((s**2).sum(axis=1))
        order = np.argsort(-r)
        s, r = s[order], r[order]
        if dimension == 2:
            value, slope = k0(mu * r) / (2 * np.pi), -mu * k1(mu * r) / (2 * np.pi)
        else:
            value = np.exp(-mu * r) / (4 * np.pi * r)
            slope = -(mu + 1 / r) * value
        values.append(value.sum())
        gradients.append((slope / r) @ s)
    return np.array(values), np.array(gradients)


@pytest.mark.parametrize("mu, sides", CASES)
def test_against_a_sum_over_far_more_images(mu, sides):
    points = points_of(sides)
    value, gradient = by_brute_force(mu, sides, points)
    green = periodic_green_function(mu, sides)
    # Rounding of the split's parts, 1e-16, over the range of G over the cell, at most exp(8) = 3e3.
    np.testing.assert_allclose(green.value(points), value, rtol=1e-11)
    # A component may vanish by symmetry: μG and |∇G| are its sizes nearby.
    size = np.maximum(mu * value, np.linalg.norm(gradient, axis=1))[:, None]
    np.testing.assert_array_less(np.abs(green.gradient(points) - gradient), 1e-11 * size + np.zeros_like(gradient))


@pytest.mark.parametrize("mu", [1e-4, 0.1, 1.0])
@pytest.mark.parametrize("sides", [(1.0, 1.0), (2.0, 0.5), (1.0, 1.5, 1.0)])
def test_long_interactions_against_modes_and_lines(mu, sides):
    """Modes in all directions but the last, where each is a one-dimensional Green's function of sqrt(μ² + k²)."""
    points = points_of(sides, count=12)
    points = points[np.abs(points[:, -1]) > 0.1 * sides[-1]]  # its sum converges like exp(−k|s_d|)
    expected = np.zeros((len(points), 1 + len(sides)))
    counts = [math.ceil(45 * side / (2 * np.pi * 0.1 * sides[-1])) for side in sides[:-1]]
    for n in itertools.product(*[range(-count, count + 1) for count in counts]):
        k = 2 * np.pi * np.array(n) / sides[:-1]
        line = LineGreenFunction(math.sqrt(mu**2 + k @ k), sides[-1])
        g = line.value(points[:, -1:])
        phase = points[:, :-1] @ k
        expected[:, 0] += np.cos(phase) * g
        expected[:, 1:-1] -= np.outer(np.sin(phase) * g, np.ones(len(k))) * k
        expected[:, -1] += np.cos(phase) * line.gradient(points[:, -1:])[:, 0]
    expected /= np.prod(sides[:-1])
    green = periodic_green_function(mu, sides)
    np.testing.assert_allclose(green.value(points), expected[:, 0], rtol=1e-12)
    # As μ → 0 the gradient is of the order of V^(1/d−1), about one, while G grows like 1/μ²V.
    np.testing.assert_allclose(green.gradient(points), expected[:, 1:], atol=1e-12)


@pytest.mark.parametrize(
    "mu, sides", [(1.0, (2.0, 3.0)), (20.0, (2.0, 3.0)), (1.0, (2.0, 3.0, 2.5)), (9.0, (2.0, 3.0, 2.5))]
)
def test_it_solves_its_equation(mu, sides):
    dimension, green, step = len(sides), periodic_green_function(mu, sides), 1e-4
    points = np.random.default_rng(2).uniform(0.1, 0.5, (20, dimension)) * sides
    laplacian = 0.0
    for axis in range(dimension):
        shift = step * np.eye(dimension)[axis]
        difference = (green.gradient(points + shift) - green.gradient(points - shift))[:, axis]
        laplacian += difference / (2 * step)
    value = green.value(points)
    # The difference errs by step²/6 · ∂⁴G, with ∂ no more than μ or 10, the inverse of the closest distance.
    np.testing.assert_allclose(laplacian, mu**2 * value, rtol=1e-5, atol=2e-5 * value.max())
    # The flux out of a small sphere is −1, up to r² log r, and no flux leaves the cell: the source is one delta.
    radius = 1e-6
    s = radius * np.eye(dimension)[:1]
    area = {2: 2 * np.pi * radius, 3: 4 * np.pi * radius**2}[dimension]
    assert area * green.gradient(s)[0, 0] == pytest.approx(-1, abs=1e-8)
    for axis in range(dimension):
        face = points.copy()
        face[:, axis] = sides[axis] / 2
        np.testing.assert_allclose(green.gradient(face)[:, axis], 0, atol=1e-13 * mu * green.value(face).max())


@pytest.mark.parametrize(
    "mu, sides", [(1.0, (2.0, 3.0)), (20.0, (2.0, 3.0)), (1.0, (2.0, 3.0, 2.5)), (9.0, (2.0, 3.0, 2.5))]
)
def test_gradient_is_the_derivative_of_the_value(mu, sides):
    green, step = periodic_green_function(mu, sides), 1e-5
    points = np.random.default_rng(3).uniform(0.1, 0.5, (20, len(sides))) * sides
    for axis in range(len(sides)):
        shift = step * np.eye(len(sides))[axis]
        difference = (green.value(points + shift) - green.value(points - shift)) / (2 * step)
        # step²/6 · ∂³G, with ∂ at most 20, and the rounding of G over the step
        np.testing.assert_allclose(green.gradient(points)[:, axis], difference, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("mu", [1.0, 20.0])
@pytest.mark.parametrize("sides", [(2.0, 3.0), (2.0, 3.0, 2.5)])
def test_even_value_and_odd_gradient_over_the_torus(mu, sides):
    kernel, box = ScreenedCoulomb(mu), np.array(sides)
    points = points_of(sides)
    value, gradient = kernel.value(points, box), kernel.gradient(points, box)
    np.testing.assert_array_equal(kernel.value(-points, box), value)
    np.testing.assert_array_equal(kernel.gradient(-points, box), -gradient)
    # 1e-15 of a shifted position is 1e-12 of the distance 1e-3
    inside = points[:6]
    np.testing.assert_allclose(kernel.value(inside + box * [1, -2, 3][: len(box)], box), value[:6], rtol=1e-11)
    np.testing.assert_allclose(kernel.gradient(inside - box, box), gradient[:6], rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("mu", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("dimension", [2, 3])
def test_origin_is_a_pole_without_a_warning(mu, dimension):
    kernel, box = ScreenedCoulomb(mu), np.full(dimension, 2.0)
    s = np.array([0.0, 1e-300, 2.0, 1e-160, 1e-120, 1e-9])[:, None] * np.eye(dimension)[0]
    value, gradient = kernel.value(s, box), kernel.gradient(s, box)
    assert np.all(np.isposinf(value[[0, 2]])) and np.isfinite(value[-1])
    assert np.all(gradient[[0, 2]] == 0) and np.all(gradient[4:, 0] < 0)
    np.testing.assert_allclose(gradient[[1, 3]], 0, atol=1e-12)  # the other images cancel up to rounding


@pytest.mark.parametrize("dimension", [2, 3])
def test_shapes(dimension):
    kernel, box = ScreenedCoulomb(1.0), np.full(dimension, 2.0)
    for shape in ((), (1,), (0,), (3, 2)):
        s = np.full((*shape, dimension), 0.3)
        assert np.shape(kernel.value(s, box)) == shape
        assert kernel.gradient(s, box).shape == (*shape, dimension)


@pytest.mark.parametrize("dimension, mu", [(2, 1.0), (2, 30.0), (3, 1.0), (3, 30.0)])
def test_company_does_not_change_a_single_bit(dimension, mu):
    kernel, box = ScreenedCoulomb(mu), np.full(dimension, 2.0)
    s = np.random.default_rng(4).uniform(-1, 1, (5000, dimension))  # more than one block of the far part
    value, gradient = kernel.value(s, box), kernel.gradient(s, box)
    for rows in (slice(0, 1), slice(7, 20), slice(4095, 4097)):
        np.testing.assert_array_equal(kernel.value(s[rows], box), value[rows])
        np.testing.assert_array_equal(kernel.gradient(s[rows], box), gradient[rows])
