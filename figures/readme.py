"""The results table of a README, between two marker comments; nothing else of the file is touched."""

from dataclasses import astuple

from figures.markdown import markdown_line
from figures.output import write_whole
from figures.records import RecordError
from figures.results import result_rows

BEGIN = "<!-- results table: begin -->"
END = "<!-- results table: end -->"
HEAD = ("item", "command", "paper", "ours", "ours / paper: worst; geometric mean", "preset", "core-minutes")


def results_table(root):
    """The table as Markdown, from the records below a folder. Raises: RecordError as `result_rows`."""
    lines = [markdown_line(HEAD), markdown_line(["---"] * len(HEAD))]
    for row in result_rows(root):
        item, command, *rest = astuple(row)
        lines.append(markdown_line([item, f"`{command}`", *rest]))
    return "\n".join(lines) + "\n"


def filled(text, table, path):
    """A text with a table between its markers, whatever stood there before.

    Args:
        text: of the file.
        table: Markdown that ends with a newline.
        path: for the message.

    Raises: RecordError naming the file when a marker is missing or there twice, or the second is before the first.
    """
    for marker in (BEGIN, END):
        count = text.count(marker)
        if count != 1:
            raise RecordError(f"{path}: expected the line {marker} once; received it {count} times")
    before, _, rest = text.partition(BEGIN)
    if END not in rest:
        raise RecordError(f"{path}: expected {BEGIN} before {END}; received them the other way round")
    newline = "\r\n" if "\r\n" in before else "\n"
    table = table.replace("\n", newline)
    return f"{before}{BEGIN}{newline}{table}{END}{rest.partition(END)[2]}"


def fill_readme(path, root, check=False):
    """Writes the results table into a file, whole or not at all.

    Args:
        path: the file, a `Path`.
        root: folder of records, a `Path`.
        check: only look whether it is up to date.

    Returns: whether the file was up to date.
    Raises: RecordError as `filled` and `results_table`, or when the file is no UTF-8.
    """
    try:
        # bytes, so that every line keeps the end it has
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError(f"{path}: expected UTF-8; received {error}") from error
    new = filled(text, results_table(root), path)
    if new != text and not check:
        write_whole(path, new)
    return new == text
