"""Files written whole or not at all, and the HDF5 file of snapshots; its format is in `data_gen.snapshots`.

A run writes to `.<name>.<random>.partial` in the same folder and renames that file at the end, so that two runs to the
same path do not disturb each other. The run holds a lock on its partial file. The system releases the lock when the
process dies, also by kill −9: a partial file without a lock has no owner, and the next run to the same path removes it.

Equal snapshots give equal bytes: the version of HDF5's format is fixed, there are no time stamps, and blocks are
written whole and in a fixed order.
"""

import contextlib
import glob
import itertools
import math
import os
import secrets
from pathlib import Path

import h5py
import numpy as np

from .arguments import check_array, check_flag, check_path, check_sides
from .snapshots import SCHEMA_VERSION, Snapshots, check_finite, check_layout, named

try:
    import fcntl
except ImportError:  # Windows, where nothing is locked or removed
    fcntl = None

BYTES_PER_BLOCK = 2**20  # the size of HDF5's default cache


def write_snapshots(path, snapshots, *, overwrite=False):
    """Writes `snapshots` to `path`, all or nothing; `schema_version` and `dimension` are filled in.

    Raises: ValueError for shapes that do not fit, a NaN or an infinity, or attributes without box_length or that a file
        cannot hold; FileExistsError or OSError as `partial_file`.

    Example: snapshots from elsewhere.
        >>> from data_gen import Snapshots, read_snapshots, write_snapshots
        >>> snapshots = Snapshots(np.array([[[1.0], [2.0]]]), np.array([0.5]), np.zeros((1, 2, 1)), {"box_length": 5.0})
        >>> write_snapshots("own.h5", snapshots)
        >>> read_snapshots("own.h5").energies.tolist()
        [0.5]
    """
    if not isinstance(snapshots, Snapshots):
        raise ValueError(f"snapshots must be Snapshots; received {snapshots!r}")
    with named("snapshots"):
        arrays = {name: check_array(name, values) for name, values in snapshots.arrays().items()}
        check_layout({name: (name, values.dtype, values.shape) for name, values in arrays.items()})
        for name, values in arrays.items():
            check_finite(name, values, range(len(values)))
    if not isinstance(snapshots.attributes, dict) or "box_length" not in snapshots.attributes:
        raise ValueError(f"snapshots: attributes must be a dict with box_length; received {snapshots.attributes!r}")
    write_chunks(path, arrays["positions"].shape, snapshots.attributes, [arrays], overwrite=overwrite)


