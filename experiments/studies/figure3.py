"""Figure 3: the force that every other particle exerts on x₁₀₀, for two interaction lengths (Section 3.1).

One snapshot of the 1-D data of `data_gen`: both kernels have the same positions.
"""

import numpy as np

import data_gen
from experiments.paper.reports import FIGURE3
from experiments.records import short, write_record

MU = (5.0, 0.5)
# Section 3.1 names the kernel, μ and x₁₀₀, counted from one; the box, N, δ_min and R are those of Section 5.1.
SETTINGS = {
    "kernel": "exponential",
    "box_length": 50.0,
    "num_points": 200,
    "points_per_cell": 2,
    "min_distance": 0.05,
    "particle": 100,
    "cutoff": 1.5,
}
BOX_LENGTH, CUTOFF, PARTICLE = (SETTINGS[name] for name in ("box_length", "cutoff", "particle"))


def report(folders, seed=0):
    """Makes the snapshot, writes the record `<out>/figure3/contributions.json`, and returns it as lines of text."""
    per_cell = SETTINGS["points_per_cell"]
    shape = (SETTINGS["num_points"] // per_cell, per_cell, SETTINGS["min_distance"])
    points = data_gen.sample_positions(1, BOX_LENGTH, *shape, seed, dimension=1)
    others = np.delete(points[0], PARTICLE - 1, axis=0)
    # x_j − x₁₀₀, to the nearest image, of all j ≠ 100
    displacements = data_gen.nearest_image(others - points[0, PARTICLE - 1], BOX_LENGTH)
    rows = [_row(mu, points, displacements) for mu in MU]
    results = {"displacements": [short(value) for value in displacements[:, 0]], "rows": rows}
    write_record(FIGURE3.path(folders.out), item=FIGURE3.item, settings={**SETTINGS, "seed": seed}, results=results)
    return [
        f"mu = {row['mu']:g}: {row['share_beyond_cutoff']:.2%} of the absolute force on x_{PARTICLE} comes from "
        f"beyond {CUTOFF:g}"
        for row in rows
    ]


def _row(mu, points, displacements):
    """Contributions of all particles to the force on x₁₀₀, whose sum is the force of `data_gen`."""
    kernel = data_gen.Exponential(mu)
    force = float(data_gen.energy_and_forces(points, BOX_LENGTH, kernel)[1][0, PARTICLE - 1, 0])
    # Eq. (5): −∂ψ(x₁₀₀ − x_j)/∂x₁₀₀
    contributions = -kernel.gradient(-displacements, np.array([BOX_LENGTH]))[:, 0]
    far = abs(displacements[:, 0]) > CUTOFF
    return {
        "mu": mu,
        "force": force,
        "share_beyond_cutoff": float(abs(contributions[far]).sum() / abs(contributions).sum()),
        "contributions": [short(value) for value in contributions],
    }
