"""The kinds of tables and figures of Section 5, each of which knows its cells.

An item has `name`, `title`, `presets` by name, `drawing` (its command of `python -m figures`), and
`words(preset, recipe)` and `cells(preset, recipe, seeds)`.
"""

from dataclasses import dataclass, replace

from experiments.presets import with_recipe
from experiments.settings import NETWORKS, Cell, System

STRATEGIES = ("one", "two")


@dataclass(frozen=True)
class _Item:
    name: str
    title: str
    presets: dict

    @property
    def drawing(self):
        return self.name

    def words(self, preset, recipe=None):
        """The numbers of a preset."""
        return self.presets[preset].words(recipe)

    def folder(self, preset, recipe=None):
        """Folder of the records: the preset's name, with the recipe when it is not the preset's own."""
        own = {training.recipe for training in self.presets[preset].trainings}
        return preset if recipe is None or own == {recipe} else f"{preset}-{recipe}"


@dataclass(frozen=True)
class LengthTable(_Item):
    """Tables 1, 3 and 6: error of both networks against the inverse interaction length μ₁ of data with one kernel."""

    system: System
    mu: tuple[float, ...]

    def cells(self, preset, recipe=None, seeds=(0,)):
        """Cheapest network first, smallest μ first."""
        chosen, folder = self.presets[preset], self.folder(preset, recipe)

        def cell(mu, network, seed):
            labels, system = (("mu", mu), ("network", network)), replace(self.system, mu=(mu,))
            return Cell(self.name, folder, labels, system, network, seed, with_recipe(chosen.training, recipe))

        return [
            _of_table(cell(mu, network, seed), cell(mu, "short", seed), chosen, recipe)
            for seed in seeds
            for network in NETWORKS
            for mu in chosen.columns or self.mu
        ]


@dataclass(frozen=True)
class ModesTable(_Item):
    """Tables 2 and 4: error against the number of modes per dimension, None for the network without LRC-layer."""

    system: System
    modes: tuple[int | None, ...]

    def cells(self, preset, recipe=None, seeds=(0,)):
        chosen, folder = self.presets[preset], self.folder(preset, recipe)

        def cell(modes, seed):
            system = replace(self.system, num_modes=() if modes is None else (modes,) * self.system.dim)
            network = "short" if modes is None else "full"
            training = with_recipe(chosen.training, recipe)
            return Cell(self.name, folder, (("modes", modes),), system, network, seed, training)

        return [
            _of_table(cell(modes, seed), cell(None, seed), chosen, recipe)
            for seed in seeds
            for modes in chosen.columns or self.modes
        ]


def _of_table(cell, short, chosen, recipe):
    """The cell with the training of its network; `short` is the short-range cell of the same data and seed."""
    short = replace(short, training=short.training.for_network("short"), keep_weights=chosen.from_short)
    if cell.network == "short":
        return short
    if chosen.full is not None:
        cell = replace(cell, training=with_recipe(chosen.full, recipe))
    # on the same box what the short-range network has learned is right from the first step on
    return replace(cell, small_phase=short, long_range_rows="zero") if chosen.from_short else cell


@dataclass(frozen=True)
class LambdaTable(_Item):
    """Table 5, a half of it: the λ that the full-range runs of Table 2 or 4 end with. No training of its own."""

    source: ModesTable

    @property
    def drawing(self):
        return f"{self.name}_{self.source.system.dim}d"

    def words(self, preset, recipe=None):
        return f"full-range cells of {self.source.name}: {self.source.words(preset, recipe)}"

    def cells(self, preset, recipe=None, seeds=(0,)):
        return [cell for cell in self.source.cells(preset, recipe, seeds) if cell.network == "full"]


@dataclass(frozen=True)
class Panel:
    """A kernel and its weights α in a figure, and the labels of its cells."""

    labels: tuple[tuple[str, object], ...]
    kernel: str
    alpha: tuple[float, ...]


@dataclass(frozen=True)
class SizeFigure(_Item):
    """Figures 7 left and 8: error against the number of large snapshots, one-scale and two-scale strategy.

    One-scale cells train the full-range network from scratch. Two-scale cells start it from the short-range network
    that was trained on the small box, once for all cells of a panel and seed: the cell `<name>_small`.
    """

    small_system: System
    large_system: System
    panels: tuple[Panel, ...]

    def cells(self, preset, recipe=None, seeds=(0,)):
        """The cells of the large box; those of the small one are the `small_phase` of some of them."""
        chosen = self.presets[preset]
        return [
            self._cell(panel, strategy, size, seed, chosen, self.folder(preset, recipe), recipe)
            for seed in seeds
            for panel in self.panels[: chosen.panels]
            for strategy in STRATEGIES
            for size in chosen.sizes
        ]

    def _cell(self, panel, strategy, size, seed, chosen, folder, recipe):
        kernel = {"kernel": panel.kernel, "alpha": panel.alpha}
        small = Cell(
            item=f"{self.name}_small",
            preset=folder,
            labels=panel.labels,
            system=replace(self.small_system, **kernel),
            network="short",
            seed=seed,
            training=with_recipe(chosen.small, recipe).for_network("short"),
            keep_weights=True,
        )
        large = with_recipe(chosen.large, recipe)
        return Cell(
            item=self.name,
            preset=folder,
            labels=(*panel.labels, ("strategy", strategy), ("snapshots", size)),
            system=replace(self.large_system, **kernel),
            network="full",
            seed=seed,
            training=replace(large, num_snapshots=size, in_file=max(chosen.sizes)),
            small_phase=small if strategy == "two" else None,
        )
