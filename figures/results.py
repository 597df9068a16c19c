"""The rows of the results table: every table and figure of the paper with its command, values, ratio and time."""

import math
from dataclasses import dataclass

from figures.benchmarks import benchmark_path, growth, read_benchmark
from figures.figure3 import has_figure3, percent, read_figure3
from figures.layouts import LAYOUTS
from figures.presets import choose_tables, split_folder
from figures.strategies import STRATEGY_ITEMS, pairs_of, small_records
from figures.tables import empty_table
from figures.wording import NONE, number, ratio_text

# item: the script that makes its records, and what it calls it
SCRIPTS = {
    "figure3": ("run_1d.py", "figure3"),
    "table1": ("run_1d.py", "table1"),
    "table2": ("run_1d.py", "table2"),
    "table3": ("run_2d.py", "table3"),
    "table4": ("run_2d.py", "table4"),
    "table5_1d": ("run_1d.py", "table5"),
    "table5_2d": ("run_2d.py", "table5"),
    "table6": ("run_3d.py", "table6"),
    "figure7": ("run_1d.py", "figure7"),
    "figure7_right": ("benchmark_scaling.py", "direct"),
    "figure8": ("run_2d.py", "figure8"),
}


@dataclass(frozen=True)
class Row:
    """One line of the results table, all of it text."""

    item: str
    command: str
    paper: str = NONE
    ours: str = "missing"
    ratio: str = NONE
    preset: str = NONE
    minutes: str = NONE


def result_rows(root):
    """The rows of every item, also of those without a record, by the best preset of each.

    Args:
        root: folder of records, a `Path`.

    Returns: list of `Row`.
    Raises: RecordError naming a record that cannot be used.
    """
    tables = choose_tables(root)
    rows = _figure3_rows(root)
    for item in LAYOUTS:
        folder, table = tables.get(item, (None, None))
        if item in STRATEGY_ITEMS:
            rows += _strategy_rows(root, item, folder, table)
        else:
            rows += _table_rows(item, folder, table)
        if item == "figure7":
            rows += _times_rows(root)
    return rows


def command_of(item, folder=None, seeds=()):
    """The command that makes the records of an item again.

    Args:
        item: a key of `SCRIPTS`.
        folder: of its records, a preset or a preset and a recipe; None when there is none.
        seeds: of the records; the seed 0 alone is the default of the scripts.
    """
    script, name = SCRIPTS[item]
    words = ["python", f"experiments/{script}", name]
    if folder:
        preset, recipe = split_folder(folder)
        words += ["--preset", preset, *(["--recipe", recipe] if recipe else [])]
    seeds = sorted(set(seeds))
    if seeds not in ([], [0]):
        words += ["--seeds", *map(str, seeds)]
    return " ".join(words)


def _table_rows(item, folder, found):
    table = found or empty_table(item)
    layout, decimals = table.layout, table.layout.decimals
    command = command_of(item, folder, [record.seed for record in table.records])
    columns = ", ".join(map(layout.column_text, table.columns))
    rows = []
    for row in table.rows:
        entries = [table.entries[row, column] for column in table.columns]
        name = f" {layout.row_text(row)}," if len(table.rows) > 1 else ""
        places = [record for column in table.columns for record in table.places.get((row, column), [])]
        rows.append(
            Row(
                item=f"{layout.short_title},{name} {layout.column_label} = {columns}",
                command=command,
                paper=", ".join(NONE if e.paper is None else number(e.paper, decimals) for e in entries),
                ours=", ".join(_mean(entry, decimals) for entry in entries) if places else "missing",
                ratio=_ratios([entry.ratio for entry in entries], bool(layout.truth)),
                preset=folder or NONE,
                minutes=f"as {LAYOUTS[layout.source].short_title}" if layout.source and places else _minutes(places),
            )
        )
    return rows


def _mean(entry, decimals):
    return "missing" if not entry.values else number(entry.mean, decimals) if entry.finite else "diverged"


def _ratios(ratios, either_way):
    """The worst ratio and the geometric mean. The worst is the largest, or, `either_way`, the farthest from one."""
    ratios = [ratio for ratio in ratios if ratio is not None]
    if not ratios:
        return NONE
    if min(ratios) == 0:
        return f"{ratio_text(0.0 if either_way else max(ratios))}; {ratio_text(0.0)}"
    logarithms = [math.log(ratio) for ratio in ratios]
    worst = max(logarithms, key=abs) if either_way else max(logarithms)
    return f"{ratio_text(math.exp(worst))}; {ratio_text(math.exp(math.fsum(logarithms) / len(logarithms)))}"


def _strategy_rows(root, item, folder, table):
    title = LAYOUTS[item].short_title
    if table is None:
        return [Row(item=title, command=command_of(item))]
    small = small_records(root, item, folder)
    rows = []
    for pair in pairs_of(table):
        saving = pair.saving
        # the small phases of the same data: what their cells say of it agrees
        begun = [r for r in small if all(r.cell.get(key, value) == value for key, value in pair.labels.items())]
        rows.append(
            Row(
                item=f"{title}, {pair.name}, large snapshots saved",
                command=command_of(item, folder, [record.seed for record in table.records]),
                ours=f"{saving.factor_text} × ({saving.two:.0f} for {saving.bound} {saving.one:.0f})".replace("  ", " ")
                if saving
                else "missing",
                preset=folder,
                minutes=_minutes([*pair.records, *begun]),
            )
        )
    return rows


def _figure3_rows(root):
    row = Row(item="Figure 3, share of the force from beyond R", command=command_of("figure3"))
    if not has_figure3(root):
        return [row]
    shares = read_figure3(root)["results"]["rows"]
    ours = ", ".join(f"{percent(share['share_beyond_cutoff'])} (μ = {share['mu']:g})" for share in shares)
    return [Row(item=row.item, command=row.command, ours=ours)]


def _times_rows(root):
    row = Row(item="Figure 7 right, wall time at large N", command=command_of("figure7_right"))
    if not benchmark_path(root, "direct").is_file():
        return [row]
    times = read_benchmark(root, "direct")
    ours = f"N^{growth(times, 'layer'):.2f} (layer), N^{growth(times, 'direct'):.2f} (direct sum)"
    return [Row(item=row.item, command=row.command, ours=ours)]


def _minutes(records):
    """Core-minutes of training; a cell is trained in one thread."""
    seconds = [record.wall_time for record in records if record.wall_time is not None]
    minutes = math.fsum(seconds) / 60
    return NONE if not seconds else f"{minutes:.0f}" if minutes >= 9.95 else f"{minutes:.1f}"
