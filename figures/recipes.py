"""Recipes side by side: error against snapshots seen, a panel for each network and column of Table 1."""

import math

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.axes import draw_curve, log_axes
from figures.markdown import markdown_line
from figures.records import RecordError
from figures.style import GREY, PALETTE, house_style
from figures.tables import read_table
from figures.wording import NONE, number, ours


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

    Returns: a `Figure` with a panel for every row and every column that have a shared cell.
    Raises: RecordError when no cell is shared.
    """
    first = next(iter(tables.values()))
    layout, (rows, columns) = first.layout, _shared(tables)
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
        figure.legend(handles, labels, loc="outside upper center", ncols=len(labels) if len(columns) > 1 else 1)
    return figure


def recipes_markdown(tables):
    """The same in numbers: for every cell the final errors, and the snapshots after which the printed one is reached.

    Args:
        tables: as of `draw_recipes`.

    Returns: a Markdown table that ends with a newline. A recipe has reached the printed error when the mean of its
        seeds is not above it at any later report; a dash says that it never has.
    Raises: RecordError when no cell is shared.
    """
    first = next(iter(tables.values()))
    layout, (rows, columns) = first.layout, _shared(tables)
    heads = [f"{name}: {text}" for name in tables for text in ("error", "snapshots seen", "until the printed error")]
    lines = [markdown_line(["cell", "printed", *heads]), markdown_line(["---", *["---:"] * (len(heads) + 1)])]
    for row in rows:
        for column in columns:
            paper = first.entries[row, column].paper
            cells = [f"{layout.row_text(row)}, {layout.column_label} = {layout.column_text(column)}"]
            cells.append(NONE if paper is None else number(paper))
            for table in tables.values():
                records = table.places.get((row, column), [])
                seen = {record.snapshots_seen for record in records}
                reached = _visits_until(records, paper)
                cells.append(ours(table.entries[row, column]) if records else "missing")
                cells.append(", ".join(f"{count:,}" for count in sorted(seen)) or NONE)
                cells.append(NONE if reached is None else f"{reached:,}")
            lines.append(markdown_line(cells))
    return "\n".join(lines) + "\n"


def _visits_until(records, error):
    """Snapshots seen at the report from which on the mean error of the seeds stays at or below a value, or None."""
    reports = {tuple(record.curve["snapshots"]) for record in records}
    if error is None or len(reports) != 1:  # seeds that were not measured at the same times have no mean curve
        return None
    reached = None
    for seen, *values in zip(*reports, *(record.curve["test_error"] for record in records), strict=True):
        if not math.fsum(values) / len(values) <= error:  # NaN, where nothing was measured, is not below anything
            reached = None
        elif reached is None:
            reached = int(seen)
    return reached


def _shared(tables):
    """Rows and columns that hold a cell of two tables or more."""
    first = next(iter(tables.values()))
    shared = [(row, column) for row in first.rows for column in first.columns if _holders(tables, (row, column)) > 1]
    if not shared:
        raise RecordError(f"no column in common: no cell of {first.layout.title!r} is in two of the presets")
    rows, columns = ({place[axis] for place in shared} for axis in (0, 1))
    return [row for row in first.rows if row in rows], [column for column in first.columns if column in columns]


def _holders(tables, place):
    """How many of the tables have a record at (row, column)."""
    return sum(bool(table.places.get(place)) for table in tables.values())
