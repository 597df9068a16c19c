"""Recipes side by side on Table 1: learning curves, final errors, and snapshots seen until the paper's error."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from experiments.pages import markdown_table
from experiments.records import RecordError
from figures.plotting.learning_curves import common_reports, draw_curve, spread
from figures.plotting.style import GREY, PALETTE, house_style, log_axes, plain
from figures.tables import read_table
from figures.text import NONE, number, ours


def read_recipes(root, presets):
    """Table 1 of several presets: {recipe: `Table`}, in the order of the presets.

    Raises: RecordError when a preset has no record, or two presets have the same recipe.
    """
    tables = {}
    for preset in presets:
        table = read_table(root, "table1", preset)
        recipe = table.records[0].recipe
        if recipe in tables:
            names = ", ".join(presets)
            raise RecordError(f"presets must have different recipes; received {recipe!r} twice in {names}")
        tables[recipe] = table
    return tables


@house_style()
def draw_recipes(tables):
    """Draws the learning curves of cells in at least two tables of {recipe: `Table`}, see `draw_curve`.

    The dashed line is the paper's error. Raises: RecordError when no cell is shared.
    """
    first, rows, columns = _shared(tables)
    printed = {"linestyle": "--", "color": GREY, "linewidth": 1.2}
    figure = Figure(figsize=(3.3 * len(columns) + 0.6, 2.9 * len(rows) + 0.5), layout="constrained")
    panels = figure.subplots(len(rows), len(columns), sharex=True, squeeze=False)
    for row, line in zip(rows, panels, strict=True):
        for column, axes in zip(columns, line, strict=True):
            log_axes(axes, "training snapshots seen" if row == rows[-1] else "")
            for table, color in zip(tables.values(), PALETTE, strict=False):
                draw_curve(axes, table.records_at(row, column), color=color)
            paper = first.entries[row, column].paper
            if paper is not None:
                axes.axhline(paper, **printed)
            if not _holders(tables, row, column):
                axes.text(0.5, 0.5, "missing", transform=axes.transAxes, ha="center", color=GREY)
            axes.set_title(f"{plain(first.item.row_text(row))}, {first.item.column_head(column)}")
        line[0].set_ylabel("relative force error")
    handles = [Line2D([], [], color=color) for _, color in zip(tables, PALETTE, strict=False)]
    handles.append(Line2D([], [], **printed))
    labels = [*(f"recipe {name}" for name in tables), "printed in the paper"]
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels) if len(columns) > 1 else 1)
    return figure


def recipes_markdown(tables):
    """Markdown table of the final errors of every cell, and of the snapshots seen until the paper's error is reached.

    A recipe has reached the paper's error when the median of its seeds stays at or below it; a dash means never.
    Raises: RecordError when no cell is shared.
    """
    first, rows, columns = _shared(tables)
    heads = [f"{name}: {text}" for name in tables for text in ("error", "snapshots seen", "until the printed error")]
    lines = []
    for row, column in ((row, column) for row in rows for column in columns):
        paper = first.entries[row, column].paper
        cells = [f"{first.item.row_text(row)}, {first.item.column_head(column)}", number(paper)]
        for table in tables.values():
            records = table.records_at(row, column)
            seen = sorted({record.snapshots_seen for record in records})
            reached = _snapshots_until(records, paper)
            cells.append(ours(table.entries[row, column]) if records else "missing")
            cells.append(", ".join(f"{count:,}" for count in seen) or NONE)
            cells.append(NONE if reached is None else f"{reached:,}")
        lines.append(cells)
    return markdown_table(["run", "printed", *heads], lines)


def _snapshots_until(records, error):
    """Snapshots seen at the first report after which the median error stays at or below a value, or None."""
    reached = None
    for seen, errors in common_reports(records) if records and error is not None else ():
        _, median, _ = spread(errors)
        if not median <= error:  # or NaN
            reached = None
        elif reached is None:
            reached = int(seen)
    return reached


def _shared(tables):
    """The first table, and its rows and columns with a cell that is in at least two tables."""
    first = next(iter(tables.values()))
    shared = [place for place in first.entries if _holders(tables, *place) > 1]
    if not shared:
        raise RecordError(f"no column in common: no cell of {first.item.caption!r} is in at least two of the presets")
    rows, columns = map(set, zip(*shared, strict=True))
    return first, [row for row in first.rows if row in rows], [c for c in first.columns if c in columns]


def _holders(tables, row, column):
    """Number of tables with records of a cell."""
    return sum(bool(table.records_at(row, column)) for table in tables.values())
