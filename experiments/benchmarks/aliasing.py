"""The error of the paper's window mode by mode: grid = modes, so mode n is mixed with n ± M, n ± 2M, …"""

import numpy as np

NUM_MODES, NUM_POINTS, NUM_CLOUDS = 101, 200, 50


def measure():
    """Root-mean-square error of F(n) over random clouds, relative to the root-mean-square of F(n).

    Spreading adds ŵ(n + mM)/ŵ(n) of every alias m ≠ 0, and the modes of a random cloud have one size and random phases:
    predicted is √Σ_{m≠0} (ŵ(n + mM)/ŵ(n))².
    """
    from lrc_keras.ops import NufftPlan, nudft_type1, nufft_type1

    rng = np.random.default_rng(0)
    points = rng.uniform(0, 1, (NUM_CLOUDS, NUM_POINTS, 1))
    strengths = rng.normal(size=(NUM_CLOUDS, NUM_POINTS, 1))
    exact = nudft_type1(points, strengths, NUM_MODES, 1.0).numpy()[:, 0]

    def error(plan):
        difference = nufft_type1(points, strengths, plan).numpy()[:, 0] - exact
        return np.sqrt(np.mean(np.abs(difference) ** 2, axis=0) / np.mean(np.abs(exact) ** 2)).tolist()

    paper = NufftPlan.paper(NUM_MODES, 1.0)
    modes = np.arange(NUM_MODES) - NUM_MODES // 2
    aliases = [m for m in range(-3, 4) if m]
    transform = paper.grid.window.transform
    ratios = [
        transform(2 * np.pi * (modes / NUM_MODES + m)) / transform(2 * np.pi * modes / NUM_MODES) for m in aliases
    ]
    return {
        "modes": modes.tolist(),
        "measured": error(paper),
        "predicted": np.sqrt(np.sum(np.square(ratios), axis=0)).tolist(),
        "accurate": error(NufftPlan(NUM_MODES, 1.0, 1e-6, method="points")),
    }
