"""The error of the best sum over pairs on the data of a table, without and with two channels of the LRC-layer.

    python experiments/studies/pair_sums.py table4

The error of a trained network is model error and optimisation error. This is the model error of the simplest form:
forces along the separations of pairs closer than R, of any strength as a function of distance, plus the forces of two
channels φ̂_{β,λ} of Eq. (23) with the modes of the table. For given λ it is a linear least-squares problem; λ are the
best pair of a grid. The fit is to training snapshots, and the error is that of the test snapshots, as in the tables.
"""

import argparse
import itertools
import math
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no warnings about missing GPUs

import numpy as np

from data_gen import nearest_image, read_snapshots
from experiments.paper import ITEMS
from experiments.paper.tables import LengthTable, ModesTable
from experiments.running.data import ensure_data
from experiments.running.folders import Folders
from lrc_keras.ops.modes import wavenumbers
from lrc_keras.ops.neighbors import neighbor_list

TABLES = {item.name: item for item in ITEMS.values() if isinstance(item, (LengthTable, ModesTable))}
NUM_FIT = 200  # snapshots; about twenty numbers are fitted
DEGREE = 16  # of the polynomial in log r that is the strength of a pair
GRID = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0)  # of λ, in units of 1/R


def best_sum(training, test, system):
    """Errors of the best sums over pairs: (short-range, with two channels, the two λ).

    Args:
        training, test: (positions (S, N, d), forces (S, N, d)), float64.
        system: `settings.System`, of which box, cutoff and modes are used.
    """
    pairs = [pairs_within(positions, system) for positions, _ in (training, test)]
    closest = min(distance.min() for _, _, distance in pairs)
    counts = [positions.shape[0] * positions.shape[1] for positions, _ in (training, test)]
    short = [pair_forces(own, count, closest, system.cutoff) for own, count in zip(pairs, counts, strict=True)]
    forces = [values.ravel() for _, values in (training, test)]
    inverse_lengths = [value / system.cutoff for value in GRID]
    channels = [channel_forces(positions, system, inverse_lengths) for positions, _ in (training, test)]

    def error(columns):
        fit, check = (np.concatenate([near, far[:, columns]], 1) for near, far in zip(short, channels, strict=True))
        weights = np.linalg.lstsq(fit, forces[0], rcond=None)[0]
        return float(np.linalg.norm(check @ weights - forces[1]) / np.linalg.norm(forces[1]))

    errors = {columns: error(list(columns)) for columns in itertools.combinations(range(len(GRID)), 2)}
    best = min(errors, key=errors.get)
    return error([]), errors[best], tuple(inverse_lengths[column] for column in best)


def pairs_within(positions, system):
    """(point, separation, distance) of all ordered pairs closer than R; points are counted through all snapshots."""
    neighbors = neighbor_list(positions, system.box_length, system.cutoff)
    s, i, k = np.nonzero(neighbors >= 0)
    separation = nearest_image(positions[s, i] - positions[s, neighbors[s, i, k]], system.box_length)
    return s * positions.shape[1] + i, separation, np.linalg.norm(separation, axis=-1)


def pair_forces(pairs, num_points, closest, cutoff):
    """Forces Σ_j T_p(log r) (x_i − x_j)/r of Chebyshev polynomials p: (num_points · d, DEGREE + 1)."""
    point, separation, distance = pairs
    span = math.log(cutoff / closest)
    values = np.polynomial.chebyshev.chebvander(2 * np.log(distance / closest) / span - 1, DEGREE)
    forces = np.zeros((num_points, separation.shape[1], DEGREE + 1))
    np.add.at(forces, point, (separation / distance[:, None])[:, :, None] * values[:, None])
    return forces.reshape(-1, DEGREE + 1)


def channel_forces(positions, system, inverse_lengths):
    """Forces −∂/∂x_i Σ_j φ_λ(x_i − x_j), φ̂_λ = 1/(|k|² + λ²) over the modes of the table: (S·N·d, number of λ)."""
    modes = wavenumbers(system.num_modes, system.box_length).reshape(-1, system.dim)
    modes = modes[len(modes) // 2 + 1 :]  # one of k and −k, as numbers of modes are odd; k = 0 exerts no force
    multipliers = 1 / ((modes**2).sum(1)[:, None] + np.array(inverse_lengths) ** 2)
    forces = []
    for points in positions:
        waves = np.exp(1j * points @ modes.T)
        densities = (waves * waves.sum(0).conj()).imag
        forces.append(np.stack([densities @ (k[:, None] * multipliers) for k in modes.T], 1))
    return 2 * np.concatenate(forces).reshape(-1, len(inverse_lengths)) / math.prod(system.box_length)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("item", choices=sorted(TABLES))
    parser.add_argument("--out", default="results", help="output folder, where the snapshots are (default: results)")
    options = parser.parse_args(arguments)
    item = TABLES[options.item]
    printed = item.printed
    print("column    pairs  printed  and channels  printed  λ")
    for cell in item.cells("quick"):
        if cell.network != "full":
            continue
        training, test = (read_snapshots(path) for path in ensure_data(cell, Folders(options.out)))
        halves = [(file.positions[:NUM_FIT], file.forces[:NUM_FIT]) for file in (training, test)]
        short, both, inverse_lengths = best_sum(*halves, cell.system)
        column = cell.labels[0][1]
        if isinstance(item, LengthTable):
            paper = printed["short"][column], printed["full"][column]
        else:
            paper = printed["error"][None], printed["error"][column]
        lengths = ", ".join(f"{value:.2g}" for value in inverse_lengths)
        print(f"{column:6g}  {short:7.5f}  {paper[0]:7.5f}  {both:12.5f}  {paper[1]:7.5f}  {lengths}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
