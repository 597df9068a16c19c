import numpy as np
import pytest

from lrc_keras.ops.modes import half_mode_numbers, mode_grid, mode_numbers, multiplicity, wavenumbers


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
