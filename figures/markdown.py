"""Tables as Markdown: ours, the paper's and the ratio, with a caption that says how they came about."""

from figures.wording import caption, column_heads, groups_of


def to_markdown(table, *paragraphs):
    """Writes a table as Markdown: for every row ours, the paper's, and the ratio; then a caption.

    Args:
        table: a `Table`.
        *paragraphs: Markdown that follows the caption; empty ones are left out.

    Returns:
        Text that ends with a newline and depends on the records only.
    """
    lines = [markdown_line(["", *column_heads(table)]), markdown_line(["---", *("---:" for _ in table.columns)])]
    for name, group in groups_of(table):
        # without the paper's value beside it a line needs no "ours"
        lines += [markdown_line([f"{name}, {kind}" if len(group) > 1 else name, *texts]) for kind, texts in group]
    return "\n\n".join(["\n".join(lines), caption(table), *filter(None, paragraphs)]) + "\n"


def markdown_line(cells):
    """One line of a Markdown table."""
    return "| " + " | ".join(cells) + " |"
