"""A table as text: Markdown, and LaTeX with booktabs, in the same words and numbers."""

import math
import re
from textwrap import fill

NONE = "–"

# What LaTeX reads as a command, and the letters beyond ASCII that the tables use.
LETTERS = {letter: f"\\{letter}" for letter in "{}$&%#_"}
LETTERS |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--"}
LETTERS |= {"<": "$<$", ">": "$>$", "|": "$|$", "±": r"$\pm$", "≤": r"$\leq$", "×": r"$\times$", "−": "$-$"}
LETTERS |= {"α": r"$\alpha$", "λ": r"$\lambda$", "μ": r"$\mu$", "₁": "$_1$", "₂": "$_2$", "²": "$^2$", "³": "$^3$"}


def to_markdown(table, *paragraphs):
    """A table as Markdown: for every row ours, the paper's, and the ratio; then a caption and paragraphs."""
    # a row of one line, without the paper's value, needs no "ours"
    lines = []
    for name, group in _groups(table):
        lines += [[f"{name}, {kind}" if len(group) > 1 else name, *texts] for kind, texts in group]
    text = markdown_table(["", *map(table.item.column_head, table.columns)], lines)
    return "\n\n".join([text.rstrip("\n"), _caption(table), *filter(None, paragraphs)]) + "\n"


def markdown_table(head, lines, align="---:"):
    """A Markdown table that ends with a newline; `align` is for every column but the first."""
    lines = [head, ["---", *[align] * (len(head) - 1)], *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def to_latex(table, label):
    """Writes a table as LaTeX, for a document that loads booktabs; its label is "tab:" and what is given."""
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(_caption(table))}}}",
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{ll{'r' * len(table.columns)}}}",
        r"\toprule",
        _latex_line(["", "", *map(table.item.column_head, table.columns)]),
    ]
    for name, group in _groups(table):
        lines.append(r"\midrule")
        lines += [_latex_line(["" if place else name, kind, *texts]) for place, (kind, texts) in enumerate(group)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def escape(text):
    """Text as LaTeX sets it; a letter that is not in `LETTERS` stays as it is."""
    escaped = "".join(LETTERS.get(letter, letter) for letter in text)
    return re.sub(r"(?<!\\)\$\$", "", escaped)  # λ and ₁ are one formula, a printed dollar is none


def _latex_line(cells):
    return " & ".join(map(escape, cells)) + r" \\"


def _groups(table):
    """For each row of a table (words for the row, [(what a line holds, [text of every column])]).

    Starts and true values are lines of Table 5 only; printed values and ratios are lines of a table that is printed.
    """
    item, decimals = table.item, table.item.decimals
    for row in table.rows:
        entries = table.row_entries(row)
        lines = []
        if item.shows_start:
            # each once: the channel that ends as λ₁ need not be the same for all seeds
            starts = [dict.fromkeys(number(s, decimals) for s in e.starts if math.isfinite(s)) for e in entries]
            absent = ["" if entry.values else "missing" for entry in entries]
            lines.append(("start", [", ".join(s) or a or NONE for s, a in zip(starts, absent, strict=True)]))
        lines.append(("ours", [ours(entry, decimals) for entry in entries]))
        if table.printed:
            lines.append(("paper", [number(entry.paper, decimals) for entry in entries]))
            lines.append(("ours / paper", [ratio_text(entry.ratio) for entry in entries]))
        if row in item.truth:
            lines.append(("true μ", [f"{item.truth[row]:g}"] * len(entries)))
        yield item.row_text(row), lines


def _caption(table):
    """One line: what the table shows, and how its values came about."""
    entries = table.entries.values()
    parts = [table.item.caption, table.item.value_label, how_trained(table)]
    if any(entry.range is not None for entry in entries):
        parts.append("median (range) over the seeds")
    missing = sum(not entry.values for entry in entries)
    if missing:
        parts.append(f"{missing} of {len(entries)} cells missing")
    return "; ".join(parts) + "."


def how_trained(table, inches=math.inf):
    """Preset, recipe, seeds and snapshots seen, in words; in lines of a width of small print."""
    presets, recipes, seeds, seen = (
        sorted({getattr(record, name) for record in table.records})
        for name in ("preset", "recipe", "seed", "snapshots_seen")
    )
    counts = sorted({len(records) for records in table.places.values()})
    spread = f" ({counts[0]} to {counts[-1]} a cell)" if len(counts) > 1 else ""
    words = (
        f"preset {', '.join(presets)}, recipe {', '.join(recipes)}, "
        f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}{spread}, "
        f"{' to '.join(f'{n:,}' for n in dict.fromkeys((seen[0], seen[-1])))} snapshots seen"
    )
    # more than 16 characters an inch would be cut off at the edge of a picture
    return words if inches == math.inf else fill(words, int(16 * inches))


def ours(entry, decimals=5):
    """The median of an `Entry` and the range of its seeds, or "missing", or "diverged"."""
    if not entry.finite:
        return "diverged" if entry.values else "missing"
    text = number(entry.median, decimals)
    if entry.range is None:
        return text
    return f"{text} ({'–'.join(number(value, decimals) for value in entry.range)})"


def number(value, decimals=5):
    """As many decimals as the paper prints; a value too small for them keeps two digits; a dash for None."""
    if value is None:
        return NONE
    return f"{value:.1e}" if 0 < abs(value) < 0.5 * 10 ** (1 - decimals) else f"{value:.{decimals}f}"


def ratio_text(value):
    """Two decimals, one digit below a tenth; a dash when there is none."""
    return NONE if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"
