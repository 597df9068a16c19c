"""Snapshots of particles with their energies and forces, from the true kernels of Section 3.1.

`python -m data_gen --help` is the command line. The package does not depend on the network that learns from the data: a
snapshot file is the interface.
"""

from .dataset import Dataset, generate, kernel_from_json, kernel_to_json
from .inspection import verify_snapshots
from .kernels.energies import energy_and_forces
from .kernels.green_functions import nearest_image
from .kernels.interactions import Exponential, Mixture, ScreenedCoulomb
from .positions import sample_positions
from .snapshots import SnapshotFileError, Snapshots, open_snapshots, read_snapshots
from .writing import write_snapshots

__all__ = [
    "Dataset",
    "Exponential",
    "Mixture",
    "ScreenedCoulomb",
    "SnapshotFileError",
    "Snapshots",
    "energy_and_forces",
    "generate",
    "kernel_from_json",
    "kernel_to_json",
    "nearest_image",
    "open_snapshots",
    "read_snapshots",
    "sample_positions",
    "verify_snapshots",
    "write_snapshots",
]
