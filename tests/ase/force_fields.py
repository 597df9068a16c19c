"""Atoms and small force fields in float64 that the tests of the calculator share."""

import keras
import numpy as np
from ase import Atoms

from lrc_keras.layers import GaussianMultiplier, LongRangeConvolution
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model, energy_inputs
from lrc_keras.ops import neighbor_list

BOX, CUTOFF = (3.0, 2.5, 2.2), 1.0


def make(dim=3, num_points=16, box=BOX, network="full", free_cell=False, seed=1, **kwargs):
    """A force field in d dimensions, its descriptor adapted, and 16 atoms without a calculator."""
    keras.utils.set_random_seed(seed)
    stress, scale = kwargs.pop("stress", False), kwargs.pop("scale", 0.4)
    kwargs = {"smooth_cutoff": True, "dtype": "float64", **kwargs}
    positions, box_length = lattice(box, dim), None if free_cell else box[:dim]
    if network == "full":
        model = build_full_range_model(num_points, dim, box_length, CUTOFF, 7, **kwargs)
    else:
        model = build_short_range_model(num_points, dim, box_length, CUTOFF, **kwargs)
    adapt(model, positions[:, :dim], np.diag(box[:dim]))
    pbc = [axis < dim for axis in range(3)]
    atoms = Atoms(f"H{len(positions)}", positions, cell=box, pbc=pbc, masses=np.ones(16))
    return ForceField(model, scale=scale, stress=stress), atoms


def adapt(model, positions, cell):
    """Mean and deviation of the distances of one cloud, for a model with any inputs."""
    layer, positions = model.get_layer("short_range_descriptor"), positions[np.newaxis]
    images = {"images": True} if layer.cell_images else {}
    lists = neighbor_list(positions, cell, layer.cutoff, half=layer.half_list, **images)
    given = dict(zip(("neighbors", "images"), lists if layer.cell_images else (lists,), strict=False))
    if layer.box_length is None:
        given["cell"] = np.asarray(cell)[np.newaxis]
    if layer.num_species is not None:
        given["species"] = np.zeros(positions.shape[:2], np.int32)
    layer.adapt(positions, **given)


def lattice(box, dim):
    """16 points in d dimensions, off a lattice, some outside the box: (16, 3)."""
    shape = {1: (16, 1, 1), 2: (4, 4, 1), 3: (4, 2, 2)}[dim]
    points = np.stack(np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"), axis=-1).reshape(-1, 3)
    wobble = np.random.default_rng(3).uniform(-0.03, 0.03, points.shape)
    return (points + wobble) * box - [0.1, 0, 0]


def soft_cores():
    """Gaussian cores that repel each other in any cell: U = 50 · ½ Σ_{i≠j} φ(x_i − x_j), σ = 0.5.

    Under pressure they form a crystal. In the energy of an untrained network atoms fall into each other.
    """
    inputs = energy_inputs(None, 3, "float64", cell=True)
    cores = LongRangeConvolution(GaussianMultiplier(1, (0.5,), dtype="float64"), 9, None, dtype="float64")
    energy = 0.5 * keras.ops.sum(cores(inputs["positions"], cell=inputs["cell"]), axis=(1, 2))
    return ForceField(keras.Model(inputs, energy), scale=50, stress=True)
