"""Colours, fonts and line widths of every drawing, for a light background."""

from contextlib import contextmanager

import matplotlib
from matplotlib import colormaps

# Okabe and Ito's palette, which colour-blind readers tell apart too. Yellow is left out: too pale for a line.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
LINESTYLES = ("-", "--", ":")
GREY = "#5A5A5A"

SETTINGS = {
    # DejaVu comes with Matplotlib, so that a drawing is the same on every machine.
    "font.family": "DejaVu Sans",
    "mathtext.fontset": "dejavusans",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": "black",
    "ytick.labelcolor": "black",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.markersize": 6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.dpi": 160,
    "savefig.dpi": "figure",
    # The names inside an SVG are hashes with a salt, random unless one is given.
    "svg.hashsalt": "figures",
}


@contextmanager
def house_style():
    """Draws and saves with these settings, whatever the user's own Matplotlib settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def ordered_colors(count):
    """Colours for values that have an order, dark to light; the palest end is left out.

    Args:
        count: how many.

    Returns:
        A list of RGBA tuples.
    """
    return [colormaps["viridis"](0.85 * i / max(count - 1, 1)) for i in range(count)]
