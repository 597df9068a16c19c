"""Random configurations for the snapshots: stratified by cell, with a minimum distance over the torus.

The box is cut into equal cells, and each cell receives the same number of uniform points. (The paper says so
for 3-D only; its particle numbers are those of two points in a cell in every experiment.) No two points,
periodic images included, may be closer than δ_min.

To reject a whole configuration for one close pair would not end: for N = 200 on [0, 50] and δ_min = 0.05
about one in e⁴⁰ is admissible. Cells are redrawn instead, by partial rejection sampling: the cells that hold
a close pair, and then every cell that a point about to be discarded could have pushed on, because it lies
within δ_min. Redrawing these together leaves exactly the distribution that whole rejection would give;
redrawing the close pairs alone would not.

Reference: H. Guo, M. Jerrum, J. Liu, Uniform sampling through the Lovász local lemma, J. ACM 66 (2019).
"""

import itertools
import math
import numbers

import numpy as np
from scipy.spatial import cKDTree

from .arguments import check_cells, check_count, check_dimension, check_seed, check_sides

MAX_REDRAWS = 5000  # of some cells of one snapshot; the paper's settings need about ten
BALL_VOLUME = {1: 1.0, 2: math.pi / 4, 3: math.pi / 6}  # of a ball of diameter one
DENSEST_PACKING = {1: 1.0, 2: math.pi / math.sqrt(12), 3: math.pi / math.sqrt(18)}


def sample_positions(
    num_snapshots, box_length, cells, points_per_cell, min_distance, seed, *, dimension=None, first_snapshot=0
):
    """Positions of snapshots `first_snapshot`, …, `first_snapshot + num_snapshots − 1` of the data set named
    by `seed`.

    Snapshot i has a random stream of its own, made from (seed, i): it is the same whatever the number of
    snapshots and however they are divided into calls.

    Args:
        num_snapshots: S ≥ 1.
        box_length: one number, or d of them; the box is [0, L₁)×…×[0, L_d).
        cells: number of cells along each side, one integer for all or d of them.
        points_per_cell: points in every cell; N = points_per_cell · Π cells.
        min_distance: δ_min ≥ 0, in the unit of the box, at most half the shortest side.
        seed: integer in [0, 2⁶³).
        dimension: d = 1, 2 or 3; None takes it from the lengths of `box_length` or `cells`, and 1 if both are
            numbers.
        first_snapshot: index of the first snapshot wanted.

    Returns: (S, N, d) float64 in [0, L). Points are ordered by cell, the cells with the last dimension
        fastest.

    Raises: ValueError for a bad argument, or a δ_min that no configuration can keep, with the bound that it
        breaks; RuntimeError when a snapshot is not admissible after a bounded number of redraws.
    """
    num_snapshots = check_count("num_snapshots", num_snapshots)
    first_snapshot = check_count("first_snapshot", first_snapshot, minimum=0)
    seed = check_seed(seed)
    dimension = check_dimension(dimension, box_length=box_length, cells=cells)
    sides = check_sides(box_length, dimension)
    cells = check_cells(cells, dimension)
    points_per_cell = check_count("points_per_cell", points_per_cell)
    min_distance = check_min_distance(min_distance, sides, math.prod(cells) * points_per_cell)
    lattice = _Lattice(sides, cells, points_per_cell, min_distance)
    positions = np.empty((num_snapshots, lattice.num_points, dimension))
    for row in range(num_snapshots):
        stream = np.random.SeedSequence(seed, spawn_key=(first_snapshot + row,))
        positions[row] = lattice.draw(np.random.default_rng(stream))
    return positions


def check_min_distance(min_distance, sides, num_points):
    """`min_distance` as a float that N points in the box can keep, by the densest packing of balls.

    Raises: ValueError with the bound.
    """
    if not isinstance(min_distance, numbers.Real) or isinstance(min_distance, bool) or not min_distance >= 0:
        raise ValueError(f"min_distance must be a number of at least 0; received {min_distance!r}")
    if min_distance > np.min(sides) / 2:
        raise ValueError(
            f"min_distance must be at most {np.min(sides) / 2:g}, half the shortest side; received {min_distance!r}"
        )
    dimension = len(sides)
    ball = np.prod(sides) * DENSEST_PACKING[dimension] / (num_points * BALL_VOLUME[dimension])
    bound = ball ** (1 / dimension)
    if num_points > 1 and min_distance > bound:
        raise ValueError(
            f"min_distance must be at most {bound:.4g}, the densest packing of {num_points} points in a "
            f"box of {' × '.join(f'{side:g}' for side in sides)}; received {min_distance!r}"
        )
    return float(min_distance)


class _Lattice:
    """The cells of the box, and how a configuration is drawn in them."""

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
        """One admissible configuration, (N, d)."""
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
        if self.min_distance > 0:
            pairs = cKDTree(points, boxsize=self.sides).query_pairs(self.min_distance, output_type="ndarray")
            bad_cell[self.cell_of[pairs]] = True
        new = bad_cell[self.cell_of]
        while new.any():
            near = (points[new][:, None] + self.reach).reshape(-1, len(self.sides))
            corners = np.floor(near / self.sides * self.cells).astype(int) % self.cells
            grown = bad_cell.copy()
            grown[np.ravel_multi_index(tuple(corners.T), tuple(self.cells))] = True
            new = (grown & ~bad_cell)[self.cell_of]
            bad_cell = grown
        return bad_cell[self.cell_of]
