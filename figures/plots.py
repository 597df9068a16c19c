"""Drawings of results: error against the column of a table, and learning curves.

Figures are made without pyplot, so that no window system is looked for and no state is shared: saving picks
the Agg renderer for PNG and the PDF or SVG writer by itself.
"""

import math
from textwrap import fill

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.axes import CHARACTERS_PER_INCH, column_axis, draw_curve, log_axes, positive, set_head, transposed
from figures.style import GREY, LINESTYLES, MARKERS, PALETTE, house_style, ordered_colors
from figures.tables import how_trained
from figures.wording import column_heads


def draw_table_errors(table):
    """Draws error against the column (μ, or the number of modes), ours solid and the paper's dashed.

    Args:
        table: a `Table`. With several seeds the line joins the means and small dots are the seeds. A missing or
            diverged cell leaves a gap; the network without modes stands by itself.

    Returns:
        A `Figure`.

    Raises:
        RecordError: a μ has no place on a logarithmic axis.
    """
    layout, columns = table.layout, table.columns
    with house_style():
        figure = Figure(figsize=(6.2, 4.3), layout="constrained")
        axes = figure.add_subplot()
        axes.set_yscale("log")
        positions = column_axis(axes, table)
        for index, row in enumerate(table.rows):
            color, marker = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)]
            entries = [table.entries[row, column] for column in columns]
            pairs = list(zip(columns, entries, strict=True))
            name = layout.row_text(row)
            paper = [(c, e.paper) for c, e in pairs if e.paper is not None]
            axes.plot(
                *_line(paper, positions),
                "--",
                color=color,
                linewidth=1.2,
                marker=marker,
                markersize=4,
                markerfacecolor="white",
                label=f"{name}, paper",
            )
            means = [(c, positive(e.mean)) for c, e in pairs]
            axes.plot(*_line(means, positions), "-", color=color, marker=marker, label=f"{name}, ours")
            seeds = [(positions[c], positive(v)) for c, e in pairs if len(e.values) > 1 for v in e.values]
            axes.plot(*transposed(seeds), ".", color=color, markersize=4, alpha=0.6)
        axes.set_ylabel("relative force error")
        set_head(axes, layout.title, how_trained(table))
        handles, labels = axes.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda i: (i // 2, "paper" in labels[i]))
        axes.legend([handles[i] for i in order], [labels[i] for i in order], handlelength=2.8)
    return figure


def _line(pairs, positions):
    """Columns and values as a line, with a gap after the network without modes, which is another network."""
    points = []
    for column, value in pairs:
        points.append((positions[column], value))
        if column is None:
            points.append((math.nan, math.nan))
    return transposed(points)


def draw_table_curves(table):
    """Draws the learning curves of a table: one panel per row (network), colour by column (μ).

    Args:
        table: a `Table`. Seeds of a cell share a colour. An open triangle on the right edge is the value
            the paper prints.

    Returns:
        A `Figure`.
    """
    layout, colors = table.layout, ordered_colors(len(table.columns))
    with house_style():
        figure = Figure(figsize=(4.2 * len(table.rows) + 1.0, 3.9), layout="constrained")
        panels = figure.subplots(1, len(table.rows), sharex=True, sharey=True, squeeze=False)[0]
        for axes, row in zip(panels, table.rows, strict=True):
            log_axes(axes, "training snapshots seen")
            for column, color in zip(table.columns, colors, strict=True):
                for record in table.places.get((row, column), []):
                    draw_curve(axes, record, color=color)
                if table.entries[row, column].paper is not None:
                    axes.plot(
                        1.0,
                        table.entries[row, column].paper,
                        marker="<",
                        color=color,
                        clip_on=False,
                        markerfacecolor="white",
                        transform=axes.get_yaxis_transform(),
                    )
            axes.set_title(layout.row_text(row) if len(table.rows) > 1 else "")
        panels[0].set_ylabel("relative force error, test snapshots")
        handles = [Line2D([], [], color=color) for color in colors]
        labels = column_heads(table)
        handles.append(Line2D([], [], linestyle="", marker="<", color=GREY, markerfacecolor="white"))
        figure.legend(handles, [*labels, "paper"], loc="outside right center")
        facts = fill(how_trained(table), int(CHARACTERS_PER_INCH * figure.get_figwidth()))
        figure.suptitle(f"{layout.title}\n{facts}", fontsize=9)
    return figure


def draw_curves(records):
    """Draws the learning curves of any records in one panel, labelled by what tells them apart.

    Args:
        records: a list of `Record`, not empty.

    Returns:
        A `Figure`.
    """
    facts = [_facts(record) for record in records]
    keys = list(dict.fromkeys(key for fact in facts for key in fact))
    telling = [key for key in keys if len({fact.get(key) for fact in facts}) > 1] or keys
    with house_style():
        figure = Figure(figsize=(7.4, 4.2), layout="constrained")
        axes = figure.add_subplot()
        log_axes(axes, "training snapshots seen")
        for index, (record, fact) in enumerate(zip(records, facts, strict=True)):
            dashes, color = divmod(index, len(PALETTE))
            style = {"color": PALETTE[color], "linestyle": LINESTYLES[dashes % len(LINESTYLES)]}
            label = ", ".join(f"{key} {fact[key]}" for key in telling if key in fact)
            draw_curve(axes, record, label=label, **style)
        axes.set_ylabel("relative force error, test snapshots")
        figure.legend(loc="outside right upper")
    return figure


def _facts(record):
    """What a record is, with the entries of its cell, as one flat dict."""
    head = {"item": record.item, "preset": record.preset, "recipe": record.recipe}
    return {**head, **record.cell, "seed": record.seed}
