"""The picture of the example: a function of each problem, and the errors of all networks."""

import numpy as np
from matplotlib.figure import Figure

from figures.plotting.style import BLACK, BLUE, GREY, VERMILION, house_style


def draw(results):
    """A `Figure` of what `run` gives for both problems."""
    with house_style():
        figure = Figure(figsize=(11.5, 7.2), layout="constrained")
        top, bottom = figure.subfigures(2, 1)
        line, bars = top.subplots(1, 2)
        true, predicted = bottom.subplots(1, 2)
        shown = results["burgers"]["shown"]
        order = np.argsort(shown["points"])
        x = shown["points"][order]
        line.plot(x, shown["given"][order], color=GREY, label="u(0), given at random points")
        line.plot(x, shown["true"][order], color=BLACK, label="u(1)")
        line.plot(x, shown["predicted"][order], "--", color=BLUE, label="point operator")
        line.plot(x, shown["without"][order], ":", color=VERMILION, label="without the layer")
        line.set(xlabel="x", title="Burgers' equation, a test function")
        line.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
        rows = list(results["burgers"]["errors"].items())
        names, errors = zip(*reversed(rows), strict=True)
        bars.barh(names, errors, color=BLUE)
        bars.axvline(0.01, color=GREY, linestyle="--", linewidth=1.2)
        bars.set(xscale="log", xlabel="relative l² error", title="Burgers' equation, test functions")
        bars.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        shown = results["poisson_boltzmann"]["shown"]
        x, y = shown["points"].reshape(-1, 2).T
        largest = np.max(np.abs(shown["true"]))
        for axes, name, title in ((true, "true", "potential"), (predicted, "predicted", "point operator")):
            dots = axes.scatter(x, y, 12, shown[name], cmap="RdBu", vmin=-largest, vmax=largest, linewidths=0)
            axes.set(aspect="equal", title=f"Poisson–Boltzmann: {title}")
        bottom.colorbar(dots, ax=(true, predicted), label="u")
    return figure
