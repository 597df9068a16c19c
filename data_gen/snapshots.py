"""Snapshots and their HDF5 file, the interface between the data and whatever learns from them.

Datasets, float64:   positions (S, N, d)    energies (S,)    forces (S, N, d)    and, optional, potentials (S, N)
Attributes:          schema_version and dimension, integers; box_length (d,) float64; those of `Dataset.attributes`.

Datasets are stored in blocks of about a megabyte with HDF5's Fletcher checksum, and the metadata carry checksums too
(format 1.10): any reader meets an error in place of nearly every changed number. A file is read as numbers, or gives an
error that names the file, the dataset or attribute, and what is wrong.

The files of the paper's authors are read as well: datasets `points`, `potential` and `forces`, where d = 1 may have no
last axis and `potential` may be (S, 1), and no attributes. (Their screened Coulomb data carry the factor 4π of Eq.
(23); the numbers are returned as they are.)
"""

import contextlib
import math
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from .arguments import check_path, check_sides, not_finite, one_line

SCHEMA_VERSION = 1
NAMES = ("positions", "energies", "forces")
AUTHORS_NAMES = {"positions": "points", "energies": "potential", "forces": "forces"}
CACHE_BYTES = 2**26  # of each dataset, for readers that jump from block to block
PART_BYTES = 2**26  # of positions, for readers that go through a file
BEST_COMPRESSION = 1032  # of deflate, which other writers may have used


class SnapshotFileError(ValueError):
    """A file that does not hold snapshots: names file, dataset or attribute, what was expected and received."""


@dataclass(frozen=True, eq=False)
class Snapshots:
    """S configurations of N particles in d dimensions, arrays of float64.

    Attributes:
        positions, energies, forces: (S, N, d) in the unit of the box, (S,), and (S, N, d), F_j = −∂U/∂x_j.
        attributes: what is known about them; `box_length`, (d,), is required to write a file.
        potentials: (S, N), the local potentials U_j, or None where they were not stored.

    Example:
        >>> from data_gen import Snapshots
        >>> sorted(Snapshots(np.ones((1, 2, 1)), np.ones(1), np.zeros((1, 2, 1)), {"box_length": 5.0}).arrays())
        ['energies', 'forces', 'positions']
    """

    positions: np.ndarray
    energies: np.ndarray
    forces: np.ndarray
    attributes: dict = field(default_factory=dict)
    potentials: np.ndarray | None = None

    @property
    def shape(self):
        """(S, N, d)."""
        return self.positions.shape

    def read(self, rows=slice(None)):
        """`Snapshots` of some rows, as of an open file. Raises: ValueError, see `open_snapshots`."""
        rows = _check_rows(rows, len(self.positions))
        return Snapshots(attributes=self.attributes, **{name: values[rows] for name, values in self.arrays().items()})

    def arrays(self):
        """The datasets by name; `potentials` only if there are any."""
        arrays = {name: getattr(self, name) for name in NAMES}
        return arrays if self.potentials is None else {**arrays, "potentials": self.potentials}


def read_snapshots(path):
    """The snapshots of a file, wholly checked. Their attributes are numbers, strings and arrays.

    Raises: FileNotFoundError; SnapshotFileError when the file is not HDF5, is cut off or damaged, lacks a dataset,
        has another schema version, or holds shapes that do not fit, a NaN or an infinity.

    Example:
        >>> from data_gen import Exponential, generate, read_snapshots
        >>> path = generate("a.h5", kernel=Exponential(1.0), box_length=5.0, num_points=20, min_distance=0.05,
        ...                 num_snapshots=4, seed=0)
        >>> read_snapshots(path).attributes["kernel"]
        '{"name": "exponential", "mu": 1.0}'
    """
    with open_snapshots(path) as file:
        return file.read()


