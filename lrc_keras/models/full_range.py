"""The full-range network: Fig. 5 right and Fig. 6."""

import math

import keras

from lrc_keras.layers import (
    LongRangeConvolution,
    Pyramid,
    ResidualFitting,
    ScreenedCoulombMultiplier,
    ShortRangeDescriptor,
)
from lrc_keras.layers.multipliers import list_of
from lrc_keras.models.energy_model import EnergyModel, energy_inputs, short_range_features, total_energy
from lrc_keras.ops.arguments import check_natural, is_real
from lrc_keras.ops.neighbors import check_cutoff


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
    subtract_mean=True,
    long_range_activation="silu",
    smooth_cutoff=False,
    fitting_depth=6,
    per_particle=False,
    dtype=None,
):
    """U = Σ_i F(D_sr^i, D_lr^i), Eq. (17), with D_lr^i = g_θ(u¹(x_i), …), Eq. (15), as a functional Keras model.

    Args:
        num_points: N, or None when clouds of several sizes are meant.
        dim: dimension d of the points.
        box_length: side L of the periodic box, one number or d of them.
        cutoff: interaction radius R of the short-range descriptor.
        num_modes: Fourier modes per dimension (the paper's L_FFT), one number or d of them.
        multiplier: `FourierMultiplier`; default Eq. (23) with two channels.
        inverse_lengths: λ from which the channels of the default multiplier start, one for each; default 1/R and 2π/R,
            from the geometry.
        tolerance, window, method, subtract_mean: see `LongRangeConvolution`. The mean of u is some hundred times as
            large as its variation from point to point, and no force depends on it. For a fixed N it is a shift that the
            first bias of g_θ can make up for, so both forms are the same family of networks, started at different
            places.
        long_range_activation: of g_θ. The text asks for "non-linear activation functions"; "relu" is what the paper's
            networks have. Its kinks are jumps of the forces, and with "relu" they are most of the error that is left:
            1-D, μ = 0.5, 60 epochs of SOAP end at 0.016 with it, at 0.003 with the smooth "silu".
        smooth_cutoff: see `ShortRangeDescriptor`.
        fitting_depth: hidden layers of F, see `ResidualFitting`; 0 makes it linear.
        per_particle: whether the output is the energy of every particle, (B, N), instead of their sum.
        dtype: "float32" or "float64"; default Keras' own.

    Inputs: {"positions": (B, N, d), "neighbors": (B, N, K) int32}, see `EnergyModel`. Output: energy (B,).
    The layer named `short_range_descriptor` wants `adapt(positions, neighbors)` before training.

    Example:
        >>> from lrc_keras.models import build_full_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> model = build_full_range_model(20, dim=1, box_length=10.0, cutoff=1.5, num_modes=31, per_particle=True)
        >>> positions = np.random.default_rng(0).uniform(0, 10, (3, 20, 1)).astype("float32")
        >>> model({"positions": positions, "neighbors": neighbor_list(positions, 10.0, 1.5)}).shape
        TensorShape([3, 20])
    """
    inputs = energy_inputs(num_points, dim, dtype)
    fitting_depth = check_natural("fitting_depth", fitting_depth, bits=31)
    check_cutoff(box_length, cutoff, dim)  # before λ is made of it
    if multiplier is None:
        inverse_lengths = check_inverse_lengths(inverse_lengths) or geometric_inverse_lengths(cutoff)
        multiplier = ScreenedCoulombMultiplier(len(inverse_lengths), inverse_lengths, dtype=dtype)
    elif inverse_lengths is not None:
        raise ValueError(f"inverse_lengths must be None beside a multiplier; received {inverse_lengths!r}")
    descriptor = ShortRangeDescriptor(
        box_length, cutoff, smooth_cutoff=smooth_cutoff, dtype=dtype, name="short_range_descriptor"
    )
    convolution = LongRangeConvolution(
        multiplier,
        num_modes,
        box_length,
        tolerance,
        window,
        method=method,
        subtract_mean=subtract_mean,
        dtype=dtype,
        name="long_range_convolution",
    )
    short_range = short_range_features(descriptor, inputs)
    long_range = Pyramid(activation=long_range_activation, dtype=dtype, name="long_range_pyramid")(
        convolution(inputs["positions"])
    )
    features = keras.layers.Concatenate(dtype=dtype, name="features")([short_range, long_range])
    particle_energies = ResidualFitting(fitting_depth, output_bias=False, dtype=dtype, name="fitting")(features)
    return EnergyModel(inputs, total_energy(particle_energies, per_particle), name="full_range")


def check_inverse_lengths(values):
    """λ as a tuple of floats, or None for None. Raises: ValueError when they are not positive finite numbers."""
    if values is None:
        return None
    if not (listed := list_of(values)) or not all(is_real(value) and value > 0 for value in listed):
        raise ValueError(f"inverse_lengths must be a list of positive finite numbers, or None; received {values!r}")
    return tuple(map(float, listed))


def geometric_inverse_lengths(cutoff):
    """λ from the geometry alone: 1/R, decay over the cutoff, and 2π/R, decay well within it.

    Far apart on purpose. A long-range force beyond R is the difference of the two channels, whose tails in Fourier
    space cancel; channels that start alike, as 1/R and 2π/L do in a small box, stay alike.
    """
    return (1 / cutoff, 2 * math.pi / cutoff)
