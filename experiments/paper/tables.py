"""The kinds of tables: error against μ, error against the number of modes, and the learned λ."""

import math
from dataclasses import dataclass, replace

from experiments.paper.items import Cell, Item
from experiments.paper.presets import with_recipe
from experiments.paper.settings import NETWORKS, System
from experiments.records import RecordError

POWERS = {1: "", 2: "²", 3: "³"}  # a number of modes per dimension in d dimensions


@dataclass(frozen=True)
class LengthTable(Item):
    """Tables 1, 3 and 6: error of both networks against the inverse interaction length μ₁ of data with one kernel."""

    system: System
    mu: tuple[float, ...]

    column_key, column_label, column_name = "mu", "μ", "mu"
    column_axis = "inverse length μ of the data"
    row_keys = ("network",)
    row_labels = {"short": "short-range", "full": "full-range"}

    @property
    def dim(self):
        return self.system.dim

    def cells(self, preset, recipe=None, seeds=(0,)):
        """The short-range network first, smallest μ first."""
        chosen, folder = self.presets[preset], self.folder(preset, recipe)

        def cell(mu, network, seed):
            labels, system = (("mu", mu), ("network", network)), replace(self.system, mu=(mu,))
            return Cell(self.name, folder, labels, system, network, seed, with_recipe(chosen.training, recipe))

        return [
            _in_table(cell(mu, network, seed), cell(mu, "short", seed), chosen, recipe)
            for seed in seeds
            for network in NETWORKS
            for mu in chosen.columns or self.mu
        ]


class _ModesColumns(Item):
    column_key, column_label, column_name = "modes", "modes", "modes"
    column_axis = "number of modes"

    @property
    def column_power(self):
        return POWERS[self.dim]


@dataclass(frozen=True)
class ModesTable(_ModesColumns):
    """Tables 2 and 4: error against the number of modes per dimension, None for the network without LRC-layer."""

    system: System
    modes: tuple[int | None, ...]

    row_labels = {"error": "relative error"}

    @property
    def dim(self):
        return self.system.dim

    def cells(self, preset, recipe=None, seeds=(0,)):
        """In the order of the columns."""
        chosen, folder = self.presets[preset], self.folder(preset, recipe)

        def cell(modes, seed):
            system = replace(self.system, num_modes=() if modes is None else (modes,) * self.dim)
            network = "short" if modes is None else "full"
            training = with_recipe(chosen.training, recipe)
            return Cell(self.name, folder, (("modes", modes),), system, network, seed, training)

        return [
            _in_table(cell(modes, seed), cell(None, seed), chosen, recipe)
            for seed in seeds
            for modes in chosen.columns or self.modes
        ]


def _in_table(cell, short, chosen, recipe):
    """The cell with the training of its network; `short` is the short-range cell of the same data and seed."""
    short = replace(short, training=short.training.for_network("short"), keep_weights=chosen.from_short)
    if cell.network == "short":
        return short
    if chosen.full is not None:
        cell = replace(cell, training=with_recipe(chosen.full, recipe))
    # both phases have the same box, so the output of the short-range network is kept: new rows start at zero
    return replace(cell, small_phase=short, long_range_rows="zero") if chosen.from_short else cell


@dataclass(frozen=True)
class LambdaTable(_ModesColumns):
    """Table 5, one half: the λ with which the full-range runs of Table 2 or 4 end. It has no training of its own."""

    source: ModesTable

    row_labels = {"lambda1": "λ₁", "lambda2": "λ₂"}
    value_label = "learned inverse length |λ| of the multiplier, λ₁ the larger"
    decimals = 3
    shows_start = True

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

        Returns: float, NaN when the training diverged.

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
        finals = [abs(final) for _, final in pairs]
        if not all(map(math.isfinite, finals)):
            return math.nan
        first = row == "lambda1"
        channel = finals.index(max(finals) if first else min(finals))
        if max(finals) == min(finals):  # two channels of one λ are still two channels
            channel = 0 if first else 1
        return abs(pairs[channel][moment == "final"])
