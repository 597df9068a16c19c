"""Comparison of two folders of records: the cells that differ by more than the spread over the seeds explains."""

import math
import statistics

from experiments.paper import ITEMS
from experiments.records import RecordError, presets_of
from figures.tables import NothingToShow, read_table
from figures.text import columns_text, number

ERRORS = 3.0  # cells disagree if their mean logarithms differ by more than this number of standard errors
ENOUGH = 3  # seeds of a cell in both folders, for a spread of its own
ROUNDING = 1e-3  # smallest standard deviation of a logarithm: λ that is fitted and kept is the same for all seeds
UNKNOWN_SPREAD = math.log(1.5)  # standard deviation of a logarithm if no cell of an item has two seeds
HEAD = ("item", "cell", "A", "B", "B / A", "")


def compare(root, other):
    """Compares the cells that two folders have in common, for each item and preset.

    Values are geometric means over the seeds. Two cells disagree if the logarithms of these means differ by more than
    `ERRORS` · s · √(1/n_A + 1/n_B), with n seeds. s is the standard deviation of the logarithms over the seeds of the
    cell, pooled over both folders. With fewer than `ENOUGH` seeds it is pooled over all cells of the item.

    A λ that is zero is left out of the mean. Cells also disagree if the shares of such seeds differ.

    Returns: (rows, alone). A row is (item, preset, cell, mean in `root`, mean in `other`, whether they disagree). The
        mean of no value is NaN. `alone` has the numbers of cells that only `root` and only `other` has.
    Raises: RecordError when they have no cell in common, or naming an invalid record of any preset.
    """
    rows, alone = [], [0, 0]
    for name, item in ITEMS.items():
        folders = [presets_of(folder, item.records_of.name) for folder in (root, other)]
        for preset in dict.fromkeys([*folders[0], *folders[1]]):
            pairs = zip((root, other), folders, strict=True)
            one, two = (_read_cells(folder, name, preset, presets) for folder, presets in pairs)
            rows += [(name, preset, *row) for row in _compared(item, one, two)]
            alone[0] += len(one.keys() - two.keys())
            alone[1] += len(two.keys() - one.keys())
    if not rows:
        raise RecordError(f"{root} and {other} have no cell of the same item and preset in common")
    return rows, tuple(alone)


def _read_cells(root, name, preset, presets):
    """{(row, column): values of all seeds} of a table, without missing cells."""
    if preset not in presets:
        return {}
    try:
        entries = read_table(root, name, preset).entries
    except NothingToShow:
        return {}
    return {place: entry.values for place, entry in entries.items() if entry.values}


def _compared(item, one, two):
    one, two = ({place: (_logarithms(values), values) for place, values in cells.items()} for cells in (one, two))
    of_item = pooled_deviation([logarithms for cells in (one, two) for logarithms, _ in cells.values()])
    for place in [place for place in one if place in two]:
        pairs = [cells[place] for cells in (one, two)]
        samples = [logarithms for logarithms, _ in pairs]
        lost = [1 - len(logarithms) / len(values) for logarithms, values in pairs]
        means = [statistics.fmean(sample) if sample else math.nan for sample in samples]
        apart = lost[0] != lost[1]
        if all(samples):
            spread = pooled_deviation(samples) if min(map(len, samples)) >= ENOUGH else of_item
            error = max(spread, ROUNDING) * math.sqrt(sum(1 / len(sample) for sample in samples))
            apart |= abs(means[1] - means[0]) > ERRORS * error
        yield item.cell_name(*place), math.exp(means[0]), math.exp(means[1]), apart


def _logarithms(values):
    """Of the values that are positive."""
    return [math.log(value) for value in values if value > 0]


def pooled_deviation(samples):
    """Standard deviation within the samples, √(Σ (n−1) s² / Σ (n−1)); `UNKNOWN_SPREAD` if none has two values."""
    samples = [values for values in samples if len(values) > 1]
    freedom = sum(len(values) - 1 for values in samples)
    squares = sum((len(values) - 1) * statistics.variance(values) for values in samples)
    return math.sqrt(squares / freedom) if freedom else UNKNOWN_SPREAD


def comparison_text(rows, alone=(0, 0)):
    """The comparison as text in columns, with the numbers of cells that disagree and that one folder lacks."""
    lines = [HEAD]
    for item, preset, cell, one, two, apart in rows:
        ratio = f"{two / one:.2f}"
        lines.append((f"{item}/{preset}", cell, number(one), number(two), ratio, "disagree" if apart else ""))
    lacking = "".join(f"; {count} only in {name}" for name, count in zip("AB", alone, strict=True) if count)
    return columns_text(lines) + f"{sum(row[-1] for row in rows)} of {len(rows)} cells disagree{lacking}\n"
