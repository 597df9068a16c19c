"""The results table of a README: every table and figure with its command, values, ratio and time."""

import math
from typing import NamedTuple

from experiments.pages import fill_page, markdown_table
from experiments.paper import ITEMS
from experiments.paper.reports import FIGURE3, growth
from experiments.paper.sizes import SizeFigure
from experiments.records import RecordError
from figures.plotting.reports import percent, read_figure3, read_times
from figures.strategies import pairs_of, small_records
from figures.summary import choose_tables
from figures.tables import arrange
from figures.text import NONE, number, ours, ratio_text

HEAD = ("item", "command", "paper", "ours", "ours / paper: worst; geometric mean", "preset", "core-minutes")


class Row(NamedTuple):
    """One line of the results table, as text."""

    item: str
    command: str
    paper: str = NONE
    ours: str = "missing"
    ratio: str = NONE
    preset: str = NONE
    minutes: str = NONE


def result_rows(root):
    """The `Row`s of every item from its best preset, then by the paper's recipe; items without a record as well."""
    sources = [choose_tables(root), *(choose_tables(root, preset) for preset in ("paper", "paper_start"))]
    words = ""
    if FIGURE3.exists(root):
        shares = read_figure3(root).results["rows"]
        words = ", ".join(f"{percent(s['share_beyond_cutoff'])} (μ = {s['mu']:g})" for s in shares)
    rows = [_report_row(FIGURE3, words)]
    for name, item in ITEMS.items():
        make = _size_rows if isinstance(item, SizeFigure) else _table_rows
        shown = {folder: table for folder, table in (tables[name] for tables in sources if name in tables)}
        for place, (folder, table) in enumerate((shown or {None: None}).items()):
            rows += [row for row in make(root, item, folder, table) if place == 0 or row.ours != "missing"]
        if beside := getattr(item, "beside", None):
            words = ""
            if beside.exists(root):
                times = read_times(beside, root)
                layer, direct = (growth([row for row in times if row["kind"] == kind]) for kind in ("layer", "direct"))
                words = f"N^{layer:.2f} (layer), N^{direct:.2f} (direct sum)"
            rows.append(_report_row(beside, words))
    return rows


def _report_row(report, ours):
    return Row(report.row, f"python experiments/{report.script}", ours=ours or "missing")


def command_of(item, folder=None, seeds=()):
    """The command that reproduces the records of some seeds in an item's folder. The scripts' default is seed 0."""
    words = [f"python experiments/{item.script}"]
    if folder:
        preset, _, recipe = folder.partition("-")
        words += ["--preset", preset, *(["--recipe", recipe] if recipe else [])]
    seeds = sorted(set(seeds))
    if seeds not in ([], [0]):
        words += ["--seeds", *map(str, seeds)]
    return " ".join(words)


def _table_rows(root, item, folder, table):
    table = table or arrange(item, [])
    columns = ", ".join(map(item.column_text, table.columns))
    rows = []
    for row in table.rows:
        entries = table.row_entries(row)
        name = f" {item.row_text(row)}," if len(table.rows) > 1 else ""
        records = [record for column in table.columns for record in table.records_at(row, column)]
        title = f"{item.short_title},{name} {item.column_label} = {columns}"
        paper = ", ".join(number(entry.paper, item.decimals) for entry in entries)
        values = ", ".join(ours(entry, item.decimals) for entry in entries) if records else "missing"
        ratio = _ratios([entry.ratio for entry in entries], bool(item.truth))
        command = command_of(item, folder, [record.seed for record in records])
        minutes = f"as {item.records_of.short_title}" if item.records_of is not item and records else _minutes(records)
        rows.append(Row(title, command, paper, values, ratio, folder or NONE, minutes))
    return rows


def _ratios(ratios, either_way):
    """The worst ratio and the geometric mean. The worst is the largest, or with `either_way` the farthest from 1."""
    ratios = [ratio for ratio in ratios if ratio is not None]
    if not ratios:
        return NONE
    if min(ratios) == 0:
        return f"{ratio_text(0.0 if either_way else max(ratios))}; {ratio_text(0.0)}"
    logarithms = [math.log(ratio) for ratio in ratios]
    worst = max(logarithms, key=abs) if either_way else max(logarithms)
    return f"{ratio_text(math.exp(worst))}; {ratio_text(math.exp(math.fsum(logarithms) / len(logarithms)))}"


def _size_rows(root, item, folder, table):
    title = item.short_title
    if table is None:
        return [Row(title, command_of(item))]
    small = small_records(root, item.name, folder)
    rows = []
    for pair in pairs_of(table):
        text, saving = "missing", pair.saving
        if saving:
            taken = f"{saving.two:.0f} for {saving.bound} {saving.one:.0f}".replace("  ", " ")
            text = f"{saving.factor_text} × ({taken})"
        # the small phases of the same data, whose cells agree in the labels that they have
        begun = [r for r in small if all(r.cell.get(key, value) == value for key, value in pair.labels.items())]
        name, minutes = f"{title}, {pair.name}, large snapshots saved", _minutes([*pair.records, *begun])
        command = command_of(item, folder, [record.seed for record in pair.records])
        rows.append(Row(name, command, ours=text, preset=folder, minutes=minutes))
    return rows


def _minutes(records):
    """Core-minutes of training, at least these if a record has no time. Each replica has one thread."""
    seconds = [record.wall_time * record.replicas for record in records if record.wall_time is not None]
    minutes = math.fsum(seconds) / 60
    least = "≥ " if len(seconds) < len(records) else ""
    return NONE if not seconds else least + (f"{minutes:.0f}" if minutes >= 9.95 else f"{minutes:.1f}")


def fill_readme(path, root, check=False):
    """Writes the results table into a file, or only compares with `check`. Returns whether it was up to date.

    Raises: RecordError when there are no records; see `fill_page` and `result_rows`.
    """
    rows = result_rows(root)
    lines = [[item, f"`{command}`", *rest] for item, command, *rest in rows]
    tables = {"results table": markdown_table(HEAD, lines, align="---")}
    up_to_date = fill_page(path, tables, check=True)
    if all(row.ours == "missing" and row.preset == NONE for row in rows):
        raise RecordError(f"{root}: no records of any table or figure")
    return up_to_date or fill_page(path, tables, check)
