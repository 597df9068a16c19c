"""Snapshot files read: numbers, or an error that names the file, the dataset or attribute, and what is wrong."""

import contextlib
import math
import numbers
from pathlib import Path

import h5py
import numpy as np

from .arguments import check_path, check_sides
from .files import AUTHORS_NAMES, NAMES, SCHEMA_VERSION, Snapshots, number_problem, shape_problem

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


BEST_COMPRESSION = 1032  # of deflate, which other writers may have used


class SnapshotFileError(ValueError):
    """A file that does not hold snapshots: names file, dataset or attribute, what was expected and received."""


def open_dataset(file, key):
    """One dataset of an open file, which is there, of a floating-point type and wholly written.

    Raises: SnapshotFileError naming the dataset.
    """
    if key not in file:
        raise SnapshotFileError(f"expected a dataset {key!r}; received {', '.join(sorted(file)) or 'nothing'}")
    with _named_dataset(key):
        dataset = file[key]
        if not isinstance(dataset, h5py.Dataset):
            raise SnapshotFileError(f"dataset {key!r}: expected an array of numbers; received {dataset!r}")
        if dataset.dtype.kind != "f":
            raise SnapshotFileError(
                f"dataset {key!r}: expected real floating-point numbers; received {dataset.dtype} of {dataset.shape}"
            )
        if not _is_written(dataset):
            raise SnapshotFileError(
                f"dataset {key!r}: expected {dataset.size} numbers; received some that were never written"
            )
    return dataset


def read_rows(dataset, key, rows):
    """Rows of a dataset, a slice or increasing indices, as float64. Raises: SnapshotFileError naming the dataset."""
    with _named_dataset(key):
        return dataset[rows].astype(np.float64, copy=False)


@contextlib.contextmanager
def _named_dataset(key):
    """Puts the name of the dataset before what HDF5 says of it."""
    try:
        yield
    except (OSError, RuntimeError, KeyError, TypeError, MemoryError) as error:
        raise SnapshotFileError(f"dataset {key!r}: expected whole data; HDF5 says: {one_line(error)}") from error


def _is_written(dataset):
    """HDF5 gives zeros for what is not there; nobody should take them for data, or wait for them."""
    if dataset.is_virtual:
        return _has_sources(dataset)
    if dataset.size * dataset.dtype.itemsize > BEST_COMPRESSION * dataset.file.id.get_filesize():
        return False
    if dataset.size and dataset.chunks:
        counts = [-(-size // chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True)]
        return dataset.id.get_num_chunks() == math.prod(counts)
    return not dataset.size or dataset.id.get_storage_size() > 0


def _has_sources(virtual):
    """Whether a virtual dataset is covered by datasets of other files, all of them there and written.

    HDF5 looks for a relative file name beside the file of the virtual dataset, then in the working directory.
    """
    sources = virtual.virtual_sources()
    if None not in virtual.maxshape:  # the size of one that may grow is that of its sources
        covered = sum(source.vspace.get_select_npoints() for source in sources)
        if covered < virtual.size:
            return False
    for source in sources:
        if source.file_name == ".":
            written = _is_written(virtual.file[source.dset_name])
        elif "%b" in source.file_name:  # a numbered series of files, which defines how much there is
            written = True
        else:
            beside = Path(virtual.file.filename).parent / source.file_name
            with h5py.File(beside if beside.exists() else source.file_name, "r") as file:
                written = _is_written(file[source.dset_name])
        if not written:
            return False
    return True


def read_attributes(file):
    """The attributes of a file, a dict of numbers, strings and arrays.

    Raises: SnapshotFileError naming the attribute.
    """
    attributes, where = {}, "attributes"
    try:
        for name in file.attrs:
            where = f"attribute {name!r}"
            value = file.attrs[name]
            if isinstance(value, bytes):  # text of fixed length, NumPy's kind of bytes
                value = value.decode("utf-8")
            attributes[name] = value.item() if np.ndim(value) == 0 and hasattr(value, "item") else value
    except (OSError, RuntimeError, TypeError, ValueError, KeyError) as error:
        raise SnapshotFileError(f"{where}: expected numbers, texts and arrays; HDF5 says: {one_line(error)}") from error
    return attributes


def one_line(error):
    """The message of an exception, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
