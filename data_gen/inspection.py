"""What is in a file of snapshots: a report, a picture, and whether its attributes give the same snapshots again."""

import numpy as np

from .arguments import FLOAT32_ROUNDING, check_count, check_path, check_sides
from .dataset import Dataset
from .kernels.pair_sums import torus_tree
from .snapshots import OpenFile, Snapshots, read_in_parts
from .writing import partial_file

# Of the largest number of a snapshot. Between two machines, sums of hundreds of rounded terms differ by 1e-13; a wrong
# kernel, box or digit changes far more.
ROUNDING = 1e-10
FORMATS = (".png", ".pdf", ".svg")
SMALLEST_FORCE = 1e-4  # of the largest, on the logarithmic scale of the picture


def known_box(snapshots, box_length=None):
    """The sides of the box, (d,), from the file or `box_length`; None if neither has them. Raises: ValueError."""
    stored = snapshots.attributes.get("box_length")
    given = stored if box_length is None else box_length
    sides = None if given is None else check_sides(given, snapshots.shape[-1])
    if stored is not None and np.any(np.abs(stored - sides) > FLOAT32_ROUNDING * sides):
        raise ValueError(f"box_length must be that of the file, {stored}; received {box_length!r}")
    return sides


def inspection_lines(snapshots, sides, radius=None):
    """The report on `Snapshots` or an open file, line by line: with distances if `sides`, the box (d,), are not None,
    and with the neighbours within `radius`, at most half the shortest side, if it is not None.

    Raises: ValueError for a radius that does not fit.
    """
    if radius is not None and sides is None:
        raise ValueError("radius must come with a box, which the file does not have; received no --box")
    if radius is not None and radius > np.min(sides) / 2:  # two images of one point
        raise ValueError(f"radius must be at most {np.min(sides) / 2:g}, half the shortest side; received {radius:g}")
    total, num_points, dimension = snapshots.shape
    yield f"{total} snapshots of {num_points} points in {dimension}-D"
    for name, value in sorted(snapshots.attributes.items()):
        yield f"  {name:15} {np.array2string(value, separator=', ') if isinstance(value, np.ndarray) else value}"
    if not snapshots.attributes:
        yield "  no attributes: a file of the paper's authors"
    yield f"  {'dataset':11} {'shape':>16} {'smallest':>12} {'mean':>12} {'largest':>12}"
    ranges, squares, closest, neighbors = {}, 0.0, [], []
    for part in read_in_parts(snapshots):
        for name, values in part.arrays().items():
            ranges.setdefault(name, []).append((values.min(), values.sum(), values.max(), values[0].shape))
        squares += np.sum(np.square(part.forces))
        for points in part.positions if sides is not None else ():
            tree = torus_tree(points, sides)
            if num_points > 1:
                closest.append(tree.query(tree.data, k=2)[0][:, 1].min())
            if radius is not None:
                counts = tree.query_ball_point(tree.data, radius, return_length=True) - 1
                neighbors.append((np.mean(counts), np.max(counts)))
    for name, parts in ranges.items():
        smallest, sums, largest, (row, *_) = zip(*parts, strict=True)
        mean = sum(sums) / (total * max(1, int(np.prod(row))))
        shape = "×".join(map(str, (total, *row)))
        yield f"  {name:11} {shape:>16} {min(smallest):12.5g} {mean:12.5g} {max(largest):12.5g}"
    yield f"root-mean-square force component: {np.sqrt(squares / (total * num_points * dimension)):.5g}"
    if sides is None:
        yield "distances: not known without a box (--box)"
    if closest:
        yield f"smallest distance on the torus: {min(closest):.6g} (snapshot {np.argmin(closest)})"
    if neighbors:
        means, largest = zip(*neighbors, strict=True)
        yield f"neighbours within {radius:g}: mean {np.mean(means):.2f}, largest {max(largest)}"


def check_picture(path):
    """`path` as a Path. Raises: ValueError when its name does not end in .png, .pdf or .svg; ImportError without
    Matplotlib.
    """
    import matplotlib.figure  # noqa: F401, before the file is read

    path = check_path("picture", path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"picture: its name must end in one of {', '.join(FORMATS)}; received {path}")
    return path


