"""How the records of every table and figure of the paper are set in rows and columns.

Everything else is the same for all of them, so a new table is one more entry in `LAYOUTS`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from figures.inverse_lengths import has_inverse_length, inverse_length
from figures.records import Record


def _error(record, row):
    return record.error


def _every(record):
    return True


@dataclass(frozen=True)
class Layout:
    """How the records of an item become a table.

    Attributes:
        title: what the table shows, one line.
        column_key, column_label, column_axis: the entry of `cell` that is the column, its symbol, and in words.
        row_keys: the entries of `cell` that make the row. One: the row is its value; several: a tuple of them; none:
            every record is in every row of `row_labels`.
        row_labels: row -> words, in the order of the table.
        column_power: what follows a number of modes, "²" where it is one a dimension.
        column_name: the column in the words of the summary.
        value: (record, row) -> the number that is shown.
        value_label: what that number is.
        decimals: as many as the paper prints.
        source: the item whose records are shown, when it has none of its own.
        keep: which of them.
        start: (record, row) -> the number before training, or None when there is none to show.
        truth: row -> the number of the data that ours should come near, where there is one.
    """

    title: str
    column_key: str
    column_label: str
    row_keys: tuple
    row_labels: dict
    column_axis: str = ""
    column_power: str = ""
    column_name: str = ""
    value: Callable[[Record, object], float] = _error
    value_label: str = "relative force error on the test snapshots"
    decimals: int = 5
    source: str | None = None
    keep: Callable[[Record], bool] = _every
    start: Callable[[Record, object], float] | None = None
    truth: dict = field(default_factory=dict)

    @property
    def short_title(self):
        """ "Table 1"."""
        return self.title.partition(":")[0]

    def column_text(self, column):
        """0.5 -> "0.5", 10.0 -> "10", 63 -> "63" or "63²", None -> "none"."""
        if column is None:
            return "none"
        return f"{column:g}{self.column_power}" if isinstance(column, (int, float)) else str(column)

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
        number = "none" if column is None else f"{column:g}" if isinstance(column, (int, float)) else str(column)
        return " ".join([*words, f"{self.column_name}={number}"])


NETWORKS = {"short": "short-range", "full": "full-range"}
STRATEGIES = {"one": "one-scale", "two": "two-scale"}
KERNELS = {"screened_coulomb": "screened Coulomb", "exponential": "exponential"}
ALPHAS = (0.9, 0.5)


def _against_mu(title):
    """Both networks against μ: Tables 1, 3 and 6."""
    axis = "inverse length μ of the data"
    return Layout(title, "mu", "μ", ("network",), NETWORKS, column_axis=axis, column_name="mu")


def _against_modes(title, power="", labels=None, **entries):
    """One network against its number of modes: Tables 2, 4 and 5."""
    return Layout(
        title,
        "modes",
        "modes",
        (),
        labels or {"error": "relative error"},
        column_axis="number of modes",
        column_power=power,
        column_name="modes",
        **entries,
    )


def _inverse_lengths(title, source, mu, power=""):
    """The learned λ of another table's full-range networks: both halves of Table 5."""
    rows = ("lambda1", "lambda2")
    return _against_modes(
        title,
        power,
        labels=dict(zip(rows, ("λ₁", "λ₂"), strict=True)),
        value=lambda record, row: inverse_length(record, row, "final"),
        value_label="learned inverse length |λ| of the multiplier, λ₁ the larger",
        decimals=3,
        source=source,
        keep=has_inverse_length,
        start=lambda record, row: inverse_length(record, row, "initial"),
        truth=dict(zip(rows, mu, strict=True)),
    )


def _against_snapshots(title, keys, rows):
    """Both strategies against the number of large snapshots: Figures 7 and 8, of which no numbers are printed."""
    axis = "number of large snapshots"
    return Layout(title, "snapshots", "n", keys, rows, column_axis=axis, column_name="n")


LAYOUTS = {
    "table1": _against_mu("Table 1: screened Coulomb data in 1-D, N = 20"),
    "table2": _against_modes("Table 2: screened Coulomb data in 1-D, N = 200, μ = (5, 0.5), α = (0.5, 0.5)"),
    "table3": _against_mu("Table 3: screened Coulomb data in 2-D, N = 450"),
    "table4": _against_modes("Table 4: screened Coulomb data in 2-D, N = 50, μ = (10, 1), α = (0.9, 0.1)", "²"),
    "table5_1d": _inverse_lengths("Table 5 (1-D): λ of the networks of Table 2", "table2", (5.0, 0.5)),
    "table5_2d": _inverse_lengths("Table 5 (2-D): λ of the networks of Table 4", "table4", (10.0, 1.0), "²"),
    "table6": _against_mu("Table 6: exponential data in 3-D, N = 54"),
    "figure7": _against_snapshots(
        "Figure 7 left: screened Coulomb data in 1-D, N = 200, μ = (5, 0.5)",
        ("alpha", "strategy"),
        {(alpha, key): f"α₁ = {alpha:g}, {word}" for alpha in ALPHAS for key, word in STRATEGIES.items()},
    ),
    "figure8": _against_snapshots(
        "Figure 8: data in 2-D, N = 450, μ = (10, 1)",
        ("kernel", "alpha", "strategy"),
        {
            (kernel, alpha, key): f"{name}, α₁ = {alpha:g}, {word}"
            for alpha in ALPHAS
            for kernel, name in KERNELS.items()
            for key, word in STRATEGIES.items()
        },
    ),
}