def write_chunks(path, shape, attributes, chunks, *, overwrite=False):
    """Writes S snapshots that come in chunks, dicts of their arrays by name; `shape` is (S, N, d). Returns the Path.

    Raises: as `partial_file`; ValueError for an attribute that a file cannot hold.
    """
    path, sides = check_path("path", path), check_sides(attributes["box_length"], shape[-1])
    attributes = attributes | {"schema_version": SCHEMA_VERSION, "dimension": shape[-1], "box_length": sides}
    stored = {name: _storable(name, value) for name, value in attributes.items()}
    blocks = -(-8 * math.prod(shape) // BYTES_PER_BLOCK)
    block = -(-shape[0] // min(blocks, shape[0]))  # snapshots in a block, the same number in every dataset
    with partial_file(path, overwrite=overwrite) as partial, _new_hdf5_file(partial) as file:
        for name in sorted(stored):
            file.attrs[name] = stored[name]
        snapshots = (dict(zip(arrays, row)) for arrays in chunks for row in zip(*arrays.values()))  # noqa: B905, equal
        first, datasets = 0, {}  # open to the end: HDF5 places the blocks when they are closed
        while rows := list(itertools.islice(snapshots, block)):
            for name, value in rows[0].items():
                if first == 0:
                    settings = {"chunks": (block, *value.shape), "fletcher32": True, "track_times": False}
                    datasets[name] = file.create_dataset(name, (shape[0], *value.shape), "<f8", **settings)
            for name, dataset in datasets.items():
                dataset[first : first + len(rows)] = np.array([row[name] for row in rows])
            first += len(rows)
    return path


def _new_hdf5_file(path):
    """An empty file in the format of HDF5 1.10 without time stamps, for which h5py has no high-level options."""
    creation, access = h5py.h5p.create(h5py.h5p.FILE_CREATE), h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    creation.set_obj_track_times(False)
    access.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    access.set_file_locking(False, True)  # `partial_file` holds a lock already
    return h5py.File(h5py.h5f.create(bytes(path), h5py.h5f.ACC_TRUNC, creation, access))


def _storable(name, value):
    """An attribute as HDF5 holds it. Text has a fixed length, which keeps it where checksums are."""
    if not isinstance(name, str) or not name or "\0" in name:
        raise ValueError(f"attributes must have texts for names; received {name!r}")
    if isinstance(value, str):
        content = value.encode("utf-8", errors="replace")
        if "\0" in value or content.decode("utf-8") != value:
            raise ValueError(f"attribute {name!r}: expected a text that UTF-8 can hold; received {value!r}")
        return np.array(content, dtype=h5py.string_dtype("utf-8", max(1, len(content))))
    if check_array(name, value).dtype.kind not in "biuf":
        raise ValueError(f"attribute {name!r}: expected a number, a text or an array of numbers; received {value!r}")
    return value


@contextlib.contextmanager
def partial_file(path, *, overwrite=False):
    """A context that yields an empty file to be written, which becomes `path` when the context ends without an error.
    If `path` is a symbolic link, it stays, and the file that it names is written.

    Raises: FileExistsError unless `overwrite`; OSError, before anything is written, when `path` cannot be.
    """
    path, overwrite = check_path("path", path), check_flag("overwrite", overwrite)
    target = Path(os.path.realpath(path))
    free = "path must be free for a new file; received"
    if os.path.isdir(path):
        raise FileExistsError(f"{free} {path}: it is a folder")
    if os.path.exists(path) and not overwrite:
        raise FileExistsError(f"{free} {path}: it is there already, and overwrite is off")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for other in target.parent.glob(f".{glob.escape(target.name)}.{'[0-9a-f]' * 8}.partial"):
            _remove_ownerless(other)
        partial, owned = _create(target)
    except OSError as error:
        kind = NotADirectoryError if isinstance(error, FileExistsError) else type(error)  # a file in place of a folder
        raise kind(f"path must lie in a folder that can be written; received {path}: {error}") from error
    try:
        yield partial
        with open(partial, "r+b") as whole:  # the content is on the disk before the name; Windows needs a writable file
            os.fsync(whole.fileno())
        try:
            if not overwrite:
                os.link(partial, target)  # fails, unlike `replace`, when another run has taken the name meanwhile
        except FileExistsError:
            raise FileExistsError(f"{free} {path}: another run has made it") from None
        except OSError:  # a file system without links
            overwrite = True
        if overwrite:
            os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
        owned.close()


def _create(path):
    """A new partial file, by name and as an open file that holds the lock."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    file = partial.open("xb")
    if fcntl is None:  # Windows renames closed files only
        file.close()
    elif _lock(file, fcntl.LOCK_EX) and not partial.exists():  # another run removed it before it was locked
        file.close()
        return _create(path)
    return partial, file


def _remove_ownerless(partial):
    with contextlib.suppress(OSError), open(partial, "rb") as file:  # it may be gone already
        if fcntl is not None and _lock(file, fcntl.LOCK_EX | fcntl.LOCK_NB):
            partial.unlink()


def _lock(file, how):
    """Whether the lock is now held until `file` is closed."""
    try:
        fcntl.flock(file, how)
    except OSError:  # held by its owner; or a file system without locks, where no file counts as ownerless
        return False
    return True
