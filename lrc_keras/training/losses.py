"""The training losses of Section 5: forces, and energies for who wants them trained as well."""

import keras
from keras import ops

from lrc_keras.ops.arguments import check_positive, is_count


@keras.saving.register_keras_serializable(package="lrc_keras")
class ForceLoss(keras.losses.Loss):
    """(1/N_sample) Σ_ℓ Σ_i ‖F_i^NN − F_i‖² / scale²: sum over the points, mean over the snapshots (Section 5).

    Args:
        scale: force that counts as one, usually the root-mean-square force of the training data. Eq. (23) and Eqs.
            (6)–(8) differ by constants that the relative error does not see but the optimiser does.

    Input: forces (B, N, d), true and predicted.
    Raises: ValueError naming the argument.

    Example: two points in 3-D whose forces are off by one in every component.
        >>> from lrc_keras.training import ForceLoss
        >>> float(ForceLoss()(np.zeros((1, 2, 3)), np.ones((1, 2, 3))))
        6.0
    """

    def __init__(self, scale=1.0, name="force_loss", **kwargs):
        scale = check_positive("scale", scale)
        super().__init__(name=name, **kwargs)
        self.scale = scale

    def call(self, y_true, y_pred):
        return ops.sum(ops.square((y_pred - y_true) / self.scale), axis=(1, 2))

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable(package="lrc_keras")
class EnergyLoss(keras.losses.Loss):
    """Squared error of the energies, mean over the snapshots: Section 5's way to fix the constant that forces leave.

        plain:             (1/N_sample) Σ_ℓ ((U^NN − U) / scale)²
        with `num_points`: (1/N_sample) Σ_ℓ N ((U^NN − U) / (N · scale))²

    The second is the squared error of the energy per particle, summed over the particles as `ForceLoss` sums over them,
    so that the weight of energies against forces means the same for boxes of all sizes.

    Args:
        scale: energy that counts as one. With the scale of the forces the unit of length is what turns one into the
            other.
        num_points: N, or None for the plain form.

    Input: energies (B,), true and predicted.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.training import EnergyLoss
        >>> float(EnergyLoss()(np.array([1.0]), np.array([3.0])))
        4.0
        >>> float(EnergyLoss(num_points=8)(np.array([1.0]), np.array([3.0])))
        0.5
    """

    def __init__(self, scale=1.0, num_points=None, name="energy_loss", **kwargs):
        scale = check_positive("scale", scale)
        if num_points is not None and not is_count(num_points):
            raise ValueError(f"num_points must be a positive number, or None; received {num_points!r}")
        super().__init__(name=name, **kwargs)
        self.scale = scale
        self.num_points = num_points

    def call(self, y_true, y_pred):
        # a column (B, 1) against (B,) would be broadcast to every pair of snapshots
        difference = (y_pred - ops.reshape(y_true, ops.shape(y_pred))) / self.scale
        return ops.square(difference) / (self.num_points or 1)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "num_points": self.num_points}
