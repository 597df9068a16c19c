"""Everything that a folder of records holds, in one table or one JSON object: ours beside the paper's."""

import json

from figures.figure3 import has_figure3, read_figure3
from figures.presets import choose_tables
from figures.records import RecordError
from figures.wording import NONE, number, ratio_text

HEAD = ("item", "cell", "ours", "paper", "ratio", "preset", "seeds")


def summarize(root, preset=None):
    """The values of every item by its best preset.

    Args:
        root: folder of records, a `Path`.
        preset: the name of a folder, which forces it; None for the best of each item (see `choose_table`).

    Returns: {item: {cell: {"paper", "ours", "ratio", "preset", "seeds"}}}. `paper` and `ratio` are None where nothing
        is printed, `ours` where the cell is missing (no seeds) or a training diverged (seeds).
    Raises: RecordError when there is nothing to summarize, or naming a record that cannot be used.
    """
    summary = {}
    tables = choose_tables(root, preset)
    for item, (folder, table) in tables.items():
        summary[item] = {
            table.layout.cell_name(row, column): {
                "paper": entry.paper,
                "ours": entry.mean if entry.finite else None,
                "ratio": entry.ratio,
                "preset": folder,
                "seeds": sorted(record.seed for record in table.places.get((row, column), [])),
            }
            for (row, column), entry in table.entries.items()
        }
    if has_figure3(root):
        record = read_figure3(root)
        cutoff, seed = record["settings"]["cutoff"], record["settings"].get("seed")
        summary["figure3"] = {
            f"share beyond {cutoff:g} mu={row['mu']:g}": {
                "paper": None,
                "ours": row["share_beyond_cutoff"],
                "ratio": None,
                "preset": None,
                "seeds": [] if seed is None else [seed],
            }
            for row in record["results"]["rows"]
        }
    if not summary or (preset and not tables):
        raise RecordError(f"{root}: no records of any table or figure{f' with preset {preset}' if preset else ''}")
    return summary


def to_json(summary):
    """The summary as JSON, which ends with a newline."""
    return json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_text(summary):
    """The summary as text in columns; what is missing and what diverged says so."""
    lines = [HEAD]
    for item, cells in summary.items():
        for cell, facts in cells.items():
            seeds = ", ".join(map(str, facts["seeds"]))
            absent = "diverged" if facts["seeds"] else "missing"
            lines.append(
                (
                    item,
                    cell,
                    absent if facts["ours"] is None else number(facts["ours"]),
                    NONE if facts["paper"] is None else f"{facts['paper']:g}",
                    ratio_text(facts["ratio"]),
                    facts["preset"] or NONE,
                    seeds or NONE,
                )
            )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join("  ".join(map(str.ljust, line, widths)).rstrip() + "\n" for line in lines)
