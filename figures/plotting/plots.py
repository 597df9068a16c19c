"""Drawings of tables: error or λ against the column, and both strategies of Figures 7 and 8.

The drawings do not use pyplot, which needs a window system and has global state.
"""

import math
from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from experiments.paper.settings import KERNELS, kernel_words
from experiments.paper.sizes import STRATEGIES
from experiments.records import RecordError
from figures.plotting.reports import draw_times
from figures.plotting.style import GREY, MARKERS, PALETTE, house_style, log_axes, plain, positive, transposed
from figures.strategies import LESS, pairs_of
from figures.text import how_trained

WIDTH = 5.4  # width of one panel in inches, without the labels on the left
# strategy: line style, marker, face colour of the marker (None: the colour of the line)
STRATEGY_STYLES = {"one": ("--", "s", "white"), "two": ("-", "o", None)}


@house_style()
def draw_table_errors(table):
    """Draws the error against the column (μ or the number of modes), ours solid and the paper's dashed.

    The line joins the medians; small dots are seeds. Missing cells are gaps, and a gap separates the network without
    modes. Raises: RecordError when a μ is not positive, as the logarithmic axis needs.
    """
    figure, axes, rows = _start(table)
    axes.set_yscale("log")
    shown = []  # in the legend: lines with a point
    for name, color, marker, pairs in rows:
        paper = [(place, entry.paper) for place, entry in pairs if entry.paper is not None]
        look = {"linewidth": 1.2, "markersize": 4, "markerfacecolor": "white"}
        printed = axes.plot(*_line(paper, table), "--", color=color, marker=marker, label=f"{name}, paper", **look)
        medians = [(place, positive(entry.median)) for place, entry in pairs]
        own = axes.plot(*_line(medians, table), "-", color=color, marker=marker, label=f"{name}, ours")
        shown += [line for line in own + printed if any(map(math.isfinite, line.get_ydata()))]
        _draw_seeds(axes, pairs, color)
    axes.set_ylabel("relative force error")
    _set_head(axes, table.item.caption, how_trained(table, WIDTH))
    axes.legend(handles=shown, handlelength=2.8)
    return figure


@house_style()
def draw_inverse_lengths(table):
    """Draws |λ| of Table 5 against the number of modes: ours solid, the paper's as open markers, the true μ as lines.

    Missing cells are gaps; small dots are seeds.
    """
    figure, axes, rows = _start(table)
    for (name, color, marker, pairs), truth in zip(rows, table.item.truth.values(), strict=True):
        axes.axhline(truth, color=color, linestyle=":", linewidth=1.4)
        # right of the axes, where there are no markers
        beyond = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
        axes.annotate(f"μ = {truth:g}", (1, truth), (4, 0), va="center", color=color, **beyond)
        medians = [(place, math.nan if entry.median is None else entry.median) for place, entry in pairs]
        axes.plot(*transposed(medians), "-", color=color, marker=marker, label=f"{name}, ours")
        _draw_seeds(axes, pairs, color, shown=float)
        paper = [(place, entry.paper) for place, entry in pairs if entry.paper is not None]
        look = {"markersize": 10, "markerfacecolor": "none", "markeredgewidth": 1.2}
        axes.plot(*transposed(paper), marker, color=color, label=f"{name}, paper", **look)
    axes.plot([], [], ":", color=GREY, linewidth=1.4, label="true μ of the data")
    # a λ may end at zero
    axes.set(ylim=(0, None), ylabel="inverse length |λ|")
    _set_head(axes, table.item.caption, how_trained(table, WIDTH))
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _start(table):
    """A figure, its axes, and for each row of a table (name, colour, marker, [(coordinate, entry)]).

    The horizontal axis is logarithmic for μ, and equidistant for numbers of modes.
    """
    figure = Figure(figsize=(6.2, 4.3), layout="constrained")
    axes, item, places = figure.add_subplot(), table.item, table.columns
    if item.column_key == "modes":
        places = range(len(places))
        axes.set_xlim(-0.4, len(places) - 0.6)
    else:
        _check_columns(table)
        axes.set_xscale("log")
    axes.set_xlabel(item.column_axis)
    axes.set_xticks(places, [item.column_text(column) for column in table.columns])
    axes.xaxis.set_minor_locator(NullLocator())
    rows = []
    for row, look in zip(table.rows, cycle(zip(PALETTE, MARKERS, strict=True)), strict=False):
        rows.append((plain(item.row_text(row)), *look, list(zip(places, table.row_entries(row), strict=True))))
    return figure, axes, rows


def _check_columns(table):
    """Raises: RecordError when a column is not positive, as the logarithmic axis needs."""
    for column in table.columns:
        if not isinstance(column, (int, float)) or column <= 0:
            key = table.item.column_key
            raise RecordError(f"{table.item.caption}: {key} must be a positive number; received {column!r}")


def _line(points, table):
    """xs and ys of a line, with a gap after the network without modes."""
    if table.columns[0] is None and points and points[0][0] == 0:
        points = [points[0], (math.nan, math.nan), *points[1:]]
    return transposed(points)


