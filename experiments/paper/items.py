"""An item, a table or figure of the paper, and its cells: each is one number, which is one training.

`tables` and `sizes` have the kinds of items; `one_dimension`, `two_dimensions` and `three_dimensions` have the items.
"""

from dataclasses import asdict, dataclass, field

from experiments.paper.settings import TEST_DATA_SEED, TRAINING_DATA_SEED, System, Training


@dataclass(frozen=True)
class Cell:
    """One number of a table or figure: a system, a network, a seed, and how it is trained."""

    item: str  # this and the preset are the folder of the record
    preset: str
    labels: tuple[tuple[str, object], ...]  # (key, value) pairs that place the number in its table or figure
    system: System
    network: str  # "short" or "full"
    seed: int
    training: Training
    small_phase: "Cell | None" = None  # the cell whose trained weights this one starts from (two-scale strategy)
    long_range_rows: str = "fresh"  # how `transfer_short_range` then sets the weights that the other does not have
    keep_weights: bool = False  # whether the trained weights are kept, for cells that start from them

    @property
    def name(self):
        """File name of the record, e.g. mu0.5_full_seed0 or modesnone_seed0."""
        words = [value if isinstance(value, str) else f"{key}{label_text(value)}" for key, value in self.labels]
        return "_".join([*words, f"seed{self.seed}"])

    @property
    def title(self):
        """The name of the cell with its item. The cells of one command have different titles."""
        return f"{self.item}/{self.name}"

    def settings(self):
        """Everything that decides the result.

        The size of the data file does not: snapshot i is the same in a file of any size.
        """
        training = asdict(self.training)
        del training["in_file"]
        if training["start"] == "glorot":  # records from before there was another start do not name it
            del training["start"]
        if not training["keep_lengths"]:  # likewise
            del training["keep_lengths"]
        settings = {
            "system": asdict(self.system),
            "network": self.network,
            "seed": self.seed,
            "training": {**training, "stages": self.training.stages},
            "data_seeds": [TRAINING_DATA_SEED, TEST_DATA_SEED],
            "dtype": "float32",
        }
        if self.small_phase is not None:
            settings["small_phase"] = self.small_phase.settings()
            if self.long_range_rows != "fresh":
                settings["long_range_rows"] = self.long_range_rows
        return settings


def label_text(value):
    """The value of a label in file names and on the command line: 10.0 → "10", None → "none"."""
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Item:
    """A table or figure of the paper.

    A kind of items defines `dim`, `cells(preset, recipe, seeds)`, `row_labels` ({row: words}, in the order of the
    table) and `column_key`, the label of a cell that is its column; `column_label` is its symbol, `column_axis` its
    words, and `column_name` its name in the summary.
    """

    name: str  # of its command, and of the folder of its records
    title: str  # one line for the help of its command
    caption: str  # one line for its table and its drawing, which begins with "Table 1:" or the like
    presets: dict  # {name: `TablePreset` or `FigurePreset`}
    printed: dict = field(default_factory=dict, kw_only=True)  # {row: {column: value of the paper}}; empty for a figure

    # the labels of a cell that make its row; several make a tuple, and without them every record is in every row
    row_keys = ()
    column_power = ""  # what follows a number of modes, "²" where it is one a dimension
    value_label = "relative force error on the test snapshots"
    decimals = 5  # as many as the paper prints

    @property
    def drawing(self):
        """Name of its drawing: a command of `python -m figures`."""
        return self.name

    @property
    def script(self):
        """The command that makes its records, without options: "run_1d.py table1"."""
        return f"run_{self.dim}d.py {self.name}"

    @property
    def records_of(self):
        """The item whose records are shown."""
        return self

    @property
    def short_title(self):
        """ "Table 1"."""
        return self.caption.partition(":")[0]

    @property
    def truth(self):
        """{row: the number of the data that ours should come near}; empty for a table of errors."""
        return {}

    def words(self, preset, recipe=None):
        """The numbers of a preset."""
        return self.presets[preset].words(recipe)

    def folder(self, preset, recipe=None):
        """Folder of the records: the preset's name, and the recipe's when it is not the preset's own."""
        own = {training.recipe for training in self.presets[preset].trainings}
        return preset if recipe is None or own == {recipe} else f"{preset}-{recipe}"

    def keep(self, record):
        """Whether a record is shown."""
        return True

    def value(self, record, row):
        """The number of a record in a row."""
        return record.error

    def column_text(self, column):
        """0.5 → "0.5", 10.0 → "10", 63 → "63" or "63²", None → "none"."""
        return label_text(column) + (self.column_power if isinstance(column, (int, float)) else "")

    def column_head(self, column):
        """ "μ = 0.5"."""
        return f"{self.column_label} = {self.column_text(column)}"

    def row_text(self, row):
        """The words for a row, also for one that the paper does not have."""
        return self.row_labels.get(row, ", ".join(map(str, row)) if isinstance(row, tuple) else str(row))

    def cell_name(self, row, column):
        """A place in one line: "full mu=0.5", "modes=63", "lambda2 modes=63", "alpha=0.9 two n=100"."""
        values = row if len(self.row_keys) > 1 else (row,)
        pairs = zip(self.row_keys, map(label_text, values), strict=False)
        words = [f"{key}={word}" if key == "alpha" else word for key, word in pairs]
        if not self.row_keys and len(self.row_labels) > 1:  # one row needs no name
            words = [str(row)]
        return " ".join([*words, f"{self.column_name}={label_text(column)}"])
