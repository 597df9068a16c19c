"""Random positions of snapshots with a minimum distance: exact samples of independent points *given* that no two of
them, periodic images included, are closer than δ_min.

Either the box is cut into equal cells with equally many uniform points in each (the paper says so for 3-D only, but all
its particle numbers are those of two points in a cell), or N points are uniform in the whole box, see `uniform`.

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

from .arguments import check_count, check_points
from .uniform import UniformPoints, close_points, inside, no_configuration

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
        num_snapshots, first_snapshot: S ≥ 1, and the index of the first one.
        box_length: one number, or d of them; the box is [0, L₁)×…×[0, L_d).
        cells, points_per_cell: number of cells along each side, one integer or d of them, and of points in every cell,
            N = points_per_cell · Π cells; both None for points uniform in the box.
        min_distance: δ_min ≥ 0, in the unit of the box, at most half the shortest side.
        seed: integer in [0, 2⁶³).
        dimension: d = 1, 2 or 3; default the length of `box_length` or `cells`, and 1 if both are numbers.
        num_points: N ≥ 1 without cells; None with them.

    Returns: (S, N, d) float64 in [0, L). Points are ordered by cell, the cells with the last dimension fastest; without
        cells their order is random.

    Raises: ValueError for a bad argument, or a δ_min that no configuration can keep; RuntimeError when a snapshot is
        not admissible after a bounded number of redraws.

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
        sampler = UniformPoints(sides, points["num_points"], min_distance)
    else:
        sampler = CellPoints(sides, points["cells"], points["points_per_cell"], min_distance)
    positions = np.empty((num_snapshots, points["num_points"], len(sides)))
    for row in range(num_snapshots):
        stream = np.random.SeedSequence(seed, spawn_key=(first_snapshot + row,))
        positions[row] = sampler.draw(np.random.default_rng(stream))
    return positions


class CellPoints:
    """Configurations with `points_per_cell` points in every cell; `sides` is (d,) float64, `cells` d ints."""

    def __init__(self, sides, cells, points_per_cell, min_distance):
        self.sides, self.cells, self.min_distance = sides, np.array(cells), min_distance
        self.cell_of = np.repeat(np.arange(math.prod(cells)), points_per_cell)  # (N,)
        self.corner_of = np.stack(np.unravel_index(self.cell_of, cells), axis=-1)  # (N, d), in cells
        self.num_points = len(self.cell_of)
        # Displacements that take a point into every cell within δ_min of it, in steps of at most one cell.
        steps = np.ceil(min_distance * self.cells / sides).astype(int)
        axes = [np.linspace(-min_distance, min_distance, 2 * step + 1) for step in steps]
        self.reach = np.array(list(itertools.product(*axes)))  # (R, d)

    def draw(self, generator):
        """One admissible configuration, (N, d), ordered by cell. Raises: RuntimeError after `MAX_CELL_REDRAWS`."""
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
        bad = np.zeros(self.cells.prod(), dtype=bool)  # cells
        new = self.cell_of[close_points(points, self.sides, self.min_distance)]
        while len(new):
            bad[new] = True
            near = (points[np.isin(self.cell_of, new)][:, None] + self.reach).reshape(-1, len(self.sides))
            corners = np.floor(near / self.sides * self.cells).astype(int) % self.cells
            reached = np.ravel_multi_index(tuple(corners.T), tuple(self.cells))
            new = reached[~bad[reached]]
        return bad[self.cell_of]
