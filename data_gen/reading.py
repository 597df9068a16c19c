"""Datasets and attributes of a file that may be damaged: numbers, or an error that names what is wrong."""

import contextlib
import math
from pathlib import Path

import h5py
import numpy as np

BEST_COMPRESSION = 1032  # of deflate, which other writers may have used


class SnapshotFileError(ValueError):
    """A file that does not hold snapshots: names file, dataset or attribute, what was expected and received."""


def open_dataset(file, key):
    """One dataset of an open file, which is there, of a floating-point type and wholly written.

    Raises: SnapshotFileError naming the dataset.
    """
    if key not in file:
        raise SnapshotFileError(f"expected a dataset {key!r}; received {', '.join(sorted(file)) or 'nothing'}")
    with _named(key):
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
    with _named(key):
        return dataset[rows].astype(np.float64, copy=False)


@contextlib.contextmanager
def _named(key):
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
