"""What every energy model has in common: its inputs, and the energy as a sum over the particles."""

import keras

from lrc_keras.arguments import check_count, check_dim, check_flag, check_natural
from lrc_keras.layers import ResidualFitting, ShortRangeDescriptor
from lrc_keras.ops.arguments import working_precision


def energy_inputs(
    num_points, dim, dtype=None, *, cell=False, cell_images=False, num_species=None, source_channels=None
):
    """The inputs of an energy model, all of them required: a dict of `keras.Input`.

    Args:
        num_points: N, or None when clouds of several sizes are meant.
        dim: dimension d of the points.
        dtype: "float32" or "float64"; default that of Keras' dtype policy.
        cell: whether every snapshot brings its own periodic cell.
        cell_images: whether the neighbours come with the lattice vectors to add to them.
        num_species: number of kinds of particles, or None for identical ones.
        source_channels: C of sources that are given, or None.

    Returns: {"positions": (B, N, d), "neighbors": (B, N, K) int32} and, as asked for, "cell": (B, d, d), "images":
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
    """The dtype of a model: the given one, or that of Keras' policy, of which a mixed one means float32.

    Raises: ValueError when it is neither None nor "float32" or "float64".
    """
    if dtype not in (None, "float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64', or None; received {dtype!r}")
    return dtype or working_precision(keras.config.dtype_policy().compute_dtype)


def one_hot_species(inputs, num_species, dtype):
    """The kind of each particle, (B, N, n), zero for padding; None where there are no kinds."""
    return None if num_species is None else keras.ops.one_hot(inputs["species"], num_species, dtype=dtype)


def short_range_features(inputs, species, box_length, cutoff, dtype, **options):
    """What each particle sees within R, and its own kind: D_sr^i and one-hot species, (B, N, F).

    Args:
        inputs: of `energy_inputs`.
        species: of `one_hot_species`.
        box_length, cutoff, **options: of `ShortRangeDescriptor`.
    """
    descriptor = ShortRangeDescriptor(box_length, cutoff, dtype=dtype, name="short_range_descriptor", **options)
    further = {name: inputs[name] for name in ("cell", "images", "species") if name in inputs}
    features = descriptor(inputs["positions"], inputs["neighbors"], **further)
    return [features] if species is None else [features, species]


def total_energy(features, species, fitting_depth, per_particle, dtype, pair_energies=None):
    """U = Σ_i U_i, U_i = F(features of i), Eqs. (16) and (17).

    Args:
        features: list of tensors (B, N, …).
        species: of `one_hot_species`; padded particles have no energy.
        fitting_depth: hidden layers of F, see `ResidualFitting`.
        per_particle: whether to give the U_i, (B, N), instead of their sum, (B,).
        pair_energies: (B, N, 1) to be added to the U_i, or None.
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
