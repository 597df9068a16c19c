"""The HDF5 schema of a snapshot file: the interface between the data and whatever learns from them.

Datasets, float64:   positions (S, N, d)    energies (S,)    forces (S, N, d)    and, optional, potentials (S, N)
Attributes:          schema_version and dimension, integers; box_length (d,) float64. A generated file also
                     says all that is needed to make it again: kernel (JSON), mu, alpha, min_distance, seed, and
                     cells and points_per_cell or num_points.

The files of the paper's authors are read as well: `points`, `potential` and `forces`, where d = 1 has no last
axis, `potential` may be (S, 1), and there are no attributes. (Their screened Coulomb data carry the factor 4π
of Eq. (23); the numbers are returned as they are.)
"""

from dataclasses import dataclass, field

import numpy as np

from .arguments import check_array
from .writing import create_snapshot_file, dataset_sizes

NAMES = ("positions", "energies", "forces")
AUTHORS_NAMES = {"positions": "points", "energies": "potential", "forces": "forces"}


@dataclass(frozen=True, eq=False)
class Snapshots:
    """S configurations of N particles in d dimensions.

    Attributes:
        positions: (S, N, d) float64, in the unit of the box.
        energies: (S,) float64.
        forces: (S, N, d) float64, F_j = −∂U/∂x_j.
        attributes: what is known about them; `box_length`, (d,), is required to write a file.
        potentials: (S, N) float64, the local potentials U_j, or None where they were not stored.

    Example:
        >>> from data_gen import Snapshots
        >>> snapshots = Snapshots(np.array([[[1.0], [2.0]]]), np.array([0.5]), np.zeros((1, 2, 1)), {"box_length": 5.0})
        >>> sorted(snapshots.arrays())
        ['energies', 'forces', 'positions']
    """

    positions: np.ndarray
    energies: np.ndarray
    forces: np.ndarray
    attributes: dict = field(default_factory=dict)
    potentials: np.ndarray | None = None

    def arrays(self):
        """The datasets by name; `potentials` only if there are any."""
        arrays = {name: getattr(self, name) for name in NAMES}
        return arrays if self.potentials is None else {**arrays, "potentials": self.potentials}


def check_snapshots(snapshots):
    """Raises: ValueError when it is something else than `Snapshots`."""
    if not isinstance(snapshots, Snapshots):
        raise ValueError(f"snapshots must be Snapshots; received {snapshots!r}")


def write_snapshots(path, snapshots, *, overwrite=False):
    """Writes `snapshots` to `path`, all or nothing; `schema_version` and `dimension` are filled in.

    Raises: ValueError for shapes that do not fit, a NaN or an infinity, a missing box_length or an attribute that
        a file cannot hold; FileExistsError unless `overwrite`; OSError when the folder cannot be written.

    Example: snapshots from elsewhere.
        >>> from data_gen import Snapshots, read_snapshots, write_snapshots
        >>> snapshots = Snapshots(np.array([[[1.0], [2.0]]]), np.array([0.5]), np.zeros((1, 2, 1)), {"box_length": 5.0})
        >>> write_snapshots("own.h5", snapshots)
        >>> read_snapshots("own.h5").energies.tolist()
        [0.5]
    """
    check_snapshots(snapshots)
    arrays = {name: check_array(name, values) for name, values in snapshots.arrays().items()}
    stored = {name: name for name in arrays}
    layout = {name: (values.dtype, values.shape) for name, values in arrays.items()}
    problem = shape_problem(layout, stored) or number_problem(arrays, stored)
    if problem:
        raise ValueError(f"snapshots: {problem}")
    if not isinstance(snapshots.attributes, dict):
        raise ValueError(f"snapshots: attributes must be a dict; received {snapshots.attributes!r}")
    if "box_length" not in snapshots.attributes:
        raise ValueError(f"snapshots: attributes must name box_length; received {list(snapshots.attributes)}")
    shape, potentials = arrays["positions"].shape, "potentials" in arrays
    with create_snapshot_file(path, shape, snapshots.attributes, potentials=potentials, overwrite=overwrite) as append:
        append(arrays)


def shape_problem(layout, stored):
    """What is wrong with the datasets, in one sentence, or None.

    Args:
        layout: dtype and shape of each dataset, by name.
        stored: their names in the file.
    """
    for name, (dtype, _) in layout.items():
        if dtype.kind != "f":
            return f"dataset {stored[name]!r}: expected real floating-point numbers; received {dtype}"
    shape = layout["positions"][1]
    if len(shape) != 3 or 0 in shape or shape[2] > 3:
        return f"dataset {stored['positions']!r}: expected shape (S, N, d) with d = 1, 2 or 3; received {shape}"
    for name, expected in dataset_sizes(shape, "potentials" in layout).items():
        if layout[name][1] != expected:
            return f"dataset {stored[name]!r}: expected shape {expected}; received {layout[name][1]}"
    return None


def number_problem(arrays, stored, rows=None):
    """Which number is not finite, in one sentence, or None; `rows` are the places in the file, by default 0, 1, …"""
    for name, values in arrays.items():
        if not np.all(np.isfinite(values)):
            place = tuple(int(index) for index in np.argwhere(~np.isfinite(values))[0])
            where = place if rows is None else (int(rows[place[0]]), *place[1:])
            return f"dataset {stored[name]!r}: expected finite numbers; received {values[place]} at {where}"
    return None
