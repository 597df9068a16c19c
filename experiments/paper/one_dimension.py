"""Section 5.1, one-dimensional examples: every number of Tables 1, 2, 5 and Figure 7 left, and their presets."""

from dataclasses import replace

from experiments.paper.reports import FIGURE7_RIGHT
from experiments.paper.settings import FITTED, PAPER_NETWORK, System, Training
from experiments.paper.sizes import FigurePreset, Panel, SizeFigure
from experiments.paper.tables import LambdaTable, LengthTable, ModesTable, TablePreset

# First set: Ω = [0, 5], N = 20, N_sample = 1000, α₂ = 0, R = 1.5, δ_min = 0.05. N_FFT is not stated there; 501 is that
# of the second set.
SMALL_BOX = {"box_length": (5.0,), "cells": (10,)}
TABLE1 = LengthTable(
    name="table1",
    title="Table 1: error against the interaction length",
    caption="Table 1: screened Coulomb data in 1-D, N = 20",
    presets={
        "smoke": TablePreset(
            Training(32, 16, "fast", **FITTED, visits=256, reports=2, jit_compile=False), columns=(0.5,)
        ),
        "demo": TablePreset(Training(1000, recipe="fast", **FITTED, visits=50_000, batch=16, reports=20)),
        "quick": TablePreset(Training(1000, recipe="fast", **FITTED, changes={"stages": ((100, 8),)}, reports=100)),
        "paper": TablePreset(Training(1000, network=PAPER_NETWORK)),
        "paper_start": TablePreset(Training(1000, network=PAPER_NETWORK, **FITTED)),
    },
    system=System(
        kernel="screened_coulomb",
        mu=(),
        alpha=(1.0,),
        **SMALL_BOX,
        points_per_cell=2,
        min_distance=0.05,
        cutoff=1.5,
        num_modes=(501,),
    ),
    mu=(0.5, 1.0, 2.0, 5.0, 10.0),
    printed={
        "short": {0.5: 0.05119, 1.0: 0.02919, 2.0: 0.00597, 5.0: 0.00079, 10.0: 0.00032},
        "full": {0.5: 0.00828, 1.0: 0.00602, 2.0: 0.00336, 5.0: 0.00077, 10.0: 0.00054},
    },
)

# compiled, unlike the other items' smoke: this one is to test all that a real run does
TABLE1_SMOKE = TABLE1.presets["smoke"]
WIDE_SMOKE = replace(TABLE1_SMOKE, training=replace(TABLE1_SMOKE.training, jit_compile=True))

# R of the first set is not printed. With 1.75 the short-range errors come near the printed ones.
TABLE1_WIDE = replace(
    TABLE1,
    name="table1_wide",
    title="Table 1 with R = 1.75 in place of 1.5",
    caption="Table 1 with R = 1.75: screened Coulomb data in 1-D, N = 20",
    presets={**TABLE1.presets, "smoke": WIDE_SMOKE},
    system=replace(TABLE1.system, cutoff=1.75),
)

# Third set: μ₁ = 5, μ₂ = 0.5, α₁ = α₂ = 0.5, N_sample = 1000, Ω = [0, 50], N = 200, "starting from N_FFT = 63 and
# doubling them until N_FFT = 501".
TABLE2 = ModesTable(
    name="table2",
    title="Table 2: error against the number of modes",
    caption="Table 2: screened Coulomb data in 1-D, N = 200, μ = (5, 0.5), α = (0.5, 0.5)",
    presets={
        "smoke": TablePreset(
            Training(32, 16, "fast", **FITTED, visits=256, reports=2, jit_compile=False), columns=(None, 63)
        ),
        "demo": TablePreset(Training(1000, recipe="fast", **FITTED, visits=50_000, batch=16, reports=20)),
        "quick": TablePreset(Training(1000, recipe="fast", **FITTED, visits=100_000, reports=100)),
        "paper": TablePreset(Training(1000, network=PAPER_NETWORK)),
        "paper_start": TablePreset(Training(1000, network=PAPER_NETWORK, **FITTED)),
    },
    system=System(
        kernel="screened_coulomb",
        mu=(5.0, 0.5),
        alpha=(0.5, 0.5),
        box_length=(50.0,),
        cells=(100,),
        points_per_cell=2,
        min_distance=0.05,
        cutoff=1.5,
        num_modes=(501,),
    ),
    modes=(None, 63, 125, 251, 501),
    printed={"error": {None: 0.06143, 63: 0.00536, 125: 0.00546, 251: 0.00545, 501: 0.00539}},
)

# Table 5, 1-D half: "the terminal value after training of the parameters λ₁ and λ₂", of the runs of Table 2. It is
# printed with the headings of the 2-D half; the columns here are those of Table 2.
TABLE5 = LambdaTable(
    name="table5",
    title="Table 5, 1-D half: λ after training",
    caption="Table 5 (1-D): λ of the networks of Table 2",
    presets=TABLE2.presets,
    source=TABLE2,
    printed={
        "lambda1": {63: 2.697, 125: 3.689, 251: 4.181, 501: 4.599},
        "lambda2": {63: 0.522, 125: 0.525, 251: 0.517, 501: 0.519},
    },
)

# Second set: two sets of kernel parameters, 10,000 small-scale snapshots on Ω_sr = [0, 5] with N = 20, "a large number"
# of large-scale ones on Ω_lr = [0, 50] with N = 200, N_FFT = 501. The numbers of large snapshots are read off nowhere.
FIGURE7 = SizeFigure(
    name="figure7",
    title="Figure 7 left: error against the number of large snapshots",
    caption="Figure 7 left: screened Coulomb data in 1-D, N = 200, μ = (5, 0.5)",
    heading="Figure 7 left: 1-D, screened Coulomb, μ = (5, 0.5)",
    beside=FIGURE7_RIGHT,
    presets={
        "smoke": FigurePreset(
            small=Training(32, 16, "fast", start="data", visits=256, reports=2, jit_compile=False),
            large=Training(32, 16, "fast", **FITTED, reports=2, jit_compile=False),
            sizes=(8, 32),
            epochs=4,
            panels=1,
        ),
        "demo": FigurePreset(
            small=Training(1000, recipe="fast", start="data", visits=20_000, reports=20),
            large=Training(100, recipe="fast", **FITTED, reports=20),
            sizes=(10, 30, 100),
            epochs=100,
        ),
        "quick": FigurePreset(
            small=Training(2000, recipe="fast", start="data", visits=100_000, reports=100),
            large=Training(3000, recipe="fast", **FITTED, reports=40),
            sizes=(10, 30, 100, 300, 1000, 3000),
            epochs=40,
        ),
        "paper": FigurePreset(
            small=Training(10_000),
            large=Training(10_000, network=PAPER_NETWORK),
            sizes=(10, 30, 100, 300, 1000, 3000, 10_000),
        ),
        "paper_start": FigurePreset(
            small=Training(10_000, start="data"),
            large=Training(10_000, network=PAPER_NETWORK, **FITTED),
            sizes=(10, 30, 100, 300, 1000, 3000, 10_000),
        ),
    },
    small_system=replace(TABLE2.system, **SMALL_BOX, num_modes=()),
    large_system=TABLE2.system,
    # "one heavily biased towards a localized interaction length, and another in which both … are equally weighted"
    panels=(
        Panel((("alpha", 0.9),), "screened_coulomb", (0.9, 0.1)),
        Panel((("alpha", 0.5),), "screened_coulomb", (0.5, 0.5)),
    ),
)

ITEMS = (TABLE1, TABLE1_WIDE, TABLE2, TABLE5, FIGURE7)
