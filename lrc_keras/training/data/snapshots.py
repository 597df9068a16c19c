"""Snapshots of particles: the arrays that a model and its losses take, checked against each other."""

from dataclasses import dataclass, fields

import numpy as np

from lrc_keras.arguments import check_count, check_natural, real_array
from lrc_keras.layers.descriptor_inputs import check_indices, check_padding

AXES = {
    "positions": "SNd", "neighbors": "SNK", "energies": "S", "forces": "SNd", "images": "SNKd", "cells": "Sdd",
    "species": "SN", "sources": "SNC", "stresses": "Sdd", "particle_energies": "SN",
}  # fmt: skip
INTEGERS = ("neighbors", "images", "species")  # int32
ZERO_IN_PADDING = ("forces", "sources", "particle_energies")
ALWAYS_FLOAT64 = ("energies", "particle_energies")  # large reference energies must keep their digits
INPUTS = {name: name for name in ("positions", "neighbors", "images", "species", "sources")} | {"cell": "cells"}
TARGETS = {"energy": "energies", "forces": "forces", "stress": "stresses", "particle_energies": "particle_energies"}


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Arrays of S snapshots of N particles in d dimensions, as a model and its losses take them.

    Attributes:
        positions: (S, N, d) float.
        neighbors: (S, N, K) int32, indices of a neighbour list, then −1; see `ops.neighbor_list`.
        energies: (S,) float64.
        forces: (S, N, d) float.
        images: (S, N, K, d) int32, the cell vectors to add to x_j, or None.
        cells: (S, d, d) float, lattice vectors in rows, or None where the model has a fixed cell.
        species: (S, N) int32, −1 for padding in clouds of several sizes, or None. Padding has no neighbours, and its
            forces, sources and particle energies are zero.
        sources: (S, N, C) float, the sources f_j, or None.
        stresses: (S, d, d) float, 1/V ∂U/∂strain (ASE's sign), or None.
        particle_energies: (S, N) float64, U_i of the particles with Σ_i U_i = U, or None.

    Raises: ValueError naming the attribute whose shape does not fit the others, whose numbers are of another type,
        whose indices are outside of [−1, N), or which is not zero for padding.
    """

    positions: np.ndarray
    neighbors: np.ndarray
    energies: np.ndarray
    forces: np.ndarray
    images: np.ndarray | None = None
    cells: np.ndarray | None = None
    species: np.ndarray | None = None
    sources: np.ndarray | None = None
    stresses: np.ndarray | None = None
    particle_energies: np.ndarray | None = None

    def __post_init__(self):
        sizes = {}
        for name, values in self._arrays().items():
            object.__setattr__(self, name, _check_array(name, values, sizes))
        check_indices(self.neighbors, self.neighbors.shape[1])  # a compiled model would clamp them, and say nothing
        if self.species is not None:
            check_padding(self.neighbors, self.species)
            for name in ZERO_IN_PADDING:
                if getattr(self, name) is not None:
                    _check_zeros(name, getattr(self, name), self.species < 0)

    def __len__(self):
        return len(self.positions)

    @property
    def num_particles(self):
        """The number of particles of all snapshots, without padding."""
        return int(np.prod(self.positions.shape[:2]) if self.species is None else np.sum(self.species >= 0))

    @property
    def force_scale(self):
        """Root-mean-square of a force component of the real particles, in the units of the data."""
        forces = self.forces if self.species is None else self.forces[self.species >= 0]
        return float(np.sqrt(np.mean(np.square(forces, dtype=np.float64))))

    def take(self, count):
        """The first `count` snapshots, or all if there are fewer."""
        return self.rows(slice(check_natural("count", count)))

    def rows(self, rows):
        """Some of the snapshots, by a slice or an array of indices."""
        return Snapshots(**{name: values[rows] for name, values in self._arrays().items()})

    def inputs(self, rows=slice(None)):
        """Inputs of a model, a dict: positions, neighbors and, if given, cell, images, species, sources."""
        return self._named(INPUTS, rows)

    def targets(self, rows=slice(None)):
        """Targets of a model, a dict: energy, forces and, if given, stress, particle_energies."""
        return self._named(TARGETS, rows)

    def _arrays(self):
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: values for name, values in arrays.items() if values is not None}

    def _named(self, names, rows):
        arrays = self._arrays()
        return {name: arrays[attribute][rows] for name, attribute in names.items() if attribute in arrays}


def check_shape(name, shape, sizes):
    """Raises: ValueError when a shape does not fit `AXES`. `sizes`, a dict by letter of the axis, is filled from it."""
    if len(shape) == len(AXES[name]):
        for letter, size in zip(AXES[name], shape, strict=True):
            sizes.setdefault(letter, size)
    expected = tuple(sizes.get(letter, letter) for letter in AXES[name])
    if shape != expected:
        text = ", ".join(map(str, expected))
        raise ValueError(f"{name} must have shape ({', '.join(AXES[name])}), here ({text}); received {shape}")


def _check_array(name, values, sizes):
    """The array, of the right shape and type."""
    values, integer = real_array(name, values), name in INTEGERS
    if values.dtype.kind not in ("iu" if integer else "f"):
        kind = "integers" if integer else "floating-point numbers"
        raise ValueError(f"{name} must be {kind}; received {values.dtype}")
    check_shape(name, values.shape, sizes)
    if integer and np.max(np.abs(values), initial=0) >= 2**31:
        raise ValueError(f"{name} must be below 2**31; received {np.max(np.abs(values))}")
    dtype = np.int32 if integer else np.float64 if name in ALWAYS_FLOAT64 else values.dtype
    return values.astype(dtype, copy=False)


def _check_zeros(name, values, padding):
    """Raises: ValueError when a padded particle has another value than zero, which losses and errors would count."""
    if np.any(wrong := values[padding] != 0):
        raise ValueError(
            f"{name} must be zero for padded particles, species -1; received {values[padding][wrong][0]:g} for one"
        )


def pad_neighbors(neighbors, width, images=None):
    """Neighbour lists (S, N, K) with more padding: (S, N, width), for data sets that share a model.

    With `images` (S, N, K, d) the result is a pair: the lists, and the images (S, N, width, d) with zeros.

    Raises: ValueError naming the argument, when the lists are wider than that.
    """
    neighbors = real_array("neighbors", neighbors)
    if neighbors.ndim != 3:
        raise ValueError(f"neighbors must have shape (snapshots, points, neighbours); received {neighbors.shape}")
    if check_count("width", width) < neighbors.shape[-1]:
        raise ValueError(f"width must be at least {neighbors.shape[-1]}, that of the lists; received {width}")
    padding = [(0, 0), (0, 0), (0, width - neighbors.shape[-1])]
    lists = np.pad(neighbors, padding, constant_values=-1)
    if images is None:
        return lists
    images = real_array("images", images)
    if images.ndim != 4 or images.shape[:3] != neighbors.shape:
        raise ValueError(f"images must have shape {neighbors.shape} and one more axis; received {images.shape}")
    return lists, np.pad(images, [*padding, (0, 0)])
