"""The error of the paper's tables."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lrc_keras")
class RelativeError(keras.metrics.Metric):
    """ε_rel = √(Σ_{ℓ,i} ‖F_i − F_i^NN‖² / Σ_{ℓ,i} ‖F_i‖²), normalised by the true forces (Section 5).

    A ratio of sums over all snapshots seen: batches of any size give what one batch of everything would.
    """

    def __init__(self, name="relative_error", **kwargs):
        super().__init__(name=name, **kwargs)
        self.squared_error = self.add_variable((), "zeros", name="squared_error")
        self.squared_norm = self.add_variable((), "zeros", name="squared_norm")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true = ops.cast(y_true, self.dtype)
        y_pred = ops.cast(y_pred, self.dtype)
        self.squared_error.assign_add(ops.sum(ops.square(y_pred - y_true)))
        self.squared_norm.assign_add(ops.sum(ops.square(y_true)))

    def result(self):
        return ops.sqrt(self.squared_error / ops.maximum(self.squared_norm, keras.config.epsilon() ** 2))
