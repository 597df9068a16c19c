"""Snapshots made again from the attributes of their file alone, and compared."""

import numpy as np

from .arguments import check_count
from .hdf5 import check_snapshots
from .recipe import recipe_from_attributes

# Of the largest number of a snapshot. Hundreds of terms, rounded once each, differ by 1e-13 between two libraries'
# exponentials and orders of summation; a wrong kernel, box or digit differs by far more.
ROUNDING = 1e-10


def verify_snapshots(snapshots, sample=20, kernel=None):
    """Makes `sample` snapshots again, evenly spread from the first to the last.

    Args:
        snapshots: `Snapshots` as `read_snapshots` returns them.
        sample: how many; all of them if there are fewer.
        kernel: ψ, in place of what the attributes say about it: for files of a kernel of the user's own, which
            cannot be read back from a file. None for the one of the attributes.

    Returns: their indices; the largest relative deviation by dataset, a dict; and a sentence about the first
        difference, dataset and snapshot named, or None.

    Raises: ValueError when the attributes do not say all or contradict each other or the datasets, or when the
        kernel is a user's own and not passed.

    Example:
        >>> from data_gen import Exponential, generate, read_snapshots, verify_snapshots
        >>> path = generate("snapshots.h5", kernel=Exponential(mu=1.0), box_length=5.0, num_points=20,
        ...                 min_distance=0.05, num_snapshots=4, seed=0)
        >>> indices, deviations, difference = verify_snapshots(read_snapshots(path), sample=2)
        >>> indices, difference
        ([0, 3], None)
    """
    check_snapshots(snapshots)
    total = len(snapshots.energies)
    count = min(check_count("sample", sample), total)
    recipe = recipe_from_attributes(snapshots.attributes, snapshots.potentials is not None, kernel)
    stored = snapshots.arrays()
    expected = (recipe.num_points, len(recipe.box_length))
    if expected != stored["positions"].shape[1:]:
        raise ValueError(
            f"attributes: expected positions of {expected[0]} points in {expected[1]}-D; received "
            f"{stored['positions'].shape}"
        )
    indices = sorted({round(place) for place in np.linspace(0, total - 1, count)})
    deviations = {name: 0.0 for name in stored if name != "positions"}
    for index in indices:
        for name, again in recipe.snapshots(index, 1).items():
            there, again = stored[name][index], again[0]
            if name == "positions":
                same = np.array_equal(there, again)
            else:
                scale = max(np.max(np.abs(again)), np.finfo(np.float64).tiny)
                deviation = float(np.max(np.abs(there - again)) / scale)
                deviations[name] = max(deviations[name], deviation)
                same = deviation <= ROUNDING
            if not same:
                return indices, deviations, _difference(name, index, again, there)
    return indices, deviations, None


def _difference(name, index, expected, received):
    expected, received = np.atleast_1d(expected), np.atleast_1d(received)
    worst = np.unravel_index(np.argmax(np.abs(expected - received)), expected.shape)
    where = f", at {tuple(int(i) for i in worst)}" if expected.size > 1 else ""
    return (
        f"dataset {name!r}, snapshot {index}: expected {expected[worst]!r} from the attributes; received "
        f"{received[worst]!r}{where}"
    )
