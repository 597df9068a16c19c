"""Figures 7 and 8 as numbers: pairs of one-scale and two-scale lines, and the large snapshots that two-scale saves."""

import math
from dataclasses import dataclass

from experiments.paper.sizes import panel_words
from experiments.records import RecordError, presets_of, read_records

# How a number of one-scale snapshots may be known: exactly, at least, at most.
EXACT, MORE, LESS = "", ">", "≤"
EXPLANATION = (
    "The factor of a two-scale point is n₁/n₂: n₂ its own number of large snapshots, n₁ the smallest number at "
    "which the line through the one-scale medians, straight on logarithmic axes, has come down to its error. "
    "“>”: one-scale training does not reach it with the most snapshots tried, and n₁ is those."
)


@dataclass(frozen=True)
class Saving:
    """What one two-scale point saves.

    The bound is `MORE` when one-scale training does not reach the error, with its most snapshots as `one`, and `LESS`
    when it reaches the error with its fewest snapshots, with those as `one`.
    """

    error: float  # that the point reaches
    two: float  # the large snapshots it takes
    one: float  # the large snapshots that one-scale training takes for the same error
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

    The line is one or more positive (snapshots, error), in ascending order of snapshots.
    Returns: (snapshots, bound): `LESS` when the first point already reaches the error, `MORE` when no point does.
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

    Both lines are (snapshots, error) in ascending order; points that are not positive and finite are left out.
    Returns: a `Saving`, or None when a line has no point. An upper bound is taken only when there is nothing else.
    """
    one, two = ([p for p in line if all(0 < value < math.inf for value in p)] for line in (one, two))
    if not one or not two:
        return None
    savings = [Saving(error, n, *snapshots_needed(one, error)) for n, error in two]
    return max(savings, key=lambda s: (s.bound != LESS, s.factor, s.bound == MORE))


@dataclass(frozen=True)
class Pair:
    """One set of data, learned by both strategies."""

    labels: dict  # what names the data in a record's cell, {"alpha": 0.9} or {"kernel": …, "alpha": …}
    name: str  # the same in words
    one: dict  # {n: `Entry`} in ascending order of the number of snapshots
    two: dict
    saving: Saving | None
    records: tuple  # of both strategies


def pairs_of(table):
    """The `Pair`s of a table of Figure 7 or 8, in its order, those without a record left out.

    Raises: RecordError naming a record whose α₁ is no number.
    """
    pairs = []
    for data in dict.fromkeys(row[:-1] for row in table.rows):  # a row ends with the strategy
        rows = [(*data, strategy) for strategy in ("one", "two")]
        one, two = ({n: table.entries[row, n] for n in table.columns if (row, n) in table.places} for row in rows)
        records = tuple(r for (row, _), found in table.places.items() if row[:-1] == data for r in found)
        if records:
            saving = largest_saving(*([(n, entry.median) for n, entry in line.items()] for line in (one, two)))
            labels = dict(zip(table.item.row_keys, data, strict=False))
            if not isinstance(labels["alpha"], (int, float)):
                raise RecordError(f"{records[0].path}: alpha must be a number, received {labels['alpha']!r}")
            pairs.append(Pair(labels, panel_words(labels), one, two, saving, records))
    return pairs


def small_records(root, item, preset):
    """The records of the small phases that the two-scale runs of an item began with; none when they are not stored."""
    small = f"{item}_small"
    return read_records(root, small, preset) if preset in presets_of(root, small) else []


def savings_text(pairs, small=()):
    """What the two-scale strategy saves, as Markdown: a line for each pair, and how it is counted.

    The `Record`s of the small phases tell the number of their snapshots.
    """
    lines = [f"- {pair.name}: {pair.saving.sentence()}." for pair in pairs if pair.saving]
    settings = [record.settings.get("small_phase") for pair in pairs for record in pair.records]
    settings += [record.settings for record in small]
    counts = set()
    for setting in settings:
        training = setting.get("training") if isinstance(setting, dict) else None
        count = training.get("num_snapshots") if isinstance(training, dict) else None
        if isinstance(count, int):
            counts.add(count)
    counts = sorted({min(counts), max(counts)}) if counts else []  # fewest and most
    begin = f"The two-scale runs begin with {' to '.join(f'{n:,}' for n in counts)} small snapshots." if counts else ""
    if not lines:
        return begin
    head = f"Large snapshots saved by two-scale training, the largest factor of each pair of lines. {begin}".strip()
    return "\n".join([head, "", *lines, "", EXPLANATION])
