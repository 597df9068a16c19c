"""The HDF5 file of snapshots: the interface between the data and whatever learns from them.

Datasets, float64:   positions (S, N, d)    energies (S,)    forces (S, N, d)    and, optional, potentials (S, N)
Attributes:          schema_version and dimension, integers; box_length (d,) float64; those of `Dataset.attributes`.

Datasets are stored in blocks of about a megabyte with HDF5's Fletcher checksum, so that any reader meets an error in
place of a changed number. The metadata carry checksums too, since version 1.10 of the format. Equal snapshots give
equal bytes: the version is fixed, there are no time stamps, and blocks are written whole and in a fixed order.
"""

import contextlib
import math
from dataclasses import dataclass, field

import h5py
import numpy as np

from .arguments import check_array, check_sides, one_line
from .partial import partial_file

NAMES = {name: name for name in ("positions", "energies", "forces")}
SCHEMA_VERSION = 1
BYTES_PER_BLOCK = 2**20  # the size of HDF5's default cache


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
    check_snapshots(snapshots)
    arrays, attributes = snapshots.arrays(), snapshots.attributes
    with named("snapshots"):
        arrays = {name: check_array(name, values) for name, values in arrays.items()}
        check_layout({name: (name, values.dtype, values.shape) for name, values in arrays.items()})
        for name, values in arrays.items():
            check_finite(name, values, range(len(values)))
    if not isinstance(attributes, dict) or "box_length" not in attributes:
        raise ValueError(f"snapshots: attributes must be a dict with box_length; received {attributes!r}")
    shape, potentials = arrays["positions"].shape, "potentials" in arrays
    with create_snapshot_file(path, shape, attributes, potentials=potentials, overwrite=overwrite) as append:
        append(arrays)


def check_snapshots(snapshots):
    """Raises: ValueError when it is something else than `Snapshots`."""
    if not isinstance(snapshots, Snapshots):
        raise ValueError(f"snapshots must be Snapshots; received {snapshots!r}")


@contextlib.contextmanager
def create_snapshot_file(path, shape, attributes, *, potentials=False, overwrite=False):
    """A context that yields a function `append` of arrays of some of the S snapshots, by name. `shape` is (S, N, d).

    Raises: as `partial_file`; ValueError for an attribute that a file cannot hold, or another number of snapshots.
    """
    sides = check_sides(attributes["box_length"], shape[-1])
    attributes = attributes | {"schema_version": SCHEMA_VERSION, "dimension": shape[-1], "box_length": sides}
    stored = {name: _storable(name, value) for name, value in attributes.items()}
    with partial_file(path, overwrite=overwrite) as partial, _new_hdf5_file(partial) as file:
        for name in sorted(stored):
            file.attrs[name] = stored[name]
        writer = _Writer(file, _sizes(shape, potentials))
        yield writer.append
        writer.finish()


class _Writer:
    """Collects snapshots until a block is full. Every dataset has blocks of equally many snapshots."""

    def __init__(self, file, sizes):
        self.total, self.written = sizes["positions"][0], 0
        blocks = -(-8 * math.prod(sizes["positions"]) // BYTES_PER_BLOCK)
        self.block = -(-self.total // min(blocks, self.total))
        self.datasets, self.waiting = {}, {name: [] for name in sizes}  # rows
        for name, size in sizes.items():
            settings = {"chunks": (self.block, *size[1:]), "fletcher32": True, "track_times": False}
            self.datasets[name] = file.create_dataset(name, size, "<f8", **settings)

    def append(self, arrays):
        for name, rows in self.waiting.items():
            rows.extend(arrays[name])
        while len(self.waiting["energies"]) >= self.block:
            self._write()

    def _write(self):
        for name, rows in self.waiting.items():
            self.datasets[name][self.written : self.written + self.block] = np.array(rows[: self.block])
            del rows[: self.block]
        self.written += self.block

    def finish(self):
        received = self.written + len(self.waiting["energies"])
        if received != self.total:
            raise ValueError(f"snapshots: expected {self.total} in all; received {received}")
        if self.waiting["energies"]:
            self._write()


def _sizes(shape, potentials):
    """Shapes of the datasets by name, in the order of the file; `shape` is (S, N, d)."""
    sizes = {"positions": tuple(shape), "energies": shape[:1], "forces": tuple(shape)}
    return {**sizes, "potentials": shape[:2]} if potentials else sizes


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
    for name, expected in _sizes(shape, "potentials" in layout).items():
        key, _, received = layout[name]
        if received != expected:
            raise SnapshotFileError(f"dataset {key!r}: expected shape {expected}; received {received}")


def check_finite(key, values, rows):
    """Raises: SnapshotFileError naming a number that is not finite; `rows` are the places of the values in the file."""
    if not np.all(np.isfinite(values)):
        place = np.argwhere(~np.isfinite(values))[0].tolist()
        received = f"{values[tuple(place)]} at {(int(rows[place[0]]), *place[1:])}"
        raise SnapshotFileError(f"dataset {key!r}: expected finite numbers; received {received}")
