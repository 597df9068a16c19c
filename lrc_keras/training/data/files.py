"""Snapshots from HDF5 files, loaded at once or read batch by batch. The reader is that of `data_gen`."""

import os

import numpy as np

from data_gen import open_snapshots
from lrc_keras.arguments import check_count, check_dim, check_flag, check_path
from lrc_keras.ops.cells import lattice_vectors
from lrc_keras.ops.neighbors import check_cutoff
from lrc_keras.training.data.preparation import check_dtype, make_snapshots

SCALE_ROWS = 1000  # enough snapshots for two digits of a force scale
FLOAT32_ROUNDING = 2.0**-24  # of a box that was stored in float32


def load_snapshots(
    path, box_length, cutoff, dim, max_neighbors=None, dtype="float32", *, half_list=False, num_snapshots=None
):
    """Reads a file of snapshots and lists the neighbours of every point.

    Args:
        path: HDF5 file of the schema of `data_gen`, or of the paper's authors, which does not name its box.
        box_length, dim: of the model. The file must have the same, to float32 rounding.
        cutoff: interaction radius R of the neighbour lists.
        max_neighbors: padded width K; default the length of the longest list of the snapshots that are read.
        dtype: of the arrays returned; energies are float64.
        half_list: whether each pair is listed once, for models with `half_list=True`.
        num_snapshots: how many are read, the first of the file; default all.

    Returns: `Snapshots`. If the file has the local potentials U_j of Eq. (2), particle energies are ½ U_j: both
        particles of a pair have half of its energy, and the sum is U.
    Raises: FileNotFoundError; ValueError naming the argument, or the file and dataset, if the file is damaged,
        incomplete or does not fit the model.
    """
    path = _check_arguments(path, box_length, cutoff, dim, max_neighbors, dtype, half_list)
    if num_snapshots is not None:
        check_count("num_snapshots", num_snapshots)
    with _open(path, box_length, dim) as file:
        if num_snapshots is not None and num_snapshots > file.shape[0]:
            raise ValueError(f"num_snapshots must be at most {file.shape[0]}, of {path}; received {num_snapshots}")
        data = file.read(slice(num_snapshots))
    return _make(data, box_length, cutoff, max_neighbors, dtype, half_list)


class SnapshotFile:
    """Snapshots that stay in their file: for data that are larger than the memory.

    `training_batches`, `evaluation_batches` and `train` take one in place of `Snapshots` and give the same batches.
    The rows of a batch are read, checked and given neighbour lists when the batch is needed. They come from all over
    the file and HDF5 reads whole blocks, so a file with few snapshots a block is faster. Every process that reads opens
    the file once, also after a fork and from a pickle.

    Args:
        path, box_length, cutoff, dim, dtype, half_list: of `load_snapshots`.
        max_neighbors: padded width K. A batch that needs more raises a ValueError with the number.

    Attributes: `shape`, (S, N, d), and `attributes`, a dict of the attributes of the file.
    Raises: as `load_snapshots`; numbers that are not finite are found when they are read.
    """

    def __init__(self, path, box_length, cutoff, dim, max_neighbors, dtype="float32", *, half_list=False):
        check_count("max_neighbors", max_neighbors)
        self.path = _check_arguments(path, box_length, cutoff, dim, max_neighbors, dtype, half_list).absolute()
        self._how = (box_length, cutoff, max_neighbors, dtype, half_list)
        self._file, self._process = _open(self.path, box_length, dim), os.getpid()
        self.shape, self.attributes = self._file.shape, self._file.attributes

    def __len__(self):
        return self.shape[0]

    @property
    def num_particles(self):
        """The number of particles of all snapshots."""
        return self.shape[0] * self.shape[1]

    @property
    def force_scale(self):
        """Root-mean-square of a force component, estimated from the first 1,000 snapshots."""
        forces = self._read(slice(0, SCALE_ROWS)).forces
        return float(np.sqrt(np.mean(np.square(forces))))

    def rows(self, indices):
        """`Snapshots` of some rows, in the order of the indices, which may repeat.

        Raises: ValueError naming `indices` outside of the file, or `max_neighbors` and the width that is needed.
        """
        indices = np.asarray(indices)
        if indices.ndim != 1 or indices.dtype.kind not in "iu" or len(indices) == 0:
            raise ValueError(f"indices must be a list of integers; received {indices.dtype} {indices.shape}")
        if np.min(indices) < 0 or np.max(indices) >= len(self):
            raise ValueError(f"indices must be from 0 to {len(self) - 1}; received {indices.min()} to {indices.max()}")
        rows, place = np.unique(indices, return_inverse=True)  # HDF5 reads only increasing rows
        return _make(self._read(rows), *self._how, place)

    def _read(self, rows):
        if self._process != os.getpid():  # a file that another process has opened must not be used
            self._file, self._process = open_snapshots(self.path), os.getpid()
        return self._file.read(rows)

    def __getstate__(self):
        return {**self.__dict__, "_file": None, "_process": None}


def _make(data, box_length, cutoff, max_neighbors, dtype, half_list, rows=slice(None)):
    options = {"box_length": box_length, "half_list": half_list, "max_neighbors": max_neighbors, "dtype": dtype}
    halves = None if data.potentials is None else data.potentials[rows] / 2
    arrays = (data.positions[rows], data.energies[rows], data.forces[rows])
    return make_snapshots(*arrays, cutoff, particle_energies=halves, **options)


def _check_arguments(path, box_length, cutoff, dim, max_neighbors, dtype, half_list):
    """Before the file is opened. Returns the path."""
    path = check_path("path", path)
    check_dtype(dtype)
    check_cutoff(box_length, cutoff, check_dim(dim))
    check_flag("half_list", half_list)
    if max_neighbors is not None:
        check_count("max_neighbors", max_neighbors)
    return path


def _open(path, box_length, dim):
    """The open file. Raises: FileNotFoundError; ValueError when its dimension or box is not that of the model."""
    try:
        file = open_snapshots(path)
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file of snapshots") from None
    if file.shape[-1] != dim:
        raise ValueError(f"{path}: expected snapshots in {dim} dimension(s); received {file.shape[-1]}")
    if "box_length" in file.attributes:
        own, expected = np.asarray(file.attributes["box_length"]), lattice_vectors(box_length, dim)
        same = own.shape == (dim,) and own.dtype.kind in "fiu"
        if not same or np.any(np.abs(np.diag(own) - expected) > FLOAT32_ROUNDING * np.abs(expected)):
            raise ValueError(f"{path}: expected snapshots in a box of {box_length!r}; received {own.tolist()}")
    return file
