"""Every number of Section 5, next to the section it comes from, and the presets that shorten it.

No TensorFlow here: the commands list and check their cells before anything heavy is imported.
"""

from dataclasses import asdict, dataclass, field, replace

NETWORKS = ("short", "full")

# Section 5: 100 snapshots to test; statistics of the descriptor "estimated by using a small number of snapshots".
NUM_TEST = 100
NUM_STATISTICS = 100
TRAINING_DATA_SEED = 0
TEST_DATA_SEED = 1


@dataclass(frozen=True)
class System:
    """A black-box model problem (Section 3.1) and the geometry of the networks that learn it.

    Points are stratified: `points_per_cell` in each of `cells` equal cells a dimension. The text says so for 3-D only,
    but with points uniform in the box the forces of Table 1 are twice as large and its errors out of reach.
    """

    kernel: str
    mu: tuple[float, ...]
    alpha: tuple[float, ...]
    box_length: tuple[float, ...]
    cells: tuple[int, ...]
    points_per_cell: int
    min_distance: float
    cutoff: float
    num_modes: tuple[int, ...]

    @property
    def dim(self):
        return len(self.box_length)

    @property
    def num_points(self):
        total = self.points_per_cell
        for count in self.cells:
            total *= count
        return total


@dataclass(frozen=True)
class Training:
    """What is done to a network: snapshots, and a recipe of `lrc_keras.training` by name with what is changed in it."""

    num_snapshots: int
    num_test: int = NUM_TEST
    recipe: str = "paper"
    changes: dict = field(default_factory=dict)
    reports: int = 300


@dataclass(frozen=True)
class Cell:
    """One number of a table: a system, a network, a seed, and how it is trained."""

    item: str
    preset: str
    labels: tuple[tuple[str, object], ...]
    system: System
    network: str
    seed: int
    training: Training

    @property
    def name(self):
        """File name of the record, e.g. mu0.5_full_seed0."""
        words = [f"{key}{value:g}" if isinstance(value, float) else str(value) for key, value in self.labels]
        return "_".join([*words, f"seed{self.seed}"])

    def settings(self):
        """Everything that decides the result, as JSON holds it."""
        return {
            "system": asdict(self.system),
            "network": self.network,
            "seed": self.seed,
            "training": asdict(self.training),
            "data_seeds": [TRAINING_DATA_SEED, TEST_DATA_SEED],
            "dtype": "float32",
        }


# Section 5.1, first set: Ω = [0, 5], N = 20, N_sample = 1000, α₂ = 0, R = 1.5, δ_min = 0.05, N_FFT = 501.
TABLE1_MU = (0.5, 1.0, 2.0, 5.0, 10.0)
TABLE1_SYSTEM = System(
    kernel="screened_coulomb",
    mu=(),
    alpha=(1.0,),
    box_length=(5.0,),
    cells=(10,),
    points_per_cell=2,
    min_distance=0.05,
    cutoff=1.5,
    num_modes=(501,),
)

# Presets differ in the recipe and in its length; a recipe's own numbers are in `lrc_keras.training.recipes`.
PRESETS = {
    "smoke": Training(64, num_test=16, recipe="fast", changes={"stages": ((4, 8),)}, reports=2),
    "demo": Training(1000, recipe="fast", changes={"stages": ((50, 16),)}, reports=20),
    "quick": Training(1000, recipe="fast", reports=100),
    "paper": Training(1000),
}

PRESET_NOTES = {
    "smoke": "64 snapshots, 32 steps, μ = 0.5 and 10 only: tests the pipeline, learns nothing",
    "demo": "recipe fast in 50 epochs of batch 16",
    "quick": "recipe fast: SOAP, 300 epochs of batch 8, cosine rate from 5e-3",
    "paper": "recipe paper, Section 5: Adam, 200 + 400 + 800 + 1600 epochs of batch 8, 16, 32, 64",
}


def table1_cells(preset, mu=None, networks=NETWORKS, seeds=(0,)):
    """The cells of Table 1, cheapest network first, smallest μ first."""
    if mu is None:
        mu = (0.5, 10.0) if preset == "smoke" else TABLE1_MU
    return [
        Cell(
            item="table1",
            preset=preset,
            labels=(("mu", value), ("network", network)),
            system=replace(TABLE1_SYSTEM, mu=(value,)),
            network=network,
            seed=seed,
            training=PRESETS[preset],
        )
        for seed in seeds
        for network in networks
        for value in mu
    ]
