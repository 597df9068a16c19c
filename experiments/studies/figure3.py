"""Figure 3: the force that every other particle exerts on x₁₀₀, for two interaction lengths (Section 3.1).

One snapshot of the 1-D data of `data_gen`: both kernels have the same positions.
"""

import numpy as np

import data_gen
from experiments.paper.reports import FIGURE3
from experiments.records import short, write_record

# Section 3.1 names the exponential kernel, μ and x₁₀₀; the box, N and δ_min are those of Section 5.1.
MU = (5.0, 0.5)
BOX_LENGTH = 50.0
CELLS, POINTS_PER_CELL = 100, 2
MIN_DISTANCE = 0.05
PARTICLE = 100  # counted from one, as the paper does
CUTOFF = 1.5  # R of Section 5.1


def report(folders, seed=0):
    """Makes the snapshot, writes the record `<out>/figure3/contributions.json`, and returns it as lines of text."""
    settings = {
        "kernel": "exponential",
        "box_length": BOX_LENGTH,
        "num_points": CELLS * POINTS_PER_CELL,
        "points_per_cell": POINTS_PER_CELL,
        "min_distance": MIN_DISTANCE,
        "particle": PARTICLE,
        "cutoff": CUTOFF,
        "seed": seed,
    }
    points = data_gen.sample_positions(1, BOX_LENGTH, CELLS, POINTS_PER_CELL, MIN_DISTANCE, seed, dimension=1)
    others = np.delete(points[0], PARTICLE - 1, axis=0)
    displacements = data_gen.nearest_image(others - points[0, PARTICLE - 1], BOX_LENGTH)
    rows = [_row(mu, points, displacements) for mu in MU]
    # x_j − x₁₀₀, to the nearest image, of all j ≠ 100
    results = {"displacements": [short(value) for value in displacements[:, 0]], "rows": rows}
    write_record(FIGURE3.path(folders.out), item=FIGURE3.item, settings=settings, results=results)
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
