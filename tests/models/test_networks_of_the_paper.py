import math

import numpy as np
import pytest

from lrc_keras.models import build_full_range_model, build_short_range_model
from lrc_keras.models.full_range import geometric_inverse_lengths
from lrc_keras.ops import neighbor_list

PYRAMID = sum(a * b + b for a, b in [(1, 2), (2, 4), (4, 8), (8, 16), (16, 32)])


def count(model):
    return sum(math.prod(w.shape) for w in model.trainable_weights)


def test_weights_of_the_short_range_network():
    """Fig. 4: two pyramids 1-2-4-8-16-32, six layers of 32 on m_sr = 64, one linear unit."""
    fitting = (64 * 32 + 32) + 5 * (32 * 32 + 32) + 32
    assert count(build_short_range_model(20, 1, 5.0, 1.5)) == 2 * PYRAMID + fitting


def test_weights_of_the_full_range_network():
    """Fig. 6: as before with 64 + 32 features, g_θ from two channels, and four numbers in the LRC-layer."""
    fitting = (96 * 32 + 32) + 5 * (32 * 32 + 32) + 32
    long_range_pyramid = PYRAMID + 2  # two channels in
    model = build_full_range_model(20, 1, 5.0, 1.5, 501)
    assert count(model) == 2 * PYRAMID + long_range_pyramid + fitting + 4
    assert sum(math.prod(w.shape) for w in model.get_layer("long_range_convolution").trainable_weights) == 4


def test_inverse_lengths_start_from_the_geometry():
    assert geometric_inverse_lengths(1.5) == (1 / 1.5, 2 * math.pi / 1.5)
    model = build_full_range_model(20, 1, 5.0, 1.5, 501)
    np.testing.assert_allclose(model.get_layer("long_range_convolution").multiplier.inverse_length, [1 / 1.5, 4.18879])


def test_inverse_lengths_of_ones_own():
    """As many channels as there are values."""
    model = build_full_range_model(20, 1, 5.0, 1.5, 501, inverse_lengths=(0.5, 1.0, 2.0))
    np.testing.assert_array_equal(model.get_layer("long_range_convolution").multiplier.inverse_length, [0.5, 1.0, 2.0])


@pytest.mark.parametrize("depth", [0, 6])
def test_a_linear_fitting_network_is_a_sum_over_pairs(depth):
    """Three points, each within the cutoff of the others: their energy is that of the three pairs, if F is linear."""
    model = build_short_range_model(None, 2, 5.0, 1.5, fitting_depth=depth, dtype="float64")
    assert count(model) == 2 * PYRAMID + 2 + (64 if depth == 0 else 64 * 32 + 32 + 5 * (32 * 32 + 32) + 32)

    def energy(points):
        points = np.array([points])
        return float(model({"positions": points, "neighbors": neighbor_list(points, 5.0, 1.5)})[0])

    a, b, c = (0.5, 0.5), (1.0, 0.75), (0.25, 1.25)
    pairs = energy([a, b]) + energy([a, c]) + energy([b, c])
    assert math.isclose(energy([a, b, c]), pairs, rel_tol=1e-12) == (depth == 0)  # rounding alone
