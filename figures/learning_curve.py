"""Learning curves from the CSV files that a training run writes as it goes: error, loss and rate.

`python -m figures learning_curve results/run.csv --out curve.png` works at any moment of the run.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter

from figures.axes import positive
from figures.records import RecordError
from figures.style import GREY, LINESTYLES, PALETTE, house_style

COLUMNS = ("step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds")


@dataclass(frozen=True)
class LearningCurve:
    """One file: a label and the columns by name, lists of floats with one entry for each report."""

    label: str
    columns: dict


def read_learning_curve(path, label=None):
    """Reads a CSV file of a run that is over or still goes on.

    Args:
        path: the file. A last row that is not whole is left out: the run may be writing it.
        label: for the legend; default the file's name without its ending.

    Returns: a `LearningCurve`.
    Raises: RecordError naming the file, the line, and what was expected.
    """
    path = Path(path)
    try:
        # bytes first: half a row may end in the middle of a character
        lines = path.read_bytes().decode("utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        raise RecordError(f"{path}: no such file; a run writes it when it is given a log") from None
    except ValueError as error:  # a name that no file can have
        raise RecordError(f"{path}: cannot be read ({error})") from error
    rows = list(csv.reader(lines))
    names = rows[0] if rows else []
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise RecordError(f"{path}: expected the columns {', '.join(COLUMNS)}; missing {', '.join(missing)}")
    columns = {name: [] for name in names}
    for number, row in enumerate(rows[1:], start=2):
        try:
            for name, text in zip(names, row, strict=True):
                columns[name].append(float(text))
        except ValueError:
            raise RecordError(
                f"{path}, line {number}: expected {len(names)} numbers; received {','.join(row)}"
            ) from None
    if len(rows) < 2:
        raise RecordError(f"{path}: no report yet; try again when the run has made its first")
    return LearningCurve(label or path.stem, columns)


def read_learning_curves(paths, labels=None):
    """Reads several files, with labels that tell them apart: a list of `LearningCurve`.

    Args:
        paths: of the files.
        labels: one for each file; default their names, or the whole paths when two names are the same.

    Raises: RecordError as `read_learning_curve`, or when the labels are not as many as the files.
    """
    paths = [Path(path) for path in paths]
    if labels is None:
        names = [path.stem for path in paths]
        labels = names if len(set(names)) == len(names) else [str(path.with_suffix("")) for path in paths]
    if len(labels) != len(paths):
        raise RecordError(f"expected a label for each of {len(paths)} files; received {len(labels)}: {labels}")
    return [read_learning_curve(path, label) for path, label in zip(paths, labels, strict=True)]


def draw_learning_curves(curves):
    """Draws relative force error, loss and learning rate against the training snapshots seen.

    Args:
        curves: a list of `LearningCurve`, not empty, overlaid. Solid is the test error, pale the training error, which
            is a mean over the steps since the last report.

    Returns: a `Figure`.
    """
    with house_style():
        figure = Figure(figsize=(7.2, 6.4), layout="constrained")
        errors, losses, rates = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 1.1))
        for index, curve in enumerate(curves):
            dashes, color = divmod(index, len(PALETTE))
            style = {"color": PALETTE[color], "linestyle": LINESTYLES[dashes % len(LINESTYLES)]}
            seen = curve.columns["snapshots"]
            # one report is a point, not a line
            style["marker"] = "." if len(seen) == 1 else None
            errors.plot(seen, _shown(curve, "train_error"), **style, linewidth=1, alpha=0.4)
            errors.plot(seen, _shown(curve, "test_error"), **style, label=_name(curve))
            losses.plot(seen, _shown(curve, "loss"), **style, linewidth=1.2)
            rates.plot(seen, _shown(curve, "learning_rate"), **style, linewidth=1.2)
        for axes, label in ((errors, "relative force error"), (losses, "training loss"), (rates, "learning rate")):
            axes.set_yscale("log")
            axes.set_ylabel(label)
        figure.align_ylabels()
        rates.set_xlabel("training snapshots seen")
        rates.set_xlim(left=0)
        rates.xaxis.set_major_formatter(EngFormatter(sep=""))
        handles, labels = errors.get_legend_handles_labels()
        handles += [Line2D([], [], color=GREY), Line2D([], [], color=GREY, linewidth=1, alpha=0.4)]
        legend = errors.legend(handles, [*labels, "test", "training"], loc="upper right", title="last test error")
        legend.set_alignment("left")
    return figure


def _name(curve):
    return f"{curve.columns['test_error'][-1]:.5f}  {curve.label}"


def _shown(curve, column):
    """What a logarithmic axis can show; a gap for the rest, such as the rate of zero that a cosine ends with."""
    return [positive(value) for value in curve.columns[column]]
