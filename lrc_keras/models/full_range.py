"""The full-range network: Fig. 5 right and Fig. 6."""

import math

import keras

from lrc_keras.arguments import check_positive, is_real
from lrc_keras.layers import LongRangeConvolution, Pyramid, ScreenedCoulombMultiplier
from lrc_keras.layers.multipliers import list_of
from lrc_keras.models.energy_model import energy_inputs, one_hot_species, precision, short_range_features, total_energy
from lrc_keras.models.sources import (
    check_source_channels,
    check_sources,
    energy_of_sources,
    make_sources,
    neutral_sources,
)


def build_full_range_model(
    num_points,
    dim,
    box_length,
    cutoff,
    num_modes,
    *,
    multiplier=None,
    inverse_lengths=None,
    tolerance=1e-6,
    window="accurate",
    method="auto",
    subtract_self=None,
    subtract_mean=True,
    sources=None,
    source_channels=1,
    neutral=False,
    long_range_features=True,
    half_list=False,
    cell_images=False,
    num_species=None,
    long_range_activation="silu",
    smooth_cutoff=False,
    fitting_depth=6,
    per_particle=False,
    dtype=None,
):
    """U = Σ_i F(D_sr^i, D_lr^i), Eq. (17), with D_lr^i = g_θ(u¹(x_i), …), Eq. (15), as a functional Keras model.

    Args:
        num_points: number of points N, or None for clouds of several sizes.
        dim: dimension d of the points.
        box_length: the periodic cell: one side L, d sides, or a matrix (d, d) whose rows are the lattice vectors. None:
            the cell is an input.
        cutoff: interaction radius R of the short-range descriptor.
        num_modes: Fourier modes per dimension (the paper's L_FFT), one number or d of them.
        multiplier: `FourierMultiplier`; default Eq. (23) with two channels. If the cell is an input, the default has a
            smearing of R/4, which changes the kernel only within R and needs modes up to wavenumbers of about 17/R.
        inverse_lengths: initial λ of the default multiplier, one per channel; default 1/R and 2π/R.
        subtract_self: see `LongRangeConvolution`. Default True for a fixed box, as in the paper. If the cell is an
            input, the default is False: φ(0) of a periodic kernel includes the images of the point itself, which the
            energy must contain to be proportional to the number of repetitions of a cell.
        tolerance, window, method, subtract_mean: see `LongRangeConvolution`. For a fixed N, omitting the mean of u can
            be undone by the first bias of g_θ, so it changes the start of training but not the family of networks.
        sources: the f_j of Eq. (1). None: ones, as in the paper. "given": an input. "species": a trainable number for
            each kind of particle. "latent": a trainable linear function of the short-range descriptor. With sources the
            energy has the further term ½ Σ_i f_i · u_i, the energy of charges in their own potential.
        source_channels: channels C of the sources: 1, or as many as the multiplier has.
        neutral: whether the mean of the sources over the particles of each snapshot is subtracted from them. A crystal
            of charges with a sum other than zero has no sound waves: the frequency of its longest waves is not zero.
        long_range_features: whether F reads D_lr^i. If not, D_lr^i and g_θ are left out, and the layer enters by
            ½ Σ_i f_i · u_i alone. The sources are then charges: the far force between two particles is the product of
            theirs. If F reads the potential, it adds forces of its own, and the sources alone do not say how large
            they are.
        half_list, cell_images, num_species: see `build_short_range_model`.
        long_range_activation: activation of g_θ. The paper's text says "non-linear activation functions"; its networks
            use "relu", whose kinks make the forces discontinuous and dominate the final error: in 1-D with μ = 0.5, 60
            epochs of SOAP reach 0.016 with "relu" and 0.003 with "silu".
        smooth_cutoff: see `ShortRangeDescriptor`.
        fitting_depth: hidden layers of F, see `ResidualFitting`; 0 makes it linear.
        per_particle: whether the output is the particle energies (B, N) instead of their sum (B,).
        dtype: "float32" or "float64"; default that of Keras' dtype policy.

    Inputs: a dict, see `energy_inputs`: {"positions": (B, N, d), "neighbors": (B, N, K) int32} and, if
    requested, "cell", "images", "species", "sources". Output: energy (B,), or particle energies (B, N).
    Call `adapt(model, inputs)` before training.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.models import build_full_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> model = build_full_range_model(20, dim=1, box_length=10.0, cutoff=1.5, num_modes=31, per_particle=True)
        >>> positions = np.random.default_rng(0).uniform(0, 10, (3, 20, 1)).astype("float32")
        >>> model({"positions": positions, "neighbors": neighbor_list(positions, 10.0, 1.5)}).shape
        TensorShape([3, 20])
    """
    dtype, cutoff = precision(dtype), check_positive("cutoff", cutoff)
    if multiplier is None:
        inverse_lengths = check_inverse_lengths(inverse_lengths) or geometric_inverse_lengths(cutoff)
        smearing = cutoff / 4 if box_length is None else 0.0
        multiplier = ScreenedCoulombMultiplier(len(inverse_lengths), inverse_lengths, smearing=smearing, dtype=dtype)
    elif inverse_lengths is not None:
        raise ValueError(f"inverse_lengths must be None if a multiplier is given; received {inverse_lengths!r}")
    convolution = LongRangeConvolution(
        multiplier,
        num_modes,
        box_length,
        tolerance,
        window,
        subtract_self=box_length is not None if subtract_self is None else subtract_self,
        subtract_mean=subtract_mean,
        method=method,
        dtype=dtype,
        name="long_range_convolution",
    )
    check_sources(sources, num_species, neutral, long_range_features)
    source_channels = check_source_channels(source_channels, sources, multiplier)
    inputs = energy_inputs(
        num_points,
        dim,
        dtype,
        cell=box_length is None,
        cell_images=cell_images,
        num_species=num_species,
        source_channels=source_channels if sources == "given" else None,
    )
    species = one_hot_species(inputs, num_species, dtype)
    options = {"smooth_cutoff": smooth_cutoff, "half_list": half_list, "cell_images": cell_images}
    short_range = short_range_features(inputs, species, box_length, cutoff, dtype, num_species=num_species, **options)
    charges = make_sources(sources, source_channels, inputs, species, short_range, dtype)
    if neutral:
        charges = neutral_sources(charges, species, dtype)
    values = convolution(inputs["positions"], charges, cell=inputs.get("cell"))  # u of Eq. (1)
    features = short_range
    if long_range_features:
        pyramid = Pyramid(activation=long_range_activation, dtype=dtype, name="long_range_pyramid")
        features = [*short_range, pyramid(values)]
    pair_energies = None if sources is None else energy_of_sources(charges, values)
    energy = total_energy(features, species, fitting_depth, per_particle, dtype, pair_energies)
    return keras.Model(inputs, energy, name="full_range")


def check_inverse_lengths(values):
    """Converts λ to a tuple of floats, or None. Raises: ValueError when they are not positive finite numbers."""
    if values is None:
        return None
    if not (listed := list_of(values)) or not all(is_real(value) and value > 0 for value in listed):
        raise ValueError(f"inverse_lengths must be a list of positive finite numbers, or None; received {values!r}")
    return tuple(map(float, listed))


def geometric_inverse_lengths(cutoff):
    """Initial λ from the cutoff: 1/R, for decay over the cutoff, and 2π/R, for decay well within it.

    Long-range forces are a difference of two channels whose tails in Fourier space cancel. Channels that start nearly
    equal, such as 1/R and 2π/L in a small box, stay nearly equal.
    """
    return (1 / cutoff, 2 * math.pi / cutoff)
