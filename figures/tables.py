"""Tables: our values beside the paper's, in the rows and columns that `figures.layouts` names."""

import math
import statistics
from dataclasses import dataclass

from experiments.paper_values import PAPER_TABLES
from figures.layouts import LAYOUTS, Layout
from figures.records import RecordError, read_records


class NothingToShow(RecordError):
    """There are records, but none of what a table shows: no network with modes for Table 5."""


@dataclass(frozen=True)
class Entry:
    """One place of a table.

    Attributes:
        values: a value for each seed; empty when the cell is missing.
        paper: the printed value, or None.
        starts: the same values before training, where the layout shows them.
    """

    values: tuple
    paper: float | None
    starts: tuple = ()

    @property
    def mean(self):
        """Mean over the seeds: None when missing, not finite when a training diverged."""
        return math.fsum(self.values) / len(self.values) if self.values else None

    @property
    def finite(self):
        """Whether there is a mean and no training diverged."""
        return self.mean is not None and math.isfinite(self.mean)

    @property
    def deviation(self):
        """Sample standard deviation over the seeds, None with fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 and self.finite else None

    @property
    def ratio(self):
        """Our mean divided by the paper's value, None without a finite mean or a printed value."""
        return self.mean / self.paper if self.finite and self.paper is not None else None


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

    @property
    def printed(self):
        """Whether the paper prints numbers for it."""
        return any(entry.paper is not None for entry in self.entries.values())


def read_table(root, item, preset):
    """The table of an item from the records below a folder.

    Args:
        root: folder of records, with `<item>/<preset>/*.json`.
        item: a key of `LAYOUTS`.
        preset: the name of a folder.

    Raises: RecordError as `read_records` and `build_table`.
    """
    return build_table(item, read_records(root, source_of(item), preset))


def source_of(item):
    """The item whose records a table is made of: itself, but for Table 5. Raises: RecordError for an unknown one."""
    if item not in LAYOUTS:
        raise RecordError(f"unknown item {item!r}; known: {', '.join(LAYOUTS)}")
    return LAYOUTS[item].source or item


def build_table(item, records):
    """Sorts records into the rows and columns of an item.

    Args:
        item: a key of `LAYOUTS`.
        records: `Record`s of that item or of its source, all of one preset.

    Returns:
        A `Table` with every row and column that the paper prints or that a record adds.

    Raises:
        RecordError: the item is unknown, nothing is left to show, the recipes are mixed, a record lacks the row or
            column, or two records hold the same cell and seed.
    """
    source = source_of(item)
    recipes = sorted({record.recipe for record in records})
    if len(recipes) > 1:
        raise RecordError(f"{item}: a table shows one recipe, these records hold {', '.join(recipes)}")
    kept = [record for record in records if LAYOUTS[item].keep(record)]
    if not kept:
        raise NothingToShow(f"{item}: nothing to show in {len(records)} records of {source}")
    return _sorted_table(item, kept)


def empty_table(item):
    """The table of an item without a record: what the paper prints, and nothing of ours."""
    return _sorted_table(item, [])


def _sorted_table(item, records):
    layout, paper = LAYOUTS[item], PAPER_TABLES.get(item, {})
    places = {}
    for record in records:
        column = _look_up(record, layout.column_key)
        for row in _rows_of(record, layout):
            for other in places.setdefault((row, column), []):
                if other.seed == record.seed:
                    raise RecordError(f"{record.path} and {other.path.name} hold the same cell and seed")
            places[row, column].append(record)
    rows = [*layout.row_labels, *sorted({row for row, _ in places} - set(layout.row_labels), key=_order)]
    printed = {column for row in paper.values() for column in row}
    columns = sorted(printed | {column for _, column in places}, key=_order)
    entries = {
        (row, column): Entry(
            values=tuple(layout.value(record, row) for record in places.get((row, column), [])),
            paper=paper.get(row, {}).get(column),
            starts=tuple(layout.start(record, row) for record in places.get((row, column), []) if layout.start),
        )
        for row in rows
        for column in columns
    }
    return Table(layout, tuple(records), tuple(rows), tuple(columns), entries, places)


def _rows_of(record, layout):
    keys = layout.row_keys
    if not keys:
        return tuple(layout.row_labels)
    values = tuple(_look_up(record, key) for key in keys)
    return (values,) if len(keys) > 1 else values


def _look_up(record, key):
    if key not in record.cell:
        raise RecordError(f"{record.path}: the cell has no {key!r}, received {record.cell}")
    return record.cell[key]


def _order(value):
    """Sorts None ("without modes") first, then numbers, then words; tuples of them by their entries."""
    if isinstance(value, tuple):
        return tuple(map(_order, value))
    return (value is not None, isinstance(value, str), value)


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
