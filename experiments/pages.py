"""Markdown tables, and pages whose tables are filled from records.

A table is between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. The rest of a page is not changed.
"""

from experiments.records import RecordError
from lrc_keras.files import write_whole


def markdown_table(head, lines, align="---:"):
    """A Markdown table that ends with a newline. `align` applies to all columns but the first."""
    lines = [head, ["---", *[align] * (len(head) - 1)], *lines]
    escaped = [[str(cell).replace("|", r"\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)


def fill_page(path, tables, check=False):
    """Writes tables into a page, or only compares with `check`. Returns whether the page was up to date.

    Args:
        path: `Path` of the page.
        tables: {name: text that ends with a newline}.

    Raises: RecordError naming the page when it is not UTF-8, or when the markers of a table are not there once each, in
        this order.
    """
    try:
        text = new = path.read_bytes().decode("utf-8")  # bytes preserve the line endings
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: expected UTF-8; received {error}") from error
    for name, table in tables.items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        for marker in (begin, end):
            if new.count(marker) != 1:
                raise RecordError(f"{path}: expected the line {marker} once; received {new.count(marker)} of them")
        before, _, rest = new.partition(begin)
        if end not in rest:
            raise RecordError(f"{path}: expected {begin} before {end}; received the opposite order")
        newline = "\r\n" if "\r\n" in before else "\n"
        table = table.replace("\n", newline)
        new = f"{before}{begin}{newline}{table}{end}{rest.partition(end)[2]}"
    if new != text and not check:
        write_whole(path, new)
    return new == text
