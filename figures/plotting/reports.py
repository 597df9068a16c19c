"""Drawings without training: Figure 3, Figure 7 right, and the aliasing of the paper's window."""

import math
from itertools import accumulate

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from experiments.paper.reports import ALIASING, FIGURE3, FIGURE7_RIGHT
from experiments.records import RecordError
from figures.plotting.style import BLUE, GREY, VERMILION, house_style

COLORS = (BLUE, VERMILION)
BAND = "#EFEFEF"


def read_figure3(root):
    """The record of Figure 3.

    Raises: RecordError naming the file when it is missing, damaged, or holds other data or no finite numbers.
    """
    record = FIGURE3.read(root)
    path = record.path
    try:
        settings, results = record.settings, record.results
        numbers = [settings["cutoff"], settings["box_length"], settings["particle"], *results["displacements"]]
        for row in results["rows"]:
            if len(row["contributions"]) != len(results["displacements"]):
                raise RecordError(f"{path}: expected a contribution per particle; received {len(row['contributions'])}")
            if not any(row["contributions"]):
                raise RecordError(f"{path}: expected a nonzero contribution; received none")
            numbers += [row["mu"], row["share_beyond_cutoff"], *row["contributions"]]
        if len(results["rows"]) != len(COLORS) or not all(map(math.isfinite, numbers)):
            raise RecordError(f"{path}: expected {len(COLORS)} rows of finite numbers")
    except (KeyError, TypeError) as error:
        raise RecordError(f"{path}: not a readable record ({error})") from error
    return record


def read_times(report, root):
    """The wall times of a `Report`, a list of rows for `draw_times`, fewest points first. Raises: as `read_figure3`."""
    record = report.read(root)
    try:
        rows = [{"kind": r["kind"], **{key: float(r[key]) for key in ("points", "seconds")}} for r in record.results]
        counts = [sum(row["kind"] == kind for row in rows) for kind in ("layer", "direct")]
    except (KeyError, TypeError, ValueError) as error:
        raise RecordError(f"{record.path}: not a readable record ({error})") from error
    numbers = [row[key] for row in rows for key in ("points", "seconds")]
    if min(counts) < 2 or not all(0 < number < math.inf for number in numbers):
        raise RecordError(f"{record.path}: expected two or more positive times of the layer and of the direct sum")
    return sorted(rows, key=lambda row: row["points"])


def read_aliasing(root):
    """The errors of the modes, a dict of lists. Raises: as `read_figure3`."""
    record = ALIASING.read(root)
    try:
        row = record.results[0]
        lines = {key: list(map(float, row[key])) for key in ("modes", "measured", "predicted", "accurate")}
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RecordError(f"{record.path}: not a readable record ({error})") from error
    finite = all(math.isfinite(x) for line in lines.values() for x in line)
    if len(set(map(len, lines.values()))) > 1 or not lines["modes"] or not finite:
        raise RecordError(f"{record.path}: expected equally many finite numbers in modes and errors")
    return lines


