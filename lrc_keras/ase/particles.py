"""Species indices and sources of atoms."""

from numbers import Real

import numpy as np
from ase.data import atomic_numbers

from lrc_keras.arguments import is_real

INITIAL_CHARGES = "initial_charges"


class Particles:
    """The inputs `species` and `sources` of a model, from the chemical symbols and the initial charges of atoms.

    Args:
        inputs: names and shapes of the model's inputs without the batch, dict.
        species: chemical symbols of species 0, 1, …; only for a model with the input "species", where it is required.
        sources: dict from chemical symbol to the source f, one number or C numbers, or "initial_charges"; only for a
            model with the input "sources", where it is required.
        num_species: number of species of the model, or None if unknown.

    Raises: ValueError naming the argument.
    """

    def __init__(self, inputs, species=None, sources=None, num_species=None):
        for name, value, meaning in (
            ("species", species, "chemical symbols"),
            ("sources", sources, f"a dict from chemical symbol to source, or '{INITIAL_CHARGES}',"),
        ):
            if (value is not None) != (name in inputs):
                need = "None for a model without" if value is not None else f"{meaning} for a model with"
                raise ValueError(f"{name} must be {need} the input '{name}'; received {value!r}")
        self.species = None if species is None else _check_species(species, num_species)
        self.sources = None if sources is None else _check_sources(sources, inputs["sources"][-1])

    def inputs(self, atoms):
        """Dict with species (N,) int32 and sources (N, C) float64, if they are inputs of the model.

        Raises: ValueError for unknown elements, or for several elements if the model has one kind of particle.
        """
        symbols, inputs = atoms.get_chemical_symbols(), {}
        if self.species is not None:
            inputs["species"] = np.array(_look_up("species", self.species, symbols), np.int32)
        if isinstance(self.sources, dict):
            inputs["sources"] = np.array(_look_up("sources", self.sources, symbols))
        elif self.sources is not None:
            inputs["sources"] = atoms.get_initial_charges()[:, np.newaxis]
            if not np.all(np.isfinite(inputs["sources"])):
                raise ValueError("atoms must have finite initial charges; received NaN or infinite values")
        if self.species is None and not isinstance(self.sources, dict) and len(set(symbols)) > 1:
            raise ValueError(
                "atoms must be of one element, because the model has one kind of particle; received "
                f"{sorted(set(symbols))}"
            )
        return inputs


def _look_up(name, known, symbols):
    if unknown := sorted(set(symbols) - set(known)):
        first = next(index for index, symbol in enumerate(symbols) if symbol in unknown)
        raise ValueError(
            f"atoms must be of the elements in {name}, {list(known)}; received {unknown}, first at index {first}"
        )
    return [known[symbol] for symbol in symbols]


def _check_species(species, num_species):
    """Dict from symbol to index."""
    symbols = list(species) if isinstance(species, (list, tuple)) else [None]
    if not all(map(_is_symbol, symbols)) or len(set(symbols)) < len(symbols):
        raise ValueError(f"species must be a list of different chemical symbols; received {species!r}")
    if num_species not in (None, len(symbols)):
        raise ValueError(f"species must have {num_species} chemical symbols for this model; received {species!r}")
    return {symbol: index for index, symbol in enumerate(symbols)}


def _check_sources(sources, channels):
    """Dict from symbol to a list of C floats, or "initial_charges"."""
    if isinstance(sources, str) and sources == INITIAL_CHARGES:
        if channels != 1:
            raise ValueError(f"sources must have {channels} numbers for each symbol; received '{INITIAL_CHARGES}'")
        return sources
    if not isinstance(sources, dict) or not sources or not all(map(_is_symbol, sources)):
        raise ValueError(
            f"sources must be a dict from chemical symbol to source, or '{INITIAL_CHARGES}'; received {sources!r}"
        )
    listed = {symbol: [value] if isinstance(value, Real) else value for symbol, value in sources.items()}
    for symbol, values in listed.items():
        numbers = list(values) if isinstance(values, (list, tuple, np.ndarray)) else []
        if len(numbers) != channels or not all(map(is_real, numbers)):
            raise ValueError(
                f"sources must have {channels} finite numbers for '{symbol}', one per channel; received "
                f"{sources[symbol]!r}"
            )
    return {symbol: [float(value) for value in values] for symbol, values in listed.items()}


def _is_symbol(value):
    return isinstance(value, str) and value in atomic_numbers
