"""Comparison of two folders of records: the cells that disagree by more than the spread over the seeds."""

import math
import statistics

from experiments.paper import ITEMS
from experiments.records import RecordError, presets_of
from figures.tables import NothingToShow, read_table
from figures.text import columns_text, number

SPREADS = 2.0  # cells disagree if their logarithms differ by more than this number of standard deviations
ROUNDING = 1e-3  # smallest standard deviation of a logarithm: λ that is fitted and kept is the same for all seeds
UNKNOWN_SPREAD = math.log(1.5)  # standard deviation of a logarithm if no cell of an item has two seeds
HEAD = ("item", "cell", "A", "B", "B / A", "")


def compare(root, other):
    """Compares the cells that two folders have in common, for each item and preset.

    Values are geometric means over the seeds. The spread is the standard deviation of the logarithms over the seeds,
    pooled over all cells of the item in both folders. A cell with a training that diverged has the value NaN, and
    disagrees with one without.

    Returns: list of (item, preset, cell, value in `root`, value in `other`, whether they disagree).
    Raises: RecordError when they have no cell in common, or naming an invalid record.
    """
    found = []
    for name, item in ITEMS.items():
        folders = [presets_of(folder, item.records_of.name) for folder in (root, other)]
        for preset in [preset for preset in folders[0] if preset in folders[1]]:
            try:
                tables = [read_table(folder, name, preset) for folder in (root, other)]
            except NothingToShow:
                continue
            found += [(name, preset, *row) for row in _compared(item, *tables)]
    if not found:
        raise RecordError(f"{root} and {other} have no cell of the same item and preset in common")
    return found


def _compared(item, one, two):
    logarithms = [
        {place: _logarithms(entry) for place, entry in table.entries.items() if entry.values} for table in (one, two)
    ]
    finite = [values for table in logarithms for values in table.values() if not math.isnan(values[0])]
    spread = max(pooled_deviation(finite), ROUNDING)
    for place in [place for place in logarithms[0] if place in logarithms[1]]:
        means = [statistics.fmean(table[place]) for table in logarithms]
        diverged = list(map(math.isnan, means))
        apart = diverged[0] != diverged[1] or abs(means[1] - means[0]) > SPREADS * spread
        yield item.cell_name(*place), math.exp(means[0]), math.exp(means[1]), apart


def _logarithms(entry):
    """Of the values of all seeds; a NaN alone if they have none."""
    return [math.log(v) for v in entry.values] if entry.finite and min(entry.values) > 0 else [math.nan]


def pooled_deviation(samples):
    """Standard deviation within the samples, √(Σ (n−1) s² / Σ (n−1)); `UNKNOWN_SPREAD` if none has two values."""
    samples = [values for values in samples if len(values) > 1]
    freedom = sum(len(values) - 1 for values in samples)
    squares = sum((len(values) - 1) * statistics.variance(values) for values in samples)
    return math.sqrt(squares / freedom) if freedom else UNKNOWN_SPREAD


def comparison_text(rows):
    """The comparison as text in columns, with the number of cells that disagree."""
    lines = [HEAD]
    for item, preset, cell, one, two, apart in rows:
        ratio = f"{two / one:.2f}"
        lines.append((f"{item}/{preset}", cell, number(one), number(two), ratio, "disagree" if apart else ""))
    return columns_text(lines) + f"{sum(row[-1] for row in rows)} of {len(rows)} cells disagree\n"
