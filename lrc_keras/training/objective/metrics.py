"""The error of the paper's tables, and an error of energies. Both are ratios of sums over all snapshots."""

import keras
import numpy as np
from keras import ops

from lrc_keras.arguments import check_positive
from lrc_keras.training.objective.losses import in_shape_of


class _Ratio(keras.metrics.Metric):
    """A sum divided by another sum, both over all batches: batches of any size give the same result."""

    def __init__(self, name=None, dtype="float64", **kwargs):
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.numerator = self.add_variable((), "zeros", self.dtype, name="numerator")
        self.denominator = self.add_variable((), "zeros", self.dtype, name="denominator")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = ops.cast(y_pred, self.dtype)
        y_true = in_shape_of(y_pred, ops.cast(y_true, self.dtype))
        weights = ops.ones_like(y_pred)
        if sample_weight is not None:  # (B,) or (B, N), spread over the further axes
            sample_weight = ops.cast(sample_weight, self.dtype)
            missing = len(y_pred.shape) - len(sample_weight.shape)
            if missing < 0:  # a column (B, 1) for energies (B,)
                sample_weight = in_shape_of(y_pred, sample_weight)
            weights *= ops.reshape(sample_weight, (*ops.shape(sample_weight), *[1] * missing))
        for total, terms in zip((self.numerator, self.denominator), self.terms(y_true, y_pred), strict=True):
            total.assign_add(ops.sum(weights * terms))


@keras.saving.register_keras_serializable(package="lrc_keras")
class RelativeError(_Ratio):
    """ε_rel = √(Σ_{ℓ,i} ‖F_i − F_i^NN‖² / Σ_{ℓ,i} ‖F_i‖²), normalised by the true forces (Section 5).

    With sample weights both sums are weighted. The same ratio serves stresses and particle energies.

    Input: forces (B, N, d), true and predicted; sample weights (B,) or (B, N), or None.

    Example:
        >>> from lrc_keras.training import RelativeError
        >>> error, forces = RelativeError(), np.array([[[3.0], [-4.0]]])
        >>> error.update_state(forces, 1.1 * forces)
        >>> round(float(error.result()), 4)
        0.1
    """

    def __init__(self, name="relative_error", **kwargs):
        super().__init__(name, **kwargs)

    def terms(self, y_true, y_pred):
        return ops.square(y_pred - y_true), ops.square(y_true)

    def result(self):
        smallest = np.finfo(self.dtype).tiny ** 0.5  # forces in any units; no division by zero for data without forces
        return ops.sqrt(self.numerator / ops.maximum(self.denominator, smallest))


@keras.saving.register_keras_serializable(package="lrc_keras")
class EnergyError(_Ratio):
    """Mean absolute error of the energy per particle, Σ_ℓ |U_ℓ − U_ℓ^NN| / (N · N_sample), in units of energy.

    The error is absolute because an energy contains an arbitrary constant. A network trained on forces alone does not
    know that constant: call `ForceField.fit_reference_energies` first. With sample weights w the mean is
    Σ_ℓ w_ℓ |…| / (N · Σ_ℓ w_ℓ).

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

    def __init__(self, num_points=1, name="energy_error", **kwargs):
        num_points = check_positive("num_points", num_points)
        super().__init__(name, **kwargs)
        self.num_points = num_points

    def terms(self, y_true, y_pred):
        return ops.abs(y_pred - y_true), ops.ones_like(y_true)

    def result(self):
        return ops.divide_no_nan(self.numerator, self.num_points * self.denominator)

    def get_config(self):
        return {**super().get_config(), "num_points": self.num_points}
