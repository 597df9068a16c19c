"""The snapshots of a cell: made once by `data_gen`, shared by all cells of the same system."""

import contextlib

import data_gen
from experiments.paper.settings import KERNELS, TEST_DATA_SEED, TRAINING_DATA_SEED


def make_kernel(system):
    """ψ = Σ α ψ^μ, Section 5."""
    kernels = tuple(getattr(data_gen, KERNELS[system.kernel].name)(mu) for mu in system.mu)
    if len(kernels) == 1 and system.alpha == (1.0,):
        return kernels[0]
    return data_gen.Mixture(kernels, system.alpha)


def parameters(system, seed):
    """The arguments of `data_gen.Dataset` for a `settings.System`."""
    names = ("box_length", "cells", "points_per_cell", "min_distance")
    return {"kernel": make_kernel(system), "seed": seed, **{name: getattr(system, name) for name in names}}


def generate_snapshots(path, system, count, seed):
    """A new file of snapshots of a `settings.System`; returns its path. See `data_gen.generate`."""
    return data_gen.generate(path, num_snapshots=count, **parameters(system, seed))


def check_snapshots(path, system, count, seed):
    """Checks that a file has the snapshots that `generate_snapshots` would make.

    The name of the file does not tell δ_min and the division into cells. The attributes of the file tell everything.

    Raises: SnapshotFileError naming the file and the first attribute that differs, or when it is damaged.
    """
    with data_gen.open_snapshots(path) as file:
        difference = data_gen.Dataset(**parameters(system, seed)).difference(file.attributes)
        if file.shape[0] != count:
            difference = f"expected {count} snapshots; received {file.shape[0]}"
    if difference:
        raise data_gen.SnapshotFileError(f"{path}: {difference}; choose another --out, or move it away")


def data_files(cell, folders):
    """The arguments of `check_snapshots` for the training and for the test snapshots of a cell."""
    system, training = cell.system, cell.training
    for count, seed in ((training.file_size, TRAINING_DATA_SEED), (training.num_test, TEST_DATA_SEED)):
        yield folders.data(system, count, seed), system, count, seed


def ensure_data(cell, folders):
    """Paths of the training and of the test snapshots. Missing files are generated, others are checked.

    Raises: as `check_snapshots`.
    """
    files = list(data_files(cell, folders))
    for path, *what in files:
        # a cell beside this one may make the same file, and be done first
        with contextlib.suppress(FileExistsError):
            generate_snapshots(path, *what)
        check_snapshots(path, *what)
    return [path for path, *_ in files]
