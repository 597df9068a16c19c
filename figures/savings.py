"""How many large snapshots the two-scale strategy saves, from the two lines of a panel of Figure 7 or 8."""

import math
from dataclasses import dataclass

# How a number of one-scale snapshots may be known: exactly, at least, at most.
EXACT, MORE, LESS = "", ">", "≤"


@dataclass(frozen=True)
class Saving:
    """What one two-scale point saves.

    Attributes:
        error: the error it reaches.
        two: the large snapshots it takes.
        one: the large snapshots that one-scale training takes for the same error.
        bound: `EXACT`; `MORE` when one-scale training never reaches it, with its most snapshots as `one`; `LESS` when
            it is there with its fewest, with those as `one`.
    """

    error: float
    two: float
    one: float
    bound: str = EXACT

    @property
    def factor(self):
        """n₁/n₂, or its bound."""
        return self.one / self.two

    @property
    def factor_text(self):
        """The factor in two digits with its bound, for example "> 12"."""
        return f"{self.bound} {float(f'{self.factor:.2g}'):g}".strip()

    def sentence(self):
        """The saving in words."""
        needs = {
            EXACT: f"one-scale takes {self.one:.0f}",
            MORE: f"one-scale does not reach it with {self.one:.0f}",
            LESS: f"one-scale reaches it with {self.one:.0f}, its fewest",
        }
        return (
            f"two-scale reaches an error of {self.error:.5f} with {self.two:.0f} large snapshots, "
            f"{needs[self.bound]}: a factor of {self.factor_text}"
        )


def snapshots_needed(points, error):
    """The smallest number of snapshots at which a line reaches an error, interpolated on two logarithmic axes.

    Args:
        points: (snapshots, error) of the line, one or more, positive, in ascending order of snapshots.
        error: positive.

    Returns: (snapshots, bound): `LESS` when the first point is as good already, `MORE` when none is.
    """
    if points[0][1] <= error:
        return points[0][0], LESS
    for (n, above), (m, below) in zip(points, points[1:], strict=False):
        if below <= error:
            share = math.log(above / error) / math.log(above / below)
            return n * (m / n) ** share, EXACT
    return points[-1][0], MORE


def largest_saving(one, two):
    """The largest n₁/n₂ over all points (n₂, error) of the two-scale line; n₁ as `snapshots_needed` has it.

    Args:
        one, two: (snapshots, error) of the two lines in ascending order; points that are not positive and finite are
            left out.

    Returns: a `Saving`, or None when a line has no point. An upper bound is taken only when there is nothing else.
    """
    one, two = ([p for p in line if all(0 < value < math.inf for value in p)] for line in (one, two))
    if not one or not two:
        return None
    savings = [Saving(error, n, *snapshots_needed(one, error)) for n, error in two]
    return max(savings, key=lambda s: (s.bound != LESS, s.factor, s.bound == MORE))
