"""The sources f_j of the long-range convolution: ones, an input, one per species, or a function of the descriptor."""

import keras

from lrc_keras.arguments import check_count, check_flag

SOURCES = (None, "given", "species", "latent")


def check_sources(sources, num_species, neutral, long_range_features):
    """Raises: ValueError when `sources` is not in `SOURCES`, is "species" without `num_species`, or is None where the
    other arguments need sources."""
    if not (sources is None or isinstance(sources, str)) or sources not in SOURCES:
        raise ValueError(f"sources must be one of {SOURCES}; received {sources!r}")
    if sources == "species" and num_species is None:
        raise ValueError('num_species must be given with sources="species"; received None')
    if check_flag("neutral", neutral) and sources is None:
        raise ValueError("sources must be given with neutral=True; received None")
    if not check_flag("long_range_features", long_range_features) and sources is None:
        raise ValueError("sources must be given with long_range_features=False; received None")


def check_source_channels(channels, sources, multiplier):
    """Converts the number of source channels to an int. Raises: ValueError when it is none, or does not fit.

    Args:
        channels: C.
        sources: one of `SOURCES`; None has no channels that could fit.
        multiplier: `FourierMultiplier`. One kernel fits any C.
    """
    channels, several, columns = check_count("source_channels", channels), multiplier.channels, multiplier.in_channels
    if sources is None or (several == 1 and columns is None):
        return channels
    if columns not in (None, channels):
        raise ValueError(f"source_channels must be {columns}, the in_channels of the multiplier; received {channels}")
    if channels not in (1, several) or (channels > 1 and multiplier.feeds_several):
        allowed = 1 if multiplier.feeds_several else f"1 or {several}"
        raise ValueError(f"source_channels must be {allowed}, the channels of the multiplier; received {channels}")
    return channels


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


def neutral_sources(sources, species, dtype):
    """f_i − (Σ_j f_j) / N over the N particles of each snapshot: (B, N, C) → (B, N, C), zero for padded particles.

    The layer `neutral_charges` has them as its output.
    """
    if species is None:
        mean = keras.ops.mean(sources, axis=1, keepdims=True)
    else:
        real = keras.ops.sum(species, axis=-1, keepdims=True)
        count = keras.ops.maximum(keras.ops.sum(real, axis=1, keepdims=True), 1)  # a snapshot of padding alone
        mean = real * keras.ops.sum(sources, axis=1, keepdims=True) / count
    return keras.layers.Subtract(dtype=dtype, name="neutral_charges")([sources, mean])


def energy_of_sources(sources, values):
    """Particle energies ½ Σ_c f_ic u_ic: sources (B, N, 1 or C), u (B, N, C) → (B, N, 1)."""
    return keras.ops.sum(0.5 * sources * values, axis=-1, keepdims=True)
