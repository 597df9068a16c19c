"""The style of drawings: colours, Matplotlib settings, helpers for axes, and writing of files."""

import io
import math
from pathlib import Path

import matplotlib.style
from matplotlib import colormaps

from experiments.records import RecordError
from lrc_keras.files import write_whole

# Okabe and Ito's palette for colour-blind readers, without yellow, which is too pale for lines.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
BLUE, VERMILION, GREEN, *_, BLACK = PALETTE
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
LINESTYLES = ("-", "--", ":")
GREY = "#5A5A5A"

SHEET = Path(__file__).with_name("paper.mplstyle")

# Omits Matplotlib's date and version, so that equal drawings give equal files.
METADATA = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


def house_style():
    """A context and a decorator: draws and saves with `SHEET`, independent of the user's Matplotlib settings."""
    return matplotlib.style.context(SHEET, after_reset=True)


def ordered_colors(count):
    """Colours for ordered values, dark to light without the palest: a list of RGBA tuples."""
    return [colormaps["viridis"](0.85 * i / max(count - 1, 1)) for i in range(count)]


def line_style(index):
    """Colour and line style of line `index`. The line style changes after the last colour."""
    dashes, color = divmod(index, len(PALETTE))
    return {"color": PALETTE[color], "linestyle": LINESTYLES[dashes % len(LINESTYLES)]}


def positive(value):
    """The value if it is positive and finite, else NaN, which is a gap on a logarithmic axis."""
    return value if value is not None and 0 < value < math.inf else math.nan


def plain(text):
    """A text of the user, in which Matplotlib finds no formula."""
    return text.replace("$", r"\$")


def transposed(pairs):
    """[(x, y), …] → xs, ys, also for an empty list."""
    return zip(*pairs, strict=True) if pairs else ([], [])


def log_axes(axes, label):
    """Makes both axes logarithmic and labels the horizontal one. Must be called before plotting."""
    axes.set(xscale="log", yscale="log", xlabel=label)


def check_format(path):
    """Returns the suffix "png", "pdf" or "svg" of a path. Raises: RecordError for any other."""
    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in METADATA:
        raise RecordError(f"{path}: the name of a drawing must end in .png, .pdf or .svg")
    return kind


def save_figure(figure, *paths):
    """Saves a `matplotlib.figure.Figure` to paths that end in .png, .pdf or .svg."""
    for path, content in [(path, render(figure, check_format(path))) for path in paths]:
        write_whole(path, content)


def render(figure, kind):
    """The bytes of a `matplotlib.figure.Figure` as "png", "pdf" or "svg"."""
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format=kind, metadata=METADATA[kind])
    return buffer.getvalue()
