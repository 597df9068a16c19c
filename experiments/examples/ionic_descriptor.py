"""What an ion sees: the descriptor of Section 4.1 for neighbours of its own sign and for the others."""

import keras
import tensorflow as tf

from lrc_keras.layers import ShortRangeDescriptor


@keras.saving.register_keras_serializable(package="experiments")
class IonicDescriptor(keras.layers.Layer):
    """[D_like, D_unlike, q_i]: two `ShortRangeDescriptor`s with weights of their own, and the charge itself.

    Args:
        box_length: side L of the periodic box, one number or d of them.
        cutoff: interaction radius R > 0.

    Input: positions (B, N, d) float; neighbors (B, N, K) int32, −1 pads; charges (B, N, 1) float, not zero; pairs
    (B, P, 2) int32 as `ShortRangeDescriptor` takes them, or None. Output: (B, N, 129).
    """

    def __init__(self, box_length, cutoff, **kwargs):
        super().__init__(**kwargs)
        self.box_length = box_length
        self.cutoff = cutoff
        # smooth at R: the energy of ions that move must not jump
        self.like, self.unlike = (
            ShortRangeDescriptor(box_length, cutoff, smooth_cutoff=True, dtype=self.dtype_policy, name=name)
            for name in ("like", "unlike")
        )

    def build(self, positions_shape, neighbors_shape=None, charges_shape=None, pairs_shape=None):
        self.like.build(positions_shape)
        self.unlike.build(positions_shape)
        self.built = True

    def adapt(self, positions, neighbors, charges):
        """Sets mean and deviation of both, see `ShortRangeDescriptor.adapt`. (S, N, d), (S, N, K), (S, N, 1)."""
        for descriptor, same in ((self.like, True), (self.unlike, False)):
            descriptor.adapt(positions, _of_sign(neighbors, charges, same))

    def call(self, positions, neighbors, charges, pairs=None):
        seen = [
            descriptor(
                positions,
                _of_sign(neighbors, charges, same),
                pairs=None if pairs is None else _pairs_of_sign(pairs, charges, same),
            )
            for descriptor, same in ((self.like, True), (self.unlike, False))
        ]
        return tf.concat([*seen, charges], axis=-1)

    def compute_output_shape(self, positions_shape, neighbors_shape=None, charges_shape=None, pairs_shape=None):
        return (*positions_shape[:-1], 2 * self.like.compute_output_shape(positions_shape)[-1] + 1)

    def get_config(self):
        return {**super().get_config(), "box_length": self.box_length, "cutoff": self.cutoff}


def _of_sign(neighbors, charges, same):
    """Neighbours (B, N, K) whose charge has the sign of the ion's own, or the other one; −1 for the rest."""
    others = tf.gather(charges[..., 0], tf.maximum(neighbors, 0), batch_dims=1)
    return tf.where((others * charges > 0) == same, neighbors, -1)


def _pairs_of_sign(pairs, charges, same):
    """Pairs (B, P, 2) of ions with the same sign, or with two; −1 for the rest."""
    ends = tf.gather(charges[..., 0], tf.maximum(pairs, 0), batch_dims=1)
    return tf.where((tf.reduce_prod(ends, axis=-1, keepdims=True) > 0) == same, pairs, -1)
