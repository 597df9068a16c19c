import json

import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.training import EnergyError, EnergyLoss, ForceLoss, ParticleEnergyLoss, RelativeError, StressLoss


def test_loss_is_the_sum_over_points_and_the_mean_over_snapshots():
    true = np.array([[[1.0], [2.0]], [[0.0], [0.0]]], "float32")
    predicted = np.array([[[2.0], [0.0]], [[0.0], [1.0]]], "float32")
    # snapshots: 1 + 4 and 0 + 1
    assert float(ForceLoss()(true, predicted)) == pytest.approx(3.0)
    assert float(ForceLoss(scale=2.0)(true, predicted)) == pytest.approx(0.75)
    assert ForceLoss.from_config(ForceLoss(2.0).get_config()).scale == 2.0


def test_energy_loss_by_hand():
    """Errors 2 and 4: (4 + 16)/2, over scale², and over N when it is that of the particles."""
    true, predicted = np.array([1.0, 0.0], "float32"), np.array([3.0, -4.0], "float32")
    assert float(EnergyLoss()(true, predicted)) == 10
    assert float(EnergyLoss(scale=2.0)(true, predicted)) == 2.5
    assert float(EnergyLoss(scale=2.0, num_points=5)(true, predicted)) == 0.5
    # a column of energies is the same energies, not a table of all pairs
    assert float(EnergyLoss()(true[:, None], predicted)) == 10
    clone = EnergyLoss.from_config(EnergyLoss(2.0, 5).get_config())
    assert (clone.scale, clone.num_points) == (2.0, 5)


def test_configurations_are_json():
    """Also where the arguments are numbers of NumPy."""
    for made in (EnergyLoss(np.float32(2), num_points=np.int64(8)), EnergyError(np.int64(8))):
        config = json.loads(json.dumps(made.get_config()))
        assert config["num_points"] == 8 and type(made).from_config(config).get_config() == config


def test_relative_error_by_hand():
    """Errors (3, 4) against forces (6, 8): 5/10; normalised by the true forces, not the predicted ones."""
    metric = RelativeError()
    metric.update_state(np.array([[[6.0, 8.0]]]), np.array([[[9.0, 12.0]]]))
    assert float(metric.result()) == pytest.approx(0.5)
    metric.reset_state()
    metric.update_state(np.array([[[9.0, 12.0]]]), np.array([[[6.0, 8.0]]]))
    assert float(metric.result()) == pytest.approx(1 / 3)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_relative_error_streams_a_ratio_of_sums(rng, dtype):
    """Batches of any size give what one batch of everything gives, which is not the mean of the batches' errors."""
    true, predicted = rng.normal(size=(2, 10, 5, 2)).astype(dtype)
    metric = RelativeError(dtype=dtype)
    for rows in (slice(0, 1), slice(1, 7), slice(7, 10)):
        metric.update_state(true[rows], predicted[rows])
    # sums of 100 numbers of size one, in the metric's own precision
    tolerance = {"float32": 1e-6, "float64": 1e-14}[dtype]
    assert float(metric.result()) == pytest.approx(
        np.linalg.norm(true - predicted) / np.linalg.norm(true), rel=tolerance
    )


def test_energy_error_streams_the_mean_per_particle():
    metric = EnergyError(num_points=2)
    metric.update_state(np.array([1.0]), np.array([2.0]))
    metric.update_state(np.array([[0.0], [0.0]]), np.array([-3.0, 2.0]))
    assert float(metric.result()) == 1.0  # (1 + 3 + 2) / 3 snapshots / 2 particles
    assert EnergyError.from_config(metric.get_config()).num_points == 2


def test_sample_weights_count(rng):
    """Weights of snapshots, or of particles, in both sums of the relative error, and in the mean of energies."""
    true, predicted, weights = *rng.normal(size=(2, 4, 5, 3)), rng.uniform(0, 2, 4)
    metric = RelativeError()
    metric.update_state(true, predicted, sample_weight=weights)
    squares = [np.sum(weights[:, None, None] * values**2) for values in (true - predicted, true)]
    assert float(metric.result()) == pytest.approx(np.sqrt(squares[0] / squares[1]), rel=1e-12)
    metric.reset_state()
    metric.update_state(true, predicted, sample_weight=np.ones((4, 5)))
    assert float(metric.result()) == pytest.approx(np.linalg.norm(true - predicted) / np.linalg.norm(true), rel=1e-12)
    error = EnergyError()
    error.update_state(np.zeros(4), np.arange(4.0), sample_weight=weights)
    assert float(error.result()) == pytest.approx(np.average(np.arange(4.0), weights=weights), rel=1e-12)


