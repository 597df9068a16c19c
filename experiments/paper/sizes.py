"""The kind of Figures 7 left and 8: error against the number of large snapshots, one-scale and two-scale training."""

from dataclasses import dataclass, replace
from itertools import product

from experiments.paper.items import Cell, Item
from experiments.paper.reports import Report
from experiments.paper.settings import System, Training, kernel_words

STRATEGIES = {"one": "one-scale", "two": "two-scale"}


@dataclass(frozen=True)
class FigurePreset:
    """How the two phases of a figure are trained, with how many large snapshots, and how many of its panels."""

    small: Training
    large: Training
    sizes: tuple[int, ...]
    # Epochs of the large phase, in batches of `large.batch`. Every n has equally many, as in the paper: with fewer
    # snapshots fewer are seen. None for the recipe's own.
    epochs: int | None = None
    panels: int | None = None

    def words(self, recipe):
        large = self.large.with_recipe(recipe)
        length = "its own epochs" if self.epochs is None else f"{self.epochs} epochs of batch {large.batch}"
        only = "" if self.panels is None else f"; {self.panels} panel{'s' if self.panels > 1 else ''} only"
        return (
            f"large box with {', '.join(f'{size:,}' for size in self.sizes)} snapshots, recipe {large.recipe}: "
            f"{length}{large.changed_words()}; small box {self.small.with_recipe(recipe).words()}{only}"
        )

    def large_training(self, size, recipe):
        """The training of the large phase with some number of snapshots."""
        visits = None if self.epochs is None else self.epochs * size
        return replace(self.large.with_recipe(recipe), num_snapshots=size, in_file=max(self.sizes), visits=visits)

    @property
    def trainings(self):
        return (self.small, self.large)


@dataclass(frozen=True)
class Panel:
    """A kernel and its weights α in a figure, and the labels of its cells."""

    labels: tuple[tuple[str, object], ...]
    kernel: str
    alpha: tuple[float, ...]


def panel_words(labels):
    """ "exponential, α₁ = 0.9" of the labels {"kernel": …, "alpha": …}, or "α₁ = 0.9" of labels without a kernel."""
    kernel = labels.get("kernel")
    return ", ".join([*([kernel_words(kernel)] if kernel else []), f"α₁ = {labels['alpha']:g}"])


@dataclass(frozen=True)
class SizeFigure(Item):
    """Error against the number of large snapshots, for one-scale and two-scale training.

    One-scale cells train the full-range network from new weights. Two-scale cells start from the short-range network
    that was trained on the small box, once for all cells of a panel and seed: the cell `<name>_small`.
    """

    small_system: System  # geometry of both boxes; the panels replace kernel and α
    large_system: System
    panels: tuple[Panel, ...]  # in the order of the figure
    heading: str = ""  # over the drawing of one panel
    beside: Report | None = None  # what is drawn beside it

    column_key, column_label, column_name = "snapshots", "n", "n"
    column_axis = "number of large snapshots"

    @property
    def dim(self):
        return self.large_system.dim

    @property
    def row_keys(self):
        return (*(key for key, _ in self.panels[0].labels), "strategy")

    @property
    def row_labels(self):
        return {
            (*(value for _, value in panel.labels), strategy): f"{panel_words(dict(panel.labels))}, {words}"
            for panel in self.panels
            for strategy, words in STRATEGIES.items()
        }

    def cells(self, preset, recipe=None, seeds=(0,)):
        """The cells of the large box; those of the small one are the `small_phase` of the two-scale cells."""
        chosen, folder, cells = self.presets[preset], self.folder(preset, recipe), []
        small = chosen.small.with_recipe(recipe).for_network("short")
        for seed, panel in product(seeds, self.panels[: chosen.panels]):
            kernel = {"kernel": panel.kernel, "alpha": panel.alpha}
            near, far = (replace(system, **kernel) for system in (self.small_system, self.large_system))
            first = Cell(f"{self.name}_small", folder, panel.labels, near, "short", seed, small, keep_weights=True)
            for strategy, size in product(STRATEGIES, chosen.sizes):
                labels = (*panel.labels, ("strategy", strategy), ("snapshots", size))
                start, training = first if strategy == "two" else None, chosen.large_training(size, recipe)
                cells.append(Cell(self.name, folder, labels, far, "full", seed, training, small_phase=start))
        return cells
