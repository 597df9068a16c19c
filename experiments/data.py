"""The snapshots of a cell: made once by `data_gen`, shared by all cells of the same system."""

import contextlib

import data_gen
from experiments.settings import TEST_DATA_SEED, TRAINING_DATA_SEED

KERNELS = {"screened_coulomb": data_gen.ScreenedCoulomb, "exponential": data_gen.Exponential}


def make_kernel(system):
    """ψ = Σ α ψ^μ, Section 5."""
    kernels = tuple(KERNELS[system.kernel](mu) for mu in system.mu)
    if len(kernels) == 1 and system.alpha == (1.0,):
        return kernels[0]
    return data_gen.Mixture(kernels, system.alpha)


def generate_snapshots(path, system, count, seed):
    """A new file of snapshots of a `settings.System`; returns its path. See `data_gen.generate`."""
    return data_gen.generate(
        path,
        kernel=make_kernel(system),
        box_length=system.box_length,
        cells=system.cells,
        points_per_cell=system.points_per_cell,
        min_distance=system.min_distance,
        num_snapshots=count,
        seed=seed,
    )


def ensure_data(cell, folders):
    """Paths of the training and of the test snapshots, which are generated where they are missing."""
    paths = []
    for count, seed in (
        (cell.training.file_size, TRAINING_DATA_SEED),
        (cell.training.num_test, TEST_DATA_SEED),
    ):
        path = folders.data(cell, count, seed)
        # a cell beside this one may make the same file, and be done first
        with contextlib.suppress(FileExistsError):
            generate_snapshots(path, cell.system, count, seed)
        paths.append(path)
    return paths
