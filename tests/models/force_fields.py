"""Small force fields for the tests of this folder."""

import keras

from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list

BOX, CUTOFF = 5.0, 1.5


def make(network, positions, dtype="float64", dim=1, num_modes=21, **kwargs):
    """A force field for the given snapshots, quick to trace, and its inputs."""
    keras.utils.set_random_seed(1)
    box = BOX if dim == 1 else (BOX,) * dim
    neighbors = neighbor_list(positions, box, CUTOFF)
    num_points = kwargs.pop("num_points", positions.shape[1])
    kwargs.setdefault("fitting_depth", 2)
    if network == "short":
        model = build_short_range_model(num_points, dim, box, CUTOFF, dtype=dtype, **kwargs)
    else:
        kwargs.setdefault("tolerance", 1e-10 if dtype == "float64" else 1e-6)
        model = build_full_range_model(num_points, dim, box, CUTOFF, num_modes, dtype=dtype, **kwargs)
    model.get_layer("short_range_descriptor").adapt(positions, neighbors)
    force_field = ForceField(model, scale=0.4, dtype=dtype)
    return force_field, {"positions": positions.astype(dtype), "neighbors": neighbors}
