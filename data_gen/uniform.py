"""Points uniform in the whole box with a minimum distance δ_min, sampled exactly.

The distribution is that of N independent uniform points, given that no two are closer than δ_min on the torus:
the same distribution as rejecting whole configurations, where that terminates. Redrawing close points alone, or
inserting points one after the other, would give other distributions. There are three exact ways.

d = 1: the gaps between neighbours less δ_min are uniform on a simplex. The points are N sorted uniform numbers on
a circle of length L − Nδ_min with the gaps put back, at any density up to the closest packing.
d = 2, 3, few close pairs: rejection of whole configurations.
d = 2, 3, many close pairs: partial rejection samples hard discs or balls of *random* number exactly. In a Poisson
process every point with a close neighbour is discarded, the process is drawn afresh in the region within δ_min of the
discarded points, and so on until no pair is close. Those configurations that have exactly N points have the wanted
distribution, whatever the intensity of the process; the intensity is chosen so that N is likely.

Reference: H. Guo, M. Jerrum, Perfect simulation of the hard disks model by partial rejection sampling,
Ann. Inst. Henri Poincaré D 8 (2021).
"""

import math

import numpy as np
from scipy.spatial import cKDTree

from .arguments import BALL_VOLUME

MAX_REDRAWS = 2000  # of some region of one configuration; N = 450 and δ_min = 0.05 in 15² need about three
MAX_CLOSE_PAIRS = 5  # expected among independent points: one in about e⁵ configurations is then admissible
MAX_EXCESS = 20.0  # of intensity over density: at half of it partial rejection no longer terminates


class UniformPoints:
    """Configurations of `num_points` points in the box of `sides`, (d,) float64, with δ_min = `min_distance`."""

    def __init__(self, sides, num_points, min_distance):
        self.sides, self.num_points, self.min_distance = sides, num_points, min_distance
        self.draw_once, expected = self._line, 1.0
        if len(sides) > 1:
            share = num_points * BALL_VOLUME[len(sides)] * min_distance ** len(sides) / np.prod(sides)
            close_pairs = (num_points - 1) / 2 * 2 ** len(sides) * share  # δ_min is a diameter here, a radius there
            # Activity over density of discs (scaled particle theory) or balls (Carnahan and Starling).
            if len(sides) == 2:
                exponent = share * (3 - 2 * share) / (1 - share) ** 2 - math.log1p(-share)
            else:
                exponent = share * (8 - 9 * share + 3 * share**2) / (1 - share) ** 3
            self.intensity = num_points * min(math.exp(min(exponent, 100)), MAX_EXCESS)
            if close_pairs <= MAX_CLOSE_PAIRS:
                self.draw_once, expected = self._independent, math.exp(close_pairs)
            else:
                self.draw_once, expected = self._hard_balls, math.sqrt(2 * math.pi * num_points)
        self.max_draws = 1000 + int(100 * expected)

    def draw(self, generator):
        """One admissible configuration, (N, d), in random order. Raises: RuntimeError after `max_draws` attempts."""
        for _ in range(self.max_draws):
            points = self.draw_once(generator)
            # In 1-D only rounding can bring two points too close, near the closest packing.
            if len(points) == self.num_points and not len(close_points(points, self.sides, self.min_distance)):
                return generator.permutation(points)
        raise no_configuration(self, f"{self.max_draws} configurations")

    def _independent(self, generator):
        return self._uniform(generator, self.num_points)

    def _line(self, generator):
        free = self.sides[0] - self.num_points * self.min_distance
        shifts = np.sort(free * generator.random(self.num_points - 1))
        after_first = np.append(0, shifts) + self.min_distance * np.arange(self.num_points)
        return inside((self.sides * generator.random() + after_first)[:, None] % self.sides, self.sides)

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
        raise no_configuration(self, f"{MAX_REDRAWS} redraws")

    def _uniform(self, generator, count):
        return inside(self.sides * generator.random((count, len(self.sides))), self.sides)


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
    reason = f"no admissible configuration was found in {attempts}; received {sampler.min_distance:g}"
    return RuntimeError(f"min_distance must be smaller for {sampler.num_points} points: {reason}")
