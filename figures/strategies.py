"""Numbers of Figures 7 and 8: pairs of one-scale and two-scale lines, and the snapshots that two-scale saves."""

import math
from dataclasses import dataclass

from experiments.paper.sizes import panel_words
from experiments.records import RecordError, presets_of, read_records

# A number of one-scale snapshots is exact or an upper bound.
EXACT, LESS = "", "≤"
# Errors closer to the lowest one-scale error count as reached: there the end of the training decides, not the number of
# snapshots, and a line that is lower by a tenth would seem to save any number of them.
REACHED = 2.0
EXPLANATION = (
    "The factor of a two-scale point is n₁/n₂. n₂ is its number of large snapshots. n₁ is the smallest number at which "
    "the one-scale medians, interpolated on logarithmic axes, reach the same error, or twice their lowest error if "
    "that is larger."
)


@dataclass(frozen=True)
class Saving:
    """The large snapshots that one two-scale point saves.

    If one-scale training reaches the error with its smallest number of snapshots, `one` is that number, and the bound
    is `LESS`.
    """

    error: float  # that both reach
    two: float  # number of large snapshots of the two-scale point
    one: float  # number of large snapshots of one-scale training
    bound: str = EXACT

    @property
    def factor(self):
        """n₁/n₂."""
        return self.one / self.two

    @property
    def factor_text(self):
        """The factor in two digits with its bound, for example "≤ 1.2"."""
        return f"{self.bound} {float(f'{self.factor:.2g}'):g}".strip()

    def sentence(self):
        """The saving in words."""
        needs = f"one-scale takes {self.one:.0f}"
        if self.bound == LESS:
            needs = f"one-scale reaches it with {self.one:.0f}, its fewest"
        return (
            f"two-scale reaches an error of {self.error:.5f} with {self.two:.0f} large snapshots, "
            f"{needs}: a factor of {self.factor_text}"
        )


def snapshots_needed(points, error):
    """The smallest number of snapshots at which a line reaches an error, interpolated on logarithmic axes.

    The line is a list of positive (snapshots, error) in ascending order of snapshots. One of them reaches the error.
    Returns: (snapshots, bound): `LESS` when the first point already reaches the error.
    """
    if points[0][1] <= error:
        return points[0][0], LESS
    first = next(i for i, (_, below) in enumerate(points) if below <= error)
    (fewer, above), (more, below) = points[first - 1 : first + 1]
    share = math.log(above / error) / math.log(above / below)
    return fewer * (more / fewer) ** share, EXACT


def largest_saving(one, two):
    """The largest n₁/n₂ over all points (n₂, error) of the two-scale line; see `EXPLANATION`.

    Both lines are lists of (snapshots, error) in ascending order. Points that are not positive and finite are ignored.
    Returns: a `Saving`, or None when a line has no point. Upper bounds are used only if there are no others.
    """
    one, two = ([p for p in line if all(0 < value < math.inf for value in p)] for line in (one, two))
    if not one or not two:
        return None
    lowest = REACHED * min(error for _, error in one)
    targets = [(max(error, lowest), n) for n, error in two]
    savings = [Saving(error, n, *snapshots_needed(one, error)) for error, n in targets]
    return max(savings, key=lambda s: (s.bound != LESS, s.factor))


@dataclass(frozen=True)
class Pair:
    """One data set with the results of both strategies."""

    labels: dict  # identifies the data in a record's cell: {"alpha": 0.9} or {"kernel": …, "alpha": …}
    name: str  # the labels in words
    one: dict  # {n: `Entry`} in ascending order of the number of snapshots
    two: dict
    saving: Saving | None
    records: tuple  # of both strategies


def pairs_of(table):
    """The `Pair`s with records of a table of Figure 7 or 8, in its order.

    Raises: RecordError naming a record whose α₁ is not a number.
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
                raise RecordError(f"{records[0].path}: alpha must be a number; received {labels['alpha']!r}")
            pairs.append(Pair(labels, panel_words(labels), one, two, saving, records))
    return pairs


def small_records(root, item, preset):
    """The records of the small phases of an item's two-scale runs; an empty list when they are not stored."""
    small = f"{item}_small"
    return read_records(root, small, preset) if preset in presets_of(root, small) else []


def savings_text(pairs):
    """Savings of two-scale training as Markdown: one line per pair, and the definition of the factor."""
    lines = [f"- {pair.name}: {pair.saving.sentence()}." for pair in pairs if pair.saving]
    small = [record.settings["small_phase"] for p in pairs for record in p.records if "small_phase" in record.settings]
    counts = sorted({phase["training"]["num_snapshots"] for phase in small})
    begin = f"The two-scale runs begin with {' to '.join(f'{n:,}' for n in counts)} small snapshots." if counts else ""
    if not lines:
        return begin
    head = f"Large snapshots saved by two-scale training, the largest factor of each pair of lines. {begin}".strip()
    return "\n".join([head, "", *lines, "", EXPLANATION])
