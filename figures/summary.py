"""All values of a folder of records with the paper's values, as one table or as one JSON object."""

import contextlib

from experiments.paper import ITEMS
from experiments.paper.reports import FIGURE3
from experiments.records import RecordError, presets_of
from figures.plotting.reports import read_figure3
from figures.tables import NothingToShow, read_table
from figures.text import NONE, columns_text, number, ratio_text

# Of equally complete tables the first is used. `quick` reaches lower errors than the paper's own recipe.
ORDER = ("quick", "paper", "paper_start", "demo", "smoke")
HEAD = ("item", "cell", "ours", "paper", "ratio", "preset", "seeds")


def choose_tables(root, preset=None):
    """The most complete table of every item over its presets: {item: (name of the folder, `Table`)}.

    Of equally complete tables the first in `ORDER` is used. Items without a record are left out. If `preset`, the name
    of a folder, is given, only that folder is read.
    """
    chosen = {}
    for name, item in ITEMS.items():
        tables = []
        for folder in presets_of(root, item.records_of.name):
            if preset in (None, folder):
                with contextlib.suppress(NothingToShow):
                    tables.append((folder, read_table(root, name, folder)))
        if tables:
            chosen[name] = min(tables, key=_rank)
    return chosen


def _rank(named):
    """Sort key of (name of the folder, `Table`), best first."""
    name, table = named
    preset = name.partition("-")[0]  # "quick-paper" is the preset quick with another recipe
    # number of values; if the paper prints values, only those with a printed value
    entries = [entry for entry in table.entries.values() if entry.paper is not None or not table.item.printed]
    complete = sum(bool(entry.values) for entry in entries)
    return -complete, ORDER.index(preset) if preset in ORDER else len(ORDER), name


def summarize(root, preset=None):
    """The values of every item from its best preset, or from the given one (see `choose_tables`).

    Returns: {item: {cell: {"paper", "ours", "ratio", "preset", "seeds"}}}. `paper` and `ratio` are None if the paper
        prints no value, `ours` if the cell is missing.
    Raises: RecordError when there are no records, or naming an invalid record.
    """
    tables = choose_tables(root, preset)
    summary = {}
    for item, (folder, table) in tables.items():
        cells = summary[item] = {}
        for (row, column), entry in table.entries.items():
            seeds = sorted(record.seed for record in table.records_at(row, column))
            cells[table.item.cell_name(row, column)] = _facts(entry.paper, entry.median, entry.ratio, folder, seeds)
    if FIGURE3.exists(root):
        record = read_figure3(root)
        cutoff, seed = record.settings["cutoff"], record.settings.get("seed")
        seeds = [] if seed is None else [seed]
        summary["figure3"] = {
            f"share beyond {cutoff:g} mu={row['mu']:g}": _facts(None, row["share_beyond_cutoff"], None, None, seeds)
            for row in record.results["rows"]
        }
    if not summary or (preset and not tables):
        raise RecordError(f"{root}: no records of any table or figure{f' with preset {preset}' if preset else ''}")
    return summary


def _facts(paper, median, ratio, preset, seeds):
    return {"paper": paper, "ours": median, "ratio": ratio, "preset": preset, "seeds": seeds}


def to_text(summary):
    """The summary as text in columns, with "missing" for values that are None."""
    lines = [HEAD]
    for item, cells in summary.items():
        for cell, facts in cells.items():
            ours = "missing" if facts["ours"] is None else number(facts["ours"])
            paper = NONE if facts["paper"] is None else f"{facts['paper']:g}"
            seeds = ", ".join(map(str, facts["seeds"])) or NONE
            lines.append((item, cell, ours, paper, ratio_text(facts["ratio"]), facts["preset"] or NONE, seeds))
    return columns_text(lines)
