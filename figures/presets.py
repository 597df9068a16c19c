"""Which records of an item to show when there are several presets."""

from figures.layouts import LAYOUTS
from figures.records import presets_of
from figures.tables import NothingToShow, read_table, source_of

# Of two tables that are as complete, the one that is trained longer.
ORDER = ("paper", "quick", "demo", "smoke")


def choose_table(root, item, preset=None):
    """The table of an item by its best preset: the most complete one, of equals the first in `ORDER`.

    Args:
        root: folder of records.
        item: a key of `LAYOUTS`.
        preset: the name of a folder, which forces it.

    Returns: (name of the folder, `Table`), or None when there is no record.
    Raises: RecordError as `read_table`, whichever preset is the best.
    """
    presets = presets_of(root, source_of(item))
    tables = []
    for name in [preset] if preset in presets else presets if preset is None else []:
        try:
            tables.append((name, read_table(root, item, name)))
        except NothingToShow:
            continue
    return min(tables, key=lambda named: (-_completeness(named[1]), *_rank(named[0])), default=None)


def _completeness(table):
    """How many places have a finite value; of a printed table those that are printed."""
    return sum(e.finite and (e.paper is not None or not table.printed) for e in table.entries.values())


def _rank(name):
    preset, _ = split_folder(name)
    return (ORDER.index(preset) if preset in ORDER else len(ORDER), name)


def split_folder(name):
    """The preset and the recipe that the name of a folder says: "quick" -> ("quick", None), "quick-paper" -> both."""
    preset, _, recipe = name.partition("-")
    return preset, recipe or None


def choose_tables(root, preset=None):
    """The best table of every item that has records: {item: (name of the folder, `Table`)}, in the paper's order.

    Raises: RecordError as `choose_table`.
    """
    chosen = {item: choose_table(root, item, preset) for item in LAYOUTS}
    return {item: found for item, found in chosen.items() if found}
