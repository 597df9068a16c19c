"""The Fourier convention of the project.

Modes         n ∈ {−⌊M/2⌋, …, ⌈M/2⌉−1} per dimension, ascending (FINUFFT's order), M odd or even.
Cell          H, whose rows are the lattice vectors; a box with sides L is a diagonal H. V = |det H|.
Fractions     s = x H⁻¹, the points in units of the lattice vectors: period 1 in every dimension.
Wavenumbers   k = 2π n H⁻ᵀ, which is 2πn/L for a box. Then k·x = 2π n·s.
Type 1        F(n) = Σ_j f_j exp(−i k·x_j)
Type 2        u(x) = Σ_n c(n) exp(+i k·x)
Convolution   u_i = (1/V) Σ_n φ̂(k_n) exp(i k_n·x_i) F(n),  φ̂(k) = ∫ φ(x) exp(−i k·x) dx.

The modes of a real field satisfy c(−n) = conj c(n), so half of them suffice. With m = ⌊M/2⌋, the *half spectrum* holds
n = 0…m in the last dimension and n = −m…m in the others. For even M the convention above has the mode −M/2 without
M/2. The half spectrum divides it equally between −M/2 and M/2, which leaves every real field unchanged.
"""

import math

import numpy as np

from lrc_keras.arguments import check_dim, is_count, is_listed

MOST_MODES = 2**27  # product of all counts; in 3-D the oversampled grid has 8 times as many nodes, indexed in int32


def mode_numbers(num_modes):
    """Mode numbers of one dimension: (M,) int64, ascending from −⌊M/2⌋."""
    return np.arange(-(num_modes // 2), (num_modes + 1) // 2)


def mode_grid(num_modes):
    """Mode numbers n of every mode: (M1, …, Md, d) int64."""
    return np.stack(np.meshgrid(*map(mode_numbers, num_modes), indexing="ij"), axis=-1)


def wavenumbers(num_modes, box_length):
    """Wavenumbers k = 2πn/L of every mode of a box with d sides: (M1, …, Md, d) float64."""
    return 2 * np.pi * mode_grid(num_modes) / np.array(box_length, np.float64)


def half_mode_numbers(num_modes):
    """Mode numbers of the half spectrum, one array per dimension: −m…m, and 0…m in the last dimension."""
    *others, last = (m // 2 for m in num_modes)
    return [*(np.arange(-m, m + 1) for m in others), np.arange(last + 1)]


def multiplicity(num_modes):
    """Multiplicity of each mode of the half spectrum: (H_d,) int, 1 for n_d = 0 and 2 for n_d > 0."""
    return np.where(half_mode_numbers(num_modes)[-1] == 0, 1, 2)


def check_num_modes(num_modes, dim=None):
    """Converts mode counts to a tuple of ints. If `dim` is given, a single int means equal counts.

    Raises: ValueError naming the argument when a count is not a positive integer, when there are not `dim` counts,
        or when their product exceeds 2²⁷.
    """
    values = tuple(num_modes) if is_listed(num_modes) else (num_modes,) * (dim or 1)
    if not values or not all(map(is_count, values)):
        raise ValueError(f"num_modes must be a positive integer or a tuple of them; received {num_modes!r}")
    if dim is not None and len(values) != dim:
        raise ValueError(f"num_modes must have {dim} mode counts, one per dimension; received {num_modes!r}")
    if math.prod(map(int, values)) > MOST_MODES:
        raise ValueError(f"num_modes must be at most 2**27 modes in all; received {num_modes!r}")
    return tuple(int(m) for m in values)


def resolve_dim(num_modes, box_length, dim=None):
    """The dimension: `dim` if given, else the length of `num_modes` or `box_length` if one is a tuple, else 1.

    Raises: ValueError when it is not 1, 2 or 3.
    """
    if dim is None:
        lengths = [len(value) for value in (num_modes, box_length) if is_listed(value)]
        dim = next(filter(None, lengths), 1)
    return check_dim(dim)
