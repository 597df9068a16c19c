"""The short-range descriptor of Section 4.1: a permutation-invariant sum over padded neighbour lists."""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_count, check_flag, check_positive
from lrc_keras.layers.descriptor_inputs import (
    as_inputs,
    check_half_list,
    check_shapes,
    kinds_of_pairs,
)
from lrc_keras.layers.networks import Pyramid, check_widths
from lrc_keras.ops.arguments import check_points, dimension, working_precision
from lrc_keras.ops.cells import add_vectors, check_cell, nearest_image
from lrc_keras.ops.neighbors import check_cutoff
from lrc_keras.ops.neighbors.sums import add_to_neighbors, take_neighbors
from lrc_keras.ops.torus import safe_norm

PYRAMIDS = ("distance_pyramid", "inverse_pyramid")
LISTS_TO_LOOK_AT = 4  # snapshots whose neighbour lists `adapt` compares with `half_list`


@keras.saving.register_keras_serializable(package="lrc_keras")
class ShortRangeDescriptor(keras.layers.Layer):
    """D_i = Σ_{j ∈ I_i} f_θ(x_i − x_j), Eqs. (9)–(14): two pyramids, summed over the neighbours with weight r̂.

        D₁ = Σ_j f_θ₁(ŝ_ij) r̂_ij,   D₂ = Σ_j f_θ₂(r̂_ij) r̂_ij,   r = 1/‖x_i − x_j‖,
        s = ‖x_i − x_j‖ in 1-D, Eq. (10);  s = (x_i − x_j)/‖x_i − x_j‖ in 2-D and 3-D, Eq. (13).

    r̂ (and ŝ in 1-D) are normalised to mean zero and deviation one by `adapt`. The weight r̂ is zero for padding and for
    listed points beyond R, so every list that contains the neighbours within R gives the same result.

    Args:
        box_length: the periodic cell: one side L, d sides, or a matrix (d, d) whose rows are the lattice vectors, with
            all heights ≥ 2R unless `cell_images` is set. None: the cell is an input.
        cutoff: interaction radius R > 0, in units of length.
        widths: units of the pyramids; the output has 2 · widths[-1] features.
        smooth_cutoff: whether to multiply each term by a weight that falls from 1 to 0 at R with two continuous
            derivatives. The paper's form (False) is discontinuous at R, because r̂ is not zero there.
        half_list: whether the lists contain each pair once (`neighbor_list(half=True)`), which takes about half the
            time.
        cell_images: whether `images` is an input, for cells in which a point has several images within R. Otherwise
            the nearest image is used.
        num_species: number of kinds of particles, or None for identical particles. The pyramids then get the kinds of
            both particles, see `Pyramid`.

    Input: positions (B, N, d) float; neighbors (B, N, K) int32 from `ops.neighbor_list`, −1 pads; cell (B, d, d) with
    lattice vectors as rows, if `box_length` is None; images (B, N, K, d) int, numbers of lattice vectors to add to x_j,
    with `cell_images`; species (B, N) int32 from 0, −1 pads, with `num_species`.
    Output: (B, N, 2 · widths[-1]).
    Raises: ValueError or TypeError naming the argument.

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

    def __init__(
        self,
        box_length,
        cutoff,
        widths=(2, 4, 8, 16, 32),
        smooth_cutoff=False,
        half_list=False,
        cell_images=False,
        num_species=None,
        **kwargs,
    ):
        cutoff = check_positive("cutoff", cutoff)
        half_list, cell_images = check_flag("half_list", half_list), check_flag("cell_images", cell_images)
        if box_length is not None and not cell_images:
            check_cutoff(box_length, cutoff)
        widths, smooth_cutoff = check_widths(widths), check_flag("smooth_cutoff", smooth_cutoff)
        num_species = None if num_species is None else check_count("num_species", num_species)
        super().__init__(autocast=False, **kwargs)  # autocast would round positions to the compute dtype
        self._precision = working_precision(self.compute_dtype)
        self.box_length = None if box_length is None else check_cell(box_length)
        self.cutoff = cutoff
        self.widths = widths
        self.smooth_cutoff = smooth_cutoff
        self.half_list = half_list
        self.cell_images = cell_images
        self.num_species = num_species
        kinds = None if num_species is None else num_species * (num_species + 1) // 2
        options = {"num_kinds": kinds, "dtype": self._precision, "trainable": self.trainable}
        self.distance_pyramid = Pyramid(widths, name="distance_pyramid", **options)
        self.inverse_pyramid = Pyramid(widths, name="inverse_pyramid", **options)

    def build(self, positions_shape, neighbors_shape=None, cell_shape=None, images_shape=None, species_shape=None):
        dim = dimension(positions_shape)
        if self.box_length is not None and not self.cell_images:
            check_cutoff(self.box_length, self.cutoff, dim)
        # mean and deviation of distance s and of inverse distance r; Keras would cast them for a mixed policy
        options = {"shape": (2,), "dtype": self._precision, "trainable": False, "autocast": False}
        self.mean = self.add_weight(name="mean", initializer="zeros", **options)
        self.deviation = self.add_weight(name="deviation", initializer="ones", **options)
        self.dim = dim
        self.distance_pyramid.build((None, None, None, dim))
        self.inverse_pyramid.build((None, None, None, 1))
        self.built = True

    def adapt(self, positions, neighbors, cell=None, images=None, species=None, pyramids=False):
        """Sets mean and deviation of s and r from the neighbours within R of some snapshots (Section 4.1).

        Args: inputs of the layer for S snapshots, and
            pyramids: whether to scale the untrained kernels of the pyramids too, see `Pyramid.adapt`.
                `lrc_keras.models.adapt` does this for all networks of a model. Of a half list the listed directions
                x_i − x_j count, not their opposites.

        Raises: ValueError when there is no pair, or when two neighbours coincide; ValueError or TypeError when an array
            does not fit.
        """
        positions = tf.cast(check_points(positions, "positions"), tf.float64)
        positions, neighbors, cell, images, species = as_inputs(self, positions, neighbors, cell, images, species)
        for row in range(min(len(neighbors), LISTS_TO_LOOK_AT)):
            check_half_list(self.half_list, neighbors[row].numpy(), None if images is None else images[row].numpy())
        if not np.all(np.isfinite(positions)):
            raise ValueError("positions must be finite; received NaN or infinite values")
        if not self.built:
            self.build(tuple(positions.shape), tuple(neighbors.shape))
        separation, distance, near = (values.numpy() for values in self.pairs(positions, neighbors, cell, images))
        distance, separation = distance[near], separation[near]
        if distance.size == 0:
            raise ValueError(f"neighbors must contain at least one pair within cutoff={self.cutoff}; received none")
        if np.min(distance) == 0:
            raise ValueError("positions must differ; received a distance of 0")
        values = np.stack([distance, 1 / distance])  # s and r
        mean, deviation = values.mean(axis=1), values.std(axis=1)
        deviation[deviation <= 1e-6 * mean] = 1  # all distances are equal up to rounding
        self.mean.assign(mean)
        self.deviation.assign(deviation)
        if not pyramids:
            return
        s, r = (values - mean[:, np.newaxis]) / deviation[:, np.newaxis]
        directions = separation / distance[:, np.newaxis]
        kinds = None if species is None else kinds_of_pairs(species, neighbors).numpy()[near]
        self.inverse_pyramid.adapt(r[:, np.newaxis], kinds)
        self.distance_pyramid.adapt(s[:, np.newaxis] if positions.shape[-1] == 1 else directions, kinds)

    def call(self, positions, neighbors, cell=None, images=None, species=None):
        positions, neighbors, cell, images, species = as_inputs(self, positions, neighbors, cell, images, species)
        separation, distance, near = self.pairs(positions, neighbors, cell, images)
        separation, distance = (tf.cast(values, self._precision) for values in (separation, distance))
        kinds = None if species is None else kinds_of_pairs(species, neighbors)
        r = (1 / distance - self.mean[1]) / self.deviation[1]
        weight = tf.where(near, r, tf.zeros_like(r))
        if self.smooth_cutoff:
            weight = weight * _smooth_step(distance / self.cutoff)
        weight = weight[..., tf.newaxis]

        second = self._pool(self.inverse_pyramid(r[..., tf.newaxis], kinds) * weight, neighbors)
        if positions.shape[-1] == 1:
            s = (distance - self.mean[0]) / self.deviation[0]
            first = self._pool(self.distance_pyramid(s[..., tf.newaxis], kinds) * weight, neighbors)
        else:
            s = separation / distance[..., tf.newaxis]
            first = self._pool_both_ends(s, kinds, weight, neighbors)
        return tf.cast(tf.concat([first, second], axis=-1), self.compute_dtype)

    def pairs(self, positions, neighbors, cell, images):
        """Separation x_i − x_j (B, N, K, d), its length (B, N, K), 1 for padding, and the mask of pairs within R."""
        separation = positions[:, :, tf.newaxis] - take_neighbors(positions, neighbors)
        if images is None:
            separation = nearest_image(separation, self.box_length if cell is None else cell)
        else:
            separation -= add_vectors(images, self.box_length if cell is None else cell)
        listed = neighbors >= 0
        distance = safe_norm(separation, listed)
        return separation, distance, listed & (distance < self.cutoff)

    def _pool(self, terms, neighbors):
        """Σ over the neighbours of a term that is the same for both points of a pair: (B, N, K, F) → (B, N, F)."""
        own = tf.reduce_sum(terms, axis=2)
        return own + add_to_neighbors(terms, neighbors) if self.half_list else own

    def _pool_both_ends(self, s, kinds, weight, neighbors):
        """Σ over the neighbours of f_θ₁(s) r̂, where s has the opposite sign for the other point of the pair."""
        if not self.half_list:
            return tf.reduce_sum(self.distance_pyramid(s, kinds) * weight, axis=2)
        kinds = None if kinds is None else tf.stack([kinds, kinds])
        own, other = tf.unstack(self.distance_pyramid(tf.stack([s, -s]), kinds) * weight)
        return tf.reduce_sum(own, axis=2) + add_to_neighbors(other, neighbors)

    def compute_output_shape(
        self, positions_shape, neighbors_shape=None, cell_shape=None, images_shape=None, species_shape=None
    ):
        return (*positions_shape[:-1], 2 * self.widths[-1])

    def compute_output_spec(self, positions, neighbors, cell=None, images=None, species=None):
        check_shapes(self, positions, neighbors, cell, images, species)
        return keras.KerasTensor(self.compute_output_shape(positions.shape), dtype=self.compute_dtype)

    def get_config(self):
        # without a flag of its own, a pyramid has that of the layer
        flags = {name: not self.trainable for name in PYRAMIDS if getattr(self, name).trainable != self.trainable}
        return {
            **super().get_config(),
            "box_length": self.box_length,
            "cutoff": self.cutoff,
            "widths": list(self.widths),
            "smooth_cutoff": self.smooth_cutoff,
            "half_list": self.half_list,
            "cell_images": self.cell_images,
            "num_species": self.num_species,
            **({"trainable_pyramids": flags} if flags else {}),
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        flags = config.pop("trainable_pyramids", {})
        layer = cls(**config)
        for name, flag in flags.items():
            getattr(layer, name).trainable = flag
        return layer


def _smooth_step(x):
    """1 − 10x³ + 15x⁴ − 6x⁵ for x ≤ 1, else 0. First and second derivative are zero at x = 0 and x = 1."""
    x = tf.clip_by_value(x, 0, 1)
    return 1 - x**3 * (10 - 15 * x + 6 * x**2)
