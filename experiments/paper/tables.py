"""The kinds of tables: error against μ, error against the number of modes, and the learned λ."""

from dataclasses import dataclass, replace

from experiments.paper.items import Cell, Item, label_text
from experiments.paper.settings import NETWORKS, System, Training
from experiments.records import RecordError

POWERS = {1: "", 2: "²", 3: "³"}  # a number of modes per dimension in d dimensions


@dataclass(frozen=True)
class TablePreset:
    """How the cells of a table are trained, and which of its columns."""

    training: Training  # of both networks, or of the short-range one when there is another for the full-range one
    columns: tuple | None = None  # values of the columns; None for all
    full: Training | None = None  # another training for the full-range networks
    # Whether these start from the trained short-range network of the same data and seed: the two-scale strategy, with
    # both phases on one box.
    from_short: bool = False

    def words(self, recipe):
        words, full = (training.with_recipe(recipe).words() for training in self.trainings)
        if self.full is not None or self.from_short:
            words += f"; full-range{' from the trained short-range networks on' if self.from_short else ''}: {full}"
        return words + ("" if self.columns is None else f"; columns {', '.join(map(label_text, self.columns))} only")

    @property
    def trainings(self):
        """That of the short-range and that of the full-range networks."""
        return self.training, self.full or self.training


@dataclass(frozen=True)
class ErrorTable(Item):
    """Errors of networks on the data of a system. A kind of it defines its columns, and the data of each."""

    system: System

    @property
    def dim(self):
        return self.system.dim

    def cells(self, preset, recipe=None, seeds=(0,)):
        """A cell for each of `places`. With `from_short` the full-range ones start from that of the short range."""
        chosen, folder = self.presets[preset], self.folder(preset, recipe)
        trainings = dict(zip(NETWORKS, (training.with_recipe(recipe) for training in chosen.trainings), strict=True))

        def cell(column, network, seed):
            labels, system = self.place(column, network)
            training = trainings[network].for_network(network)
            keep = chosen.from_short and network == "short"
            return Cell(self.name, folder, labels, system, network, seed, training, keep_weights=keep)

        cells = []
        for seed in seeds:
            for column, network in self.places(chosen.columns):
                cells.append(cell(column, network, seed))
                if chosen.from_short and network == "full":
                    # both phases have the same box, so the output of the short-range network is kept: new rows are zero
                    small = cell(column, "short", seed)
                    cells[-1] = replace(cells[-1], small_phase=small, long_range_rows="zero")
        return cells


@dataclass(frozen=True)
class LengthTable(ErrorTable):
    """Tables 1, 3 and 6: error of both networks against the inverse interaction length μ₁ of data with one kernel."""

    mu: tuple[float, ...]

    column_key, column_label, column_name = "mu", "μ", "mu"
    column_axis = "inverse length μ of the data"
    row_keys = ("network",)
    row_labels = {"short": "short-range", "full": "full-range"}

    def places(self, columns):
        """(μ, network): the short-range network first, smallest μ first."""
        return [(mu, network) for network in NETWORKS for mu in columns or self.mu]

    def place(self, mu, network):
        return (("mu", mu), ("network", network)), replace(self.system, mu=(mu,))


class _ModesColumns:
    column_key, column_label, column_name = "modes", "modes", "modes"
    column_axis = "number of modes"

    @property
    def column_power(self):
        return POWERS[self.dim]


@dataclass(frozen=True)
class ModesTable(_ModesColumns, ErrorTable):
    """Tables 2 and 4: error against the number of modes per dimension, None for the network without LRC-layer."""

    modes: tuple[int | None, ...]

    row_labels = {"error": "relative error"}

    def places(self, columns):
        """(number of modes, network), in the order of the columns."""
        return [(modes, "short" if modes is None else "full") for modes in columns or self.modes]

    def place(self, modes, network):
        modes = modes if network == "full" else None
        return (("modes", modes),), replace(self.system, num_modes=() if modes is None else (modes,) * self.dim)


@dataclass(frozen=True)
class LambdaTable(_ModesColumns, Item):
    """Table 5, one half: the λ with which the full-range runs of Table 2 or 4 end. It has no training of its own."""

    source: ModesTable

    row_labels = {"lambda1": "λ₁", "lambda2": "λ₂"}
    value_label = "learned inverse length |λ| of the multiplier, λ₁ the larger"
    decimals = 3

    @property
    def dim(self):
        return self.source.dim

    @property
    def drawing(self):
        return f"{self.name}_{self.dim}d"

    @property
    def records_of(self):
        return self.source

    @property
    def truth(self):
        return dict(zip(self.row_labels, self.source.system.mu, strict=True))

    def words(self, preset, recipe=None):
        return f"full-range cells of {self.source.name}: {self.source.words(preset, recipe)}"

    def cells(self, preset, recipe=None, seeds=(0,)):
        return [cell for cell in self.source.cells(preset, recipe, seeds) if cell.network == "full"]

    def keep(self, record):
        """The short-range network learns no λ."""
        return record.cell.get("modes") is not None

    def value(self, record, row, moment="final"):
        """|λ| of one channel: λ₁ is the channel that ends with the larger one, λ₂ that with the smaller one.

        The sign of λ is free, since Eq. (23) has its square. A start is that of the same channel, not of the same rank.

        Args:
            record: `records.Record` of a full-range network.
            row: "lambda1" or "lambda2".
            moment: "initial" or "final".

        Raises: RecordError naming the file when its multiplier has no such numbers.
        """
        try:
            lengths = record.multiplier["inverse_length"]
            pairs = [(float(a), float(b)) for a, b in zip(lengths["initial"], lengths["final"], strict=True)]
        except (TypeError, KeyError, ValueError):
            pairs = []
        if len(pairs) < 2:
            raise RecordError(
                f"{record.path}: entry 'multiplier' must hold inverse_length, initial and final, two numbers or more "
                f"each; received {str(record.multiplier)[:60]}"
            )
        pairs.sort(key=lambda pair: -abs(pair[1]))  # stable: two channels of one λ are still two channels
        return abs(pairs[0 if row == "lambda1" else -1][moment == "final"])
