"""Checks of the inputs of `ShortRangeDescriptor`: positions, neighbours, cell, images and species."""

import numpy as np
import tensorflow as tf

from lrc_keras.ops.arguments import as_tensor, check_points, dimension, known_cell
from lrc_keras.ops.neighbors import neighbor_list
from lrc_keras.ops.neighbors.sums import take_neighbors


def as_inputs(descriptor, positions, neighbors, cell=None, images=None, species=None):
    """Converts the inputs to tensors, the cell and the images in the dtype of the positions.

    Raises: ValueError or TypeError naming the input. In a graph only shapes and dtypes are checked.
    """
    positions = check_points(positions, "positions")
    named = {"neighbors": neighbors, "cell": cell, "images": images, "species": species}
    given = {name: as_tensor(name, value) for name, value in named.items() if value is not None or name == "neighbors"}
    check_shapes(descriptor, positions, **given)
    if tf.executing_eagerly():  # too slow in a graph; data sets and the calculator check every index
        check_indices(given["neighbors"].numpy(), positions.shape[1])
        if "species" in given:
            check_species(given["species"], descriptor.num_species)
            check_padding(given["neighbors"].numpy(), given["species"].numpy())
    if "cell" in given:
        given["cell"] = known_cell(given["cell"], positions.shape[-1])
    for name in {"cell", "images"} & set(given):
        given[name] = tf.cast(given[name], positions.dtype)
    return positions, *map(given.get, named)


def check_shapes(descriptor, positions, neighbors, cell=None, images=None, species=None):
    """Checks dtypes and the known parts of the shapes. Raises: ValueError or TypeError naming the input."""
    batch, points, dim = *positions.shape[:2], dimension(positions.shape)
    if descriptor.built and dim != descriptor.dim:
        raise ValueError(f"positions must have dimension {descriptor.dim}, as when the layer was built; received {dim}")
    _check("neighbors", neighbors, positions, (batch, points, None))
    _check("images", images, positions, (batch, points, neighbors.shape[2], dim))
    _check("species", species, positions, (batch, points))
    _check("cell", cell, positions, (batch, dim, dim), integers=False)
    for name, value, option, wanted in (
        ("cell", cell, "no box_length", descriptor.box_length is None),
        ("images", images, "cell_images", descriptor.cell_images),
        ("species", species, "num_species", descriptor.num_species is not None),
    ):
        if (value is not None) != wanted:
            received = "none" if value is None else f"shape {tuple(value.shape)}"
            raise ValueError(f"{name} must be given if and only if the descriptor has {option}; received {received}")


def check_indices(neighbors, num_points):
    """Raises: ValueError when an index of a NumPy array is neither that of a point nor −1."""
    lowest, highest = neighbors.min(initial=-1), neighbors.max(initial=-1)
    if lowest < -1 or highest >= num_points:
        raise ValueError(
            f"neighbors must be indices of {num_points} points, or −1 for padding; received {lowest} to {highest}"
        )


def check_species(species, num_species):
    """Raises: ValueError when an array of species has other values than 0 … n − 1 and −1. None is accepted."""
    if species is not None and len(wrong := np.setdiff1d(species, np.arange(-1, num_species))):
        raise ValueError(f"species must be from 0 to {num_species - 1}, or −1 for padding; received {wrong.tolist()}")


def check_padding(neighbors, species):
    """Raises: ValueError when a padded particle, species −1, has neighbours or is one.

    Args:
        neighbors: (S, N, K) int, a NumPy array.
        species: (S, N) int, a NumPy array.
    """
    if np.min(species, initial=0) == 0:
        return
    if np.min(species) < -1:
        raise ValueError(f"species must be -1 for padding, or 0 and more; received {species.min()}")
    padding = np.pad(species < 0, [(0, 0), (0, 1)])  # the last column is what the index −1 names: no particle
    is_listed = padding[np.arange(len(species))[:, np.newaxis, np.newaxis], neighbors]
    if np.any(is_listed) or np.any(neighbors[species < 0] >= 0):
        raise ValueError("neighbors must be -1 to and from padded particles, species -1; received indices of some")


def check_half_list(half_list, neighbors, images):
    """Raises: ValueError when lists of one snapshot do not hold each pair once (`half_list`) or twice (otherwise).

    Args:
        neighbors: (N, K) int, a NumPy array.
        images: (N, K, d) int, a NumPy array, or None.
    """
    owner, slot = np.nonzero(neighbors >= 0)
    other = neighbors[owner, slot]
    vectors = np.zeros((len(owner), 1), int) if images is None else images[owner, slot].astype(int)
    pairs = set(zip(owner.tolist(), other.tolist(), map(tuple, vectors.tolist()), strict=True))
    turned = {(j, i, tuple(-number for number in vector)) for i, j, vector in pairs}
    if half_list and pairs & turned:
        raise ValueError(
            "neighbors must list each pair once for half_list=True, as neighbor_list(..., half=True) does; "
            "received a pair listed twice"
        )
    if not half_list and pairs != turned:
        raise ValueError(
            "neighbors must list each pair twice, once for each point, unless half_list=True; "
            "received a pair listed once"
        )


def check_complete(descriptor, numbers, positions, neighbors, cell=None, images=None, species=None):
    """Raises: ValueError when the list of a snapshot lacks pairs within the descriptor's cutoff.

    Args:
        numbers: of the S snapshots in their data set, for errors.
        positions, neighbors, cell, images, species: NumPy arrays of the S snapshots, as the layer takes them.
    """
    box_length = descriptor.box_length if cell is None else cell
    # of rounded positions, a pair at the cutoff may be on either side of it
    cutoff = descriptor.cutoff * (1 - 1e-5) - 4 * np.spacing(np.max(np.abs(positions), initial=0))
    options = {"half": descriptor.half_list, "images": images is not None, "species": species}
    wanted = neighbor_list(positions, box_length, cutoff, **options)
    wanted = np.sum((wanted if images is None else wanted[0]) >= 0, axis=(1, 2))
    floats = (None if values is None else tf.constant(values, tf.float64) for values in (positions, cell, images))
    positions, cell, images = floats
    listed = np.sum(descriptor.pairs(positions, tf.constant(neighbors), cell, images)[2], axis=(1, 2))
    if np.any(lacks := listed < wanted):
        first = np.argmax(lacks)
        raise ValueError(
            f"neighbors must list all pairs within the model's cutoff={descriptor.cutoff} in its cell; "
            f"received {listed[first]} of {wanted[first]} in snapshot {numbers[first]}"
        )


def kinds_of_pairs(species, neighbors):
    """Index of the unordered pair of kinds: species (B, N), neighbors (B, N, K) → (B, N, K), 0 for padding."""
    species = tf.cast(species, tf.int32)  # products of small integers would overflow
    others = tf.cast(take_neighbors(tf.cast(species, tf.float32)[..., tf.newaxis], neighbors)[..., 0], tf.int32)
    own = species[..., tf.newaxis]
    low, high = tf.minimum(own, others), tf.maximum(own, others)
    return tf.where(neighbors >= 0, high * (high + 1) // 2 + low, 0)


def _check(name, value, positions, expected, integers=True):
    if value is None:
        return
    dtype = tf.as_dtype(value.dtype)
    if integers != dtype.is_integer or not (dtype.is_integer or dtype.is_floating):
        raise TypeError(f"{name} must be {'integers' if integers else 'floating-point numbers'}; received {dtype.name}")
    if not tf.TensorShape(value.shape).is_compatible_with(expected):
        raise ValueError(
            f"{name} must have shape {expected} (None: any length) for positions {tuple(positions.shape)}; "
            f"received {tuple(value.shape)}"
        )
