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
        num_points: number of points N, or None for clouds of several sizes.
        dim: dimension d of the points.
        box_length: the periodic cell: one side L, d sides, or a matrix (d, d) whose rows are the lattice vectors. None:
            the cell is an input.
        cutoff: interaction radius R.
        half_list: whether the neighbour lists contain each pair once (`neighbor_list(..., half=True)`), which takes
            about half the time.
        cell_images: whether `images` is an input, for cells with a height below 2R.
        num_species: number of kinds of particles, or None for identical particles.
        smooth_cutoff: see `ShortRangeDescriptor`.
        fitting_depth: hidden layers of F_sr, see `ResidualFitting`; 0 makes the energy a sum over pairs.
        per_particle: whether the output is the particle energies (B, N) instead of their sum (B,).
        dtype: "float32" or "float64"; default that of Keras' dtype policy.

    Inputs: a dict, see `energy_inputs`: {"positions": (B, N, d), "neighbors": (B, N, K) int32} and, if
    requested, "cell", "images", "species". Output: energy (B,), or particle energies (B, N).
    Call `adapt(model, inputs)` before training.
    Raises: ValueError naming the argument.

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
