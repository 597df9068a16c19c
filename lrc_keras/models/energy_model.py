"""What every energy model has in common: its inputs, and the energy as a sum over the particles."""

import keras

from lrc_keras.ops.arguments import check_count, check_dim, check_flag


@keras.saving.register_keras_serializable(package="lrc_keras")
class EnergyModel(keras.Model):
    """A functional Keras model from `energy_inputs` to an energy; the input `pairs` may be left out.

    Inputs: {"positions": (B, N, d), "neighbors": (B, N, K) int32} and, for speed, "pairs": (B, P, 2) int32 from
    `ops.pair_list`. Output: energy (B,), or particle energies (B, N).
    """

    def __call__(self, inputs, *args, **kwargs):
        # Keras wants every input of a functional model named, an optional one too
        inputs = {"pairs": None, **inputs} if isinstance(inputs, dict) else inputs
        return super().__call__(inputs, *args, **kwargs)


def energy_inputs(num_points, dim, dtype=None):
    """The inputs of every energy model: positions (B, N, d), neighbors (B, N, K) and optional pairs (B, P, 2)."""
    if num_points is not None:
        check_count("num_points", num_points)
    check_dim(dim)
    if dtype not in (None, "float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64', or None; received {dtype!r}")
    dtype = dtype or keras.config.floatx()
    return {
        "positions": keras.Input((num_points, dim), dtype=dtype, name="positions"),
        "neighbors": keras.Input((num_points, None), dtype="int32", name="neighbors"),
        "pairs": keras.Input((None, 2), dtype="int32", name="pairs", optional=True),
    }


def short_range_features(descriptor, inputs):
    """D_sr^i of a `ShortRangeDescriptor`, (B, N, F), with all that `energy_inputs` has for it."""
    return descriptor(inputs["positions"], inputs["neighbors"], pairs=inputs["pairs"])


def total_energy(particle_energies, per_particle=False):
    """U = Σ_i U_i: (B, N, 1) → (B,); or the U_i themselves, (B, N)."""
    check_flag("per_particle", per_particle)
    return keras.ops.sum(particle_energies, axis=-1 if per_particle else (1, 2))
