"""The error of the best sum over pairs on the data of a table, without and with the channels of the LRC-layer.

    python experiments/studies/pair_sums.py table4

The error of a trained network is model error and optimisation error. This is the model error of the simplest form, that
of `lrc_keras.training.fit_multiplier`: forces along the separations of pairs closer than R, of any strength as a
function of distance, plus the forces of the channels. λ and the coefficients are fitted to training snapshots, and the
error is that of the test snapshots, as in the tables.
"""

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from experiments.running.jobs import set_environment

set_environment()  # before TensorFlow is imported

import numpy as np
import tensorflow as tf

from experiments.paper import ITEMS
from experiments.paper.tables import ErrorTable, LengthTable
from experiments.running.cells import load_data, make_model
from experiments.running.folders import Folders
from experiments.running.options import Parser
from lrc_keras.models import ForceField
from lrc_keras.training import Snapshots, fit_multiplier
from lrc_keras.training.fitting.multiplier_fit import make_channel_forces, pair_forces

TABLES = {item.name: item for item in ITEMS.values() if isinstance(item, ErrorTable)}
NUM_FIT = 200  # snapshots; about twenty numbers are fitted


def best_sum(model, training, test):
    """The best sums over pairs: (error of pairs alone, error of pairs and channels, λ of the channels).

    Args:
        model: full-range network with a `ScreenedCoulombMultiplier`, whose λ are changed.
        training, test: `Snapshots` with neighbour lists of one width.
    """
    fit_multiplier(ForceField(model), training, len(training))
    layer = model.get_layer("long_range_convolution")
    arrays = ("positions", "neighbors", "energies", "forces")
    both = Snapshots(**{name: np.concatenate([getattr(part, name) for part in (training, test)]) for name in arrays})
    near = pair_forces(model.get_layer("short_range_descriptor"), both)
    far = make_channel_forces(layer)(both)
    forces = both.forces.ravel()
    fit, check = slice(training.forces.size), slice(training.forces.size, None)

    def error(columns):
        weights = np.linalg.lstsq(columns[fit], forces[fit], rcond=None)[0]
        return np.linalg.norm(columns[check] @ weights - forces[check]) / np.linalg.norm(forces[check])

    return error(near), error(np.concatenate([near, far], axis=1)), layer.multiplier.inverse_length.numpy()


def main(arguments=None):
    parser = Parser(description=__doc__)
    parser.add_argument("item", choices=sorted(TABLES))
    parser.add_argument("--out", default="results", help="output folder, where the snapshots are (default: results)")
    options = parser.parse_args(arguments)
    folders = Folders(options.out)
    try:
        folders.check_writable()
        print_table(TABLES[options.item], folders)
    except (ValueError, OSError) as error:  # a folder that cannot be written, or a data file of other settings
        parser.error(str(error))
    return 0


def print_table(item, folders):
    """Prints the errors of pairs alone, and of pairs and channels, for every column of a table."""
    # GPUs would compute the transforms with an error of 5e-4, more than the errors that are printed here
    tf.config.experimental.enable_tensor_float_32_execution(False)
    print("column    pairs  printed  and channels  printed  λ")
    for cell in (cell for cell in item.cells("quick") if cell.network == "full"):
        few = min(NUM_FIT, cell.training.num_snapshots)
        training = replace(cell.training, num_snapshots=few, in_file=cell.training.file_size)
        training, test = load_data(replace(cell, training=training), folders)
        model = make_model(cell.system, cell.network, **cell.training.network)
        pairs, both, inverse_lengths = best_sum(model, training, test)
        column = cell.labels[0][1]
        if isinstance(item, LengthTable):
            paper = item.printed["short"][column], item.printed["full"][column]
        else:
            paper = item.printed["error"][None], item.printed["error"][column]
        lengths = ", ".join(f"{value:.2g}" for value in inverse_lengths)
        print(f"{column:6g}  {pairs:7.5f}  {paper[0]:7.5f}  {both:12.5f}  {paper[1]:7.5f}  {lengths}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
