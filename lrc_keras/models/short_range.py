"""The short-range network: Fig. 4 and Fig. 5 left."""

from lrc_keras.layers import ResidualFitting, ShortRangeDescriptor
from lrc_keras.models.energy_model import EnergyModel, energy_inputs, short_range_features, total_energy
from lrc_keras.ops.arguments import check_natural


def build_short_range_model(
    num_points, dim, box_length, cutoff, *, smooth_cutoff=False, fitting_depth=6, per_particle=False, dtype=None
):
    """U_sr = Σ_i F_sr(D_sr^i), Eqs. (12) and (16), as a functional Keras model.

    Args:
        num_points: N, or None when clouds of several sizes are meant.
        dim: dimension d of the points.
        box_length: side L of the periodic box, one number or d of them.
        cutoff: interaction radius R.
        smooth_cutoff: see `ShortRangeDescriptor`.
        fitting_depth: hidden layers of F_sr, see `ResidualFitting`; 0 makes the energy a sum over pairs.
        per_particle: whether the output is the energy of every particle, (B, N), instead of their sum.
        dtype: "float32" or "float64"; default Keras' own.

    Inputs: {"positions": (B, N, d), "neighbors": (B, N, K) int32}, see `EnergyModel`. Output: energy (B,).
    The layer named `short_range_descriptor` wants `adapt(positions, neighbors)` before training.

    Example:
        >>> from lrc_keras.models import build_short_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> model = build_short_range_model(num_points=20, dim=1, box_length=10.0, cutoff=1.5)
        >>> positions = np.random.default_rng(0).uniform(0, 10, (3, 20, 1)).astype("float32")
        >>> model({"positions": positions, "neighbors": neighbor_list(positions, 10.0, 1.5)}).shape
        TensorShape([3])
    """
    inputs = energy_inputs(num_points, dim, dtype)
    fitting_depth = check_natural("fitting_depth", fitting_depth, bits=31)
    descriptor = ShortRangeDescriptor(
        box_length, cutoff, smooth_cutoff=smooth_cutoff, dtype=dtype, name="short_range_descriptor"
    )
    features = short_range_features(descriptor, inputs)
    particle_energies = ResidualFitting(fitting_depth, output_bias=False, dtype=dtype, name="fitting")(features)
    return EnergyModel(inputs, total_energy(particle_energies, per_particle), name="short_range")
