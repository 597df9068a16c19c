"""The picture of `charged_system.py`: the layer against Ewald, learning curves, and the errors of both models."""

import numpy as np
from matplotlib.figure import Figure

from figures.plotting.style import BLUE, GREY, MARKERS, VERMILION, house_style, ordered_colors

COLORS = {"short-range": VERMILION, "long-range": BLUE}
WORDS = {"short-range": "short-range alone", "long-range": "with the layer"}


def draw_charged_system(modes, agreement, results, forces):
    """Draws three panels.

    Args:
        modes: numbers of modes per dimension.
        agreement: {σ: relative force errors, one for each of `modes`}.
        results: {name: {"curve": test errors by epoch, "force_difference": (S, N, 3)}} of the two models.
        forces: (S, N, 3), the true ones.

    Returns: a `Figure`.
    """
    with house_style():
        figure = Figure(figsize=(12.6, 4.1), layout="constrained")
        left, middle, right = figure.subplots(1, 3)
        _draw_agreement(left, modes, agreement)
        _draw_curves(middle, results)
        _draw_errors(right, results, forces)
    return figure


def _draw_agreement(axes, modes, agreement):
    for (smearing, errors), color, marker in zip(
        agreement.items(), ordered_colors(len(agreement)), MARKERS, strict=False
    ):
        axes.plot(modes, errors, marker + "-", color=color, markersize=4, label=f"σ = {smearing:g}")
    axes.set_yscale("log")
    axes.set(xlabel="modes per dimension", ylabel="relative force error")
    axes.set_title("layer + near pairs against Ewald, no training", loc="left")
    axes.legend(loc="lower left")


def _draw_curves(axes, results):
    for name, result in results.items():
        epochs = np.arange(1, len(result["curve"]) + 1)
        axes.plot(epochs, result["curve"], color=COLORS[name], label=f"{WORDS[name]}: {result['curve'][-1]:.3g}")
    axes.set_yscale("log")
    axes.set(xlabel="epoch", ylabel="relative force error, test", xlim=(0, None))
    axes.set_title("learning Coulomb and repulsion", loc="left")
    axes.legend(loc="best", title="at the end", alignment="left")


def _draw_errors(axes, results, forces):
    # single ions in very close contact would make the picture of all others small
    widest = np.quantile(np.abs(forces), 0.998)
    highest = max(np.quantile(np.abs(result["force_difference"]), 0.9995) for result in results.values())
    for name, result in results.items():
        axes.plot(
            forces.ravel(), result["force_difference"].ravel(), ".", color=COLORS[name], markersize=2.5, alpha=0.5,
            markeredgewidth=0, rasterized=True, label=WORDS[name],
        )  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.set(xlim=(-widest, widest), ylim=(-highest, 1.45 * highest))  # room for the legend
    axes.set(xlabel="true force component", ylabel="predicted − true force component")
    axes.set_title("error of every test force", loc="left")
    for handle in axes.legend(loc="upper left", markerscale=5).legend_handles:
        handle.set_alpha(1)
