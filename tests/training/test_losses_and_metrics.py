import numpy as np
import pytest

from lrc_keras.training import EnergyError, EnergyLoss, ForceLoss, RelativeError


def test_loss_is_the_sum_over_points_and_the_mean_over_snapshots():
    true = np.array([[[1.0], [2.0]], [[0.0], [0.0]]], "float32")
    predicted = np.array([[[2.0], [0.0]], [[0.0], [1.0]]], "float32")
    # snapshots: 1 + 4 and 0 + 1
    assert float(ForceLoss()(true, predicted)) == pytest.approx(3.0)
    assert float(ForceLoss(scale=2.0)(true, predicted)) == pytest.approx(0.75)
    assert ForceLoss.from_config(ForceLoss(2.0).get_config()).scale == 2.0


def test_energy_loss_by_head():
    """Errors 2 and 4: (4 + 16)/2, over scale², and over N when it is that of the particles."""
    true, predicted = np.array([1.0, 0.0], "float32"), np.array([3.0, -4.0], "float32")
    assert float(EnergyLoss()(true, predicted)) == 10
    assert float(EnergyLoss(scale=2.0)(true, predicted)) == 2.5
    assert float(EnergyLoss(scale=2.0, num_points=5)(true, predicted)) == 0.5
    # a column of energies is the same energies, not a table of all pairs
    assert float(EnergyLoss()(true[:, None], predicted)) == 10
    clone = EnergyLoss.from_config(EnergyLoss(2.0, 5).get_config())
    assert (clone.scale, clone.num_points) == (2.0, 5)


def test_relative_error_by_head():
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


def test_bad_arguments_are_named():
    for kind in (EnergyLoss, EnergyError):
        with pytest.raises(ValueError, match="num_points must be a positive number.*; received 0"):
            kind(num_points=0)
