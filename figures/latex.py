"""Tables as LaTeX: a `table` with a booktabs `tabular`, the same words as the Markdown."""

import re

from figures.wording import caption, column_heads, groups_of

# What LaTeX reads as a command, and the letters beyond ASCII that the tables use.
LETTERS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
    "α": r"$\alpha$",
    "λ": r"$\lambda$",
    "μ": r"$\mu$",
    "₁": "$_1$",
    "₂": "$_2$",
    "²": "$^2$",
    "³": "$^3$",
}


def to_latex(table, label):
    """Writes a table as LaTeX, for a document that loads booktabs.

    Args:
        table: a `Table`.
        label: what \\ref names it by, after "tab:".

    Returns: text that ends with a newline.
    """
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(caption(table))}}}",
        # a label is a name, not text: nothing of it is printed
        rf"\label{{tab:{label}}}",
        rf"\begin{{tabular}}{{ll{'r' * len(table.columns)}}}",
        r"\toprule",
        _line(["", "", *column_heads(table)]),
    ]
    for name, group in groups_of(table):
        lines.append(r"\midrule")
        lines += [
            _line([name if first else "", kind, *texts])
            for first, (kind, texts) in zip([True] + [False] * len(group), group, strict=False)
        ]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def escape(text):
    """Text as LaTeX sets it; a letter that is not in `LETTERS` stays as it is."""
    escaped = "".join(LETTERS.get(letter, letter) for letter in text)
    return re.sub(r"(?<!\\)\$\$", "", escaped)  # λ and ₁ are one formula, a printed dollar is none


def _line(cells):
    return " & ".join(map(escape, cells)) + r" \\"
