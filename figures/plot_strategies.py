"""Drawings of Figures 7 and 8: test error against large snapshots, one-scale training dashed, two-scale solid."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from figures.axes import log_axes, positive, set_head, transposed
from figures.benchmarks import draw_times
from figures.layouts import KERNELS
from figures.records import RecordError
from figures.savings import LESS
from figures.strategies import pairs_of
from figures.style import BLUE, GREEN, GREY, PURPLE, VERMILION, house_style
from figures.tables import how_trained

# Blue and vermilion are the two networks, or the two sums, of other panels; here α₁ is the colour.
ALPHA_COLORS = {0.9: GREEN, 0.5: PURPLE}
KERNEL_COLORS = dict(zip(KERNELS, (BLUE, VERMILION), strict=True))
STYLES = {"one": ("--", "white", "one-scale"), "two": ("-", None, "two-scale")}
MARKERS = {"one": "s", "two": "o"}


def draw_figure7(table, times=None):
    """Figure 7: on the left both strategies, a colour for each α₁; on the right the wall times, when there are any.

    Args:
        table: a `Table` of figure7.
        times: results of the benchmark `direct`, or None.

    Returns: a `Figure`.
    Raises: RecordError when a number of snapshots has no place on a logarithmic axis.
    """
    _check_columns(table)
    with house_style():
        figure = Figure(figsize=(11.2 if times else 6.2, 4.4), layout="constrained")
        left, *right = figure.subplots(1, 2 if times else 1, squeeze=False)[0]
        colored = [(pair, ALPHA_COLORS.get(pair.labels["alpha"], GREY)) for pair in pairs_of(table)]
        _draw_pairs(left, colored, table.columns)
        handles = [Line2D([], [], color=color) for _, color in colored]
        handles, labels = _with_strategies(handles, [pair.name for pair, _ in colored])
        left.legend(handles, labels, handlelength=2.8)
        set_head(left, "Figure 7 left: 1-D, screened Coulomb, μ = (5, 0.5)", how_trained(table), 5.4)
        for axes in right:
            draw_times(axes, times)
            set_head(axes, "Figure 7 right: cost of the layer", "1-D, constant density", 5.4)
    return figure


def draw_figure8(table):
    """Figure 8: a panel for each α₁, a colour for each kernel.

    Args:
        table: a `Table` of figure8.

    Returns: a `Figure`.
    Raises: RecordError when a number of snapshots has no place on a logarithmic axis.
    """
    _check_columns(table)
    pairs = pairs_of(table)
    alphas = list(dict.fromkeys(pair.labels["alpha"] for pair in pairs))
    kernels = list(dict.fromkeys(pair.labels["kernel"] for pair in pairs))
    with house_style():
        figure = Figure(figsize=(4.7 * len(alphas) + 0.8, 4.6), layout="constrained")
        panels = figure.subplots(1, len(alphas), sharey=True, squeeze=False)[0]
        for axes, alpha in zip(panels, alphas, strict=True):
            colored = [(p, KERNEL_COLORS.get(p.labels["kernel"], GREY)) for p in pairs if p.labels["alpha"] == alpha]
            _draw_pairs(axes, colored, table.columns)
            axes.set_title(f"α = ({alpha:g}, {1 - alpha:g})")
        for axes in panels[1:]:
            axes.set_ylabel("")
        handles = [Line2D([], [], color=KERNEL_COLORS.get(kernel, GREY)) for kernel in kernels]
        handles, labels = _with_strategies(handles, [KERNELS.get(kernel, kernel) for kernel in kernels])
        figure.legend(handles, labels, loc="outside lower center", ncols=2 * len(alphas), handlelength=2.8)
        figure.suptitle(f"{table.layout.title}\n{how_trained(table)}", fontsize=9)
    return figure


def _check_columns(table):
    for column in table.columns:
        if not isinstance(column, (int, float)) or column <= 0:
            raise RecordError(f"{table.layout.title}: snapshots must be a positive number, received {column!r}")


def _draw_pairs(axes, colored, columns):
    """Both lines of every (`Pair`, colour), each seed a dot, and the largest saving as an arrow."""
    log_axes(axes, "number of large snapshots n")
    for index, (pair, color) in enumerate(colored):
        for strategy, line in (("one", pair.one), ("two", pair.two)):
            dashes, face, _ = STYLES[strategy]
            means = [(n, positive(entry.mean)) for n, entry in line.items()]
            axes.plot(*transposed(means), dashes, color=color, marker=MARKERS[strategy], markerfacecolor=face or color)
            seeds = [(n, positive(v)) for n, e in line.items() if len(e.values) > 1 for v in e.values]
            axes.plot(*transposed(seeds), ".", color=color, markersize=4, alpha=0.6)
        saving = pair.saving
        if saving and saving.bound != LESS and saving.factor > 1:
            arrow = {"arrowstyle": "->", "color": color, "linewidth": 1, "shrinkA": 6, "shrinkB": 2}
            axes.annotate("", (saving.one, saving.error), (saving.two, saving.error), arrowprops=arrow)
            # on the arrow, near its start, where other lines are far; beside the next label where two arrows are close
            place = saving.two * saving.factor ** (0.25 + 0.2 * index)
            axes.text(place, saving.error, f"{saving.factor_text}×", color=color, ha="center", va="center",
                      fontsize=9, zorder=4, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    axes.set_xticks(_apart(columns), [f"{n:,.0f}" for n in _apart(columns)])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("relative force error")


def _apart(columns):
    """The numbers of snapshots whose labels have room beside each other on a logarithmic axis."""
    chosen = list(columns[:1])
    step = (columns[-1] / columns[0]) ** 0.09
    for n in columns[1:]:
        if n >= chosen[-1] * step:
            chosen.append(n)
    return chosen


def _with_strategies(handles, labels):
    """A legend's entries for the colours, then for the two strategies."""
    for strategy, (dashes, face, name) in STYLES.items():
        look = {"marker": MARKERS[strategy], "markerfacecolor": face or GREY}
        handles.append(Line2D([], [], color=GREY, linestyle=dashes, **look))
        labels.append(name)
    return handles, labels
