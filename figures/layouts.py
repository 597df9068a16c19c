"""The rows and columns of every table and figure of the paper. A new table is one more entry in `LAYOUTS`."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from figures.records import Record, RecordError


@dataclass(frozen=True)
class Layout:
    """How the records of an item become a table.

    `row_keys` are the entries of a record's `cell` that make its row. One: the row is its value; several: a tuple of
    them; none: every record is in every row of `row_labels`.
    """

    title: str
    column_key: str  # the entry of `cell` that is the column
    column_label: str  # its symbol
    row_keys: tuple
    row_labels: dict  # row -> words, in the order of the table
    column_axis: str = ""  # the column in words
    column_power: str = ""  # what follows a number of modes, "²" where it is one a dimension
    column_name: str = ""  # the column in the summary
    value: Callable[[Record, object], float] = lambda record, row: record.error
    value_label: str = "relative force error on the test snapshots"
    decimals: int = 5  # as many as the paper prints
    source: str | None = None  # the item whose records are shown, when it has none of its own
    keep: Callable[[Record], bool] = lambda record: True  # which of them
    start: Callable[[Record, object], float] | None = None  # the value before training
    truth: dict = field(default_factory=dict)  # row -> the number of the data that ours should come near

    @property
    def short_title(self):
        """ "Table 1"."""
        return self.title.partition(":")[0]

    def column_text(self, column):
        """0.5 -> "0.5", 10.0 -> "10", 63 -> "63" or "63²", None -> "none"."""
        if column is None:
            return "none"
        return f"{column:g}{self.column_power}" if isinstance(column, (int, float)) else str(column)

    def column_head(self, column):
        """ "μ = 0.5"."""
        return f"{self.column_label} = {self.column_text(column)}"

    def row_text(self, row):
        """The words for a row, also for one the paper does not have."""
        return self.row_labels.get(row, ", ".join(map(str, row)) if isinstance(row, tuple) else str(row))

    def cell_name(self, row, column):
        """A cell in one line: "full mu=0.5", "modes=63", "lambda2 modes=63", "alpha=0.9 two n=100"."""
        values = row if len(self.row_keys) > 1 else (row,)
        words = [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
        words = [f"{key}={word}" if key == "alpha" else word for key, word in zip(self.row_keys, words, strict=False)]
        if not self.row_keys and len(self.row_labels) > 1:  # one row needs no name
            words = [str(row)]
        return " ".join([*words, f"{self.column_name}={self.column_text(column).removesuffix(self.column_power)}"])


STRATEGIES = {"one": "one-scale", "two": "two-scale"}
KERNELS = {"screened_coulomb": "screened Coulomb", "exponential": "exponential"}
ALPHAS = (0.9, 0.5)
INVERSE_LENGTHS = {"lambda1": "λ₁", "lambda2": "λ₂"}
# What the tables have in common: both networks against μ, one network against its number of modes, and, of Figures 7
# and 8, of which no numbers are printed, both strategies against the number of large snapshots.
MU = {"column_key": "mu", "column_label": "μ", "column_axis": "inverse length μ of the data", "column_name": "mu"}
MU |= {"row_keys": ("network",), "row_labels": {"short": "short-range", "full": "full-range"}}
MODES = {"column_key": "modes", "column_label": "modes", "column_axis": "number of modes", "column_name": "modes"}
MODES |= {"row_keys": ()}
ERROR = {"error": "relative error"}
SNAPSHOTS = {"column_key": "snapshots", "column_label": "n", "column_axis": "number of large snapshots"}
SNAPSHOTS |= {"column_name": "n"}


def inverse_length(record, row, moment):
    """|λ| of one channel: λ₁ is the channel that ends with the larger one, λ₂ that with the smaller one.

    The sign of λ is free, since Eq. (23) holds its square. A start is that of the same channel, not of the same rank.
    It is NaN when the training diverged. The row is "lambda1" or "lambda2", the moment "initial" or "final".
    Raises: RecordError naming the file when its multiplier has no such numbers.
    """
    try:
        lengths = record.multiplier["inverse_length"]
        pairs = [(float(a), float(b)) for a, b in zip(lengths["initial"], lengths["final"], strict=True)]
    except (TypeError, KeyError, ValueError):
        pairs = []
    if len(pairs) < 2:
        raise RecordError(
            f"{record.path}: entry 'multiplier' must hold inverse_length, initial and final, two numbers or more each; "
            f"received {str(record.multiplier)[:60]}"
        )
    finals = [abs(final) for _, final in pairs]
    if not all(map(math.isfinite, finals)):
        return math.nan
    first = row == "lambda1"
    channel = finals.index(max(finals) if first else min(finals))
    if max(finals) == min(finals):  # two channels of one λ are still two channels
        channel = 0 if first else 1
    return abs(pairs[channel][moment == "final"])


def _inverse_lengths(title, source, mu, power=""):
    """The learned λ of another table's full-range networks: both halves of Table 5."""
    return Layout(
        title,
        **MODES,
        row_labels=INVERSE_LENGTHS,
        column_power=power,
        value=lambda record, row: inverse_length(record, row, "final"),
        value_label="learned inverse length |λ| of the multiplier, λ₁ the larger",
        decimals=3,
        source=source,
        keep=lambda record: record.cell.get("modes") is not None,  # the short-range network learns no λ
        start=lambda record, row: inverse_length(record, row, "initial"),
        truth=dict(zip(INVERSE_LENGTHS, mu, strict=True)),
    )


SIZES = {(alpha, key): f"α₁ = {alpha:g}, {word}" for alpha in ALPHAS for key, word in STRATEGIES.items()}
KERNEL_SIZES = {
    (kernel, alpha, key): f"{name}, {SIZES[alpha, key]}"
    for alpha in ALPHAS
    for kernel, name in KERNELS.items()
    for key in STRATEGIES
}
LAYOUTS = {
    "table1": Layout("Table 1: screened Coulomb data in 1-D, N = 20", **MU),
    "table2": Layout(
        "Table 2: screened Coulomb data in 1-D, N = 200, μ = (5, 0.5), α = (0.5, 0.5)", **MODES, row_labels=ERROR
    ),
    "table3": Layout("Table 3: screened Coulomb data in 2-D, N = 450", **MU),
    "table4": Layout(
        "Table 4: screened Coulomb data in 2-D, N = 50, μ = (10, 1), α = (0.9, 0.1)",
        **MODES,
        row_labels=ERROR,
        column_power="²",
    ),
    "table5_1d": _inverse_lengths("Table 5 (1-D): λ of the networks of Table 2", "table2", (5.0, 0.5)),
    "table5_2d": _inverse_lengths("Table 5 (2-D): λ of the networks of Table 4", "table4", (10.0, 1.0), "²"),
    "table6": Layout("Table 6: exponential data in 3-D, N = 54", **MU),
    "figure7": Layout(
        "Figure 7 left: screened Coulomb data in 1-D, N = 200, μ = (5, 0.5)",
        **SNAPSHOTS,
        row_keys=("alpha", "strategy"),
        row_labels=SIZES,
    ),
    "figure8": Layout(
        "Figure 8: data in 2-D, N = 450, μ = (10, 1)",
        **SNAPSHOTS,
        row_keys=("kernel", "alpha", "strategy"),
        row_labels=KERNEL_SIZES,
    ),
}
