"""Sources that are charges in the sense of electrostatics: their sum is zero, and the far force is their product."""

import keras
import numpy as np
import pytest

from lrc_keras.layers import GaussianMultiplier
from lrc_keras.models import build_full_range_model
from lrc_keras.ops import neighbor_list
from tests.models.clouds import CUTOFF, make_cloud, make_model


@pytest.mark.parametrize("num_species", [None, 2])
def test_neutral_sources_have_the_sum_zero_in_every_cloud(num_species, rng):
    """Clouds of 8 particles and, with species, of 5: padding has no charge and no share in the mean."""
    model = build_full_range_model(
        None, 2, None, CUTOFF, 5, num_species=num_species, sources="latent", neutral=True, dtype="float64"
    )
    inputs = make_cloud(rng, dim=2, num_species=num_species)
    if num_species:
        inputs["species"][1, 5:] = -1
        inputs["neighbors"] = neighbor_list(inputs["positions"], inputs["cell"], CUTOFF, species=inputs["species"])
    names = ("charges", "neutral_charges")
    outputs = [model.get_layer(name).output for name in names]
    before, after = (np.asarray(values)[..., 0] for values in keras.Model(model.inputs, outputs)(inputs))
    np.testing.assert_allclose(after.sum(axis=1), 0, atol=1e-13)
    real = inputs["species"] >= 0 if num_species else np.ones((2, 8), bool)
    assert np.all(after[~real] == 0)
    for row in range(2):  # nothing but a constant is taken away
        assert np.ptp((before - after)[row, real[row]]) < 1e-13
    assert np.max(np.abs(after)) > 1e-3


def test_without_long_range_features_the_far_force_is_a_product_of_charges(rng):
    """Two particles beyond R. With charges 1 and 1, 2 and 1, 2 and 3 the force is once, twice, six times the first.

    With features F would add a force of its own.
    """
    kernel = {"multiplier": GaussianMultiplier(1, (1.0,), dtype="float64"), "num_modes": 21}
    force_field = make_model(1, sources="given", long_range_features=False, stress=False, **kernel)
    assert "long_range_pyramid" not in [layer.name for layer in force_field.energy_model.layers]
    inputs = {
        "positions": np.tile([[[0.0], [2.0]]], (3, 1, 1)),
        "neighbors": np.full((3, 2, 1), -1, np.int32),
        "cell": np.full((3, 1, 1), 7.0),
        "sources": np.array([[[1.0], [1.0]], [[2.0], [1.0]], [[2.0], [3.0]]]),
    }
    forces = force_field(inputs)["forces"][:, 0, 0].numpy()
    assert abs(forces[0]) > 1e-3
    np.testing.assert_allclose(forces / forces[0], [1, 2, 6], rtol=1e-10)
