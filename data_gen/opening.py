"""Snapshot files, opened: checked before anything is read, then read at once or row by row."""

import contextlib
import numbers

import h5py
import numpy as np

from .arguments import check_path, check_sides
from .hdf5 import AUTHORS_NAMES, NAMES, Snapshots, number_problem, shape_problem
from .reading import SnapshotFileError, one_line, open_dataset, read_attributes, read_rows
from .writing import SCHEMA_VERSION

CACHE_BYTES = 2**26  # of each dataset, for readers that jump from block to block


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
    with open_snapshots(path) as file:
        return file.read()


def open_snapshots(path):
    """A file of snapshots, opened and checked without loading it: for files that are larger than the memory.

    Returns: an object with `shape`, (S, N, d); `attributes`, a dict as that of `read_snapshots`; `read(rows)`, which
        returns `Snapshots` of a slice or of increasing indices; and `close()`. It is a context that closes itself.

    Raises: as `read_snapshots`; what is wrong with single numbers is found when they are read.

    Example: two of four snapshots.
        >>> from data_gen import Exponential, generate, open_snapshots
        >>> path = generate("snapshots.h5", kernel=Exponential(mu=1.0), box_length=5.0, num_points=20,
        ...                 min_distance=0.05, num_snapshots=4, seed=0)
        >>> with open_snapshots(path) as file:
        ...     file.shape, file.read([0, 3]).positions.shape
        ((4, 20, 1), (2, 20, 1))
    """
    path = check_path("path", path)
    if path.is_dir():
        raise SnapshotFileError(f"{path}: expected a file of snapshots; received a folder")
    with open(path, "rb"):  # a missing or forbidden file speaks for itself
        pass
    with _named(path):
        file = h5py.File(path, "r", rdcc_nbytes=CACHE_BYTES)
        try:
            return _OpenFile(path, file)
        except BaseException:
            file.close()
            raise


class _OpenFile:
    """What `open_snapshots` returns."""

    def __init__(self, path, file):
        theirs = "positions" not in file and "points" in file
        self._path, self._file = path, file
        self._stored = AUTHORS_NAMES if theirs else {name: name for name in NAMES}
        if not theirs and "potentials" in file:
            self._stored = {**self._stored, "potentials": "potentials"}
        self.attributes = read_attributes(file)
        self._datasets = {name: open_dataset(file, key) for name, key in self._stored.items()}
        shapes = {name: dataset.shape for name, dataset in self._datasets.items()}
        if theirs:
            shapes = {name: _with_last_axis(name, shape) for name, shape in shapes.items()}
        elif not _is_integer(self.attributes.get("schema_version"), SCHEMA_VERSION):
            version = self.attributes.get("schema_version")
            raise SnapshotFileError(f"expected the attribute schema_version = {SCHEMA_VERSION}; received {version!r}")
        layout = {name: (dataset.dtype, shapes[name]) for name, dataset in self._datasets.items()}
        problem = shape_problem(layout, self._stored)
        problem = problem or (None if theirs else _attribute_problem(self.attributes, shapes["positions"][2]))
        if problem:
            raise SnapshotFileError(problem)
        self._shapes, self.shape = shapes, shapes["positions"]

    def read(self, rows=slice(None)):
        """`Snapshots` of some rows. Raises: SnapshotFileError for what is damaged, a NaN or an infinity."""
        with _named(self._path):
            arrays = {
                name: read_rows(dataset, self._stored[name], rows).reshape(-1, *self._shapes[name][1:])
                for name, dataset in self._datasets.items()
            }
            problem = number_problem(arrays, self._stored, np.arange(self.shape[0])[rows])
            if problem:
                raise SnapshotFileError(problem)
        return Snapshots(**arrays, attributes=dict(self.attributes))

    def close(self):
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


@contextlib.contextmanager
def _named(path):
    """Puts the name of the file before what is wrong with it."""
    try:
        yield
    except SnapshotFileError as error:
        raise SnapshotFileError(f"{path}: {error}") from None
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, MemoryError) as error:
        raise SnapshotFileError(
            f"{path}: expected a whole HDF5 file; received one that HDF5 cannot read ({one_line(error)})"
        ) from error


def _with_last_axis(name, shape):
    """The shape as of our own files."""
    if name == "energies":
        return shape[:1] if len(shape) == 2 and shape[1] == 1 else shape
    return (*shape, 1) if len(shape) == 2 else shape


def _attribute_problem(attributes, dimension):
    if not _is_integer(attributes.get("dimension"), dimension):
        return f"attribute 'dimension': expected {dimension}; received {attributes.get('dimension')!r}"
    try:
        check_sides(attributes.get("box_length"), dimension)
    except (ValueError, TypeError) as error:
        return f"attribute 'box_length': {error}"
    return None


def _is_integer(value, expected):
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value == expected
