"""Figure 3: the force of every other particle on x₁₀₀, and the share of it that comes from within a distance."""

import json
import math
from itertools import accumulate
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from figures.records import SCHEMA, RecordError
from figures.style import BLUE, GREY, VERMILION, house_style

COLORS = (BLUE, VERMILION)
BAND = "#EFEFEF"


def figure3_path(folder):
    """Where the record is."""
    return Path(folder) / "figure3" / "contributions.json"


def has_figure3(folder):
    """Whether there is a record below a folder."""
    return figure3_path(folder).is_file()


def read_figure3(folder):
    """The record `<folder>/figure3/contributions.json`: {"settings": …, "results": …}.

    Raises: RecordError naming the file when it is missing, damaged, of something else, or holds no finite numbers.
    """
    path = figure3_path(folder)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != SCHEMA or record["item"] != "figure3":
            raise RecordError(f"{path}: expected a record of figure3; received {record['item']!r}")
        settings, results = record["settings"], record["results"]
        numbers = [settings["cutoff"], settings["box_length"], settings["particle"], *results["displacements"]]
        for row in results["rows"]:
            if len(row["contributions"]) != len(results["displacements"]):
                raise RecordError(f"{path}: expected one contribution a particle; received {len(row['contributions'])}")
            if not any(row["contributions"]):
                raise RecordError(f"{path}: expected a contribution that is not zero; received none")
            numbers += [row["mu"], row["share_beyond_cutoff"], *row["contributions"]]
        if len(results["rows"]) != len(COLORS) or not all(math.isfinite(number) for number in numbers):
            raise RecordError(f"{path}: expected {len(COLORS)} rows of finite numbers")
        return {"settings": settings, "results": results}
    except FileNotFoundError:
        raise RecordError(f"{path}: no such record; experiments/run_1d.py figure3 makes it") from None
    except RecordError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path}: not a readable record ({error})") from error


def draw_figure3(record):
    """Two panels of force contributions, one for each μ, and one of their share against the distance.

    Args:
        record: as `read_figure3` returns it.

    Returns:
        A `Figure`.
    """
    settings, results = record["settings"], record["results"]
    cutoff, half = settings["cutoff"], settings["box_length"] / 2
    name = f"$x_{{{settings['particle']}}}$"
    distances = [abs(s) for s in results["displacements"]]
    with house_style():
        figure = Figure(figsize=(11.5, 3.6), layout="constrained")
        *panels, shares = figure.subplots(1, 3, width_ratios=(1, 1, 0.95))
        for axes, row, color in zip(panels, results["rows"], COLORS, strict=True):
            axes.axvspan(-cutoff, cutoff, color=BAND, zorder=0)
            axes.vlines(results["displacements"], 0, row["contributions"], color=color, linewidth=1)
            axes.plot(results["displacements"], row["contributions"], ".", color=color, markersize=4)
            axes.axhline(0, color=GREY, linewidth=0.7)
            axes.set(xlim=(-half, half), title=f"μ = {row['mu']:g}", xlabel=f"position of $x_j$ relative to {name}")
            axes.grid(False)
            low, high = axes.get_ylim()
            axes.set_ylim(-max(-low, high), max(-low, high))
            axes.text(0.97, 0.95, f"from beyond\nR = {cutoff:g}: {percent(row['share_beyond_cutoff'])}",
                      transform=axes.transAxes, ha="right", va="top", color=color)  # fmt: skip
        panels[0].set_ylabel(f"force of $x_j$ on {name}")

        shares.axvspan(0, cutoff, color=BAND, zorder=0)
        shares.text(cutoff, 0.02, f" R = {cutoff:g}", color=GREY, transform=shares.get_xaxis_transform())
        order = sorted(range(len(distances)), key=distances.__getitem__)
        for row, color in zip(results["rows"], COLORS, strict=True):
            summed = list(accumulate(abs(row["contributions"][j]) for j in order))
            nearest = [distances[j] for j in order]
            shares.step([0, *nearest], [0, *(part / summed[-1] for part in summed)], where="post", color=color)
            shares.plot([], [], color=color, label=f"μ = {row['mu']:g}")
        shares.set(xlim=(0, half / 2), ylim=(0, 1.04), xlabel=f"distance from {name}", title="summed from near to far")
        shares.set_ylabel("share of the absolute force")
        shares.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        shares.legend(loc="lower right")
    return figure


def percent(share):
    """0.472 -> "47 %", 0.00058 -> "0.06 %"."""
    return f"{100 * share:.1g} %" if share < 0.01 else f"{100 * share:.0f} %"
