"""Snapshots of particles with their energies and forces, from the true kernels of Section 3.1.

    python -m data_gen --help
    python -m data_gen inspect FILE
    python -m data_gen verify FILE

Nothing here knows of the network that learns from the data: a snapshot file is the interface.
"""

from .descriptions import kernel_from_json, kernel_to_json
from .energies import energy_and_forces
from .files import Snapshots, write_snapshots
from .generate import generate
from .inspection import verify_snapshots
from .kernels import Exponential, Mixture, ScreenedCoulomb
from .reading import SnapshotFileError, open_snapshots, read_snapshots
from .sampling import sample_positions

__all__ = [
    "Exponential",
    "Mixture",
    "ScreenedCoulomb",
    "SnapshotFileError",
    "Snapshots",
    "energy_and_forces",
    "generate",
    "kernel_from_json",
    "kernel_to_json",
    "open_snapshots",
    "read_snapshots",
    "sample_positions",
    "verify_snapshots",
    "write_snapshots",
]
