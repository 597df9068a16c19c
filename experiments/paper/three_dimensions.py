"""Section 5.3, three-dimensional examples: every number of Table 6, and its presets."""

from experiments.paper.settings import FITTED, PAPER_NETWORK, System, Training
from experiments.paper.tables import LengthTable, TablePreset

# Ω = [0, 3]³ "with 2 points in each of the 27 unit cells", R = 1, δ_min = 0.1, N_sample = 1000, N_FFT = 25³.
TABLE6 = LengthTable(
    name="table6",
    title="Table 6: error against the interaction length",
    caption="Table 6: exponential data in 3-D, N = 54",
    presets={
        "smoke": TablePreset(
            Training(32, 16, "fast", **FITTED, visits=128, batch=4, reports=2, jit_compile=False),
            columns=(5.0,),
        ),
        "demo": TablePreset(Training(1000, recipe="fast", **FITTED, visits=30_000, batch=16, reports=20)),
        "quick": TablePreset(Training(1000, recipe="fast", **FITTED, visits=100_000, reports=100)),
        "paper": TablePreset(Training(1000, network=PAPER_NETWORK)),
        "paper_start": TablePreset(Training(1000, network=PAPER_NETWORK, **FITTED)),
    },
    system=System(
        kernel="exponential",
        mu=(),
        alpha=(1.0,),
        box_length=(3.0, 3.0, 3.0),
        cells=(3, 3, 3),
        points_per_cell=2,
        min_distance=0.1,
        cutoff=1.0,
        num_modes=(25, 25, 25),
    ),
    mu=(5.0, 7.5, 10.0),
    printed={
        "short": {5.0: 0.06249, 7.5: 0.01125, 10.0: 0.00175},
        "full": {5.0: 0.00971, 7.5: 0.00411, 10.0: 0.00151},
    },
)

ITEMS = (TABLE6,)
