"""Drawings of benchmark records: Figure 7 right, and the aliasing of the paper's window."""

import json
import math
from pathlib import Path

from matplotlib.figure import Figure

from figures.records import RecordError
from figures.style import BLUE, GREY, VERMILION, house_style


def benchmark_path(folder, name):
    """Where the record of a benchmark is."""
    return Path(folder) / "benchmarks" / f"{name}.json"


def read_benchmark(folder, name):
    """The results of `<folder>/benchmarks/<name>.json`. Raises: RecordError naming the file."""
    path = benchmark_path(folder, name)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["schema"] != 1 or record["item"] != f"benchmark_{name}":
            raise RecordError(f"{path}: expected a record of benchmark_{name}; received {record['item']!r}")
        return record["results"]
    except FileNotFoundError:
        raise RecordError(f"{path}: no such record; experiments/benchmark_scaling.py {name} makes it") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path}: not a readable record ({error})") from error


def draw_figure7_right(results):
    """Normalised wall time of the LRC-layer and of the direct sum against the number of points, with slopes 1 and 2.

    Args:
        results: rows with "kind" ("layer" or "direct"), "points" and "seconds".
    """
    with house_style():
        figure = Figure(figsize=(5.6, 4.2), layout="constrained")
        draw_times(figure.add_subplot(), results)
    return figure


def draw_times(axes, results):
    """The same in axes that are there already."""
    rows = {kind: [row for row in results if row["kind"] == kind] for kind in ("layer", "direct")}
    names = {"layer": ("LRC-layer", BLUE, "o"), "direct": ("direct all-to-all sum", VERMILION, "s")}
    for kind, (label, color, marker) in names.items():
        points, seconds = zip(*((row["points"], row["seconds"]) for row in rows[kind]), strict=True)
        # each by its own time at the fewest points: what is compared is how the cost grows
        axes.loglog(points, [s / seconds[0] for s in seconds], marker=marker, color=color, label=label)
    for power, kind in ((1, "layer"), (2, "direct")):
        end = rows[kind][-1]
        last = end["seconds"] / rows[kind][0]["seconds"]
        start = end["points"] / 10 ** (2 / power)
        axes.loglog([start, end["points"]], [last * 1e-2, last], ":", color=GREY, zorder=0)
        axes.annotate(f"slope {power}", (math.sqrt(start * end["points"]), last * 1e-1), (8, -10),
                      textcoords="offset points", color=GREY)  # fmt: skip
    axes.set_xlabel("number of points N")
    axes.set_ylabel("wall time / wall time at N = 100")
    axes.legend(loc="upper left")


def growth(results, kind):
    """The power of N with which the wall time of a kind grows over its last two rows."""
    last, end = [row for row in results if row["kind"] == kind][-2:]
    return math.log(end["seconds"] / last["seconds"]) / math.log(end["points"] / last["points"])


def draw_aliasing(results):
    """Relative error of the paper's transform of type 1 mode by mode, measured and predicted, the default's beside it.

    Args:
        results: {"modes": n, "measured": rms error, "predicted": ..., "accurate": rms error}, lists of one length.
    """
    with house_style():
        figure = Figure(figsize=(5.6, 4.0), layout="constrained")
        axes = figure.add_subplot()
        modes = results["modes"]
        axes.semilogy(modes, results["measured"], ".", color=VERMILION, markersize=5, label="paper's window, measured")
        axes.semilogy(modes, results["predicted"], "-", color=VERMILION, linewidth=1, label="paper's window, predicted")
        axes.semilogy(modes, results["accurate"], ".", color=BLUE, markersize=5, label="default, tolerance 1e-6")
        axes.set_xlabel("mode number n")
        axes.set_ylabel("root-mean-square error of F(n), relative")
        axes.legend(loc="upper center")
    return figure
