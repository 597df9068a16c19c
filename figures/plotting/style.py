"""The style of every drawing: colours, Matplotlib settings, a few helpers for axes, and how files are written."""

import io
import math
import os
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib import colormaps

from experiments.records import RecordError

# Okabe and Ito's palette, which colour-blind readers tell apart too. Yellow is left out: too pale for a line.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK = PALETTE
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
LINESTYLES = ("-", "--", ":")
GREY = "#5A5A5A"

SETTINGS = matplotlib.rc_params_from_file(Path(__file__).with_name("paper.mplstyle"), use_default_template=False)

# Matplotlib writes the date into PDF and SVG, and its own version into all three.
METADATA = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}


@contextmanager
def house_style():
    """Draws and saves with these settings, whatever the user's own Matplotlib settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def ordered_colors(count):
    """Colours for values that have an order, dark to light without the palest: a list of RGBA tuples."""
    return [colormaps["viridis"](0.85 * i / max(count - 1, 1)) for i in range(count)]


def line_style(index):
    """Colour and dashes of line number `index`; the dashes change when the palette is used up."""
    dashes, color = divmod(index, len(PALETTE))
    return {"color": PALETTE[color], "linestyle": LINESTYLES[dashes % len(LINESTYLES)]}


def positive(value):
    """A value that a logarithmic axis can show, or NaN, which leaves a gap."""
    return value if value is not None and 0 < value < math.inf else math.nan


def transposed(pairs):
    """[(x, y), …] -> xs, ys, also when there is none."""
    return zip(*pairs, strict=True) if pairs else ([], [])


def log_axes(axes, label):
    """Makes both axes logarithmic and labels the horizontal one. Call it before plotting: it sets the limits."""
    axes.set(xscale="log", yscale="log", xlabel=label)


def check_format(path):
    """Returns "png", "pdf" or "svg" from the end of a file's name; any other raises RecordError."""
    kind = Path(path).suffix.lstrip(".").lower()
    if kind not in METADATA:
        raise RecordError(f"{path}: the name of a drawing must end in .png, .pdf or .svg")
    return kind


def save_figure(figure, *paths):
    """Saves one `matplotlib.figure.Figure` under one or several names, which end in .png, .pdf or .svg."""
    for path in paths:
        kind = check_format(path)
        buffer = io.BytesIO()
        with house_style():
            figure.savefig(buffer, format=kind, metadata=METADATA[kind])
        write_whole(path, buffer.getvalue())


def write_whole(path, content):
    """Writes a file, str or bytes, under a temporary name and renames it. Folders are made as needed."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        os.replace(temporary, path)
    except OSError as error:
        raise type(error)(f"{path}: must lie in a folder that can be written; received {error}") from error
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