def _draw_seeds(axes, pairs, color, shown=positive, marker="o"):
    """Draws a small marker per seed for every entry that has several seeds."""
    dots = [(place, shown(value)) for place, e in pairs if len(e.values) > 1 for value in e.values]
    axes.plot(*transposed(dots), marker, color=color, markersize=2, alpha=0.6)


def _set_head(axes, title, facts):
    """Sets a title over axes, with small print below it."""
    axes.set_title(title, loc="left", pad=8 + 12 * len(facts.splitlines()))
    axes.text(0, 1.02, facts, transform=axes.transAxes, va="bottom", fontsize=9, color=GREY)


@house_style()
def draw_by_alpha(table, times=None):
    """Draws Figure 7: on the left both strategies, one colour per α₁; on the right the wall times, if given.

    The times are results of the benchmark `direct`. Raises: RecordError when a number of snapshots is not positive.
    """
    _check_columns(table)
    figure = Figure(figsize=(11.2 if times else 6.2, 4.4), layout="constrained")
    left, *right = figure.subplots(1, 2 if times else 1, squeeze=False)[0]
    # other panels use the first two colours for the two networks or the two sums
    alphas = dict.fromkeys(dict(panel.labels)["alpha"] for panel in table.item.panels)
    colors = dict(zip(alphas, PALETTE[2:], strict=False))
    colored = [(pair, colors.get(pair.labels["alpha"], GREY)) for pair in pairs_of(table)]
    _draw_pairs(left, colored, table.columns)
    left.legend(*_legend([(color, pair.name) for pair, color in colored]), handlelength=2.8)
    _set_head(left, table.item.heading or table.item.caption, how_trained(table, WIDTH))
    for axes in right:
        draw_times(axes, times)
        _set_head(axes, "Figure 7 right: cost of the layer", "1-D, constant density")
    return figure


@house_style()
def draw_by_kernel(table):
    """Draws Figure 8: one panel per α₁, one colour per kernel. Raises: see `draw_by_alpha`."""
    _check_columns(table)
    pairs = pairs_of(table)
    alphas, kernels = (list(dict.fromkeys(pair.labels[key] for pair in pairs)) for key in ("alpha", "kernel"))
    colors = dict(zip(KERNELS, PALETTE, strict=False))
    figure = Figure(figsize=(4.7 * len(alphas) + 0.8, 4.6), layout="constrained")
    panels = figure.subplots(1, len(alphas), sharey=True, squeeze=False)[0]
    for axes, alpha in zip(panels, alphas, strict=True):
        colored = [(p, colors.get(p.labels["kernel"], GREY)) for p in pairs if p.labels["alpha"] == alpha]
        _draw_pairs(axes, colored, table.columns)
        axes.set_title(f"α = ({alpha:g}, {1 - alpha:g})")
    for axes in panels[1:]:
        axes.set_ylabel("")
    legend = _legend([(colors.get(kernel, GREY), kernel_words(kernel)) for kernel in kernels])
    figure.legend(*legend, loc="outside lower center", ncols=2 * len(alphas), handlelength=2.8)
    figure.suptitle(f"{table.item.caption}\n{how_trained(table)}", fontsize=9)
    return figure


def _draw_pairs(axes, colored, columns):
    """Both lines of every (`Pair`, colour), each seed a dot, and the largest saving as an arrow."""
    log_axes(axes, "number of large snapshots n")
    for pair, color in colored:
        for strategy, (dashes, marker, face) in STRATEGY_STYLES.items():
            pairs = getattr(pair, strategy).items()
            medians = [(n, positive(entry.median)) for n, entry in pairs]
            axes.plot(*transposed(medians), dashes, color=color, marker=marker, markerfacecolor=face or color)
            _draw_seeds(axes, pairs, color, marker=marker)
        saving = pair.saving
        if saving and saving.bound != LESS and saving.factor > 1:
            arrow = {"arrowstyle": "->", "color": color, "linewidth": 1, "shrinkA": 6, "shrinkB": 2}
            axes.annotate("", (saving.one, saving.error), (saving.two, saving.error), arrowprops=arrow)
            middle = (saving.two * saving.factor**0.5, saving.error)
            look = {"color": color, "ha": "center", "fontsize": 9, "zorder": 4}
            axes.annotate(f"{saving.factor_text}×", middle, (0, 3), textcoords="offset points", **look)
    ticks = list(columns[:1])
    apart = (columns[-1] / columns[0]) ** 0.09  # closer labels would overlap
    for n in columns[1:]:
        if n >= ticks[-1] * apart:
            ticks.append(n)
    axes.set_xticks(ticks, [f"{n:,.0f}" for n in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("relative force error")


def _legend(colors):
    """Handles and labels of a legend: all (colour, name), then the two strategies."""
    handles = [Line2D([], [], color=color) for color, _ in colors]
    for dashes, marker, face in STRATEGY_STYLES.values():
        look = {"marker": marker, "markerfacecolor": face or GREY}
        handles.append(Line2D([], [], color=GREY, linestyle=dashes, **look))
    return handles, [*(name for _, name in colors), *STRATEGIES.values()]
