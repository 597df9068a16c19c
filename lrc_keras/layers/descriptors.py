"""The short-range descriptor of Section 4.1: a local, permutation-invariant convolution over padded neighbour lists."""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.layers.networks import Pyramid, check_widths
from lrc_keras.ops.arguments import as_tensor, check_flag, check_points
from lrc_keras.ops.neighbors import check_cutoff
from lrc_keras.ops.pair_lists import NeighborEntries, PairList
from lrc_keras.ops.torus import nearest_image, safe_norm


@keras.saving.register_keras_serializable(package="lrc_keras")
class ShortRangeDescriptor(keras.layers.Layer):
    """D_i = Σ_{j ∈ I_i} f_θ(x_i − x_j), Eqs. (9)–(14): two pyramids, summed over the neighbours with weight r̂.

        D₁ = Σ_j f_θ₁(ŝ_ij) r̂_ij,   D₂ = Σ_j f_θ₂(r̂_ij) r̂_ij,   r = 1/‖x_i − x_j‖,
        s = ‖x_i − x_j‖ in 1-D, Eq. (10);  s = (x_i − x_j)/‖x_i − x_j‖ in 2-D and 3-D, Eq. (13).

    r̂ (and ŝ in 1-D) are normalised to mean zero and deviation one by `adapt`; r̂ is zero for a padded neighbour.

    Args:
        box_length: side L of the periodic box, one number or d of them; none shorter than twice the cutoff.
        cutoff: interaction radius R > 0, in units of length.
        widths: units of the pyramids; the output has 2 · widths[-1] features.
        smooth_cutoff: multiply each neighbour's term by a weight falling from 1 to 0 at R with two continuous
            derivatives. The paper's form (False) jumps when a neighbour crosses R, since r̂ is not zero there.

    Input: positions (B, N, d) float; neighbors (B, N, K) int32 from `ops.neighbor_list`, −1 pads. With pairs (B, P, 2)
    int32 from `ops.pair_list` as well, what the two ends of a pair have in common is computed once: the same result,
    about twice as fast.
    Output: (B, N, 2 · widths[-1]).
    Raises: ValueError naming the argument, what was expected and what was received.

    Example:
        >>> from lrc_keras.layers import ShortRangeDescriptor
        >>> from lrc_keras.ops import neighbor_list
        >>> positions = np.random.default_rng(0).uniform(0, 10, (3, 50, 2)).astype("float32")
        >>> neighbors = neighbor_list(positions, box_length=10.0, cutoff=1.5)
        >>> descriptor = ShortRangeDescriptor(box_length=10.0, cutoff=1.5)
        >>> descriptor.adapt(positions, neighbors)
        >>> descriptor(positions, neighbors).shape
        TensorShape([3, 50, 64])
    """

    def __init__(self, box_length, cutoff, widths=(2, 4, 8, 16, 32), smooth_cutoff=False, **kwargs):
        check_cutoff(box_length, cutoff)
        widths, smooth_cutoff = check_widths(widths), check_flag("smooth_cutoff", smooth_cutoff)
        super().__init__(autocast=False, **kwargs)  # inside, a mixed policy computes in float32
        precision = "float64" if self.compute_dtype == "float64" else "float32"
        self.box_length = box_length
        self.cutoff = cutoff
        self.widths = widths
        self.smooth_cutoff = smooth_cutoff
        self.distance_pyramid = Pyramid(self.widths, name="distance_pyramid", dtype=precision)
        self.inverse_pyramid = Pyramid(self.widths, name="inverse_pyramid", dtype=precision)

    def build(self, positions_shape, neighbors_shape=None, pairs_shape=None):
        dim = positions_shape[-1]
        check_cutoff(self.box_length, self.cutoff, dim)
        for name, initial in (("mean", "zeros"), ("deviation", "ones")):  # of distance s and of inverse distance r
            weight = self.add_weight(name=name, shape=(2,), initializer=initial, trainable=False)
            setattr(self, name, weight)
        self.distance_pyramid.build((None, None, None, dim))
        self.inverse_pyramid.build((None, None, None, 1))
        self.built = True

    def adapt(self, positions, neighbors):
        """Sets mean and deviation of s and r over the real neighbours of some snapshots (the paper: a small number).

        Args:
            positions: (S, N, d) float array.
            neighbors: (S, N, K) int32 array, −1 pads.

        Raises: ValueError when no point has a neighbour, or one lies where its neighbour is; ValueError or TypeError
            when an array does not fit.
        """
        positions, neighbors = check_points(positions, "positions"), as_tensor("neighbors", neighbors)
        _check_indices("neighbors", neighbors, positions, (positions.shape[1], None))
        if neighbors.numpy().max(initial=-1) >= positions.shape[1]:
            raise ValueError(
                f"neighbors must be indices of {positions.shape[1]} points; received {neighbors.numpy().max()}"
            )
        if not self.built:
            self.build(tuple(positions.shape), tuple(neighbors.shape))
        entries = NeighborEntries(neighbors)
        _, distance = self._geometry(tf.cast(positions, tf.float64), entries)
        real = distance.numpy()[entries.mask.numpy()]
        if real.size == 0:
            raise ValueError(f"neighbors must name at least one pair within cutoff={self.cutoff}; received none")
        if not np.all(np.isfinite(real)) or np.min(real) == 0:
            raise ValueError(f"positions must be finite and differ; received a distance of {real.min()}")
        self.mean.assign([real.mean(), (1 / real).mean()])
        # equal distances have no deviation to divide by
        self.deviation.assign([real.std() or 1.0, (1 / real).std() or 1.0])

    def _geometry(self, positions, entries):
        """Separation x_i − x_j (…, d) and distance (…) of every pair or entry; 1 where padded."""
        separation = nearest_image(entries.difference(positions), self.box_length)
        return separation, safe_norm(separation, entries.mask)

    def call(self, positions, neighbors, pairs=None):
        _check_lists(positions, neighbors, pairs)
        positions = tf.cast(positions, self.mean.dtype)
        entries = NeighborEntries(neighbors) if pairs is None else PairList(pairs, tf.shape(positions)[1])
        separation, distance = self._geometry(positions, entries)
        r = (1 / distance - self.mean[1]) / self.deviation[1]
        weight = tf.where(entries.mask, r, tf.zeros_like(r))
        if self.smooth_cutoff:
            weight = weight * _smooth_step(distance / self.cutoff)
        if positions.shape[-1] == 1:
            s = entries.one_side(((distance - self.mean[0]) / self.deviation[0])[..., tf.newaxis])
        else:
            s = entries.both_sides(separation / distance[..., tf.newaxis])
        r = entries.one_side(r[..., tf.newaxis])

        weight = weight[..., tf.newaxis]
        first = entries.to_points(self.distance_pyramid(s) * weight)  # (B, N, widths[-1])
        second = entries.to_points(self.inverse_pyramid(r) * weight)
        return tf.cast(tf.concat([first, second], axis=-1), self.compute_dtype)

    def compute_output_shape(self, positions_shape, neighbors_shape=None, pairs_shape=None):
        return (*positions_shape[:-1], 2 * self.widths[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "box_length": self.box_length,
            "cutoff": self.cutoff,
            "widths": list(self.widths),
            "smooth_cutoff": self.smooth_cutoff,
        }


def _smooth_step(x):
    """1 at x = 0 and 0 from x = 1 on, with zero first and second derivative at both ends: 1 − 10x³ + 15x⁴ − 6x⁵."""
    x = tf.clip_by_value(x, 0, 1)
    return 1 - x**3 * (10 - 15 * x + 6 * x**2)


def _check_lists(positions, neighbors, pairs):
    """Raises: ValueError or TypeError naming the input; static shapes alone, so that a compiled step pays nothing."""
    positions = check_points(positions, "positions")
    if pairs is None:
        _check_indices("neighbors", neighbors, positions, (positions.shape[1], None))
    else:
        _check_indices("pairs", pairs, positions, (None, 2))


def _check_indices(name, values, positions, shape):
    if not values.dtype.is_integer:
        raise TypeError(f"{name} must be integers; received {values.dtype.name}")
    expected = (positions.shape[0], *shape)
    if not values.shape.is_compatible_with(expected):
        raise ValueError(
            f"{name} must have shape {expected}, None for any, with positions {tuple(positions.shape)}; received "
            f"{tuple(values.shape)}"
        )
