"""Verlet's lists against fresh ones: moving points, changing cells, wrapped points."""

import numpy as np
import pytest

pytest.importorskip("ase")

from lrc_keras.ase import SkinNeighbors
from lrc_keras.ops import neighbor_list


def entries(positions, neighbors, cell, images=None):
    """(i, j, displacement) of every entry of a list, sorted: positions (N, d), neighbors (N, K), images (N, K, d)."""
    i, slot = np.nonzero(neighbors >= 0)
    j = neighbors[i, slot]
    displacement = positions[i] - positions[j]
    if images is None:
        displacement = displacement - np.round(displacement @ np.linalg.inv(cell)) @ cell
    else:
        displacement = displacement - images[i, slot] @ cell
    rows = np.column_stack([i, j, displacement])
    return rows[np.lexsort(np.round(rows.T[::-1], 6))]


@pytest.mark.parametrize("skin", [0.0, 0.1, 5.0])
def test_lists_with_a_skin_are_fresh_lists(skin, rng):
    """A random walk inside and outside of the box; a skin too wide for the minimum image is cut."""
    cell, cutoff = np.diag([4.0, 3.0]), 1.2
    lists, positions = SkinNeighbors(cutoff, skin), rng.uniform(-1, 5, (30, 2))
    for _ in range(80):
        positions = positions + rng.normal(scale=0.01, size=positions.shape)
        fresh = neighbor_list(positions[np.newaxis], cell, cutoff)[0]
        np.testing.assert_array_equal(lists.list(positions, cell)["neighbors"], fresh)
    assert lists.searches == 80 if skin == 0 else 2 <= lists.searches < 60


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize("wrap", [False, True])
def test_lists_in_a_cell_that_changes(images, wrap, rng):
    """Every step strains the cell and moves points, which may be wrapped by a vector or many between two steps."""
    cell = np.array([[2.0, 0.3, 0], [-0.4, 1.8, 0.2], [0.3, 0.1, 2.2]]) * (1 if images else 1.5)
    lists, fractions, cutoff = SkinNeighbors(1.2, 0.2, images=images), rng.uniform(size=(12, 3)), 1.2
    for _ in range(60):
        cell = cell @ (np.eye(3) + rng.normal(scale=1e-3, size=(3, 3)))
        fractions = fractions + rng.normal(scale=4e-3, size=fractions.shape)
        positions = (fractions + (rng.integers(-3, 4, fractions.shape) if wrap else 0)) @ cell
        found = lists.list(positions, cell)
        shift = np.linalg.solve(cell.T, (found["positions"] - positions).T)
        np.testing.assert_allclose(shift, np.round(shift), atol=1e-12)  # moved by lattice vectors alone
        fresh = neighbor_list(found["positions"][np.newaxis], cell, cutoff, images=images)
        fresh = [array[0] for array in fresh] if images else [fresh[0]]
        expected = entries(found["positions"], fresh[0], cell, *fresh[1:])
        received = entries(found["positions"], found["neighbors"], cell, found["images"])
        np.testing.assert_allclose(received, expected, atol=1e-12)
        assert len(expected) > 12
    assert 2 <= lists.searches < 40


def test_half_lists(rng):
    """Each pair once, whichever end lists it."""
    cell, positions = np.diag([4.0, 3.0, 3.5]), rng.uniform(0, 3, (40, 3))
    lists = SkinNeighbors(1.2, 0.2, half=True)
    for _ in range(10):
        positions = positions + rng.normal(scale=0.01, size=positions.shape)
        found = lists.list(positions, cell)["neighbors"]
        pairs = sorted(tuple(sorted((i, j))) for i, row in enumerate(found) for j in row if j >= 0)
        fresh = neighbor_list(positions[np.newaxis], cell, 1.2)[0]
        assert pairs == [(i, j) for i, row in enumerate(fresh) for j in row if j > i]
    assert lists.searches < 10


def test_two_atoms_that_meet_between_searches():
    """Nearly a skin apart from R at the search, each moves by nearly half the skin: found without another search."""
    lists, cell = SkinNeighbors(1.0, 0.4), [[9.0]]
    assert lists.list([[0.0], [1.39]], cell)["neighbors"].tolist() == [[-1], [-1]]
    assert lists.list([[0.199], [1.191]], cell)["neighbors"].tolist() == [[1], [0]]
    assert lists.searches == 1
    assert lists.list([[0.201], [1.191]], cell)["neighbors"].tolist() == [[1], [0]]
    assert lists.searches == 2


def test_two_atoms_that_a_cell_brings_together():
    """1.39 apart in a cell of 9; R = 1 and a skin of 0.4 stand a cell that shrinks by 1/1.4 and no more."""
    lists = SkinNeighbors(1.0, 0.4)
    for size, neighbors, searches in ((9.0, [[-1], [-1]], 1), (6.44, [[1], [0]], 1), (6.42, [[1], [0]], 2)):
        positions = np.array([[0.0], [1.39]]) / 9 * size
        assert lists.list(positions, [[size]])["neighbors"].tolist() == neighbors
        assert lists.searches == searches


def test_a_wrapped_atom_has_not_moved(rng):
    lists, positions = SkinNeighbors(1.0, 0.3), rng.uniform(0, 4, (10, 2))
    first = lists.list(positions, np.diag([4.0, 3.0]))
    again = lists.list(positions + np.array([4.0, -6.0]), np.diag([4.0, 3.0]))
    assert lists.searches == 1
    np.testing.assert_array_equal(again["neighbors"], first["neighbors"])
    np.testing.assert_allclose(again["positions"], first["positions"], atol=1e-14)


def test_other_clouds_are_searched_anew(rng):
    """Another number of points, and a cell that is too small for the nearest image."""
    lists, cell = SkinNeighbors(1.0, 0.3), np.diag([4.0, 3.0])
    for count in (10, 9):
        positions = rng.uniform(0, 3, (count, 2))
        fresh = neighbor_list(positions[np.newaxis], cell, 1.0)[0]
        np.testing.assert_array_equal(lists.list(positions, cell)["neighbors"], fresh)
    with pytest.raises(ValueError, match="twice the cutoff"):
        lists.list(positions, np.diag([1.9, 3.0]))


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize("dim", [1, 3])
def test_no_points(dim, images):
    """Lists of length 1 of no points, again and again; then a point, which has a fresh list."""
    lists, cell = SkinNeighbors(1.0, 0.3, images=images), np.eye(dim) * 3
    for count in (0, 0, 1):
        found = lists.list(np.zeros((count, dim)), cell)
        shapes = {name: values.shape for name, values in found.items()}
        assert shapes == {"positions": (count, dim), "neighbors": (count, 1), "images": (count, 1, dim)}
    assert lists.searches == 2
