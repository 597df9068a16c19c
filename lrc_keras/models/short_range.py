"""The short-range network: Fig. 4 and Fig. 5 left."""

import keras

from lrc_keras.models.energy_model import energy_inputs, one_hot_species, precision, short_range_features, total_energy


def build_short_range_model(
    num_points,
    dim,
    box_length,
    cutoff,
    *,
    half_list=False,
    cell_images=False,
    num_species=None,
    smooth_cutoff=False,
    fitting_depth=6,
    per_particle=False,
    dtype=None,
):
    """U_sr = Σ_i F_sr(D_sr^i), Eqs. (12) and (16), as a functional Keras model.

    Args:
        num_points: N, or None when clouds of several sizes are meant.
        dim: dimension d of the points.
        box_length: the periodic cell: one side L, d sides, or a matrix of d lattice vectors; None when every snapshot
            brings its own.
        cutoff: interaction radius R.
        half_list: whether the neighbour lists name each pair once, which takes about half the time:
            `neighbor_list(..., half=True)`.
        cell_images: whether the neighbours come with lattice vectors, for cells less than 2R high.
        num_species: number of kinds of particles; None for identical ones.
        smooth_cutoff: see `ShortRangeDescriptor`.
        fitting_depth: hidden layers of F_sr, see `ResidualFitting`; 0 makes the energy a sum over pairs.
        per_particle: whether the output is the energy of every particle, (B, N), instead of their sum.
        dtype: "float32" or "float64"; default that of Keras' dtype policy.

    Inputs: a dict, see `energy_inputs`: {"positions": (B, N, d), "neighbors": (B, N, K) int32} and, as asked for,
    "cell", "images", "species". Output: energy (B,).
    Call `adapt(model, inputs)` before training: the layer `short_range_descriptor` needs statistics.

    Example:
        >>> from lrc_keras.models import build_short_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> model = build_short_range_model(num_points=20, dim=1, box_length=10.0, cutoff=1.5)
        >>> positions = np.random.default_rng(0).uniform(0, 10, (3, 20, 1)).astype("float32")
        >>> model({"positions": positions, "neighbors": neighbor_list(positions, 10.0, 1.5)}).shape
        TensorShape([3])
    """
    dtype = precision(dtype)
    inputs = energy_inputs(
        num_points, dim, dtype, cell=box_length is None, cell_images=cell_images, num_species=num_species
    )
    species = one_hot_species(inputs, num_species, dtype)
    options = {"smooth_cutoff": smooth_cutoff, "half_list": half_list, "cell_images": cell_images}
    features = short_range_features(inputs, species, box_length, cutoff, dtype, num_species=num_species, **options)
    return keras.Model(inputs, total_energy(features, species, fitting_depth, per_particle, dtype), name="short_range")
