"""Quadrature weights of scattered points: a sum over the points becomes an integral over the periodic cell."""

import itertools
import math

import numpy as np
from scipy.spatial import QhullError, Voronoi

from lrc_keras.arguments import cloud_array
from lrc_keras.ops.cells import lattice_vectors, reduced
from lrc_keras.ops.modes import check_num_modes, mode_grid
from lrc_keras.ops.nufft import nufft_type1, nufft_type2
from lrc_keras.ops.plans import NufftPlan

EXACT = 1e-9  # largest error of an exact mode, relative to the volume of the cell
TOLERANCE = 1e-12  # of the transforms that make the linear systems
ENTRIES = 2**24  # complex numbers of the linear systems that are solved together
FARTHEST = 3  # neighbours differ by 2.2 at most in fractional coordinates of a reduced basis (6,000 random cells)


def quadrature_weights(positions, box_length, num_modes=None):
    """Weights w_j with Σ_j w_j g(x_j) ≈ ∫ g(x) dx over the cell, however the points are distributed.

    Σ_j w_j f_j exp(−i k·x_j) is then the Fourier integral of f. The plain sum Σ_j f_j exp(−i k·x_j) is, up to a factor,
    that of f times the density of the points.

    Without `num_modes` a weight is the volume v_j of the point's Voronoi cell; in one dimension half the distance
    between its two neighbours. The error is of second order in the distance of the points. With `num_modes` all
    exp(i k_n·x) of these modes are integrated exactly, by the weights with the smallest Σ_j (w_j − v_j)²/v_j:

        w_j = v_j (1 + Σ_n λ_n exp(i k_n·x_j)),    λ from one linear system of the size of the modes.

    Smooth functions gain one digit or two. Where the points do not resolve the modes everywhere, exactness would take
    large weights of both signs, which amplify all that is not smooth. Such a cloud gets two modes fewer in each
    dimension, and again, until no weight is negative.

    Args:
        positions: (S, N, d) float array, finite, anywhere in ℝ^d, d = 1, 2 or 3.
        box_length: the periodic cell: one side, d sides, or d lattice vectors (the rows of a matrix).
        num_modes: modes M to be exact in each dimension, |n| ≤ ⌊M/2⌋, one number or d of them, or fewer where the
            points do not resolve them; None for the volumes.

    Returns: (S, N) float64, not negative. The weights of a cloud add up to the volume of the cell. Points at
    one place together have the weight of one.
    Raises: ValueError naming the argument, also when rounding prevents the volumes from filling the cell to 1e-9.
    Reference: Gräf, Kunis and Potts, Appl. Comput. Harmon. Anal. 27 (2009) 124, for weights of this kind on the sphere.

    Example: the mean of cos²x is 1/2, wherever the points are.
        >>> from lrc_keras.ops import quadrature_weights
        >>> x = 2 * np.pi * np.random.default_rng(0).beta(2, 2, (1, 100, 1))
        >>> weights, g = quadrature_weights(x, 2 * np.pi, num_modes=5), np.cos(x[..., 0]) ** 2
        >>> bool(abs(np.mean(g) - 0.5) > 0.01), bool(abs(np.sum(weights * g) / (2 * np.pi) - 0.5) < 1e-10)
        (True, True)
    """
    positions = cloud_array(positions)
    if positions.size == 0:
        raise ValueError(f"positions must have points; received shape {positions.shape}")
    count, num_points, dim = positions.shape
    vectors = lattice_vectors(box_length, dim)
    size = None if num_modes is None else _check_size(num_modes, dim, num_points)
    fractions = positions @ np.linalg.inv(vectors)
    fractions -= np.floor(fractions)
    volumes = np.abs(np.linalg.det(vectors)) * (
        _gaps(fractions[..., 0]) if dim == 1 else np.array([_voronoi(cloud, vectors) for cloud in fractions])
    )
    weights, left = volumes, np.arange(0 if size is None else count)  # the clouds that have no exact modes yet
    while len(left) and max(size) > 1:
        found = _exact_in_parts(fractions[left], volumes[left], size)
        resolved = np.all(found >= 0, axis=1)
        weights[left[resolved]] = found[resolved]
        left, size = left[~resolved], tuple(max(1, modes - 2) for modes in size)
    return weights