def read_in_parts(snapshots):
    """All rows of `Snapshots` or an open file, one `Snapshots` after the other, each at most 64 MB of positions."""
    total, num_points, dimension = snapshots.shape
    size = max(1, PART_BYTES // (8 * num_points * dimension))
    for first in range(0, total, size):
        yield snapshots.read(slice(first, first + size))


def open_snapshots(path):
    """A file of snapshots, opened and checked without loading it: for files that are larger than the memory.

    Returns: an object with `shape`, (S, N, d); `attributes`, a dict as that of `read_snapshots`; `read(rows)`, which
        returns `Snapshots` of a slice or of increasing indices; and `close()`. It is a context that closes itself.

    Raises: as `read_snapshots`; what is wrong with single numbers is found when they are read.
    """
    path = check_path("path", path)
    if path.is_dir():
        raise SnapshotFileError(f"{path}: expected a file of snapshots; received a folder")
    with open(path, "rb"):  # a missing or forbidden file has its own error
        pass
    with named(path, "a whole HDF5 file"), contextlib.ExitStack() as opened:
        file = OpenFile(path, opened.enter_context(h5py.File(path, "r", rdcc_nbytes=CACHE_BYTES)))
        opened.pop_all()  # checked: it stays open
        return file


class OpenFile(contextlib.AbstractContextManager):
    """What `open_snapshots` returns."""

    def __init__(self, path, file):
        theirs = "positions" not in file and "points" in file
        ours = (*NAMES, "potentials") if "potentials" in file else NAMES
        self._keys = AUTHORS_NAMES if theirs else {name: name for name in ours}
        self._path, self._file, self.attributes = path, file, _read_attributes(file)
        self._datasets = {name: _open_dataset(file, key) for name, key in self._keys.items()}
        self._shapes = {name: dataset.shape for name, dataset in self._datasets.items()}
        for name, shape in list(self._shapes.items()) if theirs else ():
            if name == "energies" and shape[1:] == (1,):
                self._shapes[name] = shape[:1]
            elif name != "energies" and len(shape) == 2:
                self._shapes[name] = (*shape, 1)
        check_layout({n: (self._keys[n], data.dtype, self._shapes[n]) for n, data in self._datasets.items()})
        self.shape = self._shapes["positions"]
        if theirs:
            return
        for name, expected in (("schema_version", SCHEMA_VERSION), ("dimension", self.shape[2])):
            received = self.attributes.get(name)
            if type(received) is not int or received != expected:
                raise SnapshotFileError(f"attribute {name!r}: expected {expected}; received {received!r}")
        with named("attribute 'box_length'"):
            self.attributes["box_length"] = check_sides(self.attributes.get("box_length"), self.shape[2])

    def read(self, rows=slice(None)):
        """`Snapshots` of some rows. Raises: SnapshotFileError for what is damaged, a NaN or an infinity; ValueError for
        other rows than a slice forwards or increasing indices in the file.
        """
        rows = _check_rows(rows, self.shape[0])
        arrays, places = {}, np.arange(self.shape[0])[rows]
        with named(self._path):
            for name, dataset in self._datasets.items():
                with named(f"dataset {self._keys[name]!r}", "whole data"):
                    arrays[name] = dataset[rows].astype(np.float64, copy=False).reshape(-1, *self._shapes[name][1:])
                check_finite(self._keys[name], arrays[name], places)
        return Snapshots(**arrays, attributes=dict(self.attributes))

    def close(self):
        self._file.close()

    def __exit__(self, *error):
        self.close()


def _check_rows(rows, total):
    """A slice as it is, and indices as an array: a tuple would name axes. Raises: ValueError as `OpenFile.read`."""
    if isinstance(rows, slice):
        if rows.step is None or rows.step > 0:
            return rows
    else:
        indices = np.asarray(rows)
        integers = indices.ndim == 1 and indices.dtype.kind in "iu"
        if integers and np.all(np.diff(indices, prepend=-1, append=total) > 0):
            return indices
    raise ValueError(f"rows must be a slice forwards or increasing indices from 0 to {total - 1}; received {rows!r}")


def _read_attributes(file):
    attributes = {}
    for name in file.attrs:
        with named(f"attribute {name!r}", "a number, a text or an array"):
            value = file.attrs[name]
            value = value.decode("utf-8") if isinstance(value, bytes) else value  # text of fixed length
            attributes[name] = value.item() if np.ndim(value) == 0 and hasattr(value, "item") else value
    return attributes


def _open_dataset(file, key):
    """One dataset of an open file, wholly written."""
    if key not in file:
        raise SnapshotFileError(f"expected a dataset {key!r}; received {', '.join(sorted(file)) or 'nothing'}")
    with named(f"dataset {key!r}", "whole data"):
        dataset = file[key]
        if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
            raise SnapshotFileError(f"expected an array of numbers; received {dataset!r}")
        if not _is_written(dataset):
            raise SnapshotFileError(f"expected {dataset.size} numbers; received some that were never written")
    return dataset


def _is_written(dataset):
    """Whether all numbers are there: HDF5 reads zeros where nothing was ever written."""
    if dataset.is_virtual:  # made of datasets in this file, which HDF5 calls ".", or in others, named relative to it
        sources, folder = dataset.virtual_sources(), Path(dataset.file.filename).parent
        for source in sources:
            if source.file_name == ".":
                whole = _is_written(dataset.file[source.dset_name])
            else:
                with h5py.File(folder / source.file_name, "r") as file:
                    whole = _is_written(file[source.dset_name])
            if not whole:
                return False
        return sum(source.vspace.get_select_npoints() for source in sources) >= dataset.size
    if dataset.nbytes > BEST_COMPRESSION * dataset.file.id.get_filesize():
        return False  # counting its chunks could take minutes
    if dataset.chunks:
        counts = [-(-size // chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True)]
        return dataset.id.get_num_chunks() == math.prod(counts)
    return not dataset.size or dataset.id.get_storage_size() > 0


@contextlib.contextmanager
def named(where, expected=None):
    """A context that puts a name, and what was `expected`, before what is wrong. Raises: SnapshotFileError."""
    try:
        yield
    except SnapshotFileError as error:
        raise SnapshotFileError(f"{where}: {error}") from None
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError, MemoryError) as error:
        found = one_line(error) if expected is None else f"expected {expected}; received an error: {one_line(error)}"
        raise SnapshotFileError(f"{where}: {found}") from error


def check_layout(layout):
    """Raises: SnapshotFileError for what is wrong with {name: (name in the file, dtype, shape)} of the datasets."""
    for key, dtype, _ in layout.values():
        if dtype.kind != "f":
            raise SnapshotFileError(f"dataset {key!r}: expected real floating-point numbers; received {dtype}")
    key, _, shape = layout["positions"]
    if len(shape) != 3 or 0 in shape or shape[2] > 3:
        raise SnapshotFileError(f"dataset {key!r}: expected shape (S, N, d) with d = 1, 2 or 3; received {shape}")
    for name, (key, _, received) in layout.items():
        expected = {"energies": shape[:1], "potentials": shape[:2]}.get(name, shape)
        if received != expected:
            raise SnapshotFileError(f"dataset {key!r}: expected shape {expected}; received {received}")


def check_finite(key, values, rows):
    """Raises: SnapshotFileError naming a number that is not finite; `rows` are the places of the values in the file."""
    if place := not_finite(values):
        received = f"{values[place]} at {(int(rows[place[0]]), *place[1:])}"
        raise SnapshotFileError(f"dataset {key!r}: expected finite numbers; received {received}")
