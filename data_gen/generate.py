"""A data set from its description: positions, energies and forces, chunk by chunk into one file."""

import contextlib
from collections.abc import Sequence

from .arguments import check_count, check_flag, check_path
from .progress import ProgressBar
from .recipe import make_recipe
from .workers import check_workers_can, chunks_in_order
from .writing import create_snapshot_file

SNAPSHOTS_PER_CHUNK = 64


def generate(
    path,
    *,
    kernel,
    box_length,
    min_distance,
    num_snapshots,
    seed,
    cells=None,
    points_per_cell=None,
    num_points=None,
    dimension=None,
    potentials=False,
    workers=1,
    chunk_size=SNAPSHOTS_PER_CHUNK,
    progress=False,
    overwrite=False,
):
    """Makes a data set and writes it to `path` (see `data_gen.hdf5` for the schema).

    Memory holds a few chunks of snapshots at a time. The same arguments give the same file, byte for byte,
    whatever `chunk_size` and `workers`; a run that fails or is stopped leaves nothing behind, and what a killed
    one leaves the next run to the same path removes.

    Args:
        path: the file to write; folders that do not exist are made.
        kernel: ψ, an object with `value` and `gradient`.
        box_length, min_distance, num_snapshots, seed, cells, points_per_cell, num_points, dimension: see
            `sample_positions`. Points are stratified with `cells` and `points_per_cell`, or uniform in the box
            with `num_points`.
        potentials: whether the local potentials U_j of Eq. (2) are stored too.
        workers: processes that make chunks side by side. With more than one the kernel must be picklable, and a
            script needs `if __name__ == "__main__":` around the call, as for every use of `multiprocessing`.
        chunk_size: snapshots that a process makes at a time.
        progress: whether to show a progress bar on standard error.
        overwrite: whether a file that is there already is replaced.

    Returns: the path of the file.

    Raises: ValueError, NotImplementedError, FileExistsError or OSError before any work; RuntimeError when no
        admissible configuration is found, or a worker fails or is killed; ValueError when the kernel gives a NaN.

    Example:
        >>> from data_gen import Exponential, generate, read_snapshots
        >>> path = generate("snapshots.h5", kernel=Exponential(mu=1.0), box_length=5.0, cells=10,
        ...                 points_per_cell=2, min_distance=0.05, num_snapshots=4, seed=0)
        >>> read_snapshots(path).forces.shape
        (4, 20, 1)
    """
    num_snapshots = check_count("num_snapshots", num_snapshots)
    workers = check_count("workers", workers)
    chunk_size = check_count("chunk_size", chunk_size)
    progress, overwrite = check_flag("progress", progress), check_flag("overwrite", overwrite)
    path = check_path("path", path)
    recipe = make_recipe(
        kernel=kernel,
        box_length=box_length,
        cells=cells,
        points_per_cell=points_per_cell,
        num_points=num_points,
        min_distance=min_distance,
        seed=seed,
        dimension=dimension,
        potentials=potentials,
    )
    check_workers_can(recipe, workers)
    chunk_size = min(chunk_size, -(-num_snapshots // workers))  # a small data set is divided too
    chunks = _Chunks(num_snapshots, chunk_size)
    shape = (num_snapshots, recipe.num_points, len(recipe.box_length))
    with (
        create_snapshot_file(
            path, shape, recipe.attributes(), potentials=recipe.potentials, overwrite=overwrite
        ) as append,
        ProgressBar(num_snapshots, visible=progress) as bar,
        contextlib.closing(chunks_in_order(recipe, chunks, workers)) as made,  # however this ends, no worker is left
    ):
        for (first, count), arrays in zip(chunks, made, strict=True):
            append(arrays)
            bar.update(first + count)
    return path


class _Chunks(Sequence):
    """(first, count) of every chunk, made when asked for: their number has no part in the memory used."""

    def __init__(self, num_snapshots, chunk_size, firsts=None):
        self._total, self._size = num_snapshots, chunk_size
        self._firsts = range(0, num_snapshots, chunk_size) if firsts is None else firsts

    def __len__(self):
        return len(self._firsts)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return _Chunks(self._total, self._size, self._firsts[index])
        first = self._firsts[index]
        return first, min(self._size, self._total - first)
