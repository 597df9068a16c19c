"""Random points stratified by cell, with a minimum distance: partial rejection sampling.

To reject a whole configuration for one close pair would not end: for N = 200 on [0, 50] and δ_min = 0.05
about one in e⁴⁰ is admissible. Cells are redrawn instead: those that hold a close pair, and then every cell
that a point about to be discarded could have pushed on, because it lies within δ_min. Redrawing these together
leaves exactly the distribution that whole rejection would give; redrawing the close pairs alone would not.

Reference: H. Guo, M. Jerrum, J. Liu, Uniform sampling through the Lovász local lemma, J. ACM 66 (2019).
"""

import itertools
import math

import numpy as np
from scipy.spatial import cKDTree

MAX_REDRAWS = 5000  # of some cells of one snapshot; the paper's settings need about ten


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
        # Displacements by which a point meets every cell within δ_min of it: steps of at most one cell.
        steps = np.ceil(min_distance * self.cells / sides).astype(int)
        axes = [np.linspace(-min_distance, min_distance, 2 * step + 1) for step in steps]
        self.reach = np.array(list(itertools.product(*axes)))  # (R, d)

    def draw(self, generator):
        """One admissible configuration, (N, d), ordered by cell, the cells with the last dimension fastest.

        Raises: RuntimeError after `MAX_REDRAWS` redraws.
        """
        points = np.empty((self.num_points, len(self.sides)))
        redrawn = np.ones(self.num_points, dtype=bool)
        for _ in range(MAX_REDRAWS):
            uniform = generator.random((np.count_nonzero(redrawn), len(self.sides)))
            points[redrawn] = (self.corner_of[redrawn] + uniform) / self.cells * self.sides
            points = np.minimum(points, np.nextafter(self.sides, 0))  # rounding must not reach L itself
            redrawn = self.to_redraw(points)
            if not redrawn.any():
                return points
        raise RuntimeError(
            f"min_distance must be smaller for {self.num_points} points: no admissible configuration was "
            f"found in {MAX_REDRAWS} redraws; received {self.min_distance:g}"
        )

    def to_redraw(self, points):
        """Which points are drawn again, (N,) bool: whole cells, none if the configuration is admissible."""
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
