"""Neighbour lists against sums over all pairs and all images, and against what one can count in crystals."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops.neighbors import check_cutoff, lists, neighbor_list
from lrc_keras.ops.neighbors.sums import take_neighbors
from tests.ops.list_entries import TRICLINIC, assert_same, both_ends, entries


def heights(cell):
    return 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)


def all_images(positions, cell, cutoff):
    """The set of all (i, j, *n) with |x_i − (x_j + n H)| < R, without (i, i, 0)."""
    span = np.ceil(cutoff / heights(cell)) + 1
    nearest = np.round((positions[:, None] - positions[None]) @ np.linalg.inv(cell))
    found = set()
    for more in itertools.product(*(np.arange(-n, n + 1) for n in span)):
        shifts = nearest + more
        separation = positions[:, None] - (positions[None] + shifts @ cell)
        for i, j in zip(*np.nonzero(np.linalg.norm(separation, axis=-1) < cutoff), strict=True):
            found.add((int(i), int(j), *shifts[i, j].astype(int).tolist()))
    return found - {(i, i, *[0] * len(cell)) for i in range(len(positions))}


class TestBoxes:
    @pytest.mark.parametrize("box", [(5.0,), (3.0, 4.0), (2.0, 3.0, 2.5)])
    def test_against_all_pairs(self, box, rng):
        positions = rng.uniform(-10, 10, (4, 30, len(box)))
        lists = neighbor_list(positions, box, 0.9)
        for snapshot, rows in zip(positions, lists, strict=True):
            assert_same(entries(rows), {pair[:2] for pair in all_images(snapshot, np.diag(box), 0.9)})
        assert lists.shape[-1] == np.max(np.sum(lists >= 0, axis=-1))

    def test_periodic_pair_and_strict_radius(self):
        positions = np.array([[[0.1], [4.9], [1.6], [2.2]]])
        # 0.1–4.9 are 0.2 apart around the corner; 0.1–1.6 are at the radius, which does not count
        assert neighbor_list(positions, 5.0, 1.5)[0].tolist() == [[1], [0], [3], [2]]

    @pytest.mark.parametrize("value", [np.float32(-1e-9), np.float32(5.0), -1e-18, np.nextafter(5.0, 0)])
    def test_points_on_the_edge(self, value):
        positions = np.array([[[value], [1.0]]])
        assert neighbor_list(positions, 5.0, 1.5)[0].tolist() == [[1], [0]]
        rows, shifts = neighbor_list(positions, 5.0, 1.5, images=True)
        assert_same(entries(rows[0], shifts[0]), all_images(positions[0], np.array([[5.0]]), 1.5))

    @pytest.mark.parametrize("cell", [np.diag([3.0, 4.0]), np.diag([-3.0, 4.0]), [[0.0, 4.0], [3.0, 0.0]]])
    def test_the_same_box_as_lattice_vectors(self, cell, rng):
        positions = rng.uniform(-10, 10, (2, 30, 2))
        np.testing.assert_array_equal(neighbor_list(positions, cell, 1.4), neighbor_list(positions, (3.0, 4.0), 1.4))


class TestCells:
    @pytest.mark.parametrize("dim", [1, 2, 3])
    def test_nearest_images_in_a_triclinic_cell(self, dim, rng):
        cell = np.array(TRICLINIC[dim])
        cutoff = heights(cell).min() / 2
        positions = rng.uniform(-10, 10, (3, 20, dim))
        for snapshot, rows in zip(positions, neighbor_list(positions, cell, cutoff), strict=True):
            assert_same(entries(rows), [pair[:2] for pair in all_images(snapshot, cell, cutoff)])

    @pytest.mark.parametrize("dim", [1, 2, 3])
    @pytest.mark.parametrize("height", [0.3, 0.9, 1.9, 5.0])
    def test_all_images_in_cells_of_any_height(self, dim, height, rng):
        for _ in range(10):
            cell = np.triu(rng.uniform(-1, 1, (dim, dim)), 1) + np.diag(rng.uniform(0.7, 1.5, dim))
            cell *= height / heights(cell).min()  # in units of the cutoff
            positions = rng.uniform(-2, 2, (1, 4, dim)) @ cell
            rows, shifts = neighbor_list(positions, cell, 1.0, images=True)
            assert_same(entries(rows[0], shifts[0]), all_images(positions[0], cell, 1.0))

    @pytest.mark.parametrize("dim", [1, 2, 3])
    def test_points_on_faces_edges_and_corners(self, dim):
        cell = np.array(TRICLINIC[dim])
        corners = np.array(list(itertools.product([-1.0, 0.0, 0.5, 1.0], repeat=dim)))
        for cutoff in (0.29, 1.0, 4.7):
            for positions in (corners @ cell, np.nextafter(corners @ cell, -np.inf), corners @ cell - 1e-17):
                rows, shifts = neighbor_list(positions[None], cell, cutoff, images=True)
                assert_same(entries(rows[0], shifts[0]), all_images(positions, cell, cutoff))

    def test_points_far_outside_the_cell(self, rng):
        cell = np.array(TRICLINIC[3])
        inside = rng.uniform(0, 1, (1, 12, 3)) @ cell
        boxes = rng.integers(-1000, 1000, (1, 12, 3))
        rows, shifts = neighbor_list(inside, cell, 2.0, images=True)
        rows_far, shifts_far = neighbor_list(inside + boxes @ cell, cell, 2.0, images=True)
        np.testing.assert_array_equal(neighbor_list(inside + boxes @ cell, cell, 1.2), neighbor_list(inside, cell, 1.2))
        moved = [(i, j, *(n + boxes[0, i] - boxes[0, j]).tolist()) for i, j, *n in entries(rows[0], shifts[0])]
        assert_same(entries(rows_far[0], shifts_far[0]), moved)

    @pytest.mark.parametrize("dim", [1, 2, 3])
    @pytest.mark.parametrize("boxes, apart", [(10, 1.0), (5 * 10**8, 0.001)])
    def test_a_pair_just_within_the_cutoff_and_far_outside_the_cell(self, dim, boxes, apart, rng):
        cell = np.array(TRICLINIC[dim])
        for _ in range(100):
            far = rng.integers(-boxes, boxes, (2, dim)) @ cell
            i, j = rng.uniform(0, 1, dim) @ cell + rng.uniform(0, apart, (2, dim)) + far
            shift = np.round((i - j) @ np.linalg.inv(cell))
            distance = np.sqrt(np.sum((i - j - shift @ cell) ** 2))
            rows, shifts = neighbor_list([[i, j]], cell, max(distance * (1 + 1e-15), 1e-150), images=True)
            assert (0, 1, *shift) in entries(rows[0], shifts[0])

    def test_neighbors_do_not_depend_on_the_choice_of_lattice_vectors(self, rng):
        cell = np.array(TRICLINIC[3])
        other = np.array([[1, 2, 0], [0, 1, 0], [3, -1, 1]]) @ cell  # of the same lattice, and much flatter
        positions = rng.uniform(0, 5, (1, 10, 3))
        distances = []
        for vectors in (cell, other):
            rows, shifts = neighbor_list(positions, vectors, 3.0, images=True)
            i, j, n = np.array([(i, j, n) for i, j, *n in entries(rows[0], shifts[0])], object).T
            distances.append(
                np.sort(
                    np.linalg.norm(
                        positions[0, i.astype(int)] - positions[0, j.astype(int)] - np.array(n.tolist()) @ vectors,
                        axis=-1,
                    )
                )
            )
        np.testing.assert_allclose(*distances, rtol=1e-12)

    @pytest.mark.parametrize(
        "cell, cutoff, expected",
        [
            ([[1.0]], 2.5, 4),  # a chain
            ([[1.0, 0.0], [0.5, np.sqrt(0.75)]], 1.1, 6),  # a hexagonal lattice
            (np.eye(3), 1.1, 6),  # the cubic lattices: simple,
            (np.eye(3), 1.5, 18),  # with the second neighbours,
            ([[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [1.0, 1.0, -1.0]], 1.8, 8),  # body-centred
            ([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]], 1.5, 12),  # and face-centred
        ],
    )
    def test_coordination_numbers_of_crystals_of_one_atom(self, cell, cutoff, expected):
        position = np.full((1, 1, len(cell)), 0.3)
        rows, shifts = neighbor_list(position, cell, cutoff, images=True)
        assert rows.tolist() == [[[0] * expected]]
        assert neighbor_list(position, cell, cutoff, images=True, half=True)[0].tolist() == [[[0] * (expected // 2)]]

    def test_a_cell_for_each_snapshot(self, rng):
        cells = np.array(TRICLINIC[2]) * [[[1.0]], [[1.3]], [[0.9]]]
        cells[1, 0, 1] = cells[1, 1, 0] = 0.0  # one of them is a box
        positions = rng.uniform(-5, 5, (3, 15, 2))
        together = neighbor_list(positions, cells, 1.2, max_neighbors=12)
        alone = [
            neighbor_list(x[None], cell, 1.2, max_neighbors=12)[0] for x, cell in zip(positions, cells, strict=True)
        ]
        np.testing.assert_array_equal(together, alone)
        rows, shifts = neighbor_list(positions, cells.tolist(), 2.4, images=True)
        for number in range(3):
            found = entries(rows[number], shifts[number])
            assert_same(found, all_images(positions[number], cells[number], 2.4))

    def test_a_height_of_just_twice_the_cutoff(self, rng):
        for _ in range(20):
            rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
            rows = neighbor_list(np.array([[[0.0, 0, 0], [1.0, 0, 0]]]) @ rotation, 2.0 * rotation, 1.0)
            # both images of a point are at the cutoff up to rounding: neighbours or not, but never twice
            assert rows.tolist() in ([[[1], [0]]], [[[-1], [-1]]])


class TestPadding:
    @pytest.mark.parametrize("half", [False, True])
    @pytest.mark.parametrize("images", [False, True])
    def test_padded_points_are_not_there(self, half, images, rng):
        positions = rng.uniform(0, 4, (2, 20, 2))
        species = rng.integers(-1, 2, (2, 20))
        lists = neighbor_list(positions, TRICLINIC[2], 1.5, half=half, images=images, species=species)
        for number in range(2):
            kept = np.flatnonzero(species[number] >= 0)
            alone = neighbor_list(positions[number : number + 1, kept], TRICLINIC[2], 1.5, images=images)
            snapshot = [values[number] for values in lists] if images else [lists[number]]
            found = both_ends(entries(*snapshot)) if half else entries(*snapshot)
            expected = entries(*(values[0] for values in alone)) if images else entries(alone[0])
            assert_same(found, [(int(kept[i]), int(kept[j]), *n) for i, j, *n in expected])

    def test_wider_on_request_and_overflow(self):
        positions = np.array([[[0.0], [0.5], [1.0]]])
        assert neighbor_list(positions, 5.0, 1.5, max_neighbors=4).shape == (1, 3, 4)
        assert neighbor_list(positions, 5.0, 1.5, max_neighbors=1, half=True).shape == (1, 3, 1)
        with pytest.raises(ValueError, match="max_neighbors must be at least 2.*received 1"):
            neighbor_list(positions, 5.0, 1.5, max_neighbors=1)

    @pytest.mark.parametrize("shape", [(1, 1, 1), (1, 2, 3), (0, 3, 2), (2, 0, 2), (0, 0, 1)])
    @pytest.mark.parametrize("half", [False, True])
    def test_no_neighbors_is_one_column_of_padding(self, shape, half):
        positions = np.zeros(shape)
        positions[:, 1:] = 2.5
        for box in (5.0, np.broadcast_to(np.eye(shape[-1]) * 5.0, (shape[0], *shape[-1:] * 2))):
            assert neighbor_list(positions, box, 1.5, half=half).tolist() == np.full((*shape[:2], 1), -1).tolist()
            rows, shifts = neighbor_list(positions, box, 1.5, half=half, images=True)
            assert rows.shape == (*shape[:2], 1) and np.all(rows == -1)
            assert shifts.shape == (*shape[:2], 1, shape[-1]) and np.all(shifts == 0)

    def test_many_snapshots_are_done_in_parts(self, rng, monkeypatch):
        positions = rng.uniform(0, 5, (7, 20, 2))
        calls = [{}, {"images": True}, {"half": True}]
        at_once = [neighbor_list(positions, 5.0, 1.5, **options) for options in calls]
        monkeypatch.setattr(lists, "POINTS_AT_A_TIME", 40)
        in_parts = [neighbor_list(positions, 5.0, 1.5, **options) for options in calls]
        np.testing.assert_array_equal(in_parts[0], at_once[0])
        np.testing.assert_array_equal(in_parts[1][1], at_once[1][1])
        assert in_parts[2].shape == at_once[2].shape  # where it matters, the sharing is the same
        for rows, expected in zip(in_parts[2], at_once[2], strict=True):
            assert_same(both_ends(entries(rows)), both_ends(entries(expected)))


def test_a_cell_of_twice_the_cutoff_is_allowed():
    assert neighbor_list(np.zeros((2, 2, 2)), 3.0, 1.5, species=None).shape == (2, 2, 1)


def test_the_cell_that_a_cutoff_fits_in():
    check_cutoff(3, 1.5, dim=2)
    check_cutoff([3.0, 4.0], 1.5)
    check_cutoff(np.array(TRICLINIC[2]), 1.4)
    check_cutoff(49 * np.eye(3), 24.5, 3)  # 1/(1/49) is not 49
    with pytest.raises(ValueError, match="cell must be at least twice the cutoff"):
        check_cutoff([3.0, 2.9], 1.5, name="cell")


def test_padding_takes_nothing_from_another_cloud():
    """The index −1 has no values, whatever the first point of the batch has. Gradients of padding are zero."""
    values = tf.constant([[[np.nan], [np.inf]], [[1.0], [2.0]]], tf.float64)
    neighbors = tf.constant([[[1], [0]], [[-1], [0]]])
    np.testing.assert_array_equal(take_neighbors(values, neighbors)[1], [[[0.0]], [[1.0]]])
