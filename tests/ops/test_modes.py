import numpy as np
import pytest

from lrc_keras.ops.modes import half_mode_numbers, mode_grid, mode_numbers, modes_within, multiplicity, wavenumbers


def test_mode_numbers_odd_and_even():
    assert mode_numbers(5).tolist() == [-2, -1, 0, 1, 2]
    assert mode_numbers(4).tolist() == [-2, -1, 0, 1]
    assert mode_numbers(1).tolist() == [0]


def test_wavenumbers_of_unequal_sides():
    k = wavenumbers((3, 2), (2 * np.pi, np.pi))
    assert k.shape == (3, 2, 2)
    np.testing.assert_allclose(k[0, 0], [-1.0, -2.0], rtol=1e-15)
    np.testing.assert_allclose(k[2, 1], [1.0, 0.0], rtol=1e-15)


def test_every_mode_has_its_numbers():
    assert mode_grid((3, 2)).shape == (3, 2, 2)
    assert mode_grid((3, 2))[0, 1].tolist() == [-1, 0]


@pytest.mark.parametrize("num_modes", [(5, 4), (4, 5)])
def test_the_half_spectrum_is_symmetric_in_all_but_the_last_dimension(num_modes):
    first, last = half_mode_numbers(num_modes)
    assert first.tolist() == [-2, -1, 0, 1, 2] and last.tolist() == [0, 1, 2]
    assert multiplicity(num_modes).tolist() == [1, 2, 2]


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_modes_within_a_wavenumber_are_all_there_and_no_count_is_too_large(dim, rng):
    cell = np.eye(dim) * 7.0 + rng.uniform(-1, 1, (dim, dim))
    counts = modes_within(2.5, cell)
    numbers = mode_grid((21,) * dim).reshape(-1, dim)  # all |k| ≤ 2.5 and more
    inside = numbers[np.linalg.norm(2 * np.pi * numbers @ np.linalg.inv(cell).T, axis=1) <= 2.5]
    assert np.all(2 * np.max(np.abs(inside), axis=0) + 1 <= counts)
    sides = np.linalg.norm(cell, axis=1)
    assert all(2 * np.pi * (count // 2) <= 2.5 * side for count, side in zip(counts, sides, strict=True))


def test_modes_within_takes_sides_and_several_cells():
    assert modes_within(2 * np.pi, (1.0, 3.0)) == (3, 7)  # the mode at the wavenumber itself is within
    assert modes_within(2 * np.pi, [np.diag([1.0, 3.0]), np.diag([2.0, 0.5])]) == (5, 7)


@pytest.mark.parametrize("cell", [[-10.0], [10.0, 0.0], np.zeros((0, 3, 3)), [[1.0, 1.0], [1.0, 1.0]], [[np.nan]]])
def test_modes_within_what_is_no_cell(cell):
    with pytest.raises(ValueError, match="cell must be finite, linearly independent lattice vectors"):
        modes_within(2.0, cell)
