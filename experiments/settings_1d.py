"""Section 5.1, one-dimensional examples: every number of Tables 1, 2, 5 and Figure 7 left, and their presets."""

from dataclasses import replace

from experiments.items import LambdaTable, LengthTable, ModesTable, Panel, SizeFigure
from experiments.presets import FigurePreset, TablePreset
from experiments.settings import PAPER_NETWORK, System, Training

# First set: Ω = [0, 5], N = 20, N_sample = 1000, α₂ = 0, R = 1.5, δ_min = 0.05. N_FFT is not stated there; 501 is that
# of the second set.
SMALL_BOX = {"box_length": (5.0,), "cells": (10,)}
TABLE1 = LengthTable(
    name="table1",
    title="Table 1: error against the interaction length",
    presets={
        # compiled, unlike the other items' smoke: this one is to test all that a real run does
        "smoke": TablePreset(Training(64, 16, "fast", visits=256, reports=2), columns=(0.5, 10.0)),
        "demo": TablePreset(Training(1000, recipe="fast", visits=50_000, batch=16, reports=20)),
        "quick": TablePreset(Training(1000, recipe="fast", reports=100)),
        "paper": TablePreset(Training(1000, network=PAPER_NETWORK)),
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
)

# Third set: μ₁ = 5, μ₂ = 0.5, α₁ = α₂ = 0.5, N_sample = 1000, Ω = [0, 50], N = 200, "starting from N_FFT = 63 and
# doubling them until N_FFT = 501".
TABLE2 = ModesTable(
    name="table2",
    title="Table 2: error against the number of modes",
    presets={
        "smoke": TablePreset(Training(64, 16, "fast", visits=256, reports=2, jit_compile=False), columns=(None, 63)),
        "demo": TablePreset(Training(1000, recipe="fast", visits=50_000, batch=16, reports=20)),
        "quick": TablePreset(Training(1000, recipe="fast", visits=100_000, reports=100)),
        "paper": TablePreset(Training(1000, network=PAPER_NETWORK)),
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
)

# Table 5, 1-D half: "the terminal value after training of the parameters λ₁ and λ₂", of the runs of Table 2.
TABLE5 = LambdaTable(name="table5", title="Table 5, 1-D half: λ after training", presets=TABLE2.presets, source=TABLE2)

# Second set: two sets of kernel parameters, 10,000 small-scale snapshots on Ω_sr = [0, 5] with N = 20, "a large number"
# of large-scale ones on Ω_lr = [0, 50] with N = 200, N_FFT = 501. The numbers of large snapshots are read off nowhere.
FIGURE7 = SizeFigure(
    name="figure7",
    title="Figure 7 left: error against the number of large snapshots",
    presets={
        "smoke": FigurePreset(
            small=Training(64, 16, "fast", visits=256, reports=2, jit_compile=False),
            large=Training(64, 16, "fast", visits=256, reports=2, jit_compile=False),
            sizes=(16, 64),
            panels=1,
        ),
        "demo": FigurePreset(
            small=Training(1000, recipe="fast", visits=20_000, reports=20),
            large=Training(100, recipe="fast", visits=10_000, reports=20),
            sizes=(10, 30, 100),
        ),
        "quick": FigurePreset(
            small=Training(2000, recipe="fast", visits=100_000, reports=100),
            large=Training(1000, recipe="fast", visits=40_000, reports=100),
            sizes=(10, 30, 100, 300, 1000),
        ),
        "paper": FigurePreset(
            small=Training(10_000),
            large=Training(10_000, network=PAPER_NETWORK),
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

ITEMS = (TABLE1, TABLE2, TABLE5, FIGURE7)
