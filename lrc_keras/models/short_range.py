"""The short-range network: Fig. 4 and Fig. 5 left."""

import keras

from lrc_keras.layers import ResidualFitting, ShortRangeDescriptor


def build_short_range_model(num_points, dim, box_length, cutoff, *, smooth_cutoff=False, dtype=None):
    """U_sr = Σ_i F_sr(D_sr^i), Eqs. (12) and (16), as a functional Keras model.

    Args:
        num_points: N, or None when clouds of several sizes are meant.
        dim: dimension d of the points.
        box_length: side L of the periodic box, one number or d of them.
        cutoff: interaction radius R.
        smooth_cutoff: see `ShortRangeDescriptor`.
        dtype: "float32" or "float64"; default Keras' own.

    Inputs: {"positions": (B, N, d), "neighbors": (B, N, K) int32}. Output: energy (B,).
    The layer named `short_range_descriptor` wants `adapt(positions, neighbors)` before training.
    """
    inputs = energy_inputs(num_points, dim, dtype)
    descriptor = ShortRangeDescriptor(
        box_length, cutoff, smooth_cutoff=smooth_cutoff, dtype=dtype, name="short_range_descriptor"
    )
    features = descriptor(inputs["positions"], inputs["neighbors"])
    particle_energies = ResidualFitting(output_bias=False, dtype=dtype, name="fitting")(features)
    return keras.Model(inputs, total_energy(particle_energies), name="short_range")


def energy_inputs(num_points, dim, dtype):
    """The inputs of every energy model: positions (B, N, d), and neighbours (B, N, K) for any K."""
    dtype = dtype or keras.config.floatx()
    return {
        "positions": keras.Input((num_points, dim), dtype=dtype, name="positions"),
        "neighbors": keras.Input((num_points, None), dtype="int32", name="neighbors"),
    }


def total_energy(particle_energies):
    """U = Σ_i U_i: (B, N, 1) → (B,)."""
    return keras.ops.sum(particle_energies, axis=(1, 2))