def test_losses_weighted_by_snapshots_and_by_particles(rng):
    true, predicted, weights = *rng.normal(size=(2, 4, 5, 3)), rng.uniform(0, 2, (4, 5))
    squares = np.sum((true - predicted) ** 2, axis=2)
    assert float(ForceLoss()(true, predicted, weights)) == pytest.approx(np.sum(weights * squares) / 4, rel=1e-12)
    by_snapshot = np.sum(weights[:, 0] * squares.sum(axis=1)) / 4
    assert float(ForceLoss()(true, predicted, weights[:, 0])) == pytest.approx(by_snapshot, rel=1e-12)
    energies = np.sum(weights[:, 0] * (true - predicted)[:, 0, 0] ** 2) / 4
    for column in (weights[:, 0], weights[:, :1]):
        loss = EnergyLoss()(true[:, 0, 0], predicted[:, 0, 0], column)
        assert float(loss) == pytest.approx(energies, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_weighted_metrics_in_evaluate(weighted, toy_force_field, toy_snapshots):
    """Keras passes the weights on, for every output its own."""
    field = toy_force_field()
    field.compile(loss={"forces": ForceLoss()}, weighted_metrics={"forces": [RelativeError()]}, jit_compile=False)
    weights = np.arange(20.0) if weighted else np.ones(20)
    data = (toy_snapshots.inputs(), {"forces": toy_snapshots.forces}, {"forces": weights})
    results = field.evaluate(tf.data.Dataset.from_tensor_slices(data).batch(7), verbose=0, return_dict=True)
    difference = field(toy_snapshots.inputs())["forces"] - toy_snapshots.forces
    squares = [np.sum(weights[:, None, None] * values**2) for values in (difference, toy_snapshots.forces)]
    assert results["relative_error"] == pytest.approx(np.sqrt(squares[0] / squares[1]), rel=1e-6)


@pytest.mark.parametrize("kind", [ForceLoss, EnergyLoss, StressLoss, ParticleEnergyLoss])
def test_small_differences_of_large_numbers(kind):
    """In float64 whatever Keras' own precision is."""
    loss, shape = kind(), {EnergyLoss: (2,), ParticleEnergyLoss: (2, 1)}.get(kind, (2, 1, 1))
    true = np.full(shape, 1e3)
    assert float(loss(true, true + 1e-9)) == pytest.approx(1e-18, rel=1e-3)  # 1e3 + 1e-9 is rounded to 1e-13
    clone = type(loss).from_config(loss.get_config())
    assert float(clone(true, true + 1e-9)) == float(loss(true, true + 1e-9))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_small_forces_have_their_relative_error(dtype):
    """Forces in SI units are 1e-9 N."""
    metric = RelativeError(dtype=dtype)
    metric.update_state(1e-9 * np.ones((1, 3, 1)), 2e-9 * np.ones((1, 3, 1)))
    assert float(metric.result()) == pytest.approx(1)
    metric.reset_state()
    metric.update_state(np.zeros((1, 3, 1)), np.ones((1, 3, 1)))
    assert np.isfinite(float(metric.result())) and float(metric.result()) > 1e6


@pytest.mark.parametrize("weights", [[1.0, 0.0], [[1.0], [0.0]]])
def test_weights_of_energies_may_be_a_column(weights):
    metric = EnergyError()
    metric.update_state(np.array([1.0, 2.0]), np.array([2.0, 5.0]), np.array(weights))
    assert float(metric.result()) == 1
    # the mean over two snapshots of errors 1 and 9 with weights 1 and 0
    assert float(EnergyLoss()(np.array([1.0, 2.0]), np.array([2.0, 5.0]), np.array(weights))) == 0.5


@pytest.mark.parametrize("function", [ForceLoss(), RelativeError()])
def test_targets_of_another_layout_are_refused(function):
    true, predicted = np.ones((1, 3, 2)), np.ones((1, 2, 3))
    with pytest.raises(
        ValueError, match=r"targets must have the shape \(1, 2, 3\) of the predictions; received \(1, 3, 2\)"
    ):
        function(true, predicted)
