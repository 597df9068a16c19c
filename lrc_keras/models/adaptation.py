"""Preparation of an untrained model: statistics of the descriptor and scales of the initial weights."""

import keras
import numpy as np

from lrc_keras.layers import Pyramid, ResidualFitting, ShortRangeDescriptor


def adapt(energy_model, inputs, layers=None):
    """Prepares an untrained energy model with some snapshots.

    - The descriptor gets the mean and deviation of s and r (Section 4.1).
    - The kernels of every network are scaled to its inputs: f_θ and g_θ layer by layer, F in its first layer, see
      `Pyramid.adapt`. With Glorot's rule alone, units saturate for close pairs, and for some seeds the network never
      learns the forces between them.

    Args:
        energy_model: a functional Keras model with these layers, such as that of `build_full_range_model`.
        inputs: dict of arrays, the inputs of the model. A hundred snapshots suffice.
        layers: names of the layers to prepare, for a model whose other layers are trained. None: all layers.

    Raises: ValueError when the inputs do not fit, see `ShortRangeDescriptor.adapt`.

    Example:
        >>> from lrc_keras.models import adapt, build_short_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> model = build_short_range_model(num_points=20, dim=1, box_length=10.0, cutoff=1.5)
        >>> positions = np.random.default_rng(0).uniform(0, 10, (30, 20, 1)).astype("float32")
        >>> adapt(model, {"positions": positions, "neighbors": neighbor_list(positions, 10.0, 1.5)})
        >>> float(model.get_layer("short_range_descriptor").mean[0]) > 0  # the mean distance
        True
    """
    real = np.ones(np.shape(inputs["positions"])[:2], bool)
    if "species" in inputs:
        real = np.asarray(inputs["species"]) >= 0
    for layer in energy_model.layers:
        if layers is not None and layer.name not in layers:
            continue
        if isinstance(layer, ShortRangeDescriptor):
            layer.adapt(**inputs_of(layer, inputs), pyramids=True)
        elif isinstance(layer, (Pyramid, ResidualFitting)):
            features = keras.Model(energy_model.inputs, layer.input)
            layer.adapt(np.asarray(features(inputs))[real])


def inputs_of(descriptor, inputs):
    """Selects the inputs of the descriptor."""
    wanted = ["positions", "neighbors"]
    wanted += ["cell"] if descriptor.box_length is None else []
    wanted += ["images"] if descriptor.cell_images else []
    wanted += ["species"] if descriptor.num_species is not None else []
    return {name: inputs[name] for name in wanted}
