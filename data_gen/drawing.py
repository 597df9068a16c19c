"""One snapshot and its forces, beside the histogram of all force components of the file."""

import contextlib
import os

import numpy as np

from .arguments import check_path

ARROW = 0.8  # length of an arrow, in mean distances between points
FORMATS = (".png", ".pdf", ".svg")


def check_picture(path):
    """`path` as a Path. Raises: ValueError when its name ends in something else than .png, .pdf or .svg."""
    path = check_path("picture", path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"picture: its name must end in one of {', '.join(FORMATS)}; received {path}")
    return path


def save_snapshot(path, snapshots, index, sides=None):
    """Draws snapshot `index` into `path`, whose name ends in .png, .pdf or .svg.

    In 1-D a stem is the force on a point; in 2-D and 3-D arrows show the direction and colours the size, since
    sizes range over orders of magnitude.

    Args:
        path: of the picture; replaced if it is there.
        snapshots: `Snapshots`.
        index: of the one to draw.
        sides: (d,), the box, or None when it is not known.

    Raises: ValueError for another ending; OSError when the file cannot be written.
    """
    from matplotlib.figure import Figure

    path = check_picture(path)
    points, forces = snapshots.positions[index], snapshots.forces[index]
    lowest = np.zeros(points.shape[1])
    if sides is None:  # what the points span, with room around a single one
        lowest, sides = points.min(axis=0), np.ptp(points, axis=0)
        sides = np.where(sides > 0, sides, 1.0)
    else:
        points = np.mod(points, sides)  # images of the points in the box, as everywhere
    limits = list(zip(lowest, lowest + sides, strict=True))
    figure = Figure(figsize=(11, 4.8), layout="constrained", dpi=120)
    dimension = points.shape[1]
    left, right = figure.add_gridspec(1, 2, width_ratios=(1.3, 1))
    axes = figure.add_subplot(left, projection="3d" if dimension == 3 else None)
    if dimension == 1:
        _draw_line(axes, points[:, 0], forces[:, 0], limits[0])
    else:
        _draw_arrows(figure, axes, points, forces, limits)
    axes.set_title(f"snapshot {index}: {len(points)} points, energy {snapshots.energies[index]:.6g}", fontsize=10)
    _draw_histogram(figure.add_subplot(right), snapshots.forces)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(partial)
        os.replace(partial, path)
    except OSError as error:
        raise type(error)(f"picture must be a file that can be written; received {path}: {error}") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            partial.unlink()


def _draw_line(axes, points, forces, limits):
    axes.vlines(points, 0, forces, color="#0072B2", linewidth=1)
    axes.plot(points, np.zeros_like(points), "|", color="black", markersize=6)
    axes.plot(points, forces, ".", color="#0072B2", markersize=4)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set(xlim=limits, xlabel="position", ylabel="force")


def _draw_arrows(figure, axes, points, forces, limits):
    from matplotlib.colors import LogNorm

    sides = [high - low for low, high in limits]
    size = np.linalg.norm(forces, axis=1)
    largest = size.max() or 1.0
    size = np.maximum(size, 1e-4 * largest)  # a force of zero has no place on a logarithmic scale
    spacing = (np.prod(sides) / len(points)) ** (1 / len(sides))
    arrows = ARROW * spacing * forces / np.maximum(np.linalg.norm(forces, axis=1), 1e-4 * largest)[:, None]
    norm = LogNorm(size.min(), max(size.max(), size.min() * 1.001))
    shown = axes.scatter(*points.T, c=size, cmap="viridis", norm=norm, s=12, zorder=2)
    colors = shown.to_rgba(size)
    if len(sides) == 2:
        axes.quiver(*points.T, *arrows.T, color=colors, angles="xy", scale_units="xy", scale=1, width=0.004)
        axes.set(xlim=limits[0], ylim=limits[1], aspect="equal", xlabel="x", ylabel="y")
    else:
        for point, arrow, color in zip(points, arrows, colors, strict=True):  # one call has one colour for its heads
            axes.quiver(*point, *arrow, color=color, linewidth=1.2, arrow_length_ratio=0.35)
        axes.set(xlim=limits[0], ylim=limits[1], zlim=limits[2], xlabel="x", ylabel="y", zlabel="z")
        axes.set_box_aspect(sides)
    figure.colorbar(shown, ax=axes, label="size of the force", shrink=0.85, pad=0.02 if len(sides) == 2 else 0.12)


def _draw_histogram(axes, forces):
    axes.hist(forces.ravel(), bins=101, color="#56B4E9", log=True)
    scale = np.sqrt(np.mean(np.square(forces)))
    for end in (-scale, scale):
        axes.axvline(end, color="#D55E00", linewidth=1)
    axes.set(xlabel="force component", ylabel="count")
    axes.set_title(f"{forces.size:,} force components; lines: ± rms = {scale:.4g}", fontsize=10)
