"""The HDF5 schema of a snapshot file: the interface between the data and whatever learns from them.

Datasets, float64:   positions (S, N, d)    energies (S,)    forces (S, N, d)    and, optional, potentials (S, N)
Attributes:          schema_version and dimension, integers; box_length (d,) float64. A generated file also
                     says all that is needed to make it again: kernel (JSON), mu, alpha, min_distance, seed, and
                     cells and points_per_cell or num_points.

The files of the paper's authors are read as well: `points`, `potential` and `forces`, where d = 1 has no last
axis, `potential` may be (S, 1), and there are no attributes. (Their screened Coulomb data carry the factor 4π
of Eq. (23); the numbers are returned as they are.)

Datasets are stored in blocks of about a megabyte with HDF5's Fletcher checksum, so that every reader, of whatever
language, meets an error in place of a changed number. The metadata carry checksums too, which HDF5 has since
version 1.10; the format is pinned to that version, and nothing holds a time stamp. Blocks are written whole and in
a fixed order, however the snapshots come in: the place of a block in the file depends on nothing else.
"""

import contextlib
from dataclasses import dataclass, field

import h5py
import numpy as np

from .arguments import check_array, check_sides
from .partial import partial_file

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


SCHEMA_VERSION = 1
BYTES_PER_BLOCK = 2**20  # HDF5's own cache holds as much


@contextlib.contextmanager
def create_snapshot_file(path, shape, attributes, *, potentials=False, overwrite=False):
    """A file for positions of `shape` (S, N, d): a context that yields its `append`, to be given S snapshots.

    It is written under a temporary name in the same folder, and takes its own name when the context ends
    without an error: half a file never has the real name.

    Args:
        path: of the file; folders that do not exist are made.
        shape: (S, N, d).
        attributes: numbers, texts and arrays of numbers by name, among them `box_length`.
        potentials: whether there is a dataset of local potentials.
        overwrite: whether a file that is there already is replaced.

    Yields: a function of {"positions": (s, N, d), "energies": (s,), "forces": (s, N, d)[, "potentials": (s, N)]}
        with any s ≥ 1.

    Raises: FileExistsError unless `overwrite`; OSError, before anything is written, when `path` cannot be;
        ValueError for an attribute that a file cannot hold, or another number of snapshots than S.
    """
    sizes = dataset_sizes(shape, potentials)
    attributes = {
        **attributes,
        "schema_version": SCHEMA_VERSION,
        "dimension": shape[-1],
        "box_length": check_sides(attributes["box_length"], shape[-1]),
    }
    for name in attributes:
        if not isinstance(name, str) or not name or "\0" in name:
            raise ValueError(f"attributes must have texts for names; received {name!r}")
    stored = {name: _storable(name, attributes[name]) for name in sorted(attributes)}  # a fixed order: equal bytes
    with partial_file(path, overwrite=overwrite) as partial, _new_hdf5_file(partial) as file:
        for name, value in stored.items():
            file.attrs[name] = value
        writer = _Writer(file, sizes)
        yield writer.append
        writer.finish()


def dataset_sizes(shape, potentials):
    """Names and shapes of the datasets of S snapshots, in the order of the file; `shape` is (S, N, d)."""
    sizes = {"positions": tuple(shape), "energies": shape[:1], "forces": tuple(shape)}
    return {**sizes, "potentials": shape[:2]} if potentials else sizes


class _Writer:
    """Collects snapshots until a block is full."""

    def __init__(self, file, sizes):
        self.total = sizes["positions"][0]
        blocks = -(-8 * int(np.prod(sizes["positions"])) // BYTES_PER_BLOCK)
        self.block = -(-self.total // min(blocks, self.total))  # of equal size, at least one snapshot
        self.datasets = {
            name: file.create_dataset(
                name, size, "<f8", chunks=(self.block, *size[1:]), fletcher32=True, track_times=False
            )
            for name, size in sizes.items()
        }
        self.waiting = {name: np.empty((self.block, *size[1:])) for name, size in sizes.items()}
        self.written = self.filled = 0

    def append(self, arrays):
        count = len(arrays["positions"])
        if self.written + self.filled + count > self.total:
            raise ValueError(f"snapshots: expected {self.total} in all; received more")
        taken = 0
        while taken < count:
            step = min(self.block - self.filled, count - taken)
            for name, waiting in self.waiting.items():
                waiting[self.filled : self.filled + step] = arrays[name][taken : taken + step]
            self.filled, taken = self.filled + step, taken + step
            if self.filled == self.block:
                self._flush()

    def _flush(self):
        for name, dataset in self.datasets.items():
            dataset[self.written : self.written + self.filled] = self.waiting[name][: self.filled]
        self.written, self.filled = self.written + self.filled, 0

    def finish(self):
        if self.filled:
            self._flush()
        if self.written != self.total:
            raise ValueError(f"snapshots: expected {self.total} in all; received {self.written}")


def _new_hdf5_file(path):
    """An empty file in the format of HDF5 1.10 without time stamps, for which h5py has no high-level options."""
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_obj_track_times(False)
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fclose_degree(h5py.h5f.CLOSE_STRONG)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    access.set_file_locking(False, True)  # the partial file is locked already, by us
    return h5py.File(h5py.h5f.create(bytes(path), h5py.h5f.ACC_TRUNC, creation, access))


def _storable(name, value):
    """An attribute as HDF5 holds it. Text has a fixed length, which keeps it where checksums are."""
    if isinstance(value, str):
        content = value.encode("utf-8", errors="replace")
        if "\0" in value or content.decode("utf-8") != value:
            raise ValueError(f"attribute {name!r}: expected a text that UTF-8 can hold; received {value!r}")
        return np.array(content, dtype=h5py.string_dtype("utf-8", max(1, len(content))))
    if check_array(name, value).dtype.kind not in "biuf":
        raise ValueError(f"attribute {name!r}: expected a number, a text or an array of numbers; received {value!r}")
    return value
