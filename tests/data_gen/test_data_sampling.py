"""The sampled configurations: strata, minimum distance, distribution, and independence of the count."""

import math

import numpy as np
import pytest
from scipy import stats

from data_gen import sample_positions

# (box, cells, points per cell, minimum distance): the paper's in 1-D, 2-D, 3-D, then unequal sides
PAPER = [
    (5.0, 10, 2, 0.05),
    (50.0, 100, 2, 0.05),
    ((5.0, 5.0), 5, 2, 0.05),
    ((3.0, 3.0, 3.0), 3, 2, 0.1),
    ((4.0, 6.0), (3, 5), 3, 0.2),
]


@pytest.mark.parametrize("box, cells, points_per_cell, min_distance", PAPER)
def test_strata_range_and_minimum_distance(box, cells, points_per_cell, min_distance):
    positions = sample_positions(5, box, cells, points_per_cell, min_distance, seed=3)
    dimension = np.size(box)
    sides, counts = np.broadcast_to(box, dimension), np.broadcast_to(cells, dimension)
    num_points = points_per_cell * math.prod(counts)
    assert positions.shape == (5, num_points, dimension) and positions.dtype == np.float64
    assert np.all(positions >= 0) and np.all(positions < sides)

    index = np.floor(positions / sides * counts).astype(int)
    flat = np.ravel_multi_index(tuple(np.moveaxis(index, -1, 0)), tuple(counts))
    ordered = np.repeat(np.arange(math.prod(counts)), points_per_cell)
    np.testing.assert_array_equal(flat, np.tile(ordered, (5, 1)))

    s = positions[:, :, None] - positions[:, None]
    s -= sides * np.round(s / sides)
    distance = np.linalg.norm(s, axis=-1) + np.where(np.eye(num_points), np.inf, 0)
    assert distance.min() >= min_distance


def test_snapshot_does_not_depend_on_the_count_or_the_division():
    whole = sample_positions(7, 5.0, 10, 2, 0.05, seed=11)
    np.testing.assert_array_equal(sample_positions(3, 5.0, 10, 2, 0.05, seed=11), whole[:3])
    np.testing.assert_array_equal(sample_positions(2, 5.0, 10, 2, 0.05, seed=11, first_snapshot=4), whole[4:6])
    assert not np.any(sample_positions(7, 5.0, 10, 2, 0.05, seed=12) == whole)
    assert len(np.unique(whole)) == whole.size  # no snapshot repeats another


def test_distribution_is_that_of_whole_rejection():
    """Redrawing cells must not change the law: compare the gaps with those of plain rejection.

    Two points in each of three cells of length one, δ_min = 0.2: a fifth of the configurations is admissible.
    """
    ours = sample_positions(6000, 3.0, 3, 2, 0.2, seed=5)[..., 0]
    uniform = np.repeat(np.arange(3), 2) + np.random.default_rng(6).random((60000, 6))
    gaps = _gaps(uniform)
    plain = gaps[gaps.min(axis=1) >= 0.2][:6000]
    assert len(plain) == 6000
    for column in range(2):  # a gap inside a cell, and one across a border
        # The seeds are fixed, so the test does not flicker; it sees distributions that differ by 0.03.
        assert stats.ks_2samp(_gaps(ours)[:, column], plain[:, column]).pvalue > 0.01


def _gaps(points):
    points = np.sort(points, axis=1)
    return np.diff(points, axis=1, append=points[:, :1] + 3)


def test_no_minimum_distance_and_one_point():
    assert sample_positions(2, 5.0, 4, 1, 0, seed=0).shape == (2, 4, 1)
    assert sample_positions(2, 5.0, 1, 1, 2.5, seed=0).shape == (2, 1, 1)


def test_distance_wider_than_a_cell():
    positions = sample_positions(20, (8.0, 8.0), (1, 16), 1, 0.55, seed=0)  # cells of 8 × 0.5
    s = positions[:, :, None] - positions[:, None]
    s -= 8 * np.round(s / 8)
    assert (np.linalg.norm(s, axis=-1) + np.where(np.eye(16), np.inf, 0)).min() >= 0.55


def test_impossible_distance_is_refused_with_its_bound():
    with pytest.raises(ValueError, match="min_distance must be at most 0.25, the densest packing of 20 points"):
        sample_positions(1, 5.0, 10, 2, 0.26, seed=0)
    bound = math.sqrt(2 / math.sqrt(3) * 9 / 18)  # hexagonal packing of 18 discs in 3 × 3
    with pytest.raises(ValueError, match=f"at most {bound:.4g}"):
        sample_positions(1, (3, 3), 3, 2, 1.001 * bound, seed=0)


def test_hopeless_distance_ends():
    with pytest.raises(RuntimeError, match="no admissible .* found in 5000 redraws; received 0.24"):
        sample_positions(1, 5.0, 10, 2, 0.24, seed=0)
