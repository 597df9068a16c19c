"""Recipes side by side: error against snapshots seen, a panel for each network and column of Table 1."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.axes import draw_curve, log_axes
from figures.records import RecordError
from figures.style import GREY, PALETTE, house_style
from figures.tables import read_table


def read_recipes(root, presets, item="table1"):
    """The tables of several presets of one item.

    Args:
        root: folder of records, with `<item>/<preset>/*.json`.
        presets: names of presets, two or more.

    Returns: {recipe: `Table`}, in the order of the presets.
    Raises: RecordError when a preset has no record, or two presets are of the same recipe.
    """
    tables = {}
    for preset in presets:
        table = read_table(root, item, preset)
        recipe = table.records[0].recipe
        if recipe in tables:
            raise RecordError(
                f"presets must be of different recipes; received {recipe!r} twice in {', '.join(presets)}"
            )
        tables[recipe] = table
    return tables


def draw_recipes(tables):
    """Draws the learning curves of the cells that two tables or more have, one line a seed.

    Args:
        tables: {recipe: `Table`} of one item. The dashed line of a panel is the error that the paper prints.

    Returns: a `Figure` with a panel for every row and every column of a shared cell, and the tables that hold it.
    Raises: RecordError when no cell is shared.
    """
    first = next(iter(tables.values()))
    layout, rows = first.layout, first.rows
    columns = [column for column in first.columns if any(_holders(tables, (row, column)) > 1 for row in rows)]
    if not columns:
        raise RecordError(f"no column in common: no cell of {layout.title!r} is in two of the presets")
    with house_style():
        figure = Figure(figsize=(3.3 * len(columns) + 0.6, 2.9 * len(rows) + 0.5), layout="constrained")
        panels = figure.subplots(len(rows), len(columns), sharex=True, squeeze=False)
        for row, line in zip(rows, panels, strict=True):
            for column, axes in zip(columns, line, strict=True):
                log_axes(axes, "training snapshots seen" if row == rows[-1] else "")
                for table, color in zip(tables.values(), PALETTE, strict=False):
                    for record in table.places.get((row, column), []):
                        draw_curve(axes, record, color=color, alpha=0.8)
                paper = first.entries[row, column].paper
                if paper is not None:
                    axes.axhline(paper, linestyle="--", color=GREY, linewidth=1.2)
                if not _holders(tables, (row, column)):
                    axes.text(0.5, 0.5, "missing", transform=axes.transAxes, ha="center", color=GREY)
                axes.set_title(f"{layout.row_text(row)}, {layout.column_label} = {layout.column_text(column)}")
            line[0].set_ylabel("relative force error")
        handles = [Line2D([], [], color=color) for _, color in zip(tables, PALETTE, strict=False)]
        handles.append(Line2D([], [], linestyle="--", color=GREY, linewidth=1.2))
        labels = [*(f"recipe {name}" for name in tables), "printed in the paper"]
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def _holders(tables, place):
    """How many of the tables have a record at (row, column)."""
    return sum(bool(table.places.get(place)) for table in tables.values())