def save_snapshot(path, snapshots, index, sides=None):
    """Draws snapshot `index` and the histogram of all force components to a Path that `check_picture` returned.

    In 1-D the force is drawn against the position. In 2-D and 3-D arrows show directions, and colours sizes. Points are
    taken into the box (d,) if `sides` is not None. Raises: OSError when the file cannot be written.
    """
    from matplotlib.figure import Figure

    one = snapshots.read(slice(index, index + 1))
    points, forces = one.positions[0], one.forces[0]
    points = points if sides is None else np.mod(points, sides)
    dimension = points.shape[1]
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    axes = figure.add_subplot(1, 2, 1, projection="3d" if dimension == 3 else None)
    if dimension == 1:
        axes.stem(points[:, 0], forces[:, 0], basefmt=" ")
        axes.set(xlabel="position", ylabel="force")
    else:
        size = np.linalg.norm(forces, axis=1)
        size = np.maximum(size, SMALLEST_FORCE * (size.max() or 1.0))
        spacing = (np.prod(np.ptp(points, axis=0)) / len(points)) ** (1 / dimension)
        shown = axes.scatter(*points.T, c=np.log10(size), s=12)
        colors = shown.to_rgba(np.log10(size))
        colors = np.tile(colors, (3, 1)) if dimension == 3 else colors  # of all shafts, then of both lines of all heads
        how = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004} if dimension == 2 else {}
        axes.quiver(*points.T, *(0.8 * spacing * forces / size[:, None]).T, color=colors, **how)
        axes.set(aspect="equal")
        figure.colorbar(shown, ax=axes, label="log₁₀ of the size of the force", shrink=0.85)
    axes.set_title(f"snapshot {index}: {len(points)} points, energy {one.energies[0]:.6g}")
    axes = figure.add_subplot(1, 2, 2)
    ends = [(part.forces.min(), part.forces.max()) for part in read_in_parts(snapshots)]
    ends = (min(low for low, _ in ends), max(high for _, high in ends))
    counts = sum(np.histogram(part.forces, bins=101, range=ends)[0] for part in read_in_parts(snapshots))
    edges = np.histogram_bin_edges([], bins=101, range=ends)
    axes.stairs(counts, edges, fill=True)
    axes.set_yscale("log")
    axes.set(xlabel="force component", ylabel="count")
    with partial_file(path, overwrite=True) as partial:
        figure.savefig(partial, format=path.suffix[1:].lower())


def verify_snapshots(snapshots, sample=20, kernel=None):
    """Makes `sample` snapshots again from the attributes, evenly spread from the first to the last, and compares.

    Args:
        snapshots: `Snapshots`, or a file of `open_snapshots`; all are compared if there are fewer than `sample`.
        kernel: ψ in place of that of the attributes, which cannot describe a user's own; or None.

    Returns: their indices; the largest relative deviation by dataset, a dict; and a sentence about the first
        difference, dataset and snapshot named, or None.

    Raises: ValueError as `Dataset.from_attributes`, or when the attributes do not fit the datasets.

    Example:
        >>> from data_gen import Exponential, generate, read_snapshots, verify_snapshots
        >>> path = generate("snapshots.h5", kernel=Exponential(mu=1.0), box_length=5.0, num_points=20,
        ...                 min_distance=0.05, num_snapshots=4, seed=0)
        >>> indices, deviations, difference = verify_snapshots(read_snapshots(path), sample=2)
        >>> indices, difference
        ([0, 3], None)
    """
    if not isinstance(snapshots, (Snapshots, OpenFile)):
        raise ValueError(f"snapshots must be Snapshots or a file of open_snapshots; received {snapshots!r}")
    total, names = snapshots.shape[0], snapshots.read(slice(1)).arrays()
    count = min(check_count("sample", sample), total)
    dataset = Dataset.from_attributes(snapshots.attributes, "potentials" in names, kernel)
    expected = (total, dataset.num_points, len(dataset.box_length))
    if expected != snapshots.shape:
        raise ValueError(f"attributes: expected positions of shape {expected}; received {snapshots.shape}")
    indices = sorted({round(place) for place in np.linspace(0, total - 1, count)})
    deviations = {name: 0.0 for name in names if name != "positions"}
    for index in indices:
        stored = snapshots.read(slice(index, index + 1)).arrays()
        for name, again in dataset.snapshots(index, 1).items():
            again, there = np.atleast_1d(again[0]), np.atleast_1d(stored[name][0])
            deviation, scale = np.abs(there - again), max(np.max(np.abs(again)), np.finfo(np.float64).tiny)
            if name in deviations:
                deviations[name] = max(deviations[name], float(np.max(deviation) / scale))
            if not np.all(deviation <= (ROUNDING * scale if name in deviations else 0.0)):
                place = np.unravel_index(np.argmax(deviation), deviation.shape)
                where = f"dataset {name!r}, snapshot {index}, at {tuple(map(int, place))}"
                received = f"expected {again[place]!r} from the attributes; received {there[place]!r}"
                return indices, deviations, f"{where}: {received}"
    return indices, deviations, None
