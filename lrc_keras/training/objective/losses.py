"""The training losses: forces (Section 5), and energies, stresses and particle energies as further targets.

Energies may be large and their differences small, so losses are computed in float64, whatever the model's precision.
"""

import keras
from keras import ops

from lrc_keras.arguments import check_positive, is_count


def in_shape_of(y_pred, y_true):
    """The targets in the shape of the predictions, from which they may differ by axes of length one.

    A column (B, 1) against (B,) would be broadcast to every pair of snapshots. Raises: ValueError for other shapes.
    """
    shapes = [[size for size in values.shape if size != 1] for values in (y_pred, y_true)]
    lengths_fit = len(shapes[0]) == len(shapes[1]) or any(None in shape for shape in shapes)
    if not lengths_fit or any(None not in sizes and len(set(sizes)) > 1 for sizes in zip(*shapes, strict=False)):
        raise ValueError(
            f"targets must have the shape {tuple(y_pred.shape)} of the predictions; received {tuple(y_true.shape)}"
        )
    return ops.reshape(y_true, ops.shape(y_pred))


class _SquaredError(keras.losses.Loss):
    """Σ ((y_pred − y_true) / scale)² over each snapshot, then the mean over the snapshots.

    Sample weights belong to snapshots, (B,), or to particles, (B, N).
    """

    def __init__(self, scale=1.0, name=None, dtype="float64", **kwargs):
        scale = check_positive("scale", scale)
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.scale = scale

    def __call__(self, y_true, y_pred, sample_weight=None):
        sample_weight = None if sample_weight is None else ops.convert_to_tensor(sample_weight)
        if sample_weight is None or len(sample_weight.shape) < 2 or len(y_pred.shape) < 2:
            return super().__call__(y_true, y_pred, sample_weight)
        # Keras weights what `call` returns, one number a snapshot, so weights of particles are applied here
        roots = ops.sqrt(ops.cast(sample_weight, self.dtype))
        roots = ops.reshape(roots, (*ops.shape(roots), *[1] * (len(y_pred.shape) - len(roots.shape))))
        return super().__call__(*(ops.cast(values, self.dtype) * roots for values in (y_true, y_pred)))

    def call(self, y_true, y_pred):
        difference = (y_pred - in_shape_of(y_pred, y_true)) / self.scale
        return ops.sum(ops.square(difference), axis=tuple(range(1, len(y_pred.shape))))

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


@keras.saving.register_keras_serializable(package="lrc_keras")
class ForceLoss(_SquaredError):
    """(1/N_sample) Σ_ℓ Σ_i ‖F_i^NN − F_i‖² / scale²: sum over the points, mean over the snapshots (Section 5).

    Padded particles have zero forces, true and predicted, and do not contribute.

    Args:
        scale: force that counts as one, usually the root-mean-square force of the training data. Eq. (23) and Eqs.
            (6)–(8) differ by constants, which change the steps of the optimiser but not the relative error.

    Input: forces (B, N, d), true and predicted.
    Raises: ValueError naming the argument.

    Example: two points in 3-D whose forces are off by one in every component.
        >>> from lrc_keras.training import ForceLoss
        >>> float(ForceLoss()(np.zeros((1, 2, 3)), np.ones((1, 2, 3))))
        6.0
    """


@keras.saving.register_keras_serializable(package="lrc_keras")
class StressLoss(_SquaredError):
    """(1/N_sample) Σ_ℓ Σ_ab (σ_ab^NN − σ_ab)² / scale²: all components of the stress, mean over the snapshots.

    Args:
        scale: stress that counts as one, usually the root-mean-square stress of the training data.

    Input: stresses (B, d, d), true and predicted.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.training import StressLoss
        >>> float(StressLoss(scale=2.0)(np.zeros((1, 2, 2)), np.ones((1, 2, 2))))
        1.0
    """


@keras.saving.register_keras_serializable(package="lrc_keras")
class ParticleEnergyLoss(_SquaredError):
    """(1/N_sample) Σ_ℓ Σ_i (U_i^NN − U_i)² / scale² of particle energies, Σ_i U_i = U (Section 3.1).

    Args:
        scale: energy that counts as one.

    Input: particle energies (B, N), true and predicted.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.training import ParticleEnergyLoss
        >>> float(ParticleEnergyLoss()(np.zeros((1, 3)), np.ones((1, 3))))
        3.0
    """


@keras.saving.register_keras_serializable(package="lrc_keras")
class EnergyLoss(_SquaredError):
    """Squared error of the energies, mean over the snapshots. It fixes the constant that forces leave open (Section 5).

        plain:             (1/N_sample) Σ_ℓ ((U^NN − U) / scale)²
        with `num_points`: (1/N_sample) Σ_ℓ N ((U^NN − U) / (N · scale))²

    The second form is the squared error of the energy per particle, summed over the particles as in `ForceLoss`. The
    weight of energies against forces then means the same for boxes of all sizes. For clouds of several sizes, use the
    plain form with the sample weight 1/N of each cloud.

    Args:
        scale: energy that counts as one. The scale of the forces may be used; one unit of energy is then this force
            times the unit of length.
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

    def __init__(self, scale=1.0, num_points=None, **kwargs):
        if num_points is not None and not is_count(num_points):
            raise ValueError(f"num_points must be a positive integer, or None; received {num_points!r}")
        super().__init__(scale, **kwargs)
        self.num_points = None if num_points is None else int(num_points)

    def call(self, y_true, y_pred):
        return super().call(y_true, ops.reshape(y_pred, (-1,))) / (self.num_points or 1)

    def get_config(self):
        return {**super().get_config(), "num_points": self.num_points}
