"""A cell: one number of a table or figure, which is one training."""

from dataclasses import asdict, dataclass

from experiments.paper.settings import TEST_DATA_SEED, TRAINING_DATA_SEED, System, Training


@dataclass(frozen=True)
class Cell:
    """One number of a table or figure: a system, a network, a seed, and how it is trained.

    Args:
        item, preset: folders of the record.
        labels: (key, value) pairs that place the number in its table or figure.
        system, network, seed, training: what the number depends on.
        small_phase: the cell whose trained weights this one starts from (two-scale strategy), or None.
        long_range_rows: how `transfer_short_range` then sets the weights that the other network does not have.
        keep_weights: whether the trained weights are kept, for cells that start from them.
    """

    item: str
    preset: str
    labels: tuple[tuple[str, object], ...]
    system: System
    network: str
    seed: int
    training: Training
    small_phase: "Cell | None" = None
    long_range_rows: str = "fresh"
    keep_weights: bool = False

    @property
    def name(self):
        """File name of the record, e.g. mu0.5_full_seed0 or modesnone_seed0."""
        words = [value if isinstance(value, str) else f"{key}{label_text(value)}" for key, value in self.labels]
        return "_".join([*words, f"seed{self.seed}"])

    @property
    def title(self):
        """The name of the cell with its item, since several items may have a cell of one name."""
        return f"{self.item}/{self.name}"

    @property
    def key(self):
        return (self.item, self.preset, self.name)

    def settings(self):
        """Everything that decides the result.

        The size of the data file does not: snapshot i is the same in a file of any size.
        """
        training = asdict(self.training)
        del training["in_file"]
        if training["start"] == "glorot":  # records from before there was another start do not name it
            del training["start"]
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
