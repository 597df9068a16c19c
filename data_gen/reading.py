"""Snapshot files read: numbers, or an error that names the file, the dataset or attribute, and what is wrong.

The files of the paper's authors are read as well: datasets `points`, `potential` and `forces`, where d = 1 may have no
last axis and `potential` may be (S, 1), and no attributes. (Their screened Coulomb data carry the factor 4π of Eq.
(23); the numbers are returned as they are.)
"""

import math
from pathlib import Path

import h5py
import numpy as np

from .arguments import check_path, check_sides
from .snapshots import NAMES, SCHEMA_VERSION, SnapshotFileError, Snapshots, check_finite, check_layout, named

AUTHORS_NAMES = {"positions": "points", "energies": "potential", "forces": "forces"}
CACHE_BYTES = 2**26  # of each dataset, for readers that jump from block to block
BEST_COMPRESSION = 1032  # of deflate, which other writers may have used


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
    with open(path, "rb"):  # a missing or forbidden file has its own error
        pass
    with named(path, "a whole HDF5 file"):
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
        names = AUTHORS_NAMES if theirs else NAMES | ({"potentials": "potentials"} if "potentials" in file else {})
        self._path, self._file, self.attributes = path, file, _read_attributes(file)
        self._datasets = {name: _open_dataset(file, key) for name, key in names.items()}
        self._keys, self._shapes = names, {name: dataset.shape for name, dataset in self._datasets.items()}
        if theirs:
            self._shapes = {name: _our_shape(name, shape) for name, shape in self._shapes.items()}
        check_layout({name: (names[name], data.dtype, self._shapes[name]) for name, data in self._datasets.items()})
        self.shape = self._shapes["positions"]
        if not theirs:
            for name, expected in (("schema_version", SCHEMA_VERSION), ("dimension", self.shape[2])):
                received = self.attributes.get(name)
                if type(received) is not int or received != expected:
                    raise SnapshotFileError(f"attribute {name!r}: expected {expected}; received {received!r}")
            with named("attribute 'box_length'"):
                check_sides(self.attributes.get("box_length"), self.shape[2])

    def read(self, rows=slice(None)):
        """`Snapshots` of some rows. Raises: SnapshotFileError for what is damaged, a NaN or an infinity."""
        arrays = {}
        with named(self._path):
            for name, dataset in self._datasets.items():
                with named(f"dataset {self._keys[name]!r}", "whole data"):
                    arrays[name] = dataset[rows].astype(np.float64, copy=False).reshape(-1, *self._shapes[name][1:])
                check_finite(self._keys[name], arrays[name], np.arange(self.shape[0])[rows])
        return Snapshots(**arrays, attributes=dict(self.attributes))

    def close(self):
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def _our_shape(name, shape):
    """The shape of an authors' dataset as in our own files."""
    if name == "energies":
        return shape[:1] if shape[1:] == (1,) else shape
    return (*shape, 1) if len(shape) == 2 else shape


def _read_attributes(file):
    """The attributes of a file, a dict of numbers, strings and arrays."""
    attributes = {}
    for name in file.attrs:
        with named(f"attribute {name!r}", "a number, a text or an array"):
            value = file.attrs[name]
            if isinstance(value, bytes):  # text of fixed length
                value = value.decode("utf-8")
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
    if dataset.is_virtual:  # made of datasets in other files, which are named relative to this one
        sources, folder = dataset.virtual_sources(), Path(dataset.file.filename).parent
        for source in sources:
            with h5py.File(folder / source.file_name, "r") as file:
                if not _is_written(file[source.dset_name]):
                    return False
        return sum(source.vspace.get_select_npoints() for source in sources) >= dataset.size
    if dataset.nbytes > BEST_COMPRESSION * dataset.file.id.get_filesize():
        return False  # counting its chunks could take minutes
    if dataset.chunks:
        counts = [-(-size // chunk) for size, chunk in zip(dataset.shape, dataset.chunks, strict=True)]
        return dataset.id.get_num_chunks() == math.prod(counts)
    return not dataset.size or dataset.id.get_storage_size() > 0
