"""The words and numbers of a table, the same in Markdown and in LaTeX."""

import math

from figures.tables import how_trained

NONE = "–"


def groups_of(table):
    """The lines of a table, in a group for each of its rows.

    Args:
        table: a `Table`.

    Returns: list of (words for the row, [(what the line holds, [text of every column])]). A start and the truth are
        there for a table that has them, the paper's value and the ratio for one that is printed.
    """
    layout, groups = table.layout, []
    for row in table.rows:
        entries = [table.entries[row, column] for column in table.columns]
        lines = [("ours", [ours(entry, layout.decimals) for entry in entries])]
        if layout.start:
            lines.insert(0, ("start", [_starts(entry, layout.decimals) for entry in entries]))
        if table.printed:
            lines.append(("paper", [_paper(entry, layout.decimals) for entry in entries]))
            lines.append(("ours / paper", [ratio_text(entry.ratio) for entry in entries]))
        if row in layout.truth:
            lines.append(("true μ", [f"{layout.truth[row]:g}"] * len(entries)))
        groups.append((layout.row_text(row), lines))
    return groups


def column_heads(table):
    """The head of every column, "μ = 0.5"."""
    layout = table.layout
    return [f"{layout.column_label} = {layout.column_text(column)}" for column in table.columns]


def caption(table):
    """One line: what the table shows, and how its values came about."""
    layout = table.layout
    parts = [layout.title, layout.value_label, how_trained(table)]
    if any(entry.deviation is not None for entry in table.entries.values()):
        parts.append("mean ± sample standard deviation over the seeds")
    missing = sum(not entry.values for entry in table.entries.values())
    if missing:
        parts.append(f"{missing} of {len(table.entries)} cells missing")
    return "; ".join(parts) + "."


def ours(entry, decimals=5):
    """Mean and deviation of an `Entry`, or "missing", or "diverged"."""
    if not entry.values:
        return "missing"
    if not math.isfinite(entry.mean):
        return "diverged"
    deviation = f" ± {number(entry.deviation, decimals)}" if entry.deviation is not None else ""
    return number(entry.mean, decimals) + deviation


def number(value, decimals=5):
    """As many decimals as the paper prints; a value too small for them keeps two digits."""
    return f"{value:.1e}" if 0 < abs(value) < 0.5 * 10 ** (1 - decimals) else f"{value:.{decimals}f}"


def ratio_text(value):
    """Two decimals, one digit below a tenth; a dash when there is none."""
    return NONE if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"


def _paper(entry, decimals):
    return NONE if entry.paper is None else number(entry.paper, decimals)


def _starts(entry, decimals):
    """The starts of the seeds, each once: the channel that ends as λ₁ need not be the same in all."""
    if not entry.values:
        return "missing"
    return ", ".join(dict.fromkeys(number(start, decimals) for start in entry.starts if math.isfinite(start))) or NONE
