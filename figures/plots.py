"""Drawings of results: error against the column of a table, and learning curves.

Figures are made without pyplot, so that no window system is looked for and no state is shared: saving picks
the Agg renderer for PNG and the PDF or SVG writer by itself.
"""

import math

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.records import RecordError
from figures.style import GREY, LINESTYLES, MARKERS, PALETTE, house_style, ordered_colors
from figures.tables import column_label, how_trained, row_label


def draw_table_errors(table):
    """Draws error against the column (μ) on two logarithmic axes, ours solid and the paper's dashed.

    Args:
        table: a `Table` whose columns are positive numbers. With several seeds the line joins the means and
            small dots are the seeds. A missing or diverged cell leaves a gap.

    Returns:
        A `Figure`.

    Raises:
        RecordError: a column has no place on a logarithmic axis.
    """
    layout, columns = table.layout, table.columns
    for column in columns:
        if not isinstance(column, (int, float)) or column <= 0:
            raise RecordError(f"{layout.title}: {layout.column_key} must be a positive number, received {column!r}")
    with house_style():
        figure = Figure(figsize=(6.2, 4.3), layout="constrained")
        axes = figure.add_subplot()
        log_axes(axes, f"inverse length {layout.column_label} of the data")
        for index, row in enumerate(table.rows):
            color, marker = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)]
            entries = [table.entries[row, column] for column in columns]
            paper = [(c, e.paper) for c, e in zip(columns, entries, strict=True) if e.paper is not None]
            axes.plot(
                *_transposed(paper),
                "--",
                color=color,
                linewidth=1.2,
                marker=marker,
                markersize=4,
                markerfacecolor="white",
                label=f"{row_label(layout, row)}, paper",
            )
            means = [math.nan if e.mean is None else _positive(e.mean) for e in entries]
            name = row_label(layout, row)
            axes.plot(columns, means, "-", color=color, marker=marker, label=f"{name}, ours")
            seeds = [
                (c, _positive(v)) for c, e in zip(columns, entries, strict=True) if len(e.values) > 1 for v in e.values
            ]
            axes.plot(*_transposed(seeds), ".", color=color, markersize=4, alpha=0.6)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(columns, [column_label(column) for column in columns])
        axes.set_ylabel("relative force error")
        axes.set_title(layout.title, loc="left", pad=20)
        axes.text(0, 1.02, how_trained(table), transform=axes.transAxes, va="bottom", fontsize=9, color=GREY)
        handles, labels = axes.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda i: (i // 2, "paper" in labels[i]))
        axes.legend([handles[i] for i in order], [labels[i] for i in order], handlelength=2.8)
    return figure


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
            axes.set_title(row_label(layout, row))
        panels[0].set_ylabel("relative force error, test snapshots")
        handles = [Line2D([], [], color=color) for color in colors]
        labels = [f"{layout.column_label} = {column_label(column)}" for column in table.columns]
        handles.append(Line2D([], [], linestyle="", marker="<", color=GREY, markerfacecolor="white"))
        figure.legend(handles, [*labels, "paper"], loc="outside right center")
        figure.suptitle(f"{layout.title}\n{how_trained(table)}", fontsize=9)
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


def draw_curve(axes, record, **style):
    """Error against snapshots seen of one `Record`, with the style of a line."""
    pairs = zip(record.curve["snapshots"], record.curve["test_error"], strict=True)
    points = [(snapshots, _positive(error)) for snapshots, error in pairs if snapshots > 0]
    axes.plot(*_transposed(points), linewidth=1.4, **style)


def log_axes(axes, label):
    """Two logarithmic axes, the horizontal one with a label."""
    # Before anything is plotted: without a single value to show, the limits of a linear axis would stay.
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(label)


def _transposed(pairs):
    return zip(*pairs, strict=True) if pairs else ([], [])


def _positive(value):
    """A value a logarithmic axis can show, or NaN, which leaves a gap."""
    return value if math.isfinite(value) and value > 0 else math.nan
