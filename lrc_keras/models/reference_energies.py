"""Least-squares fit of reference energies, one for each kind of particle."""

import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_count
from lrc_keras.models.energy_model import layers_of


def count_species(energy_model, given=None):
    """The number of kinds of particles: the given one, or that of the layers of an energy model, or 1.

    Raises: ValueError when the given one is no count, or more than 1 for a model without the input "species".
    """
    given = None if given is None else check_count("num_species", given)
    inputs = getattr(energy_model, "input", None)
    if isinstance(inputs, dict) and "species" not in inputs:
        if given not in (None, 1):
            raise ValueError(f"num_species must be 1 for an energy model without the input 'species'; received {given}")
        return 1
    of_layers = (layer.num_species for layer in layers_of(energy_model) if getattr(layer, "num_species", None))
    return given or next(of_layers, 1)


def fit_references(network_energies, num_species, inputs, energies, batch_size):
    """The e that minimises Σ_ℓ (U_ℓ − U_ℓ^NN − Σ_s n_ℓs e_s)² for n_ℓs particles of kind s: (n,) float64.

    Args:
        network_energies: function of a batch of inputs → U^NN (B,) float64.
        num_species: n.
        inputs, energies, batch_size: see `ForceField.fit_reference_energies`.

    Raises: ValueError naming the argument.
    """
    if not isinstance(inputs, tf.data.Dataset) and not (isinstance(inputs, dict) and "positions" in inputs):
        raise ValueError(f"inputs must be a dict with positions, or a dataset; received {type(inputs).__name__}")
    normal, right = np.zeros((num_species, num_species)), np.zeros(num_species)
    for batch, true in _energy_batches(inputs, energies, batch_size):
        missing = np.asarray(true, np.float64).reshape(-1) - network_energies(batch)
        counts = _counts(batch, num_species)
        normal += counts.T @ counts
        right += counts.T @ missing
    if not (normal.any() and np.all(np.isfinite(right))):
        raise ValueError(f"energies must be finite, and at least one; received sums {right} of their differences")
    return np.linalg.lstsq(normal, right, rcond=None)[0]


def _counts(batch, num_species):
    """Particles of each kind in every cloud: (B, n) float64."""
    if "species" not in batch:
        count, num_points = np.shape(batch["positions"])[:2]
        return np.full((count, 1), float(num_points))
    species = np.asarray(batch["species"])
    if num_species == 1:
        return np.sum(species >= 0, axis=1, keepdims=True).astype(np.float64)
    return np.stack([np.sum(species == kind, axis=1) for kind in range(num_species)], axis=1).astype(np.float64)


def _energy_batches(inputs, energies, batch_size):
    """Pairs of inputs and energies (B,), from arrays or from a dataset."""
    if isinstance(inputs, tf.data.Dataset):
        if (count := inputs.cardinality()) < 0:
            endless = count == tf.data.INFINITE_CARDINALITY
            raise ValueError(
                "inputs must be a dataset of known, finite cardinality, such as evaluation_batches(...); received "
                f"{'an endless one' if endless else 'unknown cardinality, see tf.data.experimental.assert_cardinality'}"
            )
        for batch, targets in inputs:
            if "energy" not in targets:
                raise ValueError(f"inputs must be a dataset with targets 'energy'; received {sorted(targets)}")
            yield batch, targets["energy"]
        return
    count = len(inputs["positions"])
    if np.shape(energies) != (count,):
        raise ValueError(f"energies must have shape ({count},), one for each snapshot; received {np.shape(energies)}")
    for start in range(0, count, batch_size):
        rows = slice(start, start + batch_size)
        yield {name: tf.convert_to_tensor(values[rows]) for name, values in inputs.items()}, energies[rows]
