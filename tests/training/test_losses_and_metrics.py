import numpy as np
import pytest

from lrc_keras.training import ForceLoss, RelativeError


def test_loss_is_the_sum_over_points_and_the_mean_over_snapshots():
    true = np.array([[[1.0], [2.0]], [[0.0], [0.0]]], "float32")
    predicted = np.array([[[2.0], [0.0]], [[0.0], [1.0]]], "float32")
    # snapshots: 1 + 4 and 0 + 1
    assert float(ForceLoss()(true, predicted)) == pytest.approx(3.0)
    assert float(ForceLoss(scale=2.0)(true, predicted)) == pytest.approx(0.75)
    assert ForceLoss.from_config(ForceLoss(2.0).get_config()).scale == 2.0


def test_relative_error_by_head():
    """Errors (3, 4) against forces (6, 8): 5/10; normalised by the true forces, not the predicted ones."""
    metric = RelativeError()
    metric.update_state(np.array([[[6.0, 8.0]]]), np.array([[[9.0, 12.0]]]))
    assert float(metric.result()) == pytest.approx(0.5)
    metric.reset_state()
    metric.update_state(np.array([[[9.0, 12.0]]]), np.array([[[6.0, 8.0]]]))
    assert float(metric.result()) == pytest.approx(1 / 3)


def test_relative_error_streams_a_ratio_of_sums(rng):
    """Batches of any size give what one batch of everything gives, which is not the mean of the batches' errors."""
    true, predicted = rng.normal(size=(2, 10, 5, 2)).astype("float32")
    metric = RelativeError()
    for rows in (slice(0, 1), slice(1, 7), slice(7, 10)):
        metric.update_state(true[rows], predicted[rows])
    assert float(metric.result()) == pytest.approx(np.linalg.norm(true - predicted) / np.linalg.norm(true), rel=1e-6)
