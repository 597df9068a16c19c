"""Points without cells: the distribution is that of rejecting whole configurations, at densities where that ends."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from data_gen import sample_positions
from data_gen.uniform import UniformPoints


def distances(points, sides):
    """Of all pairs over the torus, by definition: (..., N, d) -> (..., N(N−1)/2)."""
    first, second = np.triu_indices(points.shape[-2], 1)
    s = points[..., first, :] - points[..., second, :]
    s -= sides * np.round(s / sides)
    return np.sqrt(np.sum(s * s, axis=-1))


@pytest.mark.parametrize(
    "way, sides, num_points, min_distance",
    [
        ("_line", (1.0,), 5, 0.1),  # one in 16 of the independent configurations is admissible
        ("_independent", (1.0, 1.0), 5, 0.2),  # one in 4
        ("_hard_balls", (1.0, 1.5), 6, 0.2),  # one in 4, unequal sides
        ("_hard_balls", (1.0, 1.0, 1.0), 5, 0.25),  # one in 2
    ],
)
def test_distribution_is_that_of_whole_rejection(monkeypatch, way, sides, num_points, min_distance):
    if way == "_hard_balls":
        monkeypatch.setattr("data_gen.uniform.MAX_CLOSE_PAIRS", -1)
    generator, sides = np.random.default_rng(1), np.array(sides)
    sampler = UniformPoints(sides, num_points, min_distance)
    assert sampler.draw_once.__name__ == way
    ours = np.sort(distances(np.array([sampler.draw(generator) for _ in range(1500)]), sides))
    independent = sides * generator.random((60000, num_points, len(sides)))
    plain = np.sort(distances(independent, sides))
    plain = plain[plain[:, 0] >= min_distance]
    assert len(plain) > 3000
    for column in (0, 1, ours.shape[1] // 2, -1):
        # The seed is fixed, so the test does not flicker; it sees distributions that differ by 0.06. (With 40,000
        # samples each these settings agree to 0.008, as they should at that number.)
        assert stats.ks_2samp(ours[:, column], plain[:, column]).pvalue > 1e-3


@pytest.mark.parametrize("sides, min_distance", [((1.0, 1.2), 0.3), ((1.0, 1.0, 1.2), 0.45)])
def test_number_of_hard_balls(sides, min_distance):
    """Before N is asked for, n points of a Poisson process come with chance ∝ λⁿ/n! times that of n independent points
    to be admissible. A region too small or too large to be redrawn, or a Poisson number not drawn, shows here."""
    generator, sides, mean = np.random.default_rng(1), np.array(sides), 4.0
    sampler = UniformPoints(sides, 5, min_distance)
    sampler.intensity = mean  # of the whole box
    numbers = np.bincount([len(sampler._hard_balls(generator)) for _ in range(6000)])
    expected = [1.0, mean]
    for n in range(2, len(numbers)):
        independent = sides * generator.random((50000, n, len(sides)))
        admissible = np.mean(distances(independent, sides).min(axis=1) >= min_distance)
        expected.append(mean**n / math.factorial(n) * admissible)
    common = np.array(expected) / sum(expected) * sum(numbers) > 20  # where χ² is what it should be
    # The seed is fixed. Six thousand draws see shares that are wrong by a tenth.
    expected = np.array(expected)[common] / sum(np.array(expected)[common])
    assert stats.chisquare(numbers[common], expected * numbers[common].sum()).pvalue > 1e-3


def test_single_points_are_uniform_and_in_random_order():
    positions = sample_positions(3000, (2.0, 3.0), None, None, 0.2, seed=2, num_points=5)
    for point in (0, 4):
        for axis, side in enumerate((2.0, 3.0)):
            assert stats.kstest(positions[:, point, axis] / side, "uniform").pvalue > 1e-3
    line = sample_positions(3000, 1.0, None, None, 0.05, seed=2, num_points=3)
    assert abs(np.mean(line[:, 0] < line[:, 1]) - 0.5) < 0.03  # three deviations of 0.5/√3000


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    dimension=st.integers(1, 3),
    counts=st.one_of(st.integers(1, 30), st.tuples(st.integers(1, 3), st.integers(1, 3))),
    side=st.sampled_from([1.0, 7.3]),
    crowding=st.sampled_from([0.0, 0.1, 0.3]),
    seed=st.integers(0, 2**63 - 1),
)
def test_every_sample_keeps_its_promises(dimension, counts, side, crowding, seed):
    """In the box, the stated number in every cell, δ_min over the torus, deterministic, a prefix of a longer one."""
    cells, points_per_cell = (None, None) if isinstance(counts, int) else counts
    num_points = counts if cells is None else points_per_cell * cells**dimension
    # a tenth or third of the mean distance: sparse enough for both ways to end at once
    min_distance = min(crowding * side * num_points ** (-1 / dimension), side / 2)
    settings = (side, cells, points_per_cell, min_distance, seed)
    extra = {"dimension": dimension, "num_points": None if cells else num_points}
    positions = sample_positions(3, *settings, **extra)
    assert positions.shape == (3, num_points, dimension) and positions.dtype == np.float64
    assert np.all(positions >= 0) and np.all(positions < side)
    if num_points > 1:
        assert distances(positions, side).min() >= min_distance
    if cells is not None:
        index = np.floor(positions / side * cells).astype(int)
        flat = np.ravel_multi_index(tuple(np.moveaxis(index, -1, 0)), (cells,) * dimension)
        np.testing.assert_array_equal(flat, np.tile(np.repeat(np.arange(cells**dimension), points_per_cell), (3, 1)))
    np.testing.assert_array_equal(sample_positions(2, *settings, **extra), positions[:2])
    np.testing.assert_array_equal(sample_positions(1, *settings, **extra, first_snapshot=2), positions[2:])


def test_a_line_is_filled_to_the_last_gap():
    positions = sample_positions(3, 50.0, None, None, 0.2499, seed=0, num_points=200)  # packed they would have 0.25
    assert distances(positions, 50.0).min() >= 0.2499


def test_impossible_and_hopeless_distances():
    bound = math.sqrt(2 / math.sqrt(3) / 20)  # hexagonal packing of 20 discs in the unit square
    with pytest.raises(ValueError, match=f"min_distance must be at most {bound:.4g}, the densest packing"):
        sample_positions(1, (1.0, 1.0), None, None, 1.001 * bound, seed=0, num_points=20)
    with pytest.raises(RuntimeError, match="no admissible configuration was found in 2000 redraws; received 0.2"):
        sample_positions(1, (1.0, 1.0), None, None, 0.9 * bound, seed=0, num_points=20)
