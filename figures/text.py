"""Tables as Markdown and as LaTeX."""

import math
import re
from textwrap import fill

from experiments.pages import markdown_table

NONE = "–"

# LaTeX's special characters, and the letters beyond ASCII that the tables use.
LETTERS = {letter: f"\\{letter}" for letter in "{}$&%#_"}
LETTERS |= {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--"}
LETTERS |= {"<": "$<$", ">": "$>$", "|": "$|$", "±": r"$\pm$", "≤": r"$\leq$", "×": r"$\times$", "−": "$-$"}
LETTERS |= {"α": r"$\alpha$", "λ": r"$\lambda$", "μ": r"$\mu$", "₁": "$_1$", "₂": "$_2$", "²": "$^2$", "³": "$^3$"}


def to_markdown(table, *paragraphs):
    """A table as Markdown: our values, the paper's and the ratios of every row; then a caption and paragraphs."""
    # a row without the paper's values needs no label "ours"
    lines = []
    for name, group in _groups(table):
        lines += [[f"{name}, {kind}" if len(group) > 1 else name, *texts] for kind, texts in group]
    text = markdown_table(["", *map(table.item.column_head, table.columns)], lines)
    return "\n\n".join([text.rstrip("\n"), _caption(table), *filter(None, paragraphs)]) + "\n"


def columns_text(lines):
    """Lines of texts as aligned columns."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join("  ".join(map(str.ljust, line, widths)).rstrip() + "\n" for line in lines)


def to_latex(table, label):
    """A table as LaTeX with the label "tab:<label>", at most as wide as the text of a document."""
    lines = [
        "% needs \\usepackage{booktabs, adjustbox}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(_caption(table))}}}",
        rf"\label{{tab:{label}}}",
        r"\begin{adjustbox}{max width=\textwidth}",
        rf"\begin{{tabular}}{{ll{'r' * len(table.columns)}}}",
        r"\toprule",
        _latex_line(["", "", *map(table.item.column_head, table.columns)]),
    ]
    for name, group in _groups(table, ranges_apart=True):
        lines.append(r"\midrule")
        lines += [_latex_line(["" if place else name, kind, *texts]) for place, (kind, texts) in enumerate(group)]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{adjustbox}", r"\end{table}", ""])


def escape(text):
    """Replaces the letters in `LETTERS` by LaTeX."""
    escaped = "".join(LETTERS.get(letter, letter) for letter in text)
    return re.sub(
        r"(?<!\\)\$\$", "", escaped
    )  # joins adjacent formulas, such as λ and ₁, but keeps escaped dollar signs


def _latex_line(cells):
    return " & ".join(map(escape, cells)) + r" \\"


def _groups(table, ranges_apart=False):
    """For each row of a table: (name of the row, [(name of a line, [text of every column])]).

    With `ranges_apart` the ranges over the seeds have a line of their own, which makes the table narrower.
    Only Table 5 has lines for starts and true values. Only printed tables have lines for the paper's values and ratios.
    """
    item, decimals = table.item, table.item.decimals
    for row in table.rows:
        entries = table.row_entries(row)
        lines = []
        if item.truth:
            # each value once; the channel that ends as λ₁ may differ between seeds
            starts = [dict.fromkeys(number(start, decimals) for start in entry.starts) for entry in entries]
            lines.append(("start", [", ".join(texts) or "missing" for texts in starts]))
        lines.append(("ours", [ours(entry, decimals, not ranges_apart) for entry in entries]))
        if ranges_apart and any(entry.range for entry in entries):
            lines.append(("range", [range_text(entry, decimals) for entry in entries]))
        if item.printed:
            lines.append(("paper", [number(entry.paper, decimals) for entry in entries]))
            lines.append(("ours / paper", [ratio_text(entry.ratio) for entry in entries]))
        if row in item.truth:
            lines.append(("true μ", [f"{item.truth[row]:g}"] * len(entries)))
        yield item.row_text(row), lines


def _caption(table):
    """Caption: the content of the table and the training of its values."""
    entries = table.entries.values()
    parts = [table.item.caption, table.item.value_label, how_trained(table)]
    if any(entry.range is not None for entry in entries):
        parts.append("median (range) over the seeds")
    missing = sum(not entry.values for entry in entries)
    if missing:
        parts.append(f"{missing} of {len(entries)} cells missing")
    return "; ".join(parts) + "."


def how_trained(table, inches=math.inf):
    """Preset, recipe, seeds and snapshots seen in words, wrapped to a width in inches of small print."""
    presets, recipes, seeds, seen = (
        sorted({getattr(record, name) for record in table.records})
        for name in ("preset", "recipe", "seed", "snapshots_seen")
    )
    counts = sorted({len(records) for records in table.places.values()})
    spread = f" ({counts[0]} to {counts[-1]} a cell)" if len(counts) > 1 else ""
    whole = len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1))
    named = f"{seeds[0]} to {seeds[-1]}" if whole else ", ".join(map(str, seeds))
    words = (
        f"preset {', '.join(presets)}, recipe {', '.join(recipes)}, "
        f"seed{'s' if len(seeds) > 1 else ''} {named}{spread}, "
        f"{' to '.join(f'{n:,}' for n in dict.fromkeys((seen[0], seen[-1])))} snapshots seen"
    )
    # 16 characters per inch fit in a picture
    return words if inches == math.inf else fill(words, int(16 * inches))


def ours(entry, decimals=5, with_range=True):
    """The median of an `Entry` with the range of its seeds, or "missing"."""
    if not entry.values:
        return "missing"
    text = number(entry.median, decimals)
    return f"{text} ({range_text(entry, decimals)})" if with_range and entry.range else text


def range_text(entry, decimals=5):
    """The range over the seeds of an `Entry`, empty without one."""
    return "–".join(number(value, decimals) for value in entry.range or ())


def number(value, decimals=5):
    """The value with a number of decimals, smaller values with two digits, None as a dash."""
    if value is None:
        return NONE
    return f"{value:.1e}" if 0 < abs(value) < 0.5 * 10 ** (1 - decimals) else f"{value:.{decimals}f}"


def ratio_text(value):
    """The value with two decimals, below 0.1 with one digit, None as a dash."""
    return NONE if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"
