"""Tables as Markdown: ours, the paper's and the ratio, with a caption that says how they came about."""

import math

from figures.tables import column_label, how_trained, row_label


def to_markdown(table):
    """Writes a table as Markdown: for every row ours, the paper's, and the ratio; then a caption.

    Args:
        table: a `Table`.

    Returns:
        Text that ends with a newline and depends on the records only.
    """
    layout = table.layout
    head = ["", *(f"{layout.column_label} = {column_label(column)}" for column in table.columns)]
    lines = [_line(head), _line(["---", *("---:" for _ in table.columns)])]
    for row in table.rows:
        entries = [table.entries[row, column] for column in table.columns]
        name = row_label(layout, row)
        lines.append(_line([f"{name}, ours", *map(_ours, entries)]))
        lines.append(_line([f"{name}, paper", *map(_paper, entries)]))
        lines.append(_line([f"{name}, ours / paper", *(_ratio(e.ratio) for e in entries)]))
    return "\n".join([*lines, "", caption(table), ""])


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


def _line(cells):
    return "| " + " | ".join(cells) + " |"


def _ours(entry):
    if not entry.values:
        return "missing"
    if not math.isfinite(entry.mean):
        return "diverged"
    return _number(entry.mean) + (f" ± {_number(entry.deviation)}" if entry.deviation is not None else "")


def _paper(entry):
    return "–" if entry.paper is None else _number(entry.paper)


def _number(value):
    """Five decimals, as the paper prints; a value too small for them keeps two digits."""
    return f"{value:.1e}" if 0 < abs(value) < 5e-5 else f"{value:.5f}"


def _ratio(value):
    return "–" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"
