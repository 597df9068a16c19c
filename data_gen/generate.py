"""A data set from its description: positions, energies and forces, chunk by chunk into one file."""

import contextlib

from .arguments import check_count, check_flag, check_path
from .dataset import Dataset
from .files import create_snapshot_file
from .workers import check_workers_can, chunks_in_order

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
    """Makes a data set and writes it to `path` (see `data_gen.files` for the schema).

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
    dataset = Dataset.from_arguments(
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
    check_workers_can(dataset, workers)
    chunk_size = min(chunk_size, -(-num_snapshots // workers))  # a small data set is divided too
    shape = (num_snapshots, dataset.num_points, len(dataset.box_length))
    with (
        create_snapshot_file(
            path, shape, dataset.attributes(), potentials=dataset.potentials, overwrite=overwrite
        ) as append,
        progress_bar(num_snapshots, progress) as show,
        # closing: however this ends, no worker is left
        contextlib.closing(chunks_in_order(dataset, num_snapshots, chunk_size, workers)) as chunks,
    ):
        done = 0
        for arrays in chunks:
            append(arrays)
            done += len(arrays["positions"])
            show(done)
    return path


@contextlib.contextmanager
def progress_bar(total, visible):
    """A context with a bar on standard error, or nothing if not `visible`; yields a function of the steps done."""
    if not visible:
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # No thread of its own: Ctrl-C could reach that one while the workers start, see `workers`.
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task("snapshots", total=total)
        yield lambda done: bar.update(task, completed=done, refresh=True)
