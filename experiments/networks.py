"""The network of a cell before its training: fresh, or from the small phase of the two-scale strategy."""

import numpy as np

from experiments.records import read_record
from experiments.settings import NUM_STATISTICS
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.training import restore_weights, transfer_short_range
from lrc_keras.training.checkpoints import check_checkpoint


def make_force_field(cell, training, folders):
    """The network of Fig. 5 left or right.

    Scale and statistics of the descriptor are those of the first training snapshots; with a small phase they are that
    phase's, whose weights mean nothing with others.

    Args:
        cell: `settings.Cell`.
        training: its `Snapshots`.
        folders: `records.Folders`, where the small phase is.
    """
    model = _make_model(cell)
    if cell.small_phase is not None:
        force_field = ForceField(model)
        transfer_short_range(_trained(cell.small_phase, folders), force_field, cell.long_range_rows)
        return force_field
    first = training.take(NUM_STATISTICS)
    model.get_layer("short_range_descriptor").adapt(first.positions, first.neighbors)
    return ForceField(model, scale=training.force_scale)


def _make_model(cell):
    system, options = cell.system, cell.training.network
    geometry = (system.num_points, system.dim, system.box_length, system.cutoff)
    if cell.network == "short":
        return build_short_range_model(*geometry, half_list=True, **options)
    return build_full_range_model(*geometry, system.num_modes, half_list=True, **options)


def _trained(cell, folders):
    """The force field of a finished cell that keeps its weights."""
    path = folders.weights(cell)
    check_checkpoint(path, cell.settings())
    force_field = ForceField(_make_model(cell), scale=read_record(folders.record(cell))["force_scale"])
    restore_weights(path, force_field)
    return force_field


def multiplier_weights(force_field):
    """Weights of the Fourier multiplier by name, or None for the short-range network."""
    for layer in force_field.energy_model.layers:
        if layer.name == "long_range_convolution":
            return {weight.name: np.array(weight).tolist() for weight in layer.multiplier.weights}
    return None