def _check_size(num_modes, dim, num_points):
    """Odd mode counts: weights are real, so that with n the mode −n is exact too."""
    size = tuple(m // 2 * 2 + 1 for m in check_num_modes(num_modes, dim))
    if math.prod(size) > num_points:
        raise ValueError(
            f"num_modes must be no more modes in all than there are points, {num_points}; received {num_modes!r}"
        )
    return size


def _gaps(fractions):
    """Half the distance between the neighbours on the circle of length one: (S, N) → (S, N)."""
    order = np.argsort(fractions, axis=-1)
    line = np.take_along_axis(fractions, order, axis=-1)
    gaps = np.diff(line, axis=-1, append=line[:, :1] + 1)
    weights = np.empty_like(line)
    np.put_along_axis(weights, order, (gaps + np.roll(gaps, 1, axis=-1)) / 2, axis=-1)
    return weights


def _voronoi(fractions, vectors):
    """Volumes of the Voronoi cells, as shares of the periodic cell: (N, d) → (N,), d = 2 or 3.

    A cell is made of pyramids, from its point to the faces that it shares with its neighbours: a face of area A between
    points at the distance r adds A r/2d. Images of the points are added up to some distance beyond the periodic cell.
    They are enough when the volumes fill it, since with too few images a Voronoi cell is too large. In a skewed basis
    the neighbours are many cells away, so the images are those of a reduced basis.
    """
    basis = reduced(vectors)
    fractions = fractions @ np.round(vectors @ np.linalg.inv(basis))
    fractions -= np.floor(fractions)
    count, dim = fractions.shape
    reach, total = FARTHEST * count ** (-1 / dim), abs(np.linalg.det(basis))
    while True:
        shifts = itertools.product(range(-math.ceil(reach), math.ceil(reach) + 1), repeat=dim)
        images = np.concatenate([fractions + shift for shift in sorted(shifts, key=lambda n: np.any(n))])
        kept = np.all((images >= -reach) & (images < 1 + reach), axis=-1)
        try:
            volumes = _pyramids(Voronoi(images[kept] @ basis), count)
        except QhullError as error:
            reason = "positions must be equal or farther apart than rounding; received points that are almost equal"
            raise ValueError(reason) from error
        if abs(volumes.sum() - total) < 1e-9 * total:
            return volumes / total
        if reach == FARTHEST:
            raise ValueError(
                "positions must be equal or farther apart than rounding, in a cell with sides of similar length; "
                f"received Voronoi cells of volume {volumes.sum()} in all in a cell of {total}"
            )
        reach = min(2 * reach, FARTHEST)


def _pyramids(diagram, count):
    """Volumes of the first `count` Voronoi cells of a diagram, infinite where one is open."""
    volumes, (_, dim) = np.zeros(len(diagram.points)), diagram.points.shape
    sizes = np.array([len(face) for face in diagram.ridge_vertices])
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes == size)
        faces, pairs = np.array([diagram.ridge_vertices[row] for row in rows]), diagram.ridge_points[rows]
        heights = np.linalg.norm(np.diff(diagram.points[pairs], axis=1)[:, 0], axis=-1) / 2
        corners = diagram.vertices[faces]
        edges = corners[:, 1:] - corners[:, :1]
        if dim == 2:
            areas = np.linalg.norm(edges[:, 0], axis=-1)
        else:
            areas = np.linalg.norm(np.cross(edges[:, :-1], edges[:, 1:]).sum(axis=1), axis=-1) / 2
        areas[np.any(faces < 0, axis=1)] = np.inf  # Qhull's vertex −1 is at infinity
        for side in (0, 1):
            np.add.at(volumes, pairs[:, side], areas * heights / dim)
    return volumes[:count]


def _exact_in_parts(fractions, volumes, size):
    """`_exact`, for as many clouds at a time as their linear systems have room."""
    step = max(1, ENTRIES // math.prod(size) ** 2)
    parts = [slice(start, start + step) for start in range(0, len(volumes), step)]
    return np.concatenate([_exact(fractions[part], volumes[part], size) for part in parts])


def _exact(fractions, volumes, size):
    """The weights nearest to the volumes that integrate the modes exactly: (S, N, d), (S, N) → (S, N).

    With F(n) = Σ_j v_j exp(−2πi n·s_j) the conditions are F(n) + Σ_m F(n − m) λ_m = V δ_n0 with V = F(0). The weights
    of a cloud are NaN if they do not integrate the modes: its points do not resolve them.
    """
    numbers = mode_grid(size).reshape(-1, len(size))
    twice = tuple(2 * m - 1 for m in size)
    modes = nufft_type1(fractions, volumes[..., np.newaxis], NufftPlan(twice, tolerance=TOLERANCE)).numpy()[:, 0]
    places = numbers[:, np.newaxis] - numbers + np.array(size) - 1
    systems = modes[(slice(None), *np.moveaxis(places, -1, 0))]  # F(n − m), (S, M, M)
    missing = -modes[(slice(None), *(numbers + np.array(size) - 1).T)]
    missing[:, np.all(numbers == 0, axis=-1)] = 0
    factors = _solve(systems, missing[..., np.newaxis]).reshape(-1, 1, *size)
    plan = NufftPlan(size, tolerance=TOLERANCE)
    weights = volumes * (1 + nufft_type2(fractions, factors, plan).numpy()[..., 0].real)
    left = nufft_type1(fractions, weights[..., np.newaxis], plan).numpy().reshape(len(weights), -1)
    total = volumes.sum(axis=1, keepdims=True)
    left[:, np.all(numbers == 0, axis=-1)] -= total
    exact = np.max(np.abs(left), axis=1, keepdims=True) <= EXACT * total  # false for NaN, and for a system of rounding
    return np.where(exact, weights, np.nan)


def _solve(systems, right):
    """Solutions of S linear systems, NaN where one is singular: there the points do not resolve the modes."""
    try:
        return np.linalg.solve(systems, right)
    except np.linalg.LinAlgError:
        if len(systems) == 1:
            return np.full_like(right, np.nan)
        return np.concatenate([_solve(*one) for one in zip(systems[:, np.newaxis], right[:, np.newaxis], strict=True)])
