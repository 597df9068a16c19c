"""The picture of the method: points → modes → multiplier → points, computed by direct sums.

Every panel shows computed values of one step for the same forty points, in the Fourier convention of the package:
modes n = −⌊M/2⌋ … ⌈M/2⌉−1 and wavenumbers k = 2πn/L.
"""

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from figures.plotting.style import BLACK, GREY, VERMILION, house_style

BOX_LENGTH = 10.0
NUM_POINTS = 40
NUM_MODES = 25
AMPLITUDE = 1.0
INVERSE_LENGTH = 0.6
FIELD_CELLS = 160
SEED = 7

# In inches, which are 100 pixels. Panels are squares; the gaps hold the arrows.
WIDTH, HEIGHT = 16.0, 4.5
SIDE, GAP, LEFT, BOTTOM = 2.8, 1.52, 0.12, 0.9


def compute_idea():
    """Computes Algorithm 1 for one point cloud with sources 1 by direct summation.

    Returns: a dict of arrays: `points` (N, 2) in [0, L); `modes` (M, M) complex, F; `multiplied` (M, M) complex,
        φ̂F; `field` (G, G), u(x) at the centres of grid cells, first axis x; `values` (N,), u_i without the term
        j = i.
    """
    points = sample_cloud()
    numbers = np.arange(NUM_MODES) - NUM_MODES // 2
    wavenumbers = 2 * np.pi * numbers / BOX_LENGTH
    squares = wavenumbers[:, None] ** 2 + wavenumbers[None, :] ** 2
    multiplier = 4 * np.pi * AMPLITUDE / (squares + INVERSE_LENGTH**2)  # Eq. (23)

    # Type 1: F(n) = Σ_j exp(−i k·x_j). The exponential is a product with one factor per dimension.
    waves = np.exp(-1j * points[:, :, None] * wavenumbers)  # (N, 2, M)
    modes = np.einsum("jm,jn->mn", waves[:, 0], waves[:, 1])
    multiplied = multiplier * modes
    # Type 2: u(x) = (1/V) Σ_n φ̂(k) F(n) exp(i k·x), at the points and on the grid.
    volume = BOX_LENGTH**2
    back = waves.conj()
    values = np.einsum("jm,jn,mn->j", back[:, 0], back[:, 1], multiplied).real / volume
    centres = (np.arange(FIELD_CELLS) + 0.5) * BOX_LENGTH / FIELD_CELLS
    grid_waves = np.exp(1j * centres[:, None] * wavenumbers)
    field = (grid_waves @ multiplied @ grid_waves.T).real / volume
    # Eq. (2) omits the term j = i, which is φ(0) = (1/V) Σ_n φ̂(k).
    values -= multiplier.sum() / volume
    return {"points": points, "modes": modes, "multiplied": multiplied, "field": field, "values": values}


def sample_cloud():
    """Samples points of a smooth, non-uniform density with a minimal periodic distance: (N, 2) in [0, L)."""
    generator = np.random.default_rng(SEED)
    points = np.empty((0, 2))
    while len(points) < NUM_POINTS:
        point = generator.uniform(0, BOX_LENGTH, 2)
        density = 0.5 + 0.5 * np.prod(np.sin(2 * np.pi * point / BOX_LENGTH - 0.6))
        displacements = points - point
        displacements -= BOX_LENGTH * np.round(displacements / BOX_LENGTH)
        clear = np.all(np.linalg.norm(displacements, axis=1) > 0.65)
        if clear and generator.uniform() < density:
            points = np.vstack([points, point])
    return points


@house_style()
def draw_idea():
    """Draws the four panels, 1600 by 450 pixels at 100 dots per inch."""
    data = compute_idea()
    strengths, edge = np.abs(data["multiplied"]), NUM_MODES / 2
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=100)
    cloud = _panel(figure, 0, "periodic point cloud", r"$x_j$")
    modes = _panel(figure, 1, "Fourier modes", r"$|F(k)|$")
    multiplied = _panel(figure, 2, "multiplied modes", r"$|\hat\varphi(k)\,F(k)|$")
    field = _panel(figure, 3, "long-range field", r"$u(x)$  and  $u_i$")
    _scatter(cloud, data["points"], color=VERMILION, linewidth=0.8)
    # Both scales are logarithmic, because F(0) = N and the other |F| are of order √N.
    _image(modes, np.abs(data["modes"]), -edge, edge, cmap="magma", norm=LogNorm(0.5, NUM_POINTS))
    scale = LogNorm(strengths.max() / 3e3, strengths.max())
    _image(multiplied, strengths, -edge, edge, cmap="magma", norm=scale)
    # u(x) and u_i share one scale. Points are darker than the field by φ(0).
    low = min(data["values"].min(), data["field"].min())
    colors = {"cmap": "viridis", "norm": Normalize(low, data["field"].max())}
    _image(field, data["field"], 0, BOX_LENGTH, interpolation="bilinear", **colors)
    _scatter(field, data["points"], c=np.tile(data["values"], 9), linewidth=1.3, **colors)
    _arrow(figure, 0, "type 1\nNUFFT")
    _arrow(figure, 1, "× multiplier\n" + r"$\hat\varphi(k)$", r"$\frac{4\pi\beta}{|k|^2+\lambda^2}$")
    _arrow(figure, 2, "type 2\nNUFFT")
    return figure


def _panel(figure, index, title, symbol):
    """Axes with a title above and a symbol below."""
    left = LEFT + index * (SIDE + GAP)
    middle = (left + SIDE / 2) / WIDTH
    figure.text(middle, (BOTTOM + SIDE + 0.15) / HEIGHT, title, ha="center", va="bottom", fontsize=18)
    figure.text(middle, (BOTTOM - 0.42) / HEIGHT, symbol, ha="center", va="baseline", fontsize=19)
    axes = figure.add_axes((left / WIDTH, BOTTOM / HEIGHT, SIDE / WIDTH, SIDE / HEIGHT))
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set(visible=True, color=GREY, linewidth=1.2)
    return axes


def _image(axes, values, low, high, **style):
    """Draws an array between two coordinates, transposed because Matplotlib draws the first axis upwards."""
    axes.imshow(values.T, origin="lower", extent=(low, high, low, high), **style)


def _scatter(axes, points, **style):
    """Draws the points and their periodic images, so that disks continue across the boundary."""
    shifts = [BOX_LENGTH * np.array((a, b)) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    images = np.concatenate([points + shift for shift in shifts])
    axes.scatter(*images.T, s=62, edgecolor="white", zorder=2, **style)
    axes.set(xlim=(0, BOX_LENGTH), ylim=(0, BOX_LENGTH))


def _arrow(figure, index, above, below=""):
    """An arrow from one panel to the next, with text above and below."""
    left = LEFT + SIDE + index * (SIDE + GAP)
    middle, height = (left + GAP / 2) / WIDTH, (BOTTOM + SIDE / 2) / HEIGHT
    ends = ((left + 0.18) / WIDTH, height), ((left + GAP - 0.18) / WIDTH, height)
    style = {"arrowstyle": "-|>,head_width=0.5,head_length=0.8", "mutation_scale": 10, "linewidth": 3, "color": BLACK}
    figure.add_artist(FancyArrowPatch(*ends, transform=figure.transFigure, **style))
    figure.text(middle, height + 0.2 / HEIGHT, above, ha="center", va="bottom", fontsize=15, linespacing=1.3)
    figure.text(middle, height - 0.22 / HEIGHT, below, ha="center", va="top", fontsize=20)
