"""Drawing of Table 5: learned inverse lengths against the number of modes, with the true μ and the paper's values."""

from matplotlib.figure import Figure

from figures.axes import column_axis, set_head, transposed
from figures.style import GREY, MARKERS, PALETTE, house_style
from figures.tables import how_trained


def draw_inverse_lengths(table):
    """Draws |λ| against the number of modes: ours solid, the paper's as open markers, the true μ as lines.

    Args:
        table: a `Table` of one half of Table 5. A missing or diverged cell leaves a gap; small dots are the seeds.

    Returns: a `Figure`.
    """
    layout = table.layout
    with house_style():
        figure = Figure(figsize=(6.2, 4.3), layout="constrained")
        axes = figure.add_subplot()
        positions = column_axis(axes, table)
        for index, row in enumerate(table.rows):
            color, marker = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)]
            pairs = [(positions[column], table.entries[row, column]) for column in table.columns]
            name = layout.row_text(row)
            if row in layout.truth:
                axes.axhline(layout.truth[row], color=color, linestyle=":", linewidth=1.4)
                # beyond the right edge, where no marker is
                axes.annotate(f"μ = {layout.truth[row]:g}", (1, layout.truth[row]), (4, 0), va="center", color=color,
                              xycoords=axes.get_yaxis_transform(), textcoords="offset points")  # fmt: skip
            axes.plot(
                [place for place, _ in pairs],
                [entry.mean if entry.finite else float("nan") for _, entry in pairs],
                "-",
                color=color,
                marker=marker,
                label=f"{name}, ours",
            )
            seeds = [(place, value) for place, entry in pairs if len(entry.values) > 1 for value in entry.values]
            axes.plot(*transposed(seeds), ".", color=color, markersize=4, alpha=0.6)
            paper = [(place, entry.paper) for place, entry in pairs if entry.paper is not None]
            look = {"markersize": 10, "markerfacecolor": "none", "markeredgewidth": 1.2}
            axes.plot(*transposed(paper), marker, color=color, label=f"{name}, paper", **look)
        axes.plot([], [], ":", color=GREY, linewidth=1.4, label="true μ of the data")
        # zero is a value that a λ may end at
        axes.set_ylim(bottom=0)
        axes.set_ylabel("inverse length |λ|")
        set_head(axes, layout.title, how_trained(table))
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
