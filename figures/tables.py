"""Tables of our values and the paper's, in the rows and columns of an item of `experiments.paper`."""

import statistics
from dataclasses import dataclass

from experiments.paper import ITEMS
from experiments.paper.items import Item
from experiments.records import RecordError, read_records


class NothingToShow(RecordError):
    """The records contain nothing that the table shows, for example no network with modes for Table 5."""


@dataclass(frozen=True)
class Entry:
    """One cell of a table."""

    values: tuple  # one per seed; empty when the cell is missing
    paper: float | None  # the printed value
    starts: tuple = ()  # values before training, if the item shows them

    @property
    def median(self):
        """Median over the seeds; None when missing."""
        return statistics.median(self.values) if self.values else None

    @property
    def range(self):
        """(smallest, largest) value of the seeds; None for fewer than two."""
        return (min(self.values), max(self.values)) if len(self.values) > 1 else None

    @property
    def ratio(self):
        """Our median divided by the paper's value; None when one of them is missing."""
        return self.median / self.paper if self.values and self.paper is not None else None


@dataclass(frozen=True)
class Table:
    """Records in rows and columns, which are those of the paper and further ones of the records."""

    item: Item
    records: tuple
    rows: tuple
    columns: tuple
    entries: dict  # (row, column) -> `Entry`, for every row and column
    places: dict  # (row, column) -> list of `Record`, never empty

    def records_at(self, row, column):
        """The records of one cell, a possibly empty list."""
        return self.places.get((row, column), [])

    def row_entries(self, row):
        """The entries of a row, one per column."""
        return [self.entries[row, column] for column in self.columns]


def read_table(root, item, preset):
    """The table of an item from `<root>/<item>/<preset>/*.json`. Raises: see `read_records`, `build_table`."""
    return build_table(item, read_records(root, ITEMS[item].records_of.name, preset))


def build_table(name, records):
    """The `Table` of an item from `Record`s of one preset.

    Raises: RecordError when nothing remains to show, the recipes differ, a record lacks the row or
        column, or two records hold the same cell and seed.
    """
    item = ITEMS[name]
    recipes = sorted({record.recipe for record in records})
    if len(recipes) > 1:
        raise RecordError(f"{name}: expected records of one recipe; received {', '.join(recipes)}")
    kept = [record for record in records if item.keep(record)]
    if not kept:
        raise NothingToShow(f"{name}: nothing to show in {len(records)} records of {item.records_of.name}")
    return arrange(item, kept)


def arrange(item, records):
    """The table of checked records. Without records it holds the printed values."""
    paper, row_labels = item.printed, item.row_labels
    places = {}
    for record in records:
        column = _look_up(record, item.column_key)
        row = tuple(_look_up(record, key) for key in item.row_keys)
        for key in (row,) if len(row) > 1 else row or row_labels:
            for other in places.setdefault((key, column), []):
                if other.seed == record.seed:
                    raise RecordError(f"{record.path} and {other.path.name} hold the same cell and seed")
            places[key, column].append(record)
    rows = [*row_labels, *sorted({row for row, _ in places} - set(row_labels), key=_order)]
    printed = {column for row in paper.values() for column in row}
    columns = sorted(printed | {column for _, column in places}, key=_order)
    entries = {}
    for row in rows:
        for column in columns:
            found = places.get((row, column), [])
            values = tuple(item.value(record, row) for record in found)
            starts = tuple(item.value(record, row, "initial") for record in found) if item.truth else ()
            entries[row, column] = Entry(values, paper.get(row, {}).get(column), starts)
    return Table(item, tuple(records), tuple(rows), tuple(columns), entries, places)


def _look_up(record, key):
    if key not in record.cell:
        raise RecordError(f"{record.path}: expected {key!r} in the cell; received {record.cell}")
    return record.cell[key]


def _order(value):
    """Sort key: None ("without modes") first, then numbers, then words; tuples by their entries."""
    if isinstance(value, tuple):
        return tuple(map(_order, value))
    return (value is not None, isinstance(value, str), value)
