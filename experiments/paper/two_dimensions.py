"""Section 5.2, two-dimensional examples: every number of Tables 3, 4, 5 and Figure 8, and their presets."""

from dataclasses import replace

from experiments.paper.settings import AFTER_SHORT, PAPER_NETWORK, System, Training
from experiments.paper.sizes import FigurePreset, Panel, SizeFigure
from experiments.paper.tables import LambdaTable, LengthTable, ModesTable, TablePreset

# First set: Ω = [0, 15]², N = 450, N_sample = 10,000, α₂ = 0; R, δ_min and N_FFT are those of the second set.
TABLE3 = LengthTable(
    name="table3",
    title="Table 3: error against the interaction length",
    caption="Table 3: screened Coulomb data in 2-D, N = 450",
    presets={
        "smoke": TablePreset(
            Training(16, 8, "fast", start="data", visits=64, batch=4, reports=2, jit_compile=False), columns=(1.0,)
        ),
        "demo": TablePreset(Training(200, recipe="fast", start="data", visits=10_000, reports=20)),
        "quick": TablePreset(
            # batches of 900 points; those of Table 4 have 400
            Training(10_000, recipe="fast", start="data", visits=40_000, batch=2, reports=100),
            full=Training(10_000, recipe="fast", start="data", changes=AFTER_SHORT, visits=20_000, batch=2, reports=50),
            from_short=True,
        ),
        "paper": TablePreset(Training(10_000, network=PAPER_NETWORK)),
        "paper_start": TablePreset(Training(10_000, network=PAPER_NETWORK, start="data")),
    },
    system=System(
        kernel="screened_coulomb",
        mu=(),
        alpha=(1.0,),
        box_length=(15.0, 15.0),
        cells=(15, 15),
        points_per_cell=2,
        min_distance=0.05,
        cutoff=1.5,
        num_modes=(31, 31),
    ),
    mu=(1.0, 2.0, 5.0, 10.0),
    printed={
        "short": {1.0: 0.07847, 2.0: 0.02332, 5.0: 0.00433, 10.0: 0.00242},
        "full": {1.0: 0.00785, 2.0: 0.00526, 5.0: 0.00363, 10.0: 0.00181},
    },
)

# Third set: μ₁ = 10, μ₂ = 1, α₁ = 0.9, α₂ = 0.1, Ω = [0, 5]², N = 50, N_sample = 1000, from N_FFT = 21² on.
TABLE4 = ModesTable(
    name="table4",
    title="Table 4: error against the number of modes",
    caption="Table 4: screened Coulomb data in 2-D, N = 50, μ = (10, 1), α = (0.9, 0.1)",
    presets={
        "smoke": TablePreset(
            Training(32, 16, "fast", visits=128, batch=4, reports=2, jit_compile=False, start="data"),
            columns=(None, 21),
            from_short=True,
        ),
        "demo": TablePreset(
            Training(1000, recipe="fast", start="data", visits=50_000, batch=16, reports=20),
            full=Training(1000, recipe="fast", start="data", changes=AFTER_SHORT, visits=50_000, batch=16, reports=20),
            from_short=True,
        ),
        "quick": TablePreset(
            Training(1000, recipe="fast", start="data", visits=100_000, reports=100),
            full=Training(1000, recipe="fast", start="data", changes=AFTER_SHORT, visits=120_000, reports=60),
            from_short=True,
        ),
        "paper": TablePreset(Training(1000, network=PAPER_NETWORK)),
        "paper_start": TablePreset(Training(1000, network=PAPER_NETWORK, start="data")),
    },
    system=replace(
        TABLE3.system, mu=(10.0, 1.0), alpha=(0.9, 0.1), box_length=(5.0, 5.0), cells=(5, 5), num_modes=(63, 63)
    ),
    modes=(None, 21, 31, 45, 63),
    printed={"error": {None: 0.01872, 21: 0.00202, 31: 0.00168, 45: 0.00153, 63: 0.00177}},
)

# Table 5, 2-D half: λ₁ and λ₂ of the runs of Table 4.
TABLE5 = LambdaTable(
    name="table5",
    title="Table 5, 2-D half: λ after training",
    caption="Table 5 (2-D): λ of the networks of Table 4",
    presets=TABLE4.presets,
    source=TABLE4,
    printed={
        "lambda1": {21: 3.608, 31: 3.664, 45: 3.096, 63: 2.955},
        "lambda2": {21: 0.926, 31: 1.039, 45: 1.088, 63: 1.082},
    },
)

# Second set: R = 1.5, δ_min = 0.05, N_FFT = 31²; small scale Ω_sr = [0, 3]², N = 18, 10,000 snapshots; large scale
# Ω_lr = [0, 15]², N = 450. Kernels, μ and α are in the caption.
LARGE_SYSTEM = replace(TABLE3.system, mu=(10.0, 1.0))
FIGURE8 = SizeFigure(
    name="figure8",
    title="Figure 8: error against the number of large snapshots",
    caption="Figure 8: data in 2-D, N = 450, μ = (10, 1)",
    presets={
        "smoke": FigurePreset(
            small=Training(64, 16, "fast", start="data", visits=256, reports=2, jit_compile=False),
            large=Training(16, 8, "fast", start="data", batch=4, reports=2, jit_compile=False),
            sizes=(16,),
            epochs=4,
            panels=1,
        ),
        "demo": FigurePreset(
            small=Training(1000, recipe="fast", start="data", visits=20_000, reports=20),
            large=Training(100, recipe="fast", start="data", batch=2, reports=20),
            sizes=(10, 30, 100),
            epochs=50,
        ),
        "quick": FigurePreset(
            small=Training(2000, recipe="fast", start="data", visits=100_000, reports=100),
            # as in Table 3, batches of 900 points
            large=Training(1000, recipe="fast", start="data", batch=2, reports=40),
            sizes=(10, 30, 100, 300, 1000),
            epochs=20,
        ),
        "paper": FigurePreset(
            small=Training(10_000),
            large=Training(10_000, network=PAPER_NETWORK),
            sizes=(10, 30, 100, 300, 1000, 3000, 10_000),
        ),
        "paper_start": FigurePreset(
            small=Training(10_000, start="data"),
            large=Training(10_000, network=PAPER_NETWORK, start="data"),
            sizes=(10, 30, 100, 300, 1000, 3000, 10_000),
        ),
    },
    small_system=replace(LARGE_SYSTEM, box_length=(3.0, 3.0), cells=(3, 3), num_modes=()),
    large_system=LARGE_SYSTEM,
    panels=tuple(
        Panel((("kernel", kernel), ("alpha", alpha[0])), kernel, alpha)
        for alpha in ((0.9, 0.1), (0.5, 0.5))
        for kernel in ("screened_coulomb", "exponential")
    ),
)

ITEMS = (TABLE3, TABLE4, TABLE5, FIGURE8)
