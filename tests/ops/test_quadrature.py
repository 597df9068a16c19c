"""Quadrature weights against closed forms: equal weights on lattices, exact modes, volumes that fill the cell."""

import numpy as np
import pytest

from lrc_keras.ops import quadrature_weights

CELLS = [3.0, (2.0, 3.0), [[2.0, 0.0], [5.0, 1.5]], [[1.0, 0.0, 0.0], [0.3, 1.2, 0.0], [0.1, 0.9, 2.0]]]


def vectors_of(cell):
    return np.array(cell) if np.ndim(cell) == 2 else np.diag(np.atleast_1d(cell))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("count", [1, 2, 40])
def test_the_volumes_fill_the_cell_wherever_the_points_are(cell, count, rng):
    vectors = vectors_of(cell)
    points = rng.uniform(-9, 9, (3, count, len(vectors)))
    weights = quadrature_weights(points, cell)
    assert weights.shape == (3, count) and weights.min() > 0
    np.testing.assert_allclose(weights.sum(axis=1), abs(np.linalg.det(vectors)), rtol=1e-9)  # that of the search
    moved = points + rng.integers(-2, 3, points.shape) @ vectors
    np.testing.assert_allclose(quadrature_weights(moved, cell), weights, atol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_points_of_a_lattice_have_equal_weights(cell, rng):
    """4^d points, moved a little from the wall so that rounding takes none of them across it."""
    vectors = vectors_of(cell)
    lattice = np.stack(np.meshgrid(*[np.arange(4)] * len(vectors), indexing="ij"), -1).reshape(1, -1, len(vectors))
    weights = quadrature_weights((lattice + 0.1) / 4 @ vectors, cell, num_modes=3)
    np.testing.assert_allclose(weights, abs(np.linalg.det(vectors)) / 4 ** len(vectors), rtol=1e-9)


def test_on_a_line_a_weight_is_half_the_distance_of_the_neighbours():
    weights = quadrature_weights(np.array([[[0.5], [2.5], [1.0]]]), 4.0)
    np.testing.assert_allclose(weights, [[(1.0 - 2.5 + 4) / 2, (0.5 + 4 - 1.0) / 2, (2.5 - 0.5) / 2]])


def test_volumes_are_those_of_the_nearest_point(rng):
    """Of 200² nodes: an area of 1/20 of the cell is counted to about 1 %."""
    points, side = rng.uniform(0, 1, (1, 20, 2)), (np.arange(200) + 0.5) / 200
    nodes = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 1, 2)
    difference = nodes - points
    nearest = np.argmin(np.sum((difference - np.round(difference)) ** 2, axis=-1), axis=1)
    counted = np.bincount(nearest, minlength=20) / 200**2
    np.testing.assert_allclose(quadrature_weights(points, (1.0, 1.0))[0], counted, atol=1e-3)


