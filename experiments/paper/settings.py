"""What the networks of Section 5 are trained on, and how: `System` and `Training`, and the numbers that all share.

The numbers of the items are in `one_dimension`, `two_dimensions` and `three_dimensions`, next to their sections.
"""

import math
from dataclasses import astuple, dataclass, field, replace
from typing import NamedTuple

from lrc_keras.recipes import RECIPES, named
from lrc_keras.stages import Stage

# Every item has them, from the shortest to Section 5 in full. "paper_start" is Section 5 from first weights that fit
# the data, as the shorter presets have them: it separates the start from stages, rates and optimiser.
PRESETS = ("smoke", "demo", "quick", "paper", "paper_start")
NETWORKS = ("short", "full")
STARTS = ("glorot", "data")


class Kernel(NamedTuple):
    """A kernel ψ^μ of the data: its name in words, and its class in `data_gen`."""

    words: str
    name: str


KERNELS = {
    "screened_coulomb": Kernel("screened Coulomb", "ScreenedCoulomb"),
    "exponential": Kernel("exponential", "Exponential"),
}


def kernel_words(name):
    """ "screened Coulomb" for "screened_coulomb"; a kernel that is not in `KERNELS` keeps its name."""
    return KERNELS[name].words if name in KERNELS else str(name)


# Fig. 6: g_θ with ReLU. The text says "non-linear activation functions"; the shorter presets have a smooth one.
PAPER_NETWORK = {"long_range_activation": "relu"}

# λ is fitted to 1 % where the modes resolve the kernel. Left free it moves while the rate is high, and errors with it.
FITTED = {"start": "data", "keep_lengths": True}

# A full-range network that starts from a trained short-range one has a learning rate low enough to preserve the trained
# weights. From new weights these networks spend most of their training, in 2-D and 3-D, on the close pairs.
AFTER_SHORT = {"learning_rate": 1e-3}

# Section 5: 100 snapshots to test; statistics of the descriptor "estimated by using a small number of snapshots".
NUM_TEST = 100
NUM_STATISTICS = 100
TRAINING_DATA_SEED = 0
TEST_DATA_SEED = 1


@dataclass(frozen=True)
class System:
    """A black-box model problem (Section 3.1) and the geometry of the networks that learn it.

    Points are stratified: `points_per_cell` in each of `cells` equal cells a dimension. The text says so for 3-D only,
    but with points uniform in the box the forces of Table 1 are twice as large, and its errors cannot be reached.
    """

    kernel: str
    mu: tuple[float, ...]
    alpha: tuple[float, ...]
    box_length: tuple[float, ...]
    cells: tuple[int, ...]
    points_per_cell: int
    min_distance: float
    cutoff: float
    num_modes: tuple[int, ...]  # empty where no network has an LRC-layer

    @property
    def dim(self):
        return len(self.box_length)

    @property
    def num_points(self):
        return self.points_per_cell * math.prod(self.cells)


@dataclass(frozen=True)
class Training:
    """How a network is trained: the snapshots, and a recipe of `lrc_keras.training` with changes.

    Raises: ValueError naming the argument.
    """

    num_snapshots: int  # n; the first n of the data file
    num_test: int = NUM_TEST
    recipe: str = "paper"
    changes: dict = field(default_factory=dict)  # arguments of `Recipe` in place of the recipe's own
    # About this many snapshots are seen, in one stage of ⌈visits/n⌉ epochs, so that cells with different n make the
    # same number of optimiser steps; None for the recipe's own epochs.
    visits: int | None = None
    batch: int = 8  # of that stage; no batch is larger than n
    network: dict = field(default_factory=dict)  # options of `build_full_range_model` alone, see `for_network`
    reports: int = 300  # points of the learning curve
    in_file: int | None = None  # snapshots of the data file, which cells with different n share; None for n
    jit_compile: bool = True  # whether the steps are compiled with XLA, which takes ten seconds or more
    # "glorot", as Section 4.2 has it; with "data" the first weights fit some training snapshots: λ by
    # `lrc_keras.training.fit_multiplier`, all kernels by `lrc_keras.models.adapt`.
    start: str = "glorot"
    keep_lengths: bool = False  # whether λ keeps the value that start="data" fits

    def __post_init__(self):
        if self.start not in STARTS:
            raise ValueError(f"start must be one of {', '.join(map(repr, STARTS))}; received {self.start!r}")
        if self.keep_lengths and self.start != "data":
            raise ValueError(f"keep_lengths must be False unless start is 'data'; received start={self.start!r}")
        if self.recipe not in RECIPES:
            raise ValueError(f"recipe must be one of {', '.join(map(repr, RECIPES))}; received {self.recipe!r}")
        if "stages" in self.changes and self.visits is not None:
            raise ValueError(f"visits must be None when changes have stages; received {self.visits!r}")
        if self.file_size < self.num_snapshots:
            raise ValueError(f"in_file must be at least num_snapshots = {self.num_snapshots}; received {self.in_file}")

    @property
    def file_size(self):
        """Snapshots of the data file."""
        return self.num_snapshots if self.in_file is None else self.in_file

    @property
    def stages(self):
        """((epochs, batch size), …) of this number of snapshots."""
        stages = self.changes.get("stages", map(astuple, RECIPES[self.recipe].stages))
        if self.visits is not None:
            stages = ((math.ceil(self.visits / self.num_snapshots), self.batch),)
        return tuple((epochs, min(batch, self.num_snapshots)) for epochs, batch in stages)

    @property
    def snapshots_seen(self):
        """Snapshots seen in all, every repetition counted."""
        return sum(epochs for epochs, _ in self.stages) * self.num_snapshots

    @property
    def num_steps(self):
        """Optimiser steps in all, as the recipe counts them."""
        return sum(epochs * self.num_snapshots // batch for epochs, batch in self.stages)

    def make_recipe(self):
        """The `Recipe` with these changes and stages."""
        return named(self.recipe, **{**self.changes, "stages": tuple(Stage(*stage) for stage in self.stages)})

    def words(self):
        """ "1,000 snapshots, recipe fast: 300 epochs of batch 8 (300,000 snapshots seen)"."""
        epochs, batches = zip(*self.stages, strict=True)
        words = f"{self.num_snapshots:,} snapshots, recipe {self.recipe}: {' + '.join(map(str, epochs))} epochs of "
        words += f"batch {', '.join(map(str, batches))} ({self.snapshots_seen:,} snapshots seen)"
        return words + self.changed_words()

    def with_recipe(self, recipe):
        """This training with another recipe, or with its own for None.

        `visits` are the same. Changes, a number of epochs among them, and the start belong to the recipe of its own.
        """
        if recipe in (None, self.recipe):
            return self
        return replace(self, recipe=recipe, changes={}, start="glorot", keep_lengths=False)

    def for_network(self, network):
        """The same training without the options that a network does not have: all are of the long-range part."""
        return self if network == "full" else replace(self, network={}, keep_lengths=False)

    def changed_words(self):
        """ ", average = 0.999" for what is changed in the recipe and in the network."""
        changed = {**{name: value for name, value in self.changes.items() if name != "stages"}, **self.network}
        if not self.jit_compile:
            changed["jit_compile"] = False
        if self.start != "glorot":
            changed["start"] = self.start
        if self.keep_lengths:
            changed["keep_lengths"] = True
        return "".join(f", {name} = {value}" for name, value in changed.items())
