"""Recipes side by side: error against snapshots seen, a panel for each network and column of Table 1."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.plots import draw_curve, log_axes
from figures.records import RecordError, read_records
from figures.style import GREY, PALETTE, house_style
from figures.tables import build_table, column_label, row_label


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
        table = build_table(item, read_records(root, item, preset))
        recipe = table.records[0].recipe
        if recipe in tables:
            raise RecordError(
                f"presets must be of different recipes; received {recipe!r} twice in {', '.join(presets)}"
            )
        tables[recipe] = table
    return tables


def draw_recipes(tables):
    """Draws the learning curves of the cells that all tables have, one line a seed.

    Args:
        tables: {recipe: `Table`} of one item. The dashed line of a panel is the error that the paper prints.

    Returns: a `Figure`.
    Raises: RecordError when no column is in all tables.
    """
    first = next(iter(tables.values()))
    shared = [c for c in first.columns if all(any(t.places.get((row, c)) for row in t.rows) for t in tables.values())]
    if not shared:
        raise RecordError("the presets have no column in common")
    with house_style():
        figure = Figure(figsize=(3.3 * len(shared) + 0.6, 2.9 * len(first.rows) + 0.5), layout="constrained")
        panels = figure.subplots(len(first.rows), len(shared), sharex=True, squeeze=False)
        for row, line in zip(first.rows, panels, strict=True):
            for column, axes in zip(shared, line, strict=True):
                log_axes(axes, "training snapshots seen" if row == first.rows[-1] else "")
                for table, color in zip(tables.values(), PALETTE, strict=False):
                    for record in table.places.get((row, column), []):
                        draw_curve(axes, record, color=color, alpha=0.8)
                paper = first.entries[row, column].paper
                if paper is not None:
                    axes.axhline(paper, linestyle="--", color=GREY, linewidth=1.2)
                axes.set_title(f"{row_label(first.layout, row)}, {first.layout.column_label} = {column_label(column)}")
            line[0].set_ylabel("relative force error")
        handles = [Line2D([], [], color=color) for _, color in zip(tables, PALETTE, strict=False)]
        handles.append(Line2D([], [], linestyle="--", color=GREY, linewidth=1.2))
        labels = [*(f"recipe {name}" for name in tables), "printed in the paper"]
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure
