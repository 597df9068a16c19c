"""One random configuration with a minimum distance: exact samples, not a Markov chain.

`CellPoints`: points stratified by cell, by partial rejection sampling.

To reject a whole configuration for one close pair would not end: for N = 200 on [0, 50] and δ_min = 0.05
about one in e⁴⁰ is admissible. Cells are redrawn instead: those that hold a close pair, and then every cell
that a point about to be discarded could have pushed on, because it lies within δ_min. Redrawing these together
leaves exactly the distribution that whole rejection would give; redrawing the close pairs alone would not.

Reference: H. Guo, M. Jerrum, J. Liu, Uniform sampling through the Lovász local lemma, J. ACM 66 (2019).

`UniformPoints`: points uniform over the whole box.

The distribution is that of N independent uniform points, given that no two are closer than δ_min on the torus:
the same distribution as rejecting whole configurations, where that terminates. Redrawing close points by themselves,
or inserting points one after the other, would each give another distribution, and with N points free in one box
there are no cells to redraw. Three exact ways are used.

d = 1: the gaps between neighbours less δ_min are uniform on a simplex. The points are N sorted uniform numbers on
a circle of length L − Nδ_min with the gaps put back, at any density up to the closest packing.

d = 2, 3 with few close pairs: whole rejection.

d = 2, 3 else: hard discs or balls of *random* number are sampled exactly by partial rejection: in a Poisson process
every point with a close neighbour is discarded, the process is drawn afresh in the region within δ_min of the
discarded points, and so on until no pair is close. Such configurations with exactly N points have the wanted
distribution, whatever the intensity of the process; the intensity only makes N likely.

Reference: H. Guo, M. Jerrum, Perfect simulation of the hard disks model by partial rejection sampling,
Ann. Inst. Henri Poincaré D 8 (2021).
"""

import itertools
import math

import numpy as np
from scipy.spatial import cKDTree

MAX_CELL_REDRAWS = 5000  # of some cells of one snapshot; the paper's settings need about ten
MAX_REDRAWS = 2000  # of some region of one configuration; N = 450 and δ_min = 0.05 in 15² need about three
MAX_CLOSE_PAIRS = 5  # expected among independent points: one in about e⁵ configurations is then admissible
MAX_EXCESS = 20.0  # of intensity over density: at half of it partial rejection does not end any more
BALL_SHARE = {2: math.pi / 4, 3: math.pi / 6}  # volume of a ball of diameter one


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

        Raises: RuntimeError after `MAX_CELL_REDRAWS` redraws.
        """
        points = np.empty((self.num_points, len(self.sides)))
        redrawn = np.ones(self.num_points, dtype=bool)
        for _ in range(MAX_CELL_REDRAWS):
            uniform = generator.random((np.count_nonzero(redrawn), len(self.sides)))
            points[redrawn] = (self.corner_of[redrawn] + uniform) / self.cells * self.sides
            points = np.minimum(points, np.nextafter(self.sides, 0))  # rounding must not reach L itself
            redrawn = self.to_redraw(points)
            if not redrawn.any():
                return points
        raise RuntimeError(
            f"min_distance must be smaller for {self.num_points} points: no admissible configuration was "
            f"found in {MAX_CELL_REDRAWS} redraws; received {self.min_distance:g}"
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


class UniformPoints:
    """Configurations of N independent uniform points, given that no two of the torus are closer than δ_min.

    Args:
        sides: (d,) float64, the box.
        num_points: N ≥ 1.
        min_distance: δ_min ≥ 0, in the unit of the box.
    """

    def __init__(self, sides, num_points, min_distance):
        self.sides, self.num_points, self.min_distance = sides, num_points, min_distance
        self.draw_once, expected = self._line, 1.0
        if len(sides) > 1:
            share = num_points * BALL_SHARE[len(sides)] * min_distance ** len(sides) / np.prod(sides)
            close_pairs = (num_points - 1) / 2 * 2 ** len(sides) * share  # δ_min is a diameter here, a radius there
            self.intensity = num_points * _excess(share, len(sides))
            if close_pairs <= MAX_CLOSE_PAIRS:
                self.draw_once, expected = self._independent, math.exp(close_pairs)
            else:
                self.draw_once, expected = self._hard_balls, math.sqrt(2 * math.pi * num_points)
        self.max_draws = 1000 + int(100 * expected)

    def draw(self, generator):
        """One admissible configuration, (N, d), in random order.

        Raises: RuntimeError after a bounded number of attempts.
        """
        for _ in range(self.max_draws):
            points = self.draw_once(generator)
            # On a line only rounding can bring two points too close, when they are packed to the last digit.
            if len(points) == self.num_points and not len(close_points(points, self.sides, self.min_distance)):
                return generator.permutation(points)
        self._give_up(f"{self.max_draws} configurations")

    def _independent(self, generator):
        return self._uniform(generator, self.num_points)

    def _line(self, generator):
        free = self.sides[0] - self.num_points * self.min_distance
        shifts = np.sort(free * generator.random(self.num_points - 1))
        after_first = np.append(0, shifts) + self.min_distance * np.arange(self.num_points)
        return self._inside((self.sides * generator.random() + after_first)[:, None] % self.sides)

    def _hard_balls(self, generator):
        """A sample of the hard-ball model with a random number of points."""
        points = self._uniform(generator, generator.poisson(self.intensity))
        for _ in range(MAX_REDRAWS):
            bad = np.zeros(len(points), dtype=bool)
            bad[close_points(points, self.sides, self.min_distance)] = True
            if not bad.any():
                return points
            # A Poisson process on the region is one on the box, less what falls outside the region. A good point
            # is never inside: within δ_min of a bad point it would be bad itself.
            fresh = self._uniform(generator, generator.poisson(self.intensity))
            tree = cKDTree(points[bad], boxsize=self.sides)
            distance, _ = tree.query(fresh, distance_upper_bound=np.nextafter(self.min_distance, np.inf))
            points = np.concatenate([points[~bad], fresh[np.isfinite(distance)]])
        self._give_up(f"{MAX_REDRAWS} redraws")

    def _uniform(self, generator, count):
        return self._inside(self.sides * generator.random((count, len(self.sides))))

    def _inside(self, points):
        return np.minimum(points, np.nextafter(self.sides, 0))  # rounding must not reach L itself

    def _give_up(self, attempts):
        raise RuntimeError(
            f"min_distance must be smaller for {self.num_points} points: no admissible configuration was "
            f"found in {attempts}; received {self.min_distance:g}"
        )


def _excess(share, dimension):
    """Activity over density of discs (scaled particle theory) or balls (Carnahan and Starling) that fill `share`."""
    if dimension == 2:
        exponent = share * (3 - 2 * share) / (1 - share) ** 2 - math.log1p(-share)
    else:
        exponent = share * (8 - 9 * share + 3 * share**2) / (1 - share) ** 3
    return min(math.exp(min(exponent, 100)), MAX_EXCESS)
