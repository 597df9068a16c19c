"""Fills the tables of `experiments/scale.md` from records: what training costs, and what a cluster would take.

python experiments/studies/scale.py                 print the tables
python experiments/studies/scale.py --write         and put them in the page, between its markers
python experiments/studies/scale.py --out results   with the records of your own runs as well

A cell costs what a record of the same geometry and network cost for each snapshot seen (`estimates`). Where there is
none, it costs what the training benchmark of the same dimension and network costs, in proportion to the pairs of
neighbours, of which there are N · (N/V) · |ball of radius R|.
"""

import argparse
import math
import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from experiments.paper import ITEMS
from experiments.records import read_record
from experiments.running.estimates import estimate, measured_speeds, speed_key

PAGE, RECORDS = ROOT / "experiments" / "scale.md", ROOT / "experiments" / "records"
BALL = {1: 2.0, 2: math.pi, 3: 4 * math.pi / 3}  # volume for radius one
BY_DIMENSION = sorted(ITEMS.values(), key=lambda item: item.dim)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="results", help="output folder of your records (default: results)")
    parser.add_argument("--preset", default="paper", help="of the core-hours (default: paper)")
    parser.add_argument("--write", action="store_true", help="put the tables in experiments/scale.md")
    options = parser.parse_args(arguments)
    tables = make_tables(options.preset, Path(options.out), RECORDS)
    print("\n\n".join(tables.values()))
    if options.write:
        PAGE.write_text(fill_page(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    return 0


def make_tables(preset, *roots):
    """{"points", "layer", "workers", "hours": Markdown}, from the records below some folders."""
    speeds = measured_speeds(*roots)
    return {
        "points": points_table(speeds),
        "layer": layer_table(benchmark("scaling", *roots)),
        "workers": workers_table(benchmark("workers", *roots)),
        "hours": hours_table(item_costs(preset, speeds, step_times(benchmark("training", *roots)))),
    }


def benchmark(name, *roots):
    """The results of `benchmark_scaling.py name` from the first folder that has them; an empty list when none has."""
    paths = (root / "benchmarks" / f"{name}.json" for root in roots)
    return next((read_record(path, f"benchmark_{name}").results for path in paths if path.exists()), [])


def points_table(speeds):
    """Milliseconds for each snapshot seen. Of the runs of one geometry, network and batch size the longest counts."""
    rows = {}
    for cell in (cell for item in BY_DIMENSION for cell in item.cells("quick")):
        for part in filter(None, (cell, cell.small_phase)):
            system, network = part.system, part.network
            modes = system.num_modes if network == "full" else ()
            found = speeds.get(speed_key(asdict(system), network, True), [])
            for batch in sorted({round(speed.batch) for speed in found}):
                speed = max((s for s in found if round(s.batch) == batch), key=lambda s: s.seen)
                rows[system.dim, system.num_points, network, modes, batch] = 1e3 * speed.per_snapshot
    lines = [
        [dim, points, " × ".join(map(str, modes)) or "–", network, batch, f"{ms:.2f}", f"{1e3 * ms / points:.1f}"]
        for (dim, points, network, modes, batch), ms in sorted(rows.items())
    ]
    return _table(["d", "N", "modes", "network", "batch", "ms a snapshot", "µs a point"], lines)


def layer_table(results):
    """Milliseconds of the layer forward against N, from the results of `benchmark_scaling.py scaling`."""
    counts = sorted({row["points"] for result in results for row in result["rows"]})
    lines = []
    for result in results:
        times = {row["points"]: f"{1e3 * row['seconds']:.1f}" for row in result["rows"]}
        lines.append([result["case"][0], *(times.get(count, "–") for count in counts), f"{result['slope']:.2f}"])
    return _table(["d", *(f"N = {count:,}" for count in counts), "slope above 10⁴"], lines, "scaling")


def workers_table(results):
    """Milliseconds of a step against workers, from the results of `benchmark_scaling.py workers`."""
    lines = [
        [*row["case"], n, f"{row['step_ms']:.1f}", f"{row['speed_up']:.2f}", f"{100 * row['speed_up'] / n:.0f} %"]
        for row in results
        for n in (row["workers"],)
    ]
    return _table(["d", "N", "batch", "workers", "ms a step", "speed-up", "of the ideal"], lines, "workers")


def step_times(results):
    """Seconds a snapshot and pair by (dimension, network), from the results of `benchmark_scaling.py training`."""
    return {(row["case"][0], row["network"]): 1e-3 * row["ours_core_ms"] / row["neighbor_pairs"] for row in results}


def neighbor_pairs(system):
    """Expected number of pairs i, j within the cutoff in a snapshot, both orders counted."""
    return system.num_points**2 / math.prod(system.box_length) * BALL[system.dim] * system.cutoff**system.dim


def cell_seconds(cell, speeds, steps):
    """(seconds of a cell on one core, "records", "benchmark" or "not measured" for where they come from).

    Args:
        cell: `Cell`.
        speeds: of `estimates.measured_speeds`.
        steps: of `step_times`.
    """
    if (seconds := estimate(cell, speeds)) is not None:
        return seconds, "records"
    per_pair = steps.get((cell.system.dim, cell.network))
    if per_pair is None:
        return None, "not measured"
    return per_pair * neighbor_pairs(cell.system) * cell.training.snapshots_seen, "benchmark"


def item_costs(preset, speeds, steps, items=BY_DIMENSION):
    """A list of dicts, one for each item with cells of its own: item, cells, seen, hours, longest, sources.

    `seen` are the snapshots seen, `hours` core-hours of one seed or None when a cell is not measured, `longest`
    those of the longest cell, `sources` a set. A small phase counts once. Arguments as for `cell_seconds`.
    """
    counted, costs = set(), []
    for item in items:
        cells = {cell.key: cell for cell in item.cells(preset)}
        cells |= {cell.small_phase.key: cell.small_phase for cell in cells.values() if cell.small_phase is not None}
        own = [cell for key, cell in cells.items() if key not in counted]
        counted |= set(cells)
        if not own:
            continue
        seconds, sources = zip(*(cell_seconds(cell, speeds, steps) for cell in own), strict=True)
        known = None not in seconds
        costs.append(
            {
                "item": item.title.partition(":")[0],
                "cells": len(own),
                "seen": sum(cell.training.snapshots_seen for cell in own),
                "hours": sum(seconds) / 3600 if known else None,
                "longest": max(seconds) / 3600 if known else None,
                "sources": set(sources),
            }
        )
    return costs


def hours_table(costs):
    """Core-hours of a preset, from `item_costs`."""

    def hours(value):
        return "–" if value is None else f"{value:,.1f}"

    lines = []
    for cost in costs:
        numbers = cost["cells"], f"{cost['seen'] / 1e6:,.1f}", hours(cost["hours"]), hours(cost["longest"])
        lines.append([cost["item"], *numbers, ", ".join(sorted(cost["sources"], reverse=True))])
    known = [cost["hours"] for cost in costs if cost["hours"] is not None]
    total = hours(sum(known)) if len(known) == len(costs) else f"at least {hours(sum(known))}"
    seen = sum(cost["seen"] for cost in costs) / 1e6
    lines.append(["all", sum(cost["cells"] for cost in costs), f"{seen:,.1f}", total, "", ""])
    names = ["item", "cells", "snapshots seen, 10⁶", "core-hours, one seed", "longest cell, hours", "measured by"]
    return _table(names, lines)


def fill_page(page, tables):
    """The page with each table between its markers. Raises: ValueError naming a marker that is not there once."""
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
            raise ValueError(f"the page must have {begin.strip()} and {end} once each, in this order")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}{table}\n{end}{rest.partition(end)[2]}"
    return page


def _table(names, lines, benchmark=None):
    """Markdown, or the command that is missing when a benchmark has no lines."""
    if benchmark and not lines:
        command = f"`python experiments/benchmark_scaling.py {benchmark}`"
        return f"Not measured yet: {command}, then `python experiments/studies/scale.py --write`."
    rows = [names, ["---", *["---:"] * (len(names) - 1)], *lines]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
