"""Half neighbour lists: each pair once, with the shortest longest list."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from lrc_keras.ops.neighbors import neighbor_list
from lrc_keras.ops.neighbors.sharing import share_pairs
from tests.ops.list_entries import TRICLINIC, assert_same, both_ends, entries


class TestHalfLists:
    @pytest.mark.parametrize("dim", [1, 2, 3])
    def test_each_pair_once(self, dim, rng):
        positions = rng.uniform(0, 10, (5, 40, dim))
        whole, once = (neighbor_list(positions, 4.0, 1.9, half=half) for half in (False, True))
        for full, rows in zip(whole, once, strict=True):
            assert_same(both_ends(entries(rows)), entries(full))

    @pytest.mark.parametrize("dim", [1, 2, 3])
    def test_each_image_once(self, dim, rng):
        cell = np.array(TRICLINIC[dim])
        positions = rng.uniform(-5, 5, (2, 7, dim))
        full, half = (neighbor_list(positions, cell, 4.0, images=True, half=half) for half in (False, True))
        for *whole, rows, shifts in zip(*full, *half, strict=True):
            assert_same(both_ends(entries(rows, shifts)), entries(*whole))

    @pytest.mark.parametrize("dim, num_points", [(1, 60), (2, 60), (3, 60), (1, 3)])
    def test_the_longest_list_is_as_short_as_can_be(self, dim, num_points, rng):
        positions = rng.uniform(0, 10, (8, num_points, dim)) ** rng.uniform(0.3, 1, (8, 1, 1))  # dense somewhere
        for part in (positions, *positions[:, np.newaxis]):
            rows = neighbor_list(part, 10.0, 2.5, half=True)
            assert rows.shape[-1] == max(shortest_possible(entries(snapshot), num_points) for snapshot in rows)

    def test_pairs_are_passed_on_along_chains(self):
        # a ring in random order: a list of length one for everybody is found through hundreds of others
        positions = np.random.default_rng(0).permutation(1000).reshape(1, -1, 1).astype(float)
        assert neighbor_list(positions, 1000.0, 1.5, half=True).shape == (1, 1000, 1)

    def test_the_order_in_which_pairs_are_found_does_not_matter(self, rng):
        i, j = np.add.outer(10 * np.arange(3), np.triu_indices(10, 1)).transpose(1, 0, 2).reshape(2, -1)
        shifts = rng.integers(-1, 2, (len(i), 2)).astype(float)
        first = share_pairs(i, j, shifts, 10, enough=1)
        order = rng.permutation(len(i))
        for values, expected in zip(share_pairs(i[order], j[order], shifts[order], 10, enough=1), first, strict=True):
            np.testing.assert_array_equal(values, expected)


def shortest_possible(pairs, num_points):
    """The least length of the longest list among all divisions of the pairs: pairs flow to their ends, K to each."""
    pairs = np.array(pairs)
    source, sink, number = len(pairs) + num_points, len(pairs) + num_points + 1, np.arange(len(pairs))
    start = [np.full(len(pairs), source), number, number, len(pairs) + np.arange(num_points)]
    end = [number, len(pairs) + pairs[:, 0], len(pairs) + pairs[:, 1], np.full(num_points, sink)]
    for length in itertools.count(1):
        capacity = np.repeat([1, length], [3 * len(pairs), num_points]).astype(np.int32)
        ends = np.concatenate(start).astype(np.int32), np.concatenate(end).astype(np.int32)  # what SciPy 1.11 takes
        graph = csr_array((capacity, ends), shape=(sink + 1, sink + 1))
        if maximum_flow(graph, source, sink).flow_value == len(pairs):
            return length
