"""Figures 7 and 8 as numbers: the lines of a table, joined to pairs of one-scale and two-scale training."""

from dataclasses import dataclass
from pathlib import Path

from figures.layouts import KERNELS
from figures.records import RecordError, presets_of, read_records
from figures.savings import Saving, largest_saving

STRATEGY_ITEMS = ("figure7", "figure8")


@dataclass(frozen=True)
class Pair:
    """One set of data, learned by both strategies.

    Attributes:
        labels: what names the data in a record's cell, {"alpha": 0.9} or {"kernel": …, "alpha": …}.
        name: the same in words.
        one, two: entries of the table by number of snapshots, {n: `Entry`}, in ascending order.
        saving: a `Saving`, or None.
        records: of both strategies.
    """

    labels: dict
    name: str
    one: dict
    two: dict
    saving: Saving | None
    records: tuple


def pairs_of(table):
    """The `Pair`s of a table of Figure 7 or 8, in its order, those without a record left out.

    Raises: RecordError naming a record whose α₁ is no number.
    """
    keys = table.layout.row_keys[:-1]  # the last one is the strategy
    pairs = []
    for data in dict.fromkeys(row[:-1] for row in table.rows):
        one, two = (_entries(table, (*data, strategy)) for strategy in ("one", "two"))
        records = tuple(r for (row, _), found in table.places.items() if row[:-1] == data for r in found)
        if records:
            saving = largest_saving(*([(n, entry.mean) for n, entry in line.items()] for line in (one, two)))
            labels = dict(zip(keys, data, strict=True))
            if not isinstance(labels["alpha"], (int, float)):
                raise RecordError(f"{records[0].path}: alpha must be a number, received {labels['alpha']!r}")
            pairs.append(Pair(labels, _name(labels), one, two, saving, records))
    return pairs


def _entries(table, row):
    return {n: table.entries[row, n] for n in table.columns if (row, n) in table.places}


def _name(labels):
    kernel = labels.get("kernel")
    alpha = f"α₁ = {labels['alpha']:g}"
    return alpha if kernel is None else f"{KERNELS.get(kernel, kernel)}, {alpha}"


def small_records(root, item, preset):
    """The records of the small phases that the two-scale runs of an item began with; none when they are not stored."""
    small = f"{item}_small"
    return read_records(root, small, preset) if preset in presets_of(Path(root), small) else []


def savings_text(pairs, small=()):
    """What the two-scale strategy saves, as Markdown: a line for each pair, and how it is counted.

    Args:
        pairs: list of `Pair`.
        small: `Record`s of the small phases, for the number of their snapshots.
    """
    lines = [f"- {pair.name}: {pair.saving.sentence()}." for pair in pairs if pair.saving]
    counts = small_snapshots(pairs, small)
    begin = f"The two-scale runs begin with {' to '.join(f'{n:,}' for n in counts)} small snapshots." if counts else ""
    if not lines:
        return begin
    return "\n".join(
        [
            f"Large snapshots saved by two-scale training, the largest factor of each pair of lines. {begin}".strip(),
            "",
            *lines,
            "",
            "The factor of a two-scale point is n₁/n₂: n₂ its own number of large snapshots, n₁ the smallest number at "
            "which the line through the one-scale means, straight on logarithmic axes, has come down to its error. "
            "“>”: one-scale training does not reach it with the most snapshots tried, and n₁ is those.",
        ]
    )


def small_snapshots(pairs, small=()):
    """The numbers of small snapshots that the two-scale runs begin with, fewest and most, as their records say."""
    settings = [record.settings.get("small_phase") for pair in pairs for record in pair.records]
    settings += [record.settings for record in small]
    counts = set()
    for setting in settings:
        training = setting.get("training") if isinstance(setting, dict) else None
        count = training.get("num_snapshots") if isinstance(training, dict) else None
        if isinstance(count, int):
            counts.add(count)
    return sorted({min(counts), max(counts)}) if counts else []
