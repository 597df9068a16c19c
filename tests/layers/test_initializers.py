import keras
import numpy as np
import pytest

from lrc_keras.layers import PairedDifferences, Pyramid, SignPairs
from lrc_keras.models import build_full_range_model


@pytest.mark.parametrize(("channels", "units"), [(2, 2), (2, 5), (4, 6)])
def test_pairs_of_opposite_differences(channels, units):
    weights = np.array(PairedDifferences(seed=3)((channels, units), "float64"))
    assert weights.shape == (channels, units)
    np.testing.assert_allclose(weights.sum(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(np.linalg.norm(weights, axis=0), np.sqrt(channels), rtol=1e-13)
    np.testing.assert_array_equal(weights[:, 1::2], -weights[:, 0 : units - 1 : 2] if units % 2 else -weights[:, ::2])


def test_sign_pairs_are_glorot_normal():
    """Standard deviation √(2/(C + units)); 2,000 draws give it within 4 %, two standard errors."""
    weights = np.array(SignPairs(seed=0)((40, 100), "float64"))
    np.testing.assert_array_equal(weights[:, 1::2], -weights[:, ::2])
    assert weights.std() == pytest.approx(np.sqrt(2 / 140), rel=0.04)


def test_something_goes_through_narrow_relu_layers():
    """g_θ at its start: no sign of the field switches a whole layer off; three seeds."""
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        pyramid = Pyramid(activation="relu", initializer=SignPairs(), first_initializer=PairedDifferences())
        fields = np.array([[1.0, 0.3], [-1.0, -0.3], [0.2, -1.0], [-0.2, 1.0]], "float32")
        assert np.all(np.max(pyramid(fields), axis=1) > 0)


def test_one_channel_has_no_difference():
    np.testing.assert_allclose(np.abs(PairedDifferences()((1, 2), "float32")), 1)


def test_seed_and_configuration():
    first = PairedDifferences(seed=1)
    again = PairedDifferences.from_config(first.get_config())
    np.testing.assert_array_equal(first((4, 4), "float32"), again((4, 4), "float32"))
    layer = Pyramid((2, 3), first_initializer=first)
    assert isinstance(Pyramid.from_config(layer.get_config()).first_initializer, PairedDifferences)


def test_the_full_range_network_starts_with_a_unit_on():
    """Whatever the sign of the field, one of the two first units of g_θ is on; three seeds."""
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        model = build_full_range_model(4, 1, 5.0, 1.5, 9)
        kernel = model.get_layer("long_range_pyramid").dense[0].kernel.numpy()
        np.testing.assert_allclose(kernel[:, 0], -kernel[:, 1])
        np.testing.assert_allclose(np.abs(kernel), 1, rtol=1e-6)


def test_a_cut_off_kernel_misses_what_a_difference_has():
    """The reason for the differences: forces of a pair by 501 modes on [0, 5] against the closed form."""
    length, mu, other = 5.0, 2.0, 4.0
    k = 2 * np.pi / length * np.arange(-250, 251)
    s = np.linspace(0.05, 2.5, 400)

    def exact(mu):
        return -np.sinh(mu * (length / 2 - s)) / (2 * np.sinh(mu * length / 2))

    def modes(multiplier):
        return -np.sin(np.outer(s, k)) @ (k * multiplier) / length

    alone = modes(1 / (k**2 + mu**2)) - exact(mu)
    difference = modes(1 / (k**2 + mu**2) - 1 / (k**2 + other**2)) - (exact(mu) - exact(other))
    # the difference falls as (λ₂² − μ²)/k³ in the force: what is cut off is at most 12/(2π k_max²) = 1.9e-5
    assert np.max(np.abs(alone)) > 5e-3 and np.max(np.abs(difference)) < 2e-5
