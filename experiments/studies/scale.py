"""Fills the tables of `experiments/scale.md` from records: what training costs, and what a cluster would take.

python experiments/studies/scale.py                 print the tables
python experiments/studies/scale.py --write         and put them in the page, between its markers
python experiments/studies/scale.py --out results   with the records of your own runs as well

A cell costs what a record of the same geometry and network cost for each snapshot seen (`estimates`).
"""

import sys
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from experiments.pages import fill_page, markdown_table
from experiments.paper import ITEMS
from experiments.paper.reports import growth
from experiments.records import read_record
from experiments.running.estimates import estimate, measured_speeds, median_speed, speed_key
from experiments.running.options import Parser

PAGE, RECORDS = ROOT / "experiments" / "scale.md", ROOT / "experiments" / "records"
BY_DIMENSION = sorted(ITEMS.values(), key=lambda item: item.dim)


def main(arguments=None):
    parser = Parser(description=__doc__)
    parser.add_argument("--out", type=Path, help="output folder of your own runs (default: none)")
    parser.add_argument("--write", action="store_true", help="put the tables in experiments/scale.md")
    options = parser.parse_args(arguments)
    if options.out and not options.out.is_dir():
        parser.error(f"--out must be a folder; received {options.out}")
    try:
        tables = make_tables("paper", *filter(None, [options.out]), RECORDS)
        print("\n".join(tables.values()), end="")
        if options.write:
            fill_page(PAGE, tables)
    except (ValueError, OSError) as error:  # a damaged record, or a page without its markers
        parser.error(str(error))
    return 0


def make_tables(preset, *roots):
    """{"points", "layer", "workers", "hours": Markdown}, from the records below some folders."""
    speeds = measured_speeds(*roots)
    tables = {"points": points_table(speeds)}
    for name, benchmark, make in (("layer", "scaling", layer_table), ("workers", "workers", workers_table)):
        path = next((path for root in roots if (path := root / "benchmarks" / f"{benchmark}.json").exists()), None)
        missing = f"Not measured yet: `python experiments/benchmark_scaling.py {benchmark}`.\n"
        tables[name] = make(read_record(path, f"benchmark_{benchmark}").results) if path else missing
    return {**tables, "hours": hours_table(preset, speeds)}


def points_table(speeds):
    """Milliseconds for each snapshot seen: the median over the longest runs of one geometry, network and batch size."""
    rows = {}
    for cell in (cell for item in BY_DIMENSION for cell in with_small_phases(item.cells("quick"))):
        system, network = cell.system, cell.network
        modes = system.num_modes if network == "full" else ()
        for speed in speeds.get(speed_key(asdict(system), network, True), []):
            row = (system.dim, system.num_points, network, modes, round(speed.batch))
            rows.setdefault(row, set()).add(speed)
    lines = []
    for (dim, points, network, modes, batch), measured in sorted(rows.items()):
        ms = 1e3 * median_speed(measured).per_snapshot
        text = " × ".join(map(str, modes)) or "–"
        lines.append([dim, points, text, network, batch, f"{ms:.2f}", f"{1e3 * ms / points:.1f}"])
    return markdown_table(["d", "N", "modes", "network", "batch", "ms a snapshot", "µs a point"], lines)


def layer_table(rows):
    """Milliseconds of the layer forward against N, from the results of `benchmark_scaling.py scaling`."""
    counts, lines = sorted({row["points"] for row in rows}), []
    for dim, kind in dict.fromkeys((row["dim"], row["kind"]) for row in rows):
        own = [row for row in rows if (row["dim"], row["kind"]) == (dim, kind)]
        seconds = {row["points"]: row["seconds"] for row in own}
        times = [f"{1e3 * seconds[count]:.1f}" if count in seconds else "–" for count in counts]
        slope = f"{growth(own):.2f}" if len(own) > 1 else "–"
        lines.append([dim, {"layer": "its own", "finufft": "FINUFFT"}[kind], *times, slope])
    return markdown_table(["d", "transform", *(f"N = {count:,}" for count in counts), "slope from 10⁴"], lines)


def workers_table(rows):
    """Milliseconds of a step against workers, from the results of `benchmark_scaling.py workers`."""
    alone = {tuple(row["case"]): row["step_ms"] for row in rows if row["workers"] == 1}
    lines = []
    for row in rows:
        case, workers, step = row["case"], row["workers"], row["step_ms"]
        gains = ["–", "–"]
        if tuple(case) in alone:
            gain = alone[tuple(case)] / step
            gains = [f"{gain:.2f}", f"{100 * gain / workers:.0f} %"]
        lines.append([*case, workers, f"{step:.1f}", *gains])
    return markdown_table(["d", "N", "batch", "workers", "ms a step", "speed-up", "of the ideal"], lines)


def hours_table(preset, speeds, items=BY_DIMENSION):
    """Core-hours of one seed of every item, and of its longest cell. A cell that two items share counts once.

    A cell that is not measured is left out of the sum, which then is a lower bound.
    """
    counted, lines = {}, []
    for item in items:
        own = [cell for cell in with_small_phases(item.cells(preset)) if cell.title not in counted]
        counted |= {cell.title: cell for cell in own}
        if own:
            lines.append(_hours_line(item.short_title, own, speeds))
    lines.append([*_hours_line("all", counted.values(), speeds)[:-1], ""])
    head = ["item", "cells", "snapshots seen, 10⁶", "core-hours, one seed", "longest cell, hours"]
    return markdown_table(head, lines)


def _hours_line(title, cells, speeds):
    seen = sum(cell.training.snapshots_seen for cell in cells)
    hours = [seconds / 3600 for cell in cells if (seconds := estimate(cell, speeds)) is not None]
    least = "at least " if len(hours) < len(cells) else ""
    total, longest = (f"{least}{value:,.1f}" if hours else "–" for value in (sum(hours), max(hours, default=0)))
    return [title, len(cells), f"{seen / 1e6:,.1f}", total, longest]


def with_small_phases(cells):
    """The cells, and those from which they start, each once."""
    return list({part.title: part for cell in cells for part in (cell, cell.small_phase) if part}.values())


if __name__ == "__main__":
    sys.exit(main())
