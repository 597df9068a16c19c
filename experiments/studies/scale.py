"""Fills the tables of `experiments/scale.md` from records: what training costs, and what a cluster run would take.

python experiments/studies/scale.py                 print the tables
python experiments/studies/scale.py --write         and put them in the page, between its markers
python experiments/studies/scale.py --out results   with the records of your own runs as well
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from experiments.records import read_record
from experiments.running.estimates import measured_speeds
from experiments.studies.core_hours import item_costs, step_times, visit_times

PAGE, RECORDS = ROOT / "experiments" / "scale.md", ROOT / "experiments" / "records"
SOURCES = {"record": "records", "benchmark": "benchmark", "none": "not measured"}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="results", help="output folder of your records (default: results)")
    parser.add_argument("--preset", default="paper", help="of the core-hours (default: paper)")
    parser.add_argument("--write", action="store_true", help="put the tables in experiments/scale.md")
    options = parser.parse_args(arguments)
    tables = make_tables(options.preset, Path(options.out), RECORDS)
    print("\n\n".join(tables.values()))
    if options.write:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    return 0


def make_tables(preset, *roots):
    """{"points", "layer", "workers", "hours": Markdown}, from the records below some folders."""
    speeds = measured_speeds(*roots)
    benchmarks = {}
    for name in ("training", "scaling", "workers"):
        paths = [root / "benchmarks" / f"{name}.json" for root in roots]
        benchmarks[name] = next((path for path in paths if path.exists()), paths[-1])
    return {
        "points": points_table(visit_times(speeds)),
        "layer": layer_table(benchmarks["scaling"]),
        "workers": workers_table(benchmarks["workers"]),
        "hours": hours_table(item_costs(preset, speeds, step_times(benchmarks["training"]))),
    }


def points_table(rows):
    """Milliseconds a snapshot visit, from `visit_times`."""
    lines = [
        [
            f"{row['dim']}",
            f"{row['points']}",
            " × ".join(map(str, row["modes"])) or "–",
            row["network"],
            f"{row['batch']}",
            f"{row['milliseconds']:.2f}",
            f"{1e3 * row['milliseconds'] / row['points']:.1f}",
        ]
        for row in rows
    ]
    return _table(["d", "N", "modes", "network", "batch", "ms a snapshot visit", "µs a point"], lines)


def layer_table(path):
    """Milliseconds of the layer forward against N, from the record of `benchmark_scaling.py scaling`."""
    if not path.exists():
        return _missing("scaling")
    results = read_record(path, "benchmark_scaling").results
    counts = sorted({row["points"] for result in results for row in result["rows"]})
    lines = []
    for result in results:
        times = {row["points"]: f"{1e3 * row['seconds']:.1f}" for row in result["rows"]}
        lines.append([str(result["case"][0]), *(times.get(count, "–") for count in counts), f"{result['slope']:.2f}"])
    return _table(["d", *(f"N = {count:,}" for count in counts), "slope above 10⁴"], lines)


def workers_table(path):
    """Milliseconds of a step against workers, from the record of `benchmark_scaling.py workers`."""
    if not path.exists():
        return _missing("workers")
    lines = [
        [
            f"{row['case'][0]}",
            f"{row['case'][1]}",
            f"{row['case'][2]}",
            f"{row['workers']}",
            f"{row['step_ms']:.1f}",
            f"{row['speed_up']:.2f}",
            f"{100 * row['speed_up'] / row['workers']:.0f} %",
        ]
        for row in read_record(path, "benchmark_workers").results
    ]
    return _table(["d", "N", "batch", "workers", "ms a step", "speed-up", "of the ideal"], lines)


def hours_table(costs):
    """Core-hours of a preset, from `item_costs`."""
    lines = [
        [
            cost["item"],
            f"{cost['cells']}",
            f"{cost['visits'] / 1e6:,.1f}",
            _hours(cost["hours"]),
            _hours(cost["longest"]),
            ", ".join(SOURCES[source] for source in sorted(cost["sources"], reverse=True)),
        ]
        for cost in costs
    ]
    known = [cost["hours"] for cost in costs if cost["hours"] is not None]
    total = _hours(sum(known)) if len(known) == len(costs) else f"at least {_hours(sum(known))}"
    visits = sum(cost["visits"] for cost in costs) / 1e6
    lines.append(["all", f"{sum(cost['cells'] for cost in costs)}", f"{visits:,.1f}", total, "", ""])
    names = ["item", "cells", "snapshot visits, 10⁶", "core-hours, one seed", "longest cell, hours", "measured by"]
    return _table(names, lines)


def filled(page, tables):
    """The page with each table between its markers. Raises: ValueError naming a marker that is not there once."""
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
            raise ValueError(f"the page must have {begin.strip()} and {end} once each, in this order")
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}{table}\n{end}{rest.partition(end)[2]}"
    return page


def _hours(hours):
    return "–" if hours is None else f"{hours:,.1f}"


def _missing(name):
    command = f"`python experiments/benchmark_scaling.py {name}`"
    return f"Not measured yet: {command}, then `python experiments/studies/scale.py --write`."


def _table(names, lines):
    rows = [names, ["---", *["---:"] * (len(names) - 1)], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
