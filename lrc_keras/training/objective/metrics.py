"""The error of the paper's tables, and an error of energies."""

import keras
from keras import ops

from lrc_keras.arguments import check_positive


@keras.saving.register_keras_serializable(package="lrc_keras")
class RelativeError(keras.metrics.Metric):
    """ε_rel = √(Σ_{ℓ,i} ‖F_i − F_i^NN‖² / Σ_{ℓ,i} ‖F_i‖²), normalised by the true forces (Section 5).

    A ratio of sums over all snapshots seen: batches of any size give what one batch of everything would. With sample
    weights both sums are weighted. The same ratio serves stresses and local energies.

    Input: forces (B, N, d), true and predicted; sample weights (B,) or (B, N), or None.

    Example:
        >>> from lrc_keras.training import RelativeError
        >>> error, forces = RelativeError(), np.array([[[3.0], [-4.0]]])
        >>> error.update_state(forces, 1.1 * forces)
        >>> round(float(error.result()), 4)
        0.1
    """

    def __init__(self, name="relative_error", dtype="float64", **kwargs):
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.squared_error = self.add_variable((), "zeros", self.dtype, name="squared_error")
        self.squared_norm = self.add_variable((), "zeros", self.dtype, name="squared_norm")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.cast(y_true, self.dtype)
        y_pred = ops.cast(y_pred, self.dtype)
        weights = _weights(sample_weight, y_pred)
        self.squared_error.assign_add(ops.sum(weights * ops.square(y_pred - y_true)))
        self.squared_norm.assign_add(ops.sum(weights * ops.square(y_true)))

    def result(self):
        return ops.sqrt(self.squared_error / ops.maximum(self.squared_norm, keras.config.epsilon() ** 2))


@keras.saving.register_keras_serializable(package="lrc_keras")
class EnergyError(keras.metrics.Metric):
    """Mean absolute error of the energy per particle, Σ_ℓ |U_ℓ − U_ℓ^NN| / (N · N_sample), in units of energy.

    Absolute, for an energy holds a constant, and relative to a constant means nothing. It speaks of the energies as
    they are predicted: before `ForceField.fit_reference_energies` of a network trained on forces alone, of the constant
    only. With sample weights w the mean is Σ_ℓ w_ℓ |…| / (N · Σ_ℓ w_ℓ).

    Args:
        num_points: N, or the mean of clouds that differ; with 1 the error is that of the whole energy.

    Input: energies (B,), true and predicted; sample weights (B,), or None.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.training import EnergyError
        >>> error = EnergyError(num_points=10)
        >>> error.update_state(np.array([5.0, 8.0]), np.array([6.0, 5.0]))
        >>> round(float(error.result()), 4)
        0.2
    """

    def __init__(self, num_points=1, name="energy_error", dtype="float64", **kwargs):
        num_points = check_positive("num_points", num_points)
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.num_points = num_points
        self.absolute_error = self.add_variable((), "zeros", self.dtype, name="absolute_error")
        self.snapshots = self.add_variable((), "zeros", self.dtype, name="snapshots")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = ops.cast(y_pred, self.dtype)
        y_true = ops.reshape(ops.cast(y_true, self.dtype), ops.shape(y_pred))
        weights = _weights(sample_weight, y_pred)
        self.absolute_error.assign_add(ops.sum(weights * ops.abs(y_pred - y_true)))
        self.snapshots.assign_add(ops.sum(weights))

    def result(self):
        return ops.divide_no_nan(self.absolute_error, self.num_points * self.snapshots)

    def get_config(self):
        return {**super().get_config(), "num_points": self.num_points}


def _weights(sample_weight, values):
    """Sample weights (B,) or (B, N) spread over the further axes of the values; ones where there are none."""
    if sample_weight is None:
        return ops.ones_like(values)
    weights = ops.cast(sample_weight, values.dtype)
    missing = len(values.shape) - len(weights.shape)
    return ops.ones_like(values) * ops.reshape(weights, (*ops.shape(weights), *[1] * missing))
