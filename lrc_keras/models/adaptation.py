"""Preparation of an untrained model: statistics of the descriptor and scales of the initial weights."""

import inspect

import keras
import numpy as np
from keras.backend import is_keras_tensor as is_tensor

from lrc_keras.layers import Pyramid, ResidualFitting, ShortRangeDescriptor
from lrc_keras.models.energy_model import layers_of


def adapt(energy_model, inputs, layers=None):
    """Prepares an untrained energy model with some snapshots.

    - The descriptor gets the mean and deviation of s and r (Section 4.1).
    - The kernels of every network are scaled to its inputs: f_θ and g_θ layer by layer, F in its first layer, see
      `Pyramid.adapt`. With Glorot's rule alone, units saturate for close pairs, and for some seeds the network never
      learns the forces between them.

    Args:
        energy_model: a functional Keras model with these layers, such as that of `build_full_range_model`. They may
            be in a functional model nested in it, but not inside of another layer.
        inputs: dict of arrays, the inputs of the model. A hundred snapshots suffice.
        layers: names of the layers to prepare, for a model whose other layers are trained. None: all layers.

    Raises: ValueError when the model has no such layer, or none of the name; or when the inputs do not fit, see
        `ShortRangeDescriptor.adapt`.

    Example:
        >>> from lrc_keras.models import adapt, build_short_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> model = build_short_range_model(num_points=20, dim=1, box_length=10.0, cutoff=1.5)
        >>> positions = np.random.default_rng(0).uniform(0, 10, (30, 20, 1)).astype("float32")
        >>> adapt(model, {"positions": positions, "neighbors": neighbor_list(positions, 10.0, 1.5)})
        >>> float(model.get_layer("short_range_descriptor").mean[0]) > 0  # the mean distance
        True
    """
    if not is_functional(energy_model):
        raise ValueError(f"energy_model must be a functional keras.Model; received {energy_model!r}")
    found = adaptable(energy_model)
    if layers is None and set(layers_of(energy_model, ShortRangeDescriptor)) - set(found):
        raise ValueError(
            "energy_model must have its ShortRangeDescriptor as a layer of a functional model, or layers must name the "
            "layers to prepare; received one inside of another layer"
        )
    if not found:
        raise ValueError(
            "energy_model must have a ShortRangeDescriptor, a Pyramid or a ResidualFitting; received "
            f"{[layer.name for layer in energy_model.layers]}"
        )
    names = {layer.name for layer in found}
    if layers is not None and (unknown := set(layers) - names):
        raise ValueError(f"layers must be names in {sorted(names)}; received {sorted(unknown)}")
    named = isinstance(energy_model.input, dict)
    wanted = list(energy_model.input) if named else [tensor.name for tensor in energy_model.inputs]
    received = sorted(inputs) if isinstance(inputs, dict) else type(inputs).__name__
    if not isinstance(inputs, dict) or not {"positions", *wanted} <= set(inputs):
        raise ValueError(f"inputs must be a dict of arrays with {sorted({'positions', *wanted})}; received {received}")
    real = np.ones(np.shape(inputs["positions"])[:2], bool)
    if "species" in inputs:
        real = np.asarray(inputs["species"]) >= 0
    inputs = {name: inputs[name] for name in wanted}
    adapt_layers(energy_model, inputs, real, names if layers is None else layers)


def is_functional(layer):
    """Whether a layer is a functional model, whose graph gives the inputs of its layers."""
    return isinstance(layer, keras.Model) and getattr(layer, "inputs", None) is not None


def adaptable(model):
    """The layers that `adapt` prepares, also those of models nested in the model."""
    nested = [layer for inner in model.layers if is_functional(inner) for layer in adaptable(inner)]
    kinds = (ShortRangeDescriptor, Pyramid, ResidualFitting)
    return [layer for layer in model.layers if isinstance(layer, kinds)] + nested


def adapt_layers(model, inputs, real, names):
    """Prepares the layers of these names, in the order of the model.

    Args:
        inputs: what the model gets.
        real: (B, N) bool, false for padding.
        names: of the layers.
    """
    for layer in model.layers:
        nested = is_functional(layer) and adaptable(layer)
        if not nested and layer.name not in names:
            continue
        given = inputs_of(layer, model, inputs)
        if nested:
            adapt_layers(layer, *given.values(), real, names)
        elif isinstance(layer, ShortRangeDescriptor):
            layer.adapt(**given, pyramids=True)
        elif isinstance(layer, (Pyramid, ResidualFitting)):
            layer.adapt(**{name: np.asarray(values)[real] for name, values in given.items()})


def inputs_of(layer, model, inputs):
    """What a layer of a functional model gets for the inputs of the model: {name of the argument: tensors}.

    A layer may have been called in other models too. Of several calls in this one, the first counts.
    """
    graph = getattr(model, "_functional", None) or model  # a `Sequential` has its graph inside
    nodes = (node for depth in sorted(graph._nodes_by_depth, reverse=True) for node in graph._nodes_by_depth[depth])
    arguments = next(node.arguments for node in nodes if node.operation is layer)
    bound = inspect.signature(layer.call).bind(*arguments.args, **arguments.kwargs).arguments
    tensors = {name: value for name, value in bound.items() if any(map(is_tensor, keras.tree.flatten(value)))}
    computed = keras.Model(graph.input, tensors)(inputs)
    # float64 that a layer gets as it is keeps its digits, which the model would round to the dtype of its input
    names = graph.input if isinstance(graph.input, dict) and isinstance(inputs, dict) else {}
    exact = {id(graph.input[name]): inputs[name] for name in names if np.asarray(inputs[name]).dtype == float}
    return {name: exact.get(id(tensors[name]), value) for name, value in computed.items()}
