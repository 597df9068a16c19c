"""Tables: our values beside the paper's, in rows and columns.

A `Layout` says which entries of a record's cell are the rows and columns of an item. Everything else is the
same for every table, so a new table is one more entry in `LAYOUTS`.
"""

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from experiments.paper_values import PAPER_TABLES
from figures.records import Record, RecordError


@dataclass(frozen=True)
class Layout:
    """How the records of an item become a table.

    Attributes:
        title: what the table shows, one line.
        column_key, column_label: the entry of `cell` that is the column, and its symbol.
        row_key: the entry of `cell` that is the row, or None for a table of one row.
        row_labels: row -> words, in the order of the table.
        value: the number of a record that is shown.
        value_label: what that number is.
    """

    title: str
    column_key: str
    column_label: str
    row_key: str | None
    row_labels: dict
    value: Callable[[Record], float] = lambda record: record.error
    value_label: str = "relative force error on the test snapshots"


LAYOUTS = {
    "table1": Layout(
        title="Table 1: screened Coulomb data in 1-D, N = 20",
        column_key="mu",
        column_label="μ",
        row_key="network",
        row_labels={"short": "short-range", "full": "full-range"},
    ),
}


@dataclass(frozen=True)
class Entry:
    """One place of a table.

    Attributes:
        values: a value for each seed; empty when the cell is missing.
        paper: the printed value, or None.
    """

    values: tuple
    paper: float | None

    @property
    def mean(self):
        """Mean over the seeds: None when missing, not finite when a training diverged."""
        return math.fsum(self.values) / len(self.values) if self.values else None

    @property
    def deviation(self):
        """Sample standard deviation over the seeds, None with fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 and math.isfinite(self.mean) else None

    @property
    def ratio(self):
        """Our mean divided by the paper's value, None without a finite mean or a printed value."""
        if not self.values or self.paper is None or not math.isfinite(self.mean):
            return None
        return self.mean / self.paper


@dataclass(frozen=True)
class Table:
    """Records set in rows and columns.

    Attributes:
        layout: the `Layout` it follows.
        records: all its records.
        rows, columns: what the paper prints, then what the records add.
        entries: (row, column) -> `Entry`, for every row and column.
        places: (row, column) -> list of `Record`, where there are any.
    """

    layout: Layout
    records: tuple
    rows: tuple
    columns: tuple
    entries: dict
    places: dict


def build_table(item, records):
    """Sorts records into the rows and columns of an item.

    Args:
        item: a key of `LAYOUTS`.
        records: `Record`s of that item, all of one preset.

    Returns:
        A `Table` with every row and column that the paper prints or that a record adds.

    Raises:
        RecordError: the item is unknown, the recipes are mixed, a record lacks the row or column, or two
            records hold the same cell and seed.
    """
    if item not in LAYOUTS:
        raise RecordError(f"unknown item {item!r}; known: {', '.join(LAYOUTS)}")
    layout, paper = LAYOUTS[item], PAPER_TABLES[item]
    recipes = sorted({record.recipe for record in records})
    if len(recipes) > 1:
        raise RecordError(f"{item}: a table shows one recipe, these records hold {', '.join(recipes)}")

    places = {}
    for record in records:
        place = (_look_up(record, layout.row_key, *layout.row_labels), _look_up(record, layout.column_key))
        for other in places.setdefault(place, []):
            if other.seed == record.seed:
                raise RecordError(f"{record.path} and {other.path.name} hold the same cell and seed")
        places[place].append(record)
    rows = [*layout.row_labels, *sorted({row for row, _ in places} - set(layout.row_labels), key=_order)]
    printed = {column for row in paper.values() for column in row}
    columns = sorted(printed | {column for _, column in places}, key=_order)
    entries = {
        (row, column): Entry(
            values=tuple(layout.value(record) for record in places.get((row, column), [])),
            paper=paper.get(row, {}).get(column),
        )
        for row in rows
        for column in columns
    }
    return Table(layout, tuple(records), tuple(rows), tuple(columns), entries, places)


def _look_up(record, key, *only_row):
    if key is None:  # a table of one row
        return only_row[0]
    if key not in record.cell:
        raise RecordError(f"{record.path}: the cell has no {key!r}, received {record.cell}")
    return record.cell[key]


def _order(value):
    """Sorts None ("without modes") first, then numbers, then words."""
    return (value is not None, isinstance(value, str), value)


def row_label(layout, row):
    """The words for a row, also for one the paper does not have."""
    return layout.row_labels.get(row, str(row))


def column_label(column):
    """0.5 -> "0.5", 10.0 -> "10", None -> "none"."""
    return "none" if column is None else f"{column:g}" if isinstance(column, (int, float)) else str(column)


def how_trained(table):
    """Preset, recipe, seeds and snapshots seen, in words."""
    seeds = sorted({record.seed for record in table.records})
    seen = sorted({record.snapshots_seen for record in table.records})
    parts = [
        f"preset {', '.join(sorted({record.preset for record in table.records}))}",
        f"recipe {', '.join(sorted({record.recipe for record in table.records}))}",
        f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}",
        f"{' to '.join(f'{n:,}' for n in dict.fromkeys((seen[0], seen[-1])))} snapshots seen",
    ]
    counts = sorted({len(records) for records in table.places.values()})
    if len(counts) > 1:
        parts[2] += f" ({counts[0]} to {counts[-1]} a cell)"
    return ", ".join(parts)
