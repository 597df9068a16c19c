"""The sources f_j of the long-range convolution: ones, an input, one per species, or a function of the descriptor."""

import keras

SOURCES = (None, "given", "species", "latent")


def check_sources(sources, num_species):
    """Raises: ValueError when `sources` is not in `SOURCES`, or is "species" without `num_species`."""
    if not (sources is None or isinstance(sources, str)) or sources not in SOURCES:
        raise ValueError(f"sources must be one of {SOURCES}; received {sources!r}")
    if sources == "species" and num_species is None:
        raise ValueError('num_species must be given with sources="species"; received None')


def make_sources(sources, channels, inputs, species, features, dtype):
    """f_j as a tensor (B, N, C), zero for padded particles; None for ones.

    Args:
        sources: one of `SOURCES`.
        channels: C.
        inputs: see `energy_inputs`.
        species: see `one_hot_species`.
        features: see `short_range_features`.
        dtype: "float32" or "float64".

    The layer `charges` holds the weights of trainable sources.
    """
    if sources is None and species is None:
        return None
    real = None if species is None else keras.ops.sum(species, axis=-1, keepdims=True)
    if sources is None:
        return real
    if sources == "species":  # a one-hot vector selects a row of the kernel
        return keras.layers.Dense(channels, use_bias=False, dtype=dtype, name="charges")(species)
    if sources == "given":
        charges = inputs["sources"]
    else:
        seen = features[0] if len(features) == 1 else keras.layers.Concatenate(dtype=dtype, name="seen")(features)
        charges = keras.layers.Dense(channels, dtype=dtype, name="charges")(seen)
    return charges if real is None else charges * real


def energy_of_sources(sources, values):
    """Particle energies ½ Σ_c f_ic u_ic: sources (B, N, 1 or C), u (B, N, C) → (B, N, 1).

    Raises: ValueError when the channels do not match.
    """
    channels, expected = sources.shape[-1], values.shape[-1]
    if channels not in (1, expected):
        raise ValueError(
            f"source_channels must be 1 or {expected}, the channels of the multiplier; received {channels}"
        )
    return keras.ops.sum(0.5 * sources * values, axis=-1, keepdims=True)
