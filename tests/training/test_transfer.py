import keras
import numpy as np
import pytest

from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import transfer_short_range

MOVED = ("short_range_descriptor/", "fitting/")


def make(network, scale=1.0, seed=1, dim=1, cutoff=1.5, box=5.0, **kwargs):
    keras.utils.set_random_seed(seed)
    if network == "short":
        model = build_short_range_model(None, dim, box, cutoff, dtype="float64", **kwargs)
    else:
        model = build_full_range_model(None, dim, box, cutoff, (9,) * dim, tolerance=1e-4, dtype="float64", **kwargs)
    return ForceField(model, scale=scale)


def weights_of(force_field):
    return {w.path: w.numpy() for w in force_field.energy_model.weights}


@pytest.fixture
def pair(line_snapshots):
    """A short-range force field of a box of 5 with statistics and a shift, and a full-range one of a box of 10."""
    short, full = make("short", scale=0.3, seed=1), make("full", scale=0.5, seed=2, box=10.0)
    positions = line_snapshots(4)
    neighbors = neighbor_list(positions, 5.0, 1.5)
    short.energy_model.get_layer("short_range_descriptor").adapt(positions, neighbors)
    short.reference_energies.assign([0.7])
    return short, full


def test_every_short_range_weight_arrives_and_the_rest_stays(pair):
    short, full = pair
    source, before = weights_of(short), weights_of(full)
    fresh = transfer_short_range(short, full)
    after = weights_of(full)
    assert set(source) <= set(after) and "short_range_descriptor/deviation" in source
    kernel = "fitting/hidden_0/kernel"
    for name, value in source.items():
        np.testing.assert_array_equal(after[name][: len(value)], value, err_msg=name)
        assert name == kernel or after[name].shape == value.shape
    np.testing.assert_array_equal(after[kernel][64:], before[kernel][64:])
    assert source[kernel].shape == (64, 32) and after[kernel].shape == (96, 32)
    long_range = set(after) - set(source)
    assert long_range and all(name.startswith("long_range_") for name in long_range)
    for name in long_range:
        np.testing.assert_array_equal(after[name], before[name], err_msg=name)
    assert set(fresh) == long_range | {kernel}
    assert full.scale == short.scale and full.reference_energies.numpy() == 0.7


def test_a_linear_fitting_network_moves_as_well():
    short, full = make("short", fitting_depth=0), make("full", seed=2, box=10.0, fitting_depth=0)
    fresh = transfer_short_range(short, full)
    kernel = "fitting/output_unit/kernel"
    np.testing.assert_array_equal(weights_of(full)[kernel][:64], weights_of(short)[kernel])
    assert kernel in fresh and weights_of(full)[kernel].shape == (96, 1)


def test_with_rows_of_zero_the_networks_agree(pair, line_snapshots):
    """The same energies and forces, whatever the LRC-layer says: everything that matters has been moved."""
    short, full = pair
    positions = line_snapshots(2)
    inputs = {"positions": positions, "neighbors": neighbor_list(positions, 5.0, 1.5)}
    expected = short(inputs)
    # the full-range network is made for a box of 10; for the box of 5 another with the same weights
    same_box = make("full", seed=3)
    transfer_short_range(short, same_box, long_range_rows="zero")
    for name, value in same_box(inputs).items():
        # 32 zeros more in a sum of 64 terms, in another order
        np.testing.assert_allclose(value, expected[name], rtol=1e-11, atol=1e-12)
    transfer_short_range(short, same_box)
    transfer_short_range(short, full)
    assert np.max(np.abs(full(inputs)["forces"] - expected["forces"])) > 1e-3


def test_what_cannot_be_moved_is_named_and_nothing_is_moved():
    short = make("short")
    with pytest.raises(ValueError, match="short_range_descriptor of target: expected cutoff = 1.5.*received 1.0"):
        transfer_short_range(short, make("full", cutoff=1.0))
    with pytest.raises(ValueError, match="expected smooth_cutoff = False as in source; received True"):
        transfer_short_range(short, make("full", smooth_cutoff=True))
    flat, before = make("full", dim=2, seed=2), None
    before = weights_of(flat)
    with pytest.raises(ValueError, match=r"distance_pyramid/dense_0/kernel of target: expected \(1, 2\).*\(2, 2\)"):
        transfer_short_range(short, flat)
    for name, value in weights_of(flat).items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)
    # the other way round there is no place for the long range
    with pytest.raises(ValueError, match="target must have layers .'long_range_convolution'.* as source has"):
        transfer_short_range(make("full"), short)
