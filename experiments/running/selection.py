"""A part of the cells: those with certain labels (`--only`), or one share of N for job arrays (`--task`)."""

from experiments.paper.items import label_text
from experiments.running.options import UsageError


def select(cells, only):
    """The cells whose labels have the wanted values.

    Args:
        cells: `Cell`s, of one item or of several with different labels.
        only: texts "KEY=VALUE[,VALUE…]", all of which must hold; a cell without the key is left out. None as a value
            is written "none", and 0.50 is the same number as 0.5.

    Raises: UsageError for another form, a key or a value that no cell has, or values that no cell has together.
    """
    labels = {}
    for cell in cells:
        for key, value in cell.labels:
            labels.setdefault(key, {})[label_text(value)] = value
    chosen = list(cells)
    for text in only:
        key, equals, values = text.partition("=")
        if not equals or not all(values.split(",")):
            raise UsageError(f"expected KEY=VALUE[,VALUE...], for example mu=0.5,2; received {text!r}")
        if key not in labels:
            raise UsageError(f"no cell has a label {key!r}; received {text!r}, labels are {', '.join(labels)}")
        kept = set()
        for wanted in values.split(","):
            found = {(key, value) for value in labels[key].values() if _is(value, wanted)}
            if not found:
                raise UsageError(f"no cell has {key} = {wanted}; its values are {', '.join(labels[key])}")
            kept |= found
        chosen = [cell for cell in chosen if kept & set(cell.labels)]
    if not chosen:
        raise UsageError(f"no cell has all of {', '.join(only)} together")
    return chosen


def _is(value, text):
    try:
        return label_text(value) == text or float(value) == float(text)
    except (TypeError, ValueError):
        return False


def share(cells, index, count):
    """Share `index` of `count`, from 1 on: the shares are disjoint and together all cells.

    A share depends on the cells alone, not on which of them are done: tasks of a job array start at different times.
    Cells that start from the same small phase stay together, so that it is trained once.
    """
    groups = {}
    for cell in cells:
        groups.setdefault((cell.small_phase or cell).title, []).append(cell)
    return [cell for group in list(groups.values())[index - 1 :: count] for cell in group]
