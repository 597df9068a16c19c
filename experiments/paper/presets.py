"""A preset of a table or figure: its numbers, and those in words."""

from dataclasses import dataclass

from experiments.paper.items import label_text
from experiments.paper.settings import Training

PRESETS = ("smoke", "demo", "quick", "paper")  # every item has them, from the shortest to Section 5 in full


@dataclass(frozen=True)
class TablePreset:
    """How the cells of a table are trained, and which of its columns.

    Args:
        training: of both networks, or of the short-range one when there is another for the full-range one.
        columns: values of the columns; None for all.
        full: another training for the full-range networks, or None.
        from_short: whether these start from the trained short-range network of the same data and seed: the two-scale
            strategy, with both phases on one box.
    """

    training: Training
    columns: tuple | None = None
    full: Training | None = None
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
class FigurePreset:
    """How the two phases of a figure are trained, with how many large snapshots, and how many of its panels."""

    small: Training
    large: Training
    sizes: tuple[int, ...]
    panels: int | None = None

    def words(self, recipe):
        large = self.large.with_recipe(recipe)
        length = "its own epochs" if large.visits is None else f"about {large.visits:,} snapshots seen in batches of"
        length += "" if large.visits is None else f" {large.batch}"
        only = "" if self.panels is None else f"; {self.panels} panel{'s' if self.panels > 1 else ''} only"
        return (
            f"large box with {', '.join(f'{size:,}' for size in self.sizes)} snapshots, recipe {large.recipe}: "
            f"{length}{large.changed_words()}; small box {self.small.with_recipe(recipe).words()}{only}"
        )

    @property
    def trainings(self):
        return (self.small, self.large)
