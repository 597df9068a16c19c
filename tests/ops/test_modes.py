import numpy as np
import pytest

from lrc_keras.ops.modes import check_num_modes, half_shape, mode_numbers, wavenumbers


def test_mode_numbers_odd_and_even():
    assert mode_numbers(5).tolist() == [-2, -1, 0, 1, 2]
    assert mode_numbers(4).tolist() == [-2, -1, 0, 1]
    assert mode_numbers(1).tolist() == [0]


def test_wavenumbers_of_unequal_sides():
    k = wavenumbers((3, 2), (2 * np.pi, np.pi))
    assert k.shape == (3, 2, 2)
    np.testing.assert_allclose(k[0, 0], [-1.0, -2.0], rtol=1e-15)
    np.testing.assert_allclose(k[2, 1], [1.0, 0.0], rtol=1e-15)


def test_half_shape():
    assert half_shape((5, 4)) == (5, 3)
    assert half_shape((4, 5)) == (5, 3)


@pytest.mark.parametrize("bad", [0, -3, 2.5, (3, 0), (), True])
def test_bad_mode_counts_are_named(bad):
    with pytest.raises(ValueError, match="num_modes must be a positive integer"):
        check_num_modes(bad)
