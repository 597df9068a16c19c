"""Trained force fields as calculators of ASE, the Atomic Simulation Environment."""

try:
    import ase  # noqa: F401  imports the ASE package, because imports are absolute
except ImportError as error:
    raise ImportError("lrc_keras.ase needs the package ASE: pip install 'lrc_keras[ase]'") from error

from lrc_keras.ase.calculator import ForceFieldCalculator
from lrc_keras.ase.skin_neighbors import SkinNeighbors

__all__ = ["ForceFieldCalculator", "SkinNeighbors"]
