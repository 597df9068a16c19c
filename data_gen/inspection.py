"""What is in a file of snapshots, and whether its attributes give the same snapshots again."""

import numpy as np
from scipy.spatial import cKDTree

from .arguments import check_count, check_positive, check_sides
from .dataset import Dataset
from .files import check_snapshots

HISTOGRAM_BINS = 12  # at most, so that it fits one line


def known_box(snapshots, box_length=None):
    """The sides of the box, (d,), from the file or else from `box_length`; None when neither says them.

    Raises: ValueError when the two differ, or `box_length` does not fit the dimension.
    """
    dimension = snapshots.positions.shape[-1]
    stored = snapshots.attributes.get("box_length")
    if box_length is None:
        return None if stored is None else check_sides(stored, dimension)
    sides = check_sides(box_length, dimension)
    if stored is not None and not np.array_equal(check_sides(stored, dimension), sides):
        raise ValueError(f"box_length must be that of the file, {stored}; received {box_length!r}")
    return sides


def smallest_distance(snapshots, sides):
    """The smallest distance of two points over the torus, and the snapshot where it is; None for one point."""
    if snapshots.positions.shape[1] == 1:
        return None
    nearest = [
        _tree(points, sides).query(_wrapped(points, sides), k=2)[0][:, 1].min() for points in snapshots.positions
    ]
    return float(np.min(nearest)), int(np.argmin(nearest))


def neighbor_counts(snapshots, sides, radius):
    """Number of other points within `radius` of every point over the torus: (S, N) int.

    Raises: ValueError when the radius is not positive, or longer than half the shortest side, where a point would
        be its neighbour's neighbour twice.
    """
    radius = check_positive("radius", radius)
    if radius > np.min(sides) / 2:
        raise ValueError(f"radius must be at most {np.min(sides) / 2:g}, half the shortest side; received {radius:g}")
    num_points = snapshots.positions.shape[1]
    counts = np.empty(snapshots.positions.shape[:2], dtype=int)
    for row, points in enumerate(snapshots.positions):
        pairs = _tree(points, sides).query_pairs(radius, output_type="ndarray")
        counts[row] = np.bincount(pairs.ravel(), minlength=num_points)
    return counts


def inspection_lines(snapshots, sides, radius=None):
    """The report, line by line.

    Args:
        snapshots: `Snapshots`.
        sides: (d,), the box, or None when it is not known: then nothing is said about distances.
        radius: of the neighbours to count, or None.

    Raises: ValueError for a radius that does not fit, or without a box.
    """
    if radius is not None and sides is None:
        raise ValueError("radius must come with a box, which the file does not say; received no --box")
    counts = None if radius is None else neighbor_counts(snapshots, sides, radius)
    total, num_points, dimension = snapshots.positions.shape
    yield f"{total} snapshots of {num_points} points in {dimension}-D"
    for name, value in sorted(snapshots.attributes.items()):
        shown = np.array2string(value, separator=", ") if isinstance(value, np.ndarray) else value
        yield f"  {name:15} {shown}"
    if not snapshots.attributes:
        yield "  no attributes: a file of the paper's authors"
    yield f"  {'dataset':11} {'shape':>16} {'smallest':>12} {'mean':>12} {'largest':>12}"
    for name, values in snapshots.arrays().items():
        shape = "×".join(map(str, values.shape))
        yield f"  {name:11} {shape:>16} {values.min():12.5g} {values.mean():12.5g} {values.max():12.5g}"
    yield f"root-mean-square force component: {np.sqrt(np.mean(np.square(snapshots.forces))):.5g}"
    if sides is None:
        yield "distances: not known without a box (--box)"
        return
    closest = smallest_distance(snapshots, sides)
    if closest:
        yield f"smallest distance over the torus: {closest[0]:.6g} (snapshot {closest[1]})"
    if counts is not None:
        yield f"neighbours within {radius:g}: mean {counts.mean():.2f}, largest {counts.max()}; {_histogram(counts)}"


def _histogram(counts):
    """Share of the points by number of neighbours, on one line: `9: 2.1 %, 10: 11.4 %` or `0–3: 5 %`."""
    low, high = int(counts.min()), int(counts.max())
    width = -(-(high - low + 1) // HISTOGRAM_BINS)
    parts = []
    for first in range(low, high + 1, width):
        last = min(first + width - 1, high)
        share = np.mean((counts >= first) & (counts <= last))
        parts.append(f"{first if first == last else f'{first}–{last}'}: {100 * share:.3g} %")
    return ", ".join(parts)


def _wrapped(points, sides):
    points = np.mod(points, sides)
    return np.where(points < sides, points, 0.0)  # −1e-20 mod L rounds to L


def _tree(points, sides):
    return cKDTree(_wrapped(points, sides), boxsize=sides)


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
    dataset = Dataset.from_attributes(snapshots.attributes, snapshots.potentials is not None, kernel)
    stored = snapshots.arrays()
    expected = (dataset.num_points, len(dataset.box_length))
    if expected != stored["positions"].shape[1:]:
        raise ValueError(
            f"attributes: expected positions of {expected[0]} points in {expected[1]}-D; received "
            f"{stored['positions'].shape}"
        )
    indices = sorted({round(place) for place in np.linspace(0, total - 1, count)})
    deviations = {name: 0.0 for name in stored if name != "positions"}
    for index in indices:
        for name, again in dataset.snapshots(index, 1).items():
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
