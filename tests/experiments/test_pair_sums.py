from dataclasses import replace

import numpy as np
import tensorflow as tf

from experiments.paper.two_dimensions import TABLE4
from experiments.studies import pair_sums
from experiments.studies.pair_sums import best_sum, main
from lrc_keras.models import build_full_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import Snapshots

BOX, CUTOFF, POINTS = 5.0, 1.5, 16


def network(inverse_lengths):
    options = {"inverse_lengths": inverse_lengths, "fitting_depth": 0, "dtype": "float64"}
    return build_full_range_model(POINTS, 2, BOX, CUTOFF, 9, **options)


def snapshots(count, inverse_lengths, coefficients, rng):
    """Forces r exp(−r) of pairs within R, all pairs written out, and those of channels, by the layer."""
    positions = rng.uniform(0, BOX, (count, POINTS, 2))
    separation = positions[:, :, None] - positions[:, None]
    separation -= BOX * np.round(separation / BOX)
    distance = np.linalg.norm(separation, axis=-1, keepdims=True)
    near = (separation * np.exp(-distance) * (distance < CUTOFF)).sum(axis=2)
    points = tf.constant(positions)
    with tf.GradientTape() as tape:
        tape.watch(points)
        values = network(inverse_lengths).get_layer("long_range_convolution")(points)
        energy = tf.reduce_sum(values * np.array(coefficients))
    forces = near - tape.gradient(energy, points).numpy()
    return Snapshots(positions, neighbor_list(positions, BOX, CUTOFF), np.zeros(count), forces)


def padded(data, width):
    lists = np.pad(data.neighbors, [(0, 0), (0, 0), (0, width - data.neighbors.shape[-1])], constant_values=-1)
    return replace(data, neighbors=lists)


def test_what_is_a_sum_over_pairs_is_found(rng):
    """In snapshots that the fit has not seen; what is left is that of a polynomial of degree 16 in log r."""
    sets = [snapshots(count, (0.5, 2.5), (1.0, -3.0), rng) for count in (16, 4)]
    width = max(data.neighbors.shape[-1] for data in sets)
    training, test = (padded(data, width) for data in sets)
    pairs, both, inverse_lengths = best_sum(network((0.8, 4.0)), training, test)
    np.testing.assert_allclose(inverse_lengths, (0.5, 2.5), rtol=1e-3)
    assert both < 1e-5 < 1e-2 < pairs
    # the fit is to the training snapshots alone: of twice the forces it leaves one half
    _, both, _ = best_sum(network((0.8, 4.0)), training, replace(test, forces=2 * test.forces))
    assert abs(both - 0.5) < 1e-5


def test_a_table(tmp_path, monkeypatch, capsys):
    few = {**TABLE4.presets, "quick": replace(TABLE4.presets["smoke"], columns=(None, 21))}
    monkeypatch.setitem(pair_sums.TABLES, "table4", replace(TABLE4, presets=few))
    assert main(["table4", "--out", str(tmp_path)]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.startswith("column") and row.split()[0] == "21"
    pairs, paper_short, both, paper_full = map(float, row.split()[1:5])
    assert 0 < both < pairs < 0.1 and (paper_short, paper_full) == (0.01872, 0.00202)
