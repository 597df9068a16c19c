from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from experiments.paper.two_dimensions import TABLE4
from experiments.studies import pair_sums
from experiments.studies.pair_sums import best_sum, channel_forces, main
from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier

SYSTEM = replace(TABLE4.system, num_modes=(9, 9))


@pytest.fixture
def clouds(rng):
    return [rng.uniform(0, 5, (4, 12, 2)) for _ in range(2)]


def layer_forces(positions, inverse_lengths, weights):
    """Minus the gradient of Σ_i Σ_c w_c u_c(x_i)/2, by the layer: each pair counts twice in the sum."""
    multiplier = ScreenedCoulombMultiplier(2, inverse_lengths, np.divide(weights, 4 * np.pi), dtype="float64")
    layer = LongRangeConvolution(multiplier, 9, (5.0, 5.0), tolerance=1e-10, dtype="float64")
    points = tf.constant(positions)
    with tf.GradientTape() as tape:
        tape.watch(points)
        energy = tf.reduce_sum(layer(points)) / 2
    return -tape.gradient(energy, points).numpy()


def test_forces_of_channels_are_those_of_the_layer(clouds):
    """To the tolerance of the layer's NUFFT."""
    expected = layer_forces(clouds[0], (0.6, 2.5), (1.0, 0.25)).ravel()
    received = channel_forces(clouds[0], SYSTEM, (0.6, 2.5)) @ [1.0, 0.25]
    np.testing.assert_allclose(received, expected, atol=1e-8 * np.abs(expected).max())


def test_what_is_a_sum_over_pairs_is_found(clouds, monkeypatch):
    """Forces r exp(−r) of pairs within R and those of two channels with λ on the grid: nothing is left but rounding."""
    monkeypatch.setattr(pair_sums, "GRID", (0.6, 1.5, 3.0))  # times 1/R: 0.4, 1, 2
    sets = []
    for positions in clouds:
        point, separation, distance = pair_sums.pairs_within(positions, SYSTEM)
        near = np.zeros((48, 2))
        np.add.at(near, point, separation * np.exp(-distance)[:, None])
        sets.append((positions, near.reshape(4, 12, 2) + layer_forces(positions, (0.4, 2.0), (1.0, -3.0))))
    short, both, inverse_lengths = best_sum(*sets, SYSTEM)
    assert inverse_lengths == (0.6 / 1.5, 2.0)
    assert both < 1e-5 < 1e-2 < short  # of the polynomial in log r, whose fit is to eight snapshots


def test_a_table(tmp_path, monkeypatch, capsys):
    few = {**TABLE4.presets, "quick": replace(TABLE4.presets["smoke"], columns=(None, 21))}
    monkeypatch.setitem(pair_sums.TABLES, "table4", replace(TABLE4, presets=few))
    assert main(["table4", "--out", str(tmp_path)]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.startswith("column") and row.split()[0] == "21"
    short, paper_short, both, paper_full = map(float, row.split()[1:5])
    assert 0 < both < short < 0.1 and (paper_short, paper_full) == (0.01872, 0.00202)
