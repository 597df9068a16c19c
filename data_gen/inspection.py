"""What is in a file of snapshots: ranges, forces, distances, neighbours."""

import numpy as np
from scipy.spatial import cKDTree

from .arguments import check_positive, check_sides

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
