"""Clouds that bring their own cells, and force fields for them."""

import keras
import numpy as np

from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list

CUTOFF = 1.2


def random_cells(rng, count, dim):
    """Cells at least 2R high, far from orthogonal."""
    return 4 * np.eye(dim) + rng.uniform(-0.8, 0.8, (count, dim, dim))


def make_cloud(rng, dim=3, count=2, num_points=8, num_species=None, cells=None, sources=False, **lists):
    """Inputs of a model whose snapshots bring their own cells."""
    cells = random_cells(rng, count, dim) if cells is None else cells
    side = round(np.ceil(num_points ** (1 / dim)))
    low, high = (0.2, 0.8) if dim == 1 else (0.0, 1.0)  # on a line most are neighbours; close ones have large slopes
    sites = np.stack(np.meshgrid(*[np.arange(side)] * dim, indexing="ij"), axis=-1).reshape(-1, dim)[:num_points]
    fractions = (sites + rng.uniform(low, high, (count, num_points, dim))) / side
    positions = (fractions + rng.integers(-1, 2, fractions.shape)) @ cells
    neighbors = neighbor_list(positions, cells, CUTOFF, **lists)
    inputs = {"positions": positions, "cell": cells}
    inputs |= dict(zip(("neighbors", "images"), neighbors if lists.get("images") else (neighbors,), strict=False))
    if num_species:
        inputs["species"] = rng.integers(0, num_species, (count, num_points)).astype("int32")
    if sources:
        inputs["sources"] = rng.normal(size=(count, num_points, 1))
    return inputs


def make_model(dim=3, network="full", num_modes=7, box_length=None, scale=1.3, stress=True, **options):
    """A float64 field with weights of some size, quick to trace; its forces do not jump at the cutoff."""
    keras.utils.set_random_seed(3)
    options = {"smooth_cutoff": True, "dtype": "float64", "fitting_depth": 2, **options}
    if network == "short":
        model = build_short_range_model(None, dim, box_length, CUTOFF, **options)
    else:
        options.setdefault("tolerance", 1e-11)
        if box_length is not None:
            options["subtract_self"] = False  # as where cells are inputs
        model = build_full_range_model(None, dim, box_length, CUTOFF, num_modes, **options)
    return ForceField(model, scale=scale, stress=stress)
