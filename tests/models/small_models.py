"""Small networks with every kind of input, data for them, and weights that an adaptation has changed."""

from functools import partial

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.models import build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list

CUTOFF, POINTS = 1.2, 6
short, full = (partial(build, fitting_depth=2) for build in (build_short_range_model, build_full_range_model))
# in "species": sums are traced and compiled in a third of the time that spreading takes
BUILDERS = {
    "short": lambda: short(POINTS, 2, (4.0, 3.0), CUTOFF),
    "half list": lambda: full(POINTS, 2, (4.0, 3.0), CUTOFF, 7, half_list=True),
    "any cell": lambda: full(None, 2, None, CUTOFF, 7, cell_images=True, per_particle=True),
    "species": lambda: full(None, 2, None, CUTOFF, 7, num_species=2, sources="latent", method="sums"),
    "given": lambda: full(POINTS, 2, (4.0, 3.0), CUTOFF, 7, sources="given"),
}


def data(model, count=4):
    """Inputs and forces that fit a model."""
    rng = np.random.default_rng(0)
    cells = np.stack([np.diag([4.0, 3.0])] * count)
    positions = rng.uniform(0, 3, (count, POINTS, 2))
    half = model.get_layer("short_range_descriptor").half_list
    lists = neighbor_list(positions, cells, CUTOFF, half=half, images="images" in model.input)
    lists = lists if isinstance(lists, tuple) else (lists,)
    everything = {
        "positions": positions.astype("float32"),
        "cell": cells.astype("float32"),
        "species": rng.integers(0, 2, (count, POINTS)).astype("int32"),
        "sources": rng.normal(size=(count, POINTS, 1)).astype("float32"),
        **dict(zip(("neighbors", "images"), lists, strict=False)),
    }
    return {name: everything[name] for name in model.input}, {"forces": np.sin(positions).astype("float32")}


def make(name):
    keras.utils.set_random_seed(4)
    model = BUILDERS[name]()
    inputs, _ = data(model)
    further = {key: inputs[key] for key in ("cell", "images", "species") if key in inputs}
    model.get_layer("short_range_descriptor").adapt(inputs["positions"], inputs["neighbors"], **further)
    return model


def check_same(one, other, inputs):
    for a, b in zip(tf.nest.flatten(one(inputs)), tf.nest.flatten(other(inputs)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)  # the same float32 sums, in a graph or not
