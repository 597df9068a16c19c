import numpy as np
import pytest

from lrc_keras.ops import neighbor_list


def brute_force(positions, box, cutoff):
    separation = positions[:, None] - positions[None]
    separation -= box * np.round(separation / box)
    close = np.linalg.norm(separation, axis=-1) < cutoff
    np.fill_diagonal(close, False)
    return [set(np.flatnonzero(row)) for row in close]


@pytest.mark.parametrize("box", [(5.0,), (3.0, 4.0), (2.0, 3.0, 2.5)])
def test_against_all_pairs(box, rng):
    positions = rng.uniform(-10, 10, (4, 30, len(box)))
    neighbors = neighbor_list(positions, box, 0.9)
    assert neighbors.dtype == np.int32
    for snapshot, lists in zip(positions, neighbors, strict=True):
        expected = brute_force(snapshot, np.array(box), 0.9)
        assert [set(row[row >= 0]) for row in lists] == expected
        for row in lists:  # ascending, then padding
            real = row[row >= 0]
            assert np.all(np.diff(real) > 0) and np.all(row[len(real) :] == -1)
    assert neighbors.shape[-1] == max((lists >= 0).sum(axis=-1).max() for lists in neighbors)


def test_periodic_pair_and_strict_radius():
    positions = np.array([[[0.1], [4.9], [1.6], [2.2]]])
    neighbors = neighbor_list(positions, 5.0, 1.5)
    # 0.1–4.9 are 0.2 apart around the corner; 0.1–1.6 are at the radius, which does not count
    assert neighbors[0].tolist() == [[1], [0], [3], [2]]


def test_points_on_the_edge_of_the_box():
    for value in (np.float32(-1e-9), np.float32(5.0), -1e-18, np.nextafter(5.0, 0)):
        positions = np.array([[[value], [1.0]]])
        assert neighbor_list(positions, 5.0, 1.5)[0].tolist() == [[1], [0]]


def test_no_neighbors_is_one_column_of_padding():
    assert neighbor_list(np.array([[[0.0], [2.0]]]), 5.0, 1.5).tolist() == [[[-1], [-1]]]


def test_wider_padding_on_request_and_overflow():
    positions = np.array([[[0.0], [0.5], [1.0]]])
    assert neighbor_list(positions, 5.0, 1.5, max_neighbors=4).shape == (1, 3, 4)
    with pytest.raises(ValueError, match="max_neighbors must be at least 2.*received 1"):
        neighbor_list(positions, 5.0, 1.5, max_neighbors=1)


def test_bad_arguments_are_named():
    good = np.zeros((1, 2, 1))
    with pytest.raises(ValueError, match="box_length must be at least twice the cutoff"):
        neighbor_list(good, 2.9, 1.5)
    assert neighbor_list(good + [[[0.0], [1.0]]], 3.0, 1.5).shape == (1, 2, 1)  # just allowed
    with pytest.raises(ValueError, match="positions must be finite; received 1 NaN"):
        neighbor_list(np.array([[[np.nan], [1.0]]]), 5.0, 1.5)
    with pytest.raises(ValueError, match="positions must have shape"):
        neighbor_list(np.zeros((2, 1)), 5.0, 1.5)
    with pytest.raises(ValueError, match="cutoff must be a positive number"):
        neighbor_list(good, 5.0, 0.0)
