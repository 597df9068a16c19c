"""The HDF5 schema of a snapshot file: the interface between the data and whatever learns from them.

Datasets, float64:   positions (S, N, d)    energies (S,)    forces (S, N, d)    and, optional, potentials (S, N)
Attributes:          schema_version and dimension, integers; box_length (d,) float64. A generated file also
                     says all that is needed to make it again: kernel (JSON), mu, alpha, min_distance, seed, and
                     cells and points_per_cell or num_points.

The files of the paper's authors are read as well: `points`, `potential` and `forces`, where d = 1 has no last
axis, `potential` may be (S, 1), and there are no attributes. (Their screened Coulomb data carry the factor 4π
of Eq. (23); the numbers are returned as they are.)
"""

import numbers
from dataclasses import dataclass, field

import h5py
import numpy as np

from .arguments import check_array, check_path, check_sides
from .reading import SnapshotFileError, one_line, read_attributes, read_dataset
from .writing import SCHEMA_VERSION, create_snapshot_file, dataset_sizes

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
    problem = _problem(arrays, {name: name for name in arrays})
    if problem:
        raise ValueError(f"snapshots: {problem}")
    if not isinstance(snapshots.attributes, dict):
        raise ValueError(f"snapshots: attributes must be a dict; received {snapshots.attributes!r}")
    if "box_length" not in snapshots.attributes:
        raise ValueError(f"snapshots: attributes must name box_length; received {list(snapshots.attributes)}")
    shape, potentials = arrays["positions"].shape, "potentials" in arrays
    with create_snapshot_file(path, shape, snapshots.attributes, potentials=potentials, overwrite=overwrite) as append:
        append(arrays)


def read_snapshots(path):
    """The snapshots of a file, wholly checked. Their attributes are numbers, strings and arrays.

    Raises: FileNotFoundError; SnapshotFileError when the file is not HDF5, is cut off or damaged, lacks a dataset,
        has another schema version, or holds shapes that do not fit, a NaN or an infinity.

    Example:
        >>> from data_gen import Exponential, generate, read_snapshots
        >>> path = generate("snapshots.h5", kernel=Exponential(mu=1.0), box_length=5.0, num_points=20,
        ...                 min_distance=0.05, num_snapshots=4, seed=0)
        >>> snapshots = read_snapshots(path)
        >>> snapshots.positions.shape, snapshots.attributes["kernel"]
        ((4, 20, 1), '{"name": "exponential", "mu": 1.0}')
    """
    path = check_path("path", path)
    if path.is_dir():
        raise SnapshotFileError(f"{path}: expected a file of snapshots; received a folder")
    with open(path, "rb"):  # a missing or forbidden file speaks for itself
        pass
    try:
        with h5py.File(path, "r") as file:
            return _read(file)
    except SnapshotFileError as error:
        raise SnapshotFileError(f"{path}: {error}") from None
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, MemoryError) as error:
        raise SnapshotFileError(
            f"{path}: expected a whole HDF5 file; received one that HDF5 cannot read ({one_line(error)})"
        ) from error


def _read(file):
    theirs = "positions" not in file and "points" in file
    stored = AUTHORS_NAMES if theirs else {name: name for name in NAMES}
    if not theirs and "potentials" in file:
        stored = {**stored, "potentials": "potentials"}
    attributes = read_attributes(file)
    arrays = {name: read_dataset(file, key) for name, key in stored.items()}
    if theirs:
        arrays = {name: _with_last_axis(name, values) for name, values in arrays.items()}
    elif not _is_integer(attributes.get("schema_version"), SCHEMA_VERSION):
        version = attributes.get("schema_version")
        raise SnapshotFileError(f"expected the attribute schema_version = {SCHEMA_VERSION}; received {version!r}")
    problem = _problem(arrays, stored) or (None if theirs else _attribute_problem(attributes, arrays["positions"]))
    if problem:
        raise SnapshotFileError(problem)
    return Snapshots(**{name: values.astype(np.float64) for name, values in arrays.items()}, attributes=attributes)


def _with_last_axis(name, values):
    if name == "energies":
        return values[:, 0] if np.ndim(values) == 2 and values.shape[1] == 1 else values
    return values[..., None] if np.ndim(values) == 2 else values


def _problem(arrays, stored):
    """What is wrong with the arrays, in one sentence, or None; `stored` has their names in the file."""
    for name, values in arrays.items():
        kind = np.asarray(values).dtype
        if kind.kind != "f":
            return f"dataset {stored[name]!r}: expected real floating-point numbers; received {kind}"
    shape = arrays["positions"].shape
    if len(shape) != 3 or 0 in shape or shape[2] > 3:
        return f"dataset {stored['positions']!r}: expected shape (S, N, d) with d = 1, 2 or 3; received {shape}"
    for name, expected in dataset_sizes(shape, "potentials" in arrays).items():
        if arrays[name].shape != expected:
            return f"dataset {stored[name]!r}: expected shape {expected}; received {arrays[name].shape}"
    for name, values in arrays.items():
        if not np.all(np.isfinite(values)):
            place = tuple(int(index) for index in np.argwhere(~np.isfinite(values))[0])
            return f"dataset {stored[name]!r}: expected finite numbers; received {values[place]} at {place}"
    return None


def _attribute_problem(attributes, positions):
    dimension = positions.shape[2]
    if not _is_integer(attributes.get("dimension"), dimension):
        return f"attribute 'dimension': expected {dimension}; received {attributes.get('dimension')!r}"
    try:
        check_sides(attributes.get("box_length"), dimension)
    except (ValueError, TypeError) as error:
        return f"attribute 'box_length': {error}"
    return None


def _is_integer(value, expected):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value == expected
