"""Random positions of snapshots with a minimum distance: exact samples of independent points *given* that no two of
them, periodic images included, are closer than δ_min.

Either the box is cut into equal cells with equally many uniform points in each. (The paper says so for 3-D only; its
particle numbers are those of two points in a cell in every experiment.) Or N points are uniform in the whole box, see
`uniform`.

Rejecting a whole configuration for one close pair would not terminate: for N = 200 on [0, 50] and δ_min = 0.05 about
one configuration in e⁴⁰ is admissible. Cells are redrawn instead: first those that hold a close pair, then repeatedly
every cell within δ_min of a point that is about to be discarded, because that point could have excluded points there.
Redrawing all of them together gives the same distribution as rejecting whole configurations. Redrawing the close pairs
alone would not.

Reference: H. Guo, M. Jerrum, J. Liu, Uniform sampling through the Lovász local lemma, J. ACM 66 (2019).
"""

import itertools
import math

import numpy as np
from scipy.spatial import cKDTree

from .arguments import check_count, check_points

MAX_CELL_REDRAWS = 5000  # for one snapshot; the paper's settings need about ten


def sample_positions(
    num_snapshots,
    box_length,
    cells,
    points_per_cell,
    min_distance,
    seed,
    *,
    dimension=None,
    first_snapshot=0,
    num_points=None,
):
    """Positions of snapshots `first_snapshot`, …, `first_snapshot + num_snapshots − 1` of the data set named `seed`.

    Snapshot i has its own random stream, made from (seed, i): it does not depend on the other snapshots of a call.

    Args:
        num_snapshots: S ≥ 1.
        box_length: one number, or d of them; the box is [0, L₁)×…×[0, L_d).
        cells: number of cells along each side, one integer or d of them; or None, for points uniform in the box.
        points_per_cell: points in every cell, N = points_per_cell · Π cells; None without cells.
        min_distance: δ_min ≥ 0, in the unit of the box, at most half the shortest side.
        seed: integer in [0, 2⁶³).
        dimension: d = 1, 2 or 3; default the length of `box_length` or `cells`, and 1 if both are numbers.
        first_snapshot: index of the first snapshot wanted.
        num_points: N ≥ 1 without cells; None with them.

    Returns: (S, N, d) float64 in [0, L). Points are ordered by cell, the cells with the last dimension fastest; without
        cells their order is random.

    Raises: ValueError for a bad argument, or a δ_min that no configuration can keep, with its bound; RuntimeError when
        a snapshot is not admissible after a bounded number of redraws.

    Example: 10 × 10 cells of two points each, or 30 points anywhere.
        >>> from data_gen import sample_positions
        >>> sample_positions(3, (5.0, 5.0), 10, 2, min_distance=0.05, seed=0).shape
        (3, 200, 2)
        >>> sample_positions(3, (5.0, 5.0), None, None, min_distance=0.05, seed=0, num_points=30).shape
        (3, 30, 2)
    """
    num_snapshots = check_count("num_snapshots", num_snapshots)
    first_snapshot = check_count("first_snapshot", first_snapshot, minimum=0)
    seed = check_count("seed", seed, minimum=0)
    points = check_points(box_length, cells, points_per_cell, num_points, min_distance, dimension)
    sides, min_distance = np.array(points["box_length"]), points["min_distance"]
    if points["cells"] is None:
        from .uniform import UniformPoints  # which needs `close_points` of this module

        sampler = UniformPoints(sides, points["num_points"], min_distance)
    else:
        sampler = CellPoints(sides, points["cells"], points["points_per_cell"], min_distance)
    positions = np.empty((num_snapshots, points["num_points"], len(sides)))
    for row in range(num_snapshots):
        stream = np.random.SeedSequence(seed, spawn_key=(first_snapshot + row,))
        positions[row] = sampler.draw(np.random.default_rng(stream))
    return positions


class CellPoints:
    """Configurations with the same number of independent uniform points in every cell, given that no two points
    of the torus are closer than δ_min.

    Args:
        sides: (d,) float64, the box.
        cells: number of cells along each side, d ints.
        points_per_cell: points in every cell; N = points_per_cell · Π cells.
        min_distance: δ_min ≥ 0, in the unit of the box.
    """

    def __init__(self, sides, cells, points_per_cell, min_distance):
        self.sides, self.cells, self.min_distance = sides, np.array(cells), min_distance
        self.num_points = math.prod(cells) * points_per_cell
        corners = np.stack(np.meshgrid(*map(np.arange, cells), indexing="ij"), axis=-1).reshape(-1, len(cells))
        self.corner_of = np.repeat(corners, points_per_cell, axis=0)  # (N, d), in cells
        self.cell_of = np.repeat(np.arange(math.prod(cells)), points_per_cell)  # (N,)
        # Displacements that take a point into every cell within δ_min of it, in steps of at most one cell.
        steps = np.ceil(min_distance * self.cells / sides).astype(int)
        axes = [np.linspace(-min_distance, min_distance, 2 * step + 1) for step in steps]
        self.reach = np.array(list(itertools.product(*axes)))  # (R, d)

    def draw(self, generator):
        """One admissible configuration, (N, d), ordered by cell, the cells with the last dimension fastest.

        Raises: RuntimeError after `MAX_CELL_REDRAWS` redraws.
        """
        points = np.empty((self.num_points, len(self.sides)))
        redrawn = np.ones(self.num_points, dtype=bool)
        for _ in range(MAX_CELL_REDRAWS):
            uniform = generator.random((np.count_nonzero(redrawn), len(self.sides)))
            points[redrawn] = (self.corner_of[redrawn] + uniform) / self.cells * self.sides
            points = inside(points, self.sides)
            redrawn = self.to_redraw(points)
            if not redrawn.any():
                return points
        raise no_configuration(self, f"{MAX_CELL_REDRAWS} redraws")

    def to_redraw(self, points):
        """Which points are drawn again, (N,) bool: whole cells; none if the configuration is admissible."""
        bad_cell = np.zeros(self.cells.prod(), dtype=bool)
        bad_cell[self.cell_of[close_points(points, self.sides, self.min_distance)]] = True
        new = bad_cell[self.cell_of]
        while new.any():
            near = (points[new][:, None] + self.reach).reshape(-1, len(self.sides))
            corners = np.floor(near / self.sides * self.cells).astype(int) % self.cells
            grown = bad_cell.copy()
            grown[np.ravel_multi_index(tuple(corners.T), tuple(self.cells))] = True
            new = (grown & ~bad_cell)[self.cell_of]
            bad_cell = grown
        return bad_cell[self.cell_of]


def close_points(points, sides, min_distance):
    """Indices of the points (N, d) with another one closer than δ_min on the torus, with repetitions."""
    if min_distance == 0:
        return np.empty(0, dtype=np.intp)
    below = np.nextafter(min_distance, 0)  # the tree includes the radius itself
    return cKDTree(points, boxsize=sides).query_pairs(below, output_type="ndarray").ravel()


def inside(points, sides):
    """Points that rounding has put on the upper end L of a side are moved below it: (N, d) -> (N, d)."""
    return np.minimum(points, np.nextafter(sides, 0))


def no_configuration(sampler, attempts):
    """The error of a sampler that gives up."""
    return RuntimeError(
        f"min_distance must be smaller for {sampler.num_points} points: no admissible configuration was found in "
        f"{attempts}; received {sampler.min_distance:g}"
    )
