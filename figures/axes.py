"""What several drawings share: axes, heads, and values that a logarithmic axis can show."""

import math
from textwrap import fill

from matplotlib.ticker import NullLocator

from figures.records import RecordError
from figures.style import GREY

# Characters of the small print in an inch; more would be cut off at the edge of the picture.
CHARACTERS_PER_INCH = 16


def positive(value):
    """A value that a logarithmic axis can show, or NaN, which leaves a gap."""
    return value if value is not None and 0 < value < math.inf else math.nan


def transposed(pairs):
    """[(x, y), …] -> xs, ys, also when there is none."""
    return zip(*pairs, strict=True) if pairs else ([], [])


def log_axes(axes, label):
    """Two logarithmic axes, the horizontal one with a label."""
    # Before anything is plotted: without a single value to show, the limits of a linear axis would stay.
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(label)


def column_axis(axes, table):
    """Makes the horizontal axis that the columns of a table ask for: logarithmic for μ, a place each for modes.

    Args:
        axes: Matplotlib axes.
        table: a `Table`.

    Returns: {column: where it is on the axis}.
    Raises: RecordError when a μ has no place on a logarithmic axis.
    """
    layout, columns = table.layout, table.columns
    if layout.column_key == "modes":
        positions = {column: place for place, column in enumerate(columns)}
        axes.set_xlim(-0.4, len(columns) - 0.6)
    else:
        for column in columns:
            if not isinstance(column, (int, float)) or column <= 0:
                raise RecordError(f"{layout.title}: {layout.column_key} must be a positive number, received {column!r}")
        axes.set_xscale("log")
        positions = {column: column for column in columns}
    axes.set_xlabel(layout.column_axis)
    axes.set_xticks(list(positions.values()), [layout.column_text(column) for column in columns])
    axes.xaxis.set_minor_locator(NullLocator())
    return positions


def set_head(axes, title, facts, width=None):
    """A title over axes, and small print below it, in as many lines as their width in inches asks for."""
    width = width or axes.get_figure().get_figwidth() - 0.8  # less the labels on the left
    facts = fill(facts, int(CHARACTERS_PER_INCH * width))
    axes.set_title(title, loc="left", pad=8 + 12 * len(facts.splitlines()))
    axes.text(0, 1.02, facts, transform=axes.transAxes, va="bottom", fontsize=9, color=GREY)


def draw_curve(axes, record, **style):
    """Error against snapshots seen of one `Record`, with the style of a line."""
    pairs = zip(record.curve["snapshots"], record.curve["test_error"], strict=True)
    points = [(snapshots, positive(error)) for snapshots, error in pairs if snapshots > 0]
    axes.plot(*transposed(points), linewidth=1.4, **style)
