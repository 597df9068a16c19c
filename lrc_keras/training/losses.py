"""The training loss of Section 5."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lrc_keras")
class ForceLoss(keras.losses.Loss):
    """(1/N_sample) Σ_ℓ Σ_i ‖F_i^NN − F_i‖² / scale²: sum over the points, mean over the snapshots (Section 5).

    Args:
        scale: force that counts as one, usually the root-mean-square force of the training data. Eq. (23) and Eqs.
            (6)–(8) differ by constants that the relative error does not see but the optimiser does.

    Input: forces (B, N, d), true and predicted.
    """

    def __init__(self, scale=1.0, name="force_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        self.scale = float(scale)

    def call(self, y_true, y_pred):
        return ops.sum(ops.square((y_pred - y_true) / self.scale), axis=(1, 2))

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}