@house_style()
def draw_figure3(root):
    """Draws force contributions, one panel per μ, and their cumulative share against the distance."""
    record = read_figure3(root)
    settings, results = record.settings, record.results
    cutoff, half = settings["cutoff"], settings["box_length"] / 2
    name = f"$x_{{{settings['particle']}}}$"
    displacements = results["displacements"]
    order = sorted(range(len(displacements)), key=lambda j: abs(displacements[j]))
    nearest = [abs(displacements[j]) for j in order]
    figure = Figure(figsize=(11.5, 3.6), layout="constrained")
    *panels, shares = figure.subplots(1, 3, width_ratios=(1, 1, 0.95))
    shares.axvspan(0, cutoff, color=BAND, zorder=0)
    shares.text(cutoff, 0.02, f" R = {cutoff:g}", color=GREY, transform=shares.get_xaxis_transform())
    for axes, row, color in zip(panels, results["rows"], COLORS, strict=True):
        forces = row["contributions"]
        axes.axvspan(-cutoff, cutoff, color=BAND, zorder=0)
        axes.vlines(displacements, 0, forces, color=color, linewidth=1)
        axes.plot(displacements, forces, ".", color=color, markersize=4)
        axes.axhline(0, color=GREY, linewidth=0.7)
        axes.set(xlim=(-half, half), title=f"μ = {row['mu']:g}", xlabel=f"position of $x_j$ relative to {name}")
        axes.grid(False)
        height = max(-axes.get_ylim()[0], axes.get_ylim()[1])
        axes.set_ylim(-height, height)
        beyond = f"from beyond\nR = {cutoff:g}: {percent(row['share_beyond_cutoff'])}"
        axes.text(0.97, 0.95, beyond, transform=axes.transAxes, ha="right", va="top", color=color)
        summed = list(accumulate(abs(forces[j]) for j in order))
        shares.step([0, *nearest], [0, *(part / summed[-1] for part in summed)], where="post", color=color)
        shares.plot([], [], color=color, label=f"μ = {row['mu']:g}")
    panels[0].set_ylabel(f"force of $x_j$ on {name}")
    shares.set(xlim=(0, half / 2), ylim=(0, 1.04), xlabel=f"distance from {name}", title="summed from near to far")
    shares.set_ylabel("share of the absolute force")
    shares.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    shares.legend(loc="lower right")
    return figure


def percent(share):
    """0.472 -> "47 %", 0.00058 -> "0.06 %"."""
    return f"{100 * share:.1g} %" if share < 0.01 else f"{100 * share:.0f} %"


@house_style()
def draw_figure7_right(root):
    """Draws normalised wall times of the LRC-layer and of the direct sum against N, with slopes 1 and 2."""
    figure = Figure(figsize=(5.6, 4.2), layout="constrained")
    draw_times(figure.add_subplot(), read_times(FIGURE7_RIGHT, root))
    return figure


def draw_times(axes, results):
    """Draws wall times: results are rows with "kind" ("layer" or "direct"), "points" and "seconds"."""
    lines = (("layer", "LRC-layer", BLUE, "o", 1), ("direct", "direct all-to-all sum", VERMILION, "s", 2))
    fewest = set()
    for kind, label, color, marker, power in lines:
        points, seconds = zip(*((row["points"], row["seconds"]) for row in results if row["kind"] == kind), strict=True)
        # normalised by the time at the fewest points, to compare the growth of the cost
        times = [s / seconds[0] for s in seconds]
        fewest.add(points[0])
        axes.loglog(points, times, marker=marker, color=color, label=label)
        start, end = points[-1] / 10 ** (2 / power), points[-1]
        axes.loglog([start, end], [times[-1] * 1e-2, times[-1]], ":", color=GREY, zorder=0)
        middle = (math.sqrt(start * end), times[-1] * 1e-1)
        axes.annotate(f"slope {power}", middle, (8, -10), textcoords="offset points", color=GREY)
    start = f"N = {fewest.pop():,.0f}" if len(fewest) == 1 else "the smallest N"
    axes.set(xlabel="number of points N", ylabel=f"wall time / wall time at {start}")
    axes.legend(loc="upper left")


@house_style()
def draw_aliasing(root):
    """Draws the relative error of each mode of type 1: the paper's window, measured and predicted, and the default."""
    results = read_aliasing(root)
    figure = Figure(figsize=(5.6, 4.0), layout="constrained")
    axes = figure.add_subplot()
    modes = results["modes"]
    axes.semilogy(modes, results["measured"], ".", color=VERMILION, markersize=5, label="paper's window, measured")
    axes.semilogy(modes, results["predicted"], "-", color=VERMILION, linewidth=1, label="paper's window, predicted")
    axes.semilogy(modes, results["accurate"], ".", color=BLUE, markersize=5, label="default, tolerance 1e-6")
    axes.set(xlabel="mode number n", ylabel="root-mean-square error of F(n), relative")
    axes.legend(loc="upper center")
    return figure
