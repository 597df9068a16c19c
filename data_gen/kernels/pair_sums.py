"""Sums of the exact Green's function of Eq. (7) over all pairs of one snapshot, d = 2 or 3, faster than pair by pair.

    U_j = Σ_{i≠j} G(x_j − x_i),    ∇U_j = Σ_{i≠j} ∇G(x_j − x_i)

Where the interaction is short against the box, only the near pairs are summed. Else the Ewald split divides the
work: near pairs directly, and the far part mode by mode, its double sum over points being a product of two single
ones. Errors are below 1e-10 of the root-mean-square gradient, and of the largest U_j.
"""

import math

import numpy as np
from scipy.spatial import cKDTree

from .ewald import EXPONENT, FreeSpace, ewald_split
from .green_functions import LARGEST_DECAY, nearest_image

BALANCE = {2: 2.0, 3: 25.0}  # (r_c/V^(1/d))^(2d)·N where near pairs and modes were measured to take equal time
MOST_PAIRS = 2**24  # near pairs of a snapshot of uniform points, which are in memory together
PAIRS_PER_BLOCK = 2**15  # small enough for the cache
NUMBERS_PER_BLOCK = 2**17  # in one temporary array of the far part


def green_function_sums(mu, points, sides):
    """U_j and ∇U_j of every point of one snapshot.

    Matrix products are written with `einsum`, because the rounding of BLAS depends on the number of threads.

    `mu` is the inverse interaction length μ > 0, `points` (N, d) float64 with d = 2 or 3, where points outside the box
    stand for their images inside, and `sides` (d,) the box.

    Returns: U (N,) and ∇U (N, d), float64; None where neither way is exact, for a few points far apart. Coincident
        points have U = +inf, and no force between them.
    """
    num_points, dimension = points.shape
    if num_points < 2:
        return np.zeros(num_points), np.zeros((num_points, dimension))
    tree = torus_tree(points, sides)
    points = np.array(tree.data)
    closest = tree.query(points, k=2)[0][:, 1].min()
    half_side = sides.min() / 2  # up to here a point has one image of every other
    cutoff = np.prod(sides) ** (1 / dimension) * (BALANCE[dimension] / num_points) ** (0.5 / dimension)
    cutoff = float(min(half_side, cutoff, _cutoff_of_pairs(MOST_PAIRS, num_points, sides)))
    # A pair further apart than the closest one by c/μ has less than exp(−c) of its share.
    reach = closest + EXPONENT / mu
    if reach <= min(half_side, 1.5 * cutoff):
        return _near_sums(FreeSpace(mu, dimension), points, sides, tree.query_pairs(reach, output_type="ndarray"))
    if mu * closest > LARGEST_DECAY:
        return None  # all pairs' shares are so small that the rounding of the far part would show
    split = ewald_split(mu, tuple(sides.tolist()), cutoff)
    near = _near_sums(split, points, sides, tree.query_pairs(cutoff, output_type="ndarray"))
    far = _far_sums(split, points)
    return near[0] + far[0], near[1] + far[1]


def _cutoff_of_pairs(pairs, num_points, sides):
    """The distance within which N uniform points in the box (d,) have this number of pairs, N²/2V times a ball."""
    dimension = len(sides)
    unit_ball = math.pi if dimension == 2 else 4 / 3 * math.pi
    return (2 * pairs * np.prod(sides) / (unit_ball * num_points**2)) ** (1 / dimension)


def torus_tree(points, sides):
    """A tree of points (N, d) anywhere, taken into the box of `sides` (d,), whose distances are those on the torus."""
    points = np.mod(points, sides)
    return cKDTree(np.where(points < sides, points, 0.0), boxsize=sides)  # rounding: np.mod(-1e-20, 5) is 5


def _near_sums(near, points, sides, pairs):
    """Σ f(r) and Σ f'(r) s/r over `pairs` (P, 2), for each of both ends: (N,), (N, d)."""
    num_points, dimension = points.shape
    potentials, gradients = np.zeros(num_points), np.zeros((dimension, num_points))
    for start in range(0, len(pairs), PAIRS_PER_BLOCK):
        i, j = np.ascontiguousarray(pairs[start : start + PAIRS_PER_BLOCK].T)
        # Components first, (d, P): sums over the pairs run along contiguous memory.
        s = nearest_image((points[j] - points[i]).T, sides[:, None])
        r = np.sqrt(np.sum(s * s, axis=0))
        value = near.value(r)
        slope_over_r = np.divide(near.slope(r), r, out=np.zeros_like(r), where=r > 0)
        potentials += np.bincount(i, value, num_points) + np.bincount(j, value, num_points)
        for a in range(dimension):
            component = slope_over_r * s[a]
            gradients[a] += np.bincount(j, component, num_points) - np.bincount(i, component, num_points)
    return potentials, gradients.T


def _far_sums(split, points):
    """The far part at every point, Σ_n c(n) Π_a cos k_a(x_ja − x_ia) summed over i ≠ j, and its gradient: (N,), (N, d).

    With cos k(x − y) = cos kx cos ky + sin kx sin ky this is Σ_m c_m φ_m(x_j) Σ_i φ_m(x_i) over real products of
    cosines and sines. The first d − 1 factors of φ are combined to the rows of `outer`.
    """
    num_points, dimension = points.shape
    *axes, last = (_Waves(k, x) for k, x in zip(split.wavenumbers, points.T, strict=True))
    outer = np.indices([len(axis.order) for axis in axes]).reshape(len(axes), -1)
    potentials, gradients = np.zeros(num_points), np.zeros((dimension, num_points))
    rows_per_block = max(1, NUMBERS_PER_BLOCK // max(num_points, len(last.order)))
    for start in range(0, outer.shape[1], rows_per_block):
        rows = list(zip(axes, outer[:, start : start + rows_per_block], strict=True))
        waves = math.prod(axis.waves[row] for axis, row in rows)  # (R, N)
        structure = np.einsum("rj,mj->rm", waves, last.waves)
        structure *= split.coefficients[(*(axis.order[row][:, None] for axis, row in rows), last.order)]
        field = np.einsum("rm,mj->rj", structure, last.waves)
        potentials += (waves * field).sum(axis=0)
        for a in range(len(axes)):
            slopes = math.prod((axis.slopes if axis is axes[a] else axis.waves)[row] for axis, row in rows)
            gradients[a] += (slopes * field).sum(axis=0)
        gradients[-1] += (waves * np.einsum("rm,mj->rj", structure, last.slopes)).sum(axis=0)
    return potentials - split.coefficients.sum(), gradients.T  # Σ_i had i = j, where each product of cosines is 1


class _Waves:
    """cos kx and sin kx along one axis, `waves` (m, N), their derivatives `slopes` (m, N), and `order` (m,), n of k."""

    def __init__(self, wavenumbers, x):
        k = wavenumbers[:, None]
        cosine, sine = np.cos(k * x), np.sin(k * x)
        self.waves = np.concatenate([cosine, sine[1:]])  # there is no sine for n = 0
        self.slopes = np.concatenate([-k * sine, k[1:] * cosine[1:]])
        self.order = np.concatenate([np.arange(len(k)), np.arange(1, len(k))])
