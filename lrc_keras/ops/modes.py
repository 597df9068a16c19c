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

from lrc_keras.arguments import check_dim, check_positive, is_count, is_listed, real_array

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


def modes_within(wavenumber, cell):
    """Odd counts of modes that contain every mode with |k| ≤ `wavenumber`, the smallest in a box: d ints, `num_modes`.

    A count is no resolution: in a longer cell the same count ends at a smaller wavenumber. A network for cells of
    several sizes needs counts for each. Its weights do not depend on them, unless its multiplier is a
    `FreeMultiplier`.

    M_i = 2 ⌊K |a_i| / 2π⌋ + 1, as 2π n_i = k · a_i for the lattice vectors a_i.

    Args:
        wavenumber: K > 0, in units of 1/length.
        cell: d sides, a matrix (d, d) of lattice vectors in rows, or several of them (..., d, d); then the counts
            suffice for each of them.

    Raises: ValueError naming the argument.

    Example: twice the length needs twice the modes.
        >>> from lrc_keras.ops import modes_within
        >>> modes_within(2.0, [[10.0, 0.0], [0.0, 20.0]])
        (7, 13)
    """
    wavenumber, vectors = check_positive("wavenumber", wavenumber), real_array("cell", cell).astype(np.float64)
    if vectors.ndim == 1:
        vectors = np.diag(np.where(vectors > 0, vectors, np.nan))
    if vectors.ndim < 2 or vectors.shape[-1] != vectors.shape[-2] or vectors.shape[-1] not in (1, 2, 3):
        raise ValueError(f"cell must be d sides or have shape (..., d, d), d = 1, 2 or 3; received {vectors.shape}")
    if not vectors.size or not np.all(np.isfinite(vectors)) or not np.all(np.abs(np.linalg.det(vectors)) > 0):
        raise ValueError(f"cell must be finite, linearly independent lattice vectors; received {cell!r}")
    lengths = np.max(np.linalg.norm(vectors, axis=-1).reshape(-1, vectors.shape[-1]), axis=0)
    # a mode at the wavenumber itself is not lost by rounding
    with np.errstate(over="ignore"):
        largest = np.floor(wavenumber * lengths / (2 * math.pi) * (1 + 1e-12))
    if not np.prod(2 * largest + 1) <= MOST_MODES:
        raise ValueError(f"wavenumber must contain at most 2**27 modes in all; received {wavenumber!r}")
    return tuple(2 * int(count) + 1 for count in largest)


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
