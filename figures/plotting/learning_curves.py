"""Learning curves of a table, and of single trainings."""

import math
import statistics

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter

from experiments.records import RecordError
from figures.plotting.style import (
    GREY,
    LINESTYLES,
    PALETTE,
    house_style,
    line_style,
    log_axes,
    ordered_colors,
    plain,
    positive,
)
from figures.text import how_trained

MOST_LINES = len(PALETTE) * len(LINESTYLES)  # that look different


def draw_curve(axes, records, **style):
    """Draws error against snapshots seen: the median of the seeds, and a band from the smallest to the largest."""
    if not records:
        return
    points = [(seen, *map(positive, spread(errors))) for seen, errors in common_reports(records) if seen > 0]
    seen, *errors = zip(*points, strict=True) if points else [()] * 4
    axes.plot(seen, errors[1], linewidth=1.4, **style)
    if len(records) > 1:
        axes.fill_between(seen, errors[0], errors[2], color=style["color"], alpha=0.2, linewidth=0)


def common_reports(records):
    """[(snapshots seen, [test error of every record])] at the reports that all records have."""
    curves = [dict(zip(record.curve["snapshots"], record.curve["test_error"], strict=True)) for record in records]
    common = sorted(set.intersection(*map(set, curves)))
    return [(seen, [curve[seen] for curve in curves]) for seen in common]


def spread(values):
    """Smallest, median and largest; NaN when one is NaN, since there was no measurement."""
    if not all(map(math.isfinite, values)):
        return (math.nan,) * 3
    return min(values), statistics.median(values), max(values)


@house_style()
def draw_table_curves(table):
    """Draws the learning curves of a table: one panel per row (network), colour by column (μ).

    Rows and columns without records are left out. A line is the median over the seeds, with a band from the smallest
    to the largest error. An open triangle on the right edge is the paper's value.
    """
    item = table.item
    rows = [row for row in table.rows if any(place[0] == row for place in table.places)]
    columns = [column for column in table.columns if any(place[1] == column for place in table.places)]
    colors = ordered_colors(len(columns))
    triangle = {"marker": "<", "markerfacecolor": "white"}
    figure = Figure(figsize=(4.2 * len(rows) + 1.0, 3.9), layout="constrained")
    panels = figure.subplots(1, len(rows), sharex=True, sharey=True, squeeze=False)[0]
    for axes, row in zip(panels, rows, strict=True):
        log_axes(axes, "training snapshots seen")
        edge = {"clip_on": False, "transform": axes.get_yaxis_transform(), **triangle}
        for column, color in zip(columns, colors, strict=True):
            draw_curve(axes, table.records_at(row, column), color=color)
            if table.entries[row, column].paper is not None:
                axes.plot(1.0, table.entries[row, column].paper, color=color, **edge)
        axes.set_title(plain(item.row_text(row)) if len(table.rows) > 1 else "")
    panels[0].set_ylabel("relative force error, test snapshots")
    handles = [Line2D([], [], color=color) for color in colors]
    handles.append(Line2D([], [], linestyle="", color=GREY, **triangle))
    figure.legend(handles, [*map(item.column_head, columns), "paper"], loc="outside right center")
    figure.suptitle(f"{item.caption}\n{how_trained(table, figure.get_figwidth())}", fontsize=9)
    return figure


@house_style()
def draw_learning_curves(curves):
    """Draws relative force error, loss and learning rate against the training snapshots seen.

    The curves are those of `read_logs`. The test error is solid. The training error, a mean over the steps since the
    last report, is pale. Zeros, such as the final rate of a cosine schedule, are gaps. Raises: RecordError when there
    are more than `MOST_LINES` curves.
    """
    if len(curves) > MOST_LINES:
        raise RecordError(f"expected at most {MOST_LINES} files, which have different lines; received {len(curves)}")
    pale = {"linewidth": 1, "alpha": 0.4}
    figure = Figure(figsize=(7.2, 6.4 + 0.25 * len(curves)), layout="constrained")
    errors, losses, rates = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 1.1))
    for index, (name, columns) in enumerate(curves):
        seen = columns["snapshots"]
        # a single report is drawn as a point
        style = {**line_style(index), "marker": "." if len(seen) == 1 else None}
        label = f"{columns['test_error'][-1]:.5f}  {plain(name)}"
        lines = {"train_error": (errors, pale), "test_error": (errors, {"label": label})}
        lines |= {"loss": (losses, {"linewidth": 1.2}), "learning_rate": (rates, {"linewidth": 1.2})}
        for column, (axes, look) in lines.items():
            axes.plot(seen, list(map(positive, columns[column])), **style, **look)
    for axes, label in ((errors, "relative force error"), (losses, "training loss"), (rates, "learning rate")):
        axes.set(yscale="log", ylabel=label)
    figure.align_ylabels()
    rates.set_xlabel("training snapshots seen")
    rates.set_xlim(left=0)
    rates.xaxis.set_major_formatter(EngFormatter(sep=""))
    handles, labels = errors.get_legend_handles_labels()
    handles += [Line2D([], [], color=GREY), Line2D([], [], color=GREY, **pale)]
    labels += ["test", "training"]
    legend = figure.legend(handles, labels, loc="outside upper left", title="last test error")
    legend.set_alignment("left")
    return figure