@pytest.mark.parametrize(("cell", "modes"), [(3.0, 9), (3.0, 8), ((2.0, 3.0), (5, 3)), (CELLS[2], 3), (CELLS[3], 3)])
def test_modes_are_integrated_exactly(cell, modes, rng):
    vectors = vectors_of(cell)
    dim = len(vectors)
    points = rng.beta(1.3, 1.3, (2, 150, dim)) @ vectors
    weights = quadrature_weights(points, cell, modes)
    sides = [np.arange(-(m // 2), m // 2 + 1) for m in np.broadcast_to(modes, dim)]
    numbers = np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, dim)
    waves = np.exp(2j * np.pi * (points @ np.linalg.inv(vectors)) @ numbers.T)
    volume = abs(np.linalg.det(vectors))
    expected = np.where(np.any(numbers, axis=1), 0, volume)
    # the transforms are good to 1e-12, and the systems have condition numbers below a thousand
    np.testing.assert_allclose(np.einsum("sn,snm->sm", weights, waves), np.tile(expected, (2, 1)), atol=1e-9 * volume)


def test_exact_modes_make_smooth_integrals_more_accurate(rng):
    x = rng.uniform(0, 2 * np.pi, (20, 200, 1))
    values, exact = np.exp(np.sin(x[..., 0])), 2 * np.pi * 1.2660658777520084  # 2π I₀(1)
    errors = [np.abs(np.sum(quadrature_weights(x, 2 * np.pi, m) * values, axis=1) - exact) for m in (None, 9, 17)]
    plain = np.abs(np.mean(values, axis=1) * 2 * np.pi - exact)
    assert np.median(plain) > 30 * np.median(errors[0]) > 300 * np.median(errors[1]) > 3000 * np.median(errors[2])


@pytest.mark.parametrize(
    "skewed", [[[1, 0], [-70, 1]], [[1, 0, 0], [3, 1, 0], [0, 9, 1]], [[1, 3, 5], [0, 1, 40], [0, 0, -1]]]
)
def test_every_basis_of_a_lattice_gives_the_same_volumes(skewed, rng):
    points = rng.uniform(0, 1, (1, 10, len(skewed)))
    np.testing.assert_allclose(quadrature_weights(points, skewed), quadrature_weights(points, 1.0), atol=1e-9)


def test_the_search_for_neighbours_ends_in_a_cell_too_long_for_rounding():
    with pytest.raises(ValueError, match="positions must be .* in a cell with sides of similar length; received"):
        quadrature_weights(np.zeros((1, 1, 3)), (1.0, 1.0, 1e6))


def test_points_at_one_place_share_what_is_there():
    weights = quadrature_weights(np.array([[[0.1, 0.1], [0.1, 0.1], [0.6, 0.1]]]), 1.0)
    np.testing.assert_allclose(np.sort(weights[0]), [0, 0.5, 0.5], atol=1e-9)


def test_a_cloud_at_one_place_has_no_exact_modes_and_others_keep_theirs(rng):
    """All its conditions are the same, so that the system is singular."""
    clouds = np.stack([np.zeros((9, 1)), np.arange(9)[:, np.newaxis] / 9])
    weights = quadrature_weights(clouds, 1.0, num_modes=5)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-9)
    assert np.all(weights >= 0)
    np.testing.assert_allclose(weights[1], 1 / 9, rtol=1e-9)


def test_repeated_points_resolve_no_more_modes_than_places(rng):
    """Rounding decides whether a singular system has a solution. Sums must be the volume, modes exact or left out."""
    clouds = np.repeat(rng.uniform(0, 1, (50, 1, 1)), 9, axis=1)
    weights = quadrature_weights(clouds, 2.0, num_modes=5)
    np.testing.assert_allclose(weights.sum(axis=1), 2, rtol=1e-9)
    clouds = np.repeat(rng.uniform(0, 1, (50, 3, 1)), 3, axis=1)
    weights = quadrature_weights(clouds, 1.0, num_modes=3)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-9)
    lowest = np.abs(np.sum(weights * np.exp(2j * np.pi * clouds[..., 0]), axis=1))
    coarse = np.abs(np.sum(quadrature_weights(clouds, 1.0) * np.exp(2j * np.pi * clouds[..., 0]), axis=1))
    assert np.all((lowest < 1e-9) | (np.abs(lowest - coarse) < 1e-12))


def test_a_basis_whose_rounding_goes_back_and_forth():
    """Its ratios are ½ up to the last bit: no vector gets shorter by more than rounding."""
    t = 181 * 2.0**-34
    cell = [[0.5000000000000001, 0.75, -0.75], [1, t, t], [0, 3, 3]]
    np.testing.assert_allclose(quadrature_weights(np.zeros((1, 1, 3)), cell), abs(np.linalg.det(cell)), rtol=1e-9)


def test_a_cloud_that_does_not_resolve_the_modes_gets_fewer_and_no_negative_weight(rng):
    """A gap of a sixth of the cell is wider than a wave of mode 8: 17 modes would take negative weights there."""
    x = rng.uniform(0, 5 / 6, (4, 90, 1))
    x[:2] = rng.uniform(0, 1, (2, 90, 1))
    weights, lowest = quadrature_weights(x, 1.0, num_modes=17), quadrature_weights(x, 1.0, num_modes=3)
    assert np.all(weights >= 0) and np.all(lowest >= 0)
    sums = [abs(np.einsum("sn,sn->s", weights, np.exp(2j * np.pi * n * x[..., 0]))) for n in (1, 2, 8)]
    np.testing.assert_allclose(sums[0], 0, atol=1e-9)  # every cloud keeps the lowest mode
    np.testing.assert_allclose(sums[2][:2], 0, atol=1e-9)
    assert np.all(sums[2][2:] > 1e-3)


def test_points_that_almost_coincide():
    """A distance of rounding is no Voronoi face: the volumes are found, or the points are named."""
    rng = np.random.default_rng(0)
    for _ in range(8):
        points = rng.uniform(0, 1, (1, 30, 3))
        points[0, 1] = points[0, 0] + 1e-12
        try:
            assert np.sum(quadrature_weights(points, 1.0)) == pytest.approx(1, rel=1e-9)
        except ValueError as error:
            assert "positions must be equal or farther apart than rounding" in str(error)
