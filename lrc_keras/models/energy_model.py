"""Parts shared by all energy models: their inputs, the energy as a sum over particles, and what their layers allow."""

import keras
import tensorflow as tf

from lrc_keras.arguments import check_count, check_dim, check_flag, check_natural
from lrc_keras.layers import ResidualFitting, ShortRangeDescriptor
from lrc_keras.ops.arguments import working_precision


def energy_inputs(
    num_points, dim, dtype=None, *, cell=False, cell_images=False, num_species=None, source_channels=None
):
    """The inputs of an energy model, as a dict of `keras.Input`. All of them are required.

    Args:
        num_points: number of points N, or None for clouds of several sizes.
        dim: dimension d of the points.
        dtype: "float32" or "float64"; default that of Keras' dtype policy.
        cell: whether the periodic cell is an input.
        cell_images: whether the images of the neighbours are an input.
        num_species: number of kinds of particles, or None for identical particles.
        source_channels: channels C of an input for sources, or None for no such input.

    Returns: {"positions": (B, N, d), "neighbors": (B, N, K) int32} and, if requested, "cell": (B, d, d), "images":
    (B, N, K, d) int32, "species": (B, N) int32, "sources": (B, N, C).
    Raises: ValueError naming the argument.
    """
    if num_points is not None:
        num_points = check_count("num_points", num_points)
    dim, dtype = check_dim(dim), precision(dtype)
    shapes = {"positions": ((num_points, dim), dtype), "neighbors": ((num_points, None), "int32")}
    if check_flag("cell", cell):
        shapes["cell"] = ((dim, dim), dtype)
    if check_flag("cell_images", cell_images):
        shapes["images"] = ((num_points, None, dim), "int32")
    if num_species is not None:
        check_count("num_species", num_species)
        shapes["species"] = ((num_points,), "int32")
    if source_channels is not None:
        shapes["sources"] = ((num_points, check_count("source_channels", source_channels)), dtype)
    return {name: keras.Input(shape, dtype=kind, name=name) for name, (shape, kind) in shapes.items()}


def precision(dtype=None):
    """The dtype of a model: the given one, or that of Keras' policy, where a mixed policy means float32.

    Raises: ValueError when dtype is not "float32", "float64" or None.
    """
    if dtype not in (None, "float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64', or None; received {dtype!r}")
    return dtype or working_precision(keras.config.dtype_policy().compute_dtype)


def layers_of(model, kind=keras.layers.Layer):
    """All layers of one kind in a model, also in the models nested in it and inside of other layers, as a list."""
    return [layer for layer in model._flatten_layers(include_self=False) if isinstance(layer, kind)]


def one_hot_species(inputs, num_species, dtype):
    """One-hot species (B, N, n), zero for padding; None for identical particles."""
    return None if num_species is None else keras.ops.one_hot(inputs["species"], num_species, dtype=dtype)


def short_range_features(inputs, species, box_length, cutoff, dtype, **options):
    """The descriptor D_sr^i and, if given, the one-hot species of each particle, as a list of tensors (B, N, …).

    Args:
        inputs: see `energy_inputs`.
        species: see `one_hot_species`.
        box_length, cutoff, **options: see `ShortRangeDescriptor`.
    """
    descriptor = ShortRangeDescriptor(box_length, cutoff, dtype=dtype, name="short_range_descriptor", **options)
    further = {name: inputs[name] for name in ("cell", "images", "species") if name in inputs}
    features = descriptor(inputs["positions"], inputs["neighbors"], **further)
    return [features] if species is None else [features, species]


def total_energy(features, species, fitting_depth, per_particle, dtype, pair_energies=None):
    """U = Σ_i U_i, U_i = F(features of i), Eqs. (16) and (17).

    Args:
        features: list of tensors (B, N, …).
        species: see `one_hot_species`. Padding has energy zero.
        fitting_depth: hidden layers of F, see `ResidualFitting`.
        per_particle: whether to return the U_i, (B, N), instead of their sum, (B,).
        pair_energies: (B, N, 1), added to the U_i, or None.
    """
    per_particle = check_flag("per_particle", per_particle)
    features = features[0] if len(features) == 1 else keras.layers.Concatenate(dtype=dtype, name="features")(features)
    fitting = ResidualFitting(
        check_natural("fitting_depth", fitting_depth, bits=31), output_bias=False, dtype=dtype, name="fitting"
    )
    energies = fitting(features)
    if pair_energies is not None:
        energies = energies + pair_energies
    if species is not None:
        energies = energies * keras.ops.sum(species, axis=-1, keepdims=True)
    return keras.ops.sum(energies, axis=-1 if per_particle else (1, 2))


def positions_dtype(energy_model):
    """The dtype of the energy model's positions. With another dtype, Keras would cast the positions first."""
    inputs = getattr(energy_model, "input", None)
    known = isinstance(inputs, dict) and "positions" in inputs
    return inputs["positions"].dtype if known else working_precision(energy_model.compute_dtype)


def supports_jit(model):
    """Whether XLA can compile every layer of a Keras model. It cannot compile the method "finufft"."""
    return all(layer.supports_jit for layer in model._flatten_layers())


def check_exportable(force_field):
    """Raises: ValueError when a layer has the method "finufft", a function of Python."""
    if any(getattr(layer, "method", None) == "finufft" for layer in force_field._flatten_layers()):
        raise ValueError('force_field must have no layer with method "finufft", which cannot be exported; received one')


def saved_model_signature(force_field):
    """The inputs of the energy model, as a dict of `tf.TensorSpec`.

    Raises: ValueError when the energy model is not a functional model with named inputs.
    """
    inputs = getattr(force_field.energy_model, "input", None)
    if not isinstance(inputs, dict):
        raise ValueError(
            "input_signature must be given for an energy model that is not a functional keras.Model with a dict of "
            f"inputs; received None with {force_field.energy_model!r}"
        )
    return {name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in inputs.items()}
