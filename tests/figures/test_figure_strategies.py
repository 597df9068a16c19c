"""Figures 7 and 8: what the two-scale strategy saves, in numbers that can be done in the head, and in pictures."""

import json

import numpy as np
import pytest

from experiments.records import RecordError
from figures.__main__ import main
from figures.plotting.plots import draw_by_alpha, draw_by_kernel
from figures.strategies import (
    EXACT,
    LESS,
    Saving,
    largest_saving,
    pairs_of,
    savings_text,
    snapshots_needed,
)
from figures.tables import read_table

# slope −1: the error of n snapshots is 1/n
LINE = [(10, 0.1), (100, 0.01), (1000, 0.001)]


@pytest.mark.parametrize(
    ("error", "needed"),
    [
        (0.1, (10, LESS)),  # the first point is as good already
        (0.5, (10, LESS)),
        (0.01, (100, EXACT)),
        (1 / 300, (300, EXACT)),
        (0.001, (1000, EXACT)),
    ],
)
def test_snapshots_needed_on_a_straight_line(error, needed):
    snapshots, bound = snapshots_needed(LINE, error)
    assert (snapshots, bound) == (pytest.approx(needed[0]), needed[1])


def test_the_first_crossing_of_a_line_that_rises_again():
    line = [(10, 0.1), (100, 0.01), (200, 0.05), (400, 0.01)]
    assert snapshots_needed(line, 0.01) == (pytest.approx(100), EXACT)
    assert snapshots_needed(line, 0.02) == (pytest.approx(50), EXACT)


def test_the_largest_saving():
    # 0.02 takes 50 one-scale snapshots, 0.005 takes 200: factors 5 and 10
    saving = largest_saving(LINE, [(10, 0.02), (20, 0.005), (1000, 0.001)])
    assert (saving.two, saving.one, saving.bound) == (20, pytest.approx(200), EXACT)
    assert saving.factor_text == "10"
    assert saving.sentence().endswith("0.00500 with 20 large snapshots, one-scale takes 200: a factor of 10")
    # an upper bound is the last resort
    assert largest_saving(LINE, [(10, 0.2)]).factor_text == "≤ 1"
    assert largest_saving(LINE, [(1, 0.2), (200, 0.01)]).factor == pytest.approx(0.5)
    assert "with 10, its fewest" in Saving(0.2, 10, 10, LESS).sentence()
    assert Saving(0.2, 10, 1283).factor_text == "130"


def test_errors_near_the_lowest_one_scale_error_count_as_reached():
    """The lowest is 0.001: an error of 0.0005 or 0.0015 counts as 0.002, which takes 500."""
    for error in (0.0005, 0.0015):
        saving = largest_saving(LINE, [(100, error)])
        assert (saving.error, saving.one, saving.bound) == (0.002, pytest.approx(500), EXACT)
    # both lines are level from 100 on, one a tenth below the other: nothing is saved there
    saving = largest_saving([(10, 0.1), (100, 0.01), (1000, 0.01)], [(100, 0.009), (1000, 0.009)])
    assert saving.two == 100 and saving.factor < 1


def test_points_that_cannot_be_compared_are_left_out():
    """An error of zero has no place on a logarithmic axis."""
    assert largest_saving([(10, 0.0), *LINE[1:]], [(10, 0.01), (20, 0.0)]).one == 100
    assert largest_saving(LINE, [(10, 0.0)]) is None
    assert largest_saving([], LINE) is None


@pytest.fixture
def write_size(write_record):
    """Writes a record of Figure 7, or of Figure 8 when it has a kernel."""

    def write(strategy, snapshots, error, alpha=0.9, kernel=None, **entries):
        cell = {"alpha": alpha, "strategy": strategy, "snapshots": snapshots}
        if kernel is None:
            return write_record(item="figure7", cell=cell, error=error, **entries)
        return write_record(item="figure8", cell={"kernel": kernel, **cell}, error=error, **entries)

    return write


@pytest.fixture
def figure7(write_size, results):
    for n, error in LINE:
        write_size("one", n, error)
    for seed, error in enumerate((0.015, 0.025)):  # mean 0.02, which takes 50
        write_size("two", 10, error, seed=seed)
    write_size("two", 100, 0.01, settings={"small_phase": {"training": {"num_snapshots": 2000}}})
    return read_table(results, "figure7", "quick")


def test_values_beside_the_figure(figure7):
    (pair,) = pairs_of(figure7)
    assert (pair.name, pair.labels, len(pair.records)) == ("α₁ = 0.9", {"alpha": 0.9}, 6)
    assert pair.saving.one == pytest.approx(50) and pair.saving.two == 10
    text = savings_text([pair])
    assert "begin with 2,000 small snapshots" in text
    line = (
        "- α₁ = 0.9: two-scale reaches an error of 0.02000 with 10 large snapshots, one-scale takes 50: a factor of 5."
    )
    assert line in text.splitlines()


def test_without_a_saving_the_small_snapshots_are_counted(write_size, results):
    for n, count in ((10, 500), (100, 2000)):
        write_size("two", n, 0.1, settings={"small_phase": {"training": {"num_snapshots": count}}})
    pairs = pairs_of(read_table(results, "figure7", "quick"))
    assert savings_text(pairs) == "The two-scale runs begin with 500 to 2,000 small snapshots."
    assert pairs[0].saving is None


def test_lines_of_figure_7(figure7):
    (axes,) = draw_by_alpha(figure7).axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    one, one_seeds, two, two_seeds = axes.get_lines()
    assert (one.get_linestyle(), two.get_linestyle()) == ("--", "-") and one.get_color() == two.get_color()
    np.testing.assert_allclose(np.transpose(one.get_data()), LINE)
    np.testing.assert_allclose(two.get_ydata(), [0.02, 0.01])
    assert len(one_seeds.get_xdata()) == 0 and sorted(two_seeds.get_ydata()) == [0.015, 0.025]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["10", "100", "1,000"]
    assert "5×" in [text.get_text() for text in axes.texts]


def test_figure_8_has_a_panel_for_each_alpha_and_a_colour_for_each_kernel(write_size, results):
    for alpha in (0.9, 0.5):
        for kernel in ("screened_coulomb", "exponential"):
            for strategy in ("one", "two"):
                for n in (10, 11, 12, 1000):
                    write_size(strategy, n, 1 / n, alpha, kernel)
    table = read_table(results, "figure8", "quick")
    names = [pair.name for pair in pairs_of(table)]
    assert names == [f"{kernel}, α₁ = {a}" for a in (0.9, 0.5) for kernel in ("screened Coulomb", "exponential")]
    figure = draw_by_kernel(table)
    assert [axes.get_title() for axes in figure.axes] == ["α = (0.9, 0.1)", "α = (0.5, 0.5)"]
    for axes in figure.axes:
        assert len({line.get_color() for line in axes.get_lines()}) == 2
        # labels that would overlap are left out
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["10", "1,000"]


@pytest.mark.parametrize("snapshots", [0, "many", None])
def test_a_number_without_a_place_on_the_axis_is_named(write_size, results, snapshots):
    write_size("one", snapshots, 0.1)
    with pytest.raises(RecordError, match=f"snapshots must be a positive number; received {snapshots!r}"):
        draw_by_alpha(read_table(results, "figure7", "quick"))


def test_an_alpha_that_is_no_number_is_named(write_size, results):
    write_size("one", 10, 0.1, alpha="half")
    with pytest.raises(RecordError, match=r"seed0\.json: alpha must be a number; received 'half'"):
        draw_by_alpha(read_table(results, "figure7", "quick"))


def test_the_command_draws_both_panels(figure7, results, tmp_path, capsys):
    rows = [{"kind": k, "points": 10**n, "seconds": 10.0**n} for k in ("layer", "direct") for n in (2, 3, 4)]
    (results / "benchmarks").mkdir()
    record = {"schema": 1, "item": "benchmark_direct", "results": rows}
    (results / "benchmarks" / "direct.json").write_text(json.dumps(record))
    (results / "figure7" / "quick" / "notes.md").write_text("A note.")
    out = tmp_path / "out"
    assert len(draw_by_alpha(figure7, rows).axes) == 2
    assert main(["figure7", "--preset", "quick", "--records", str(results), "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert (out / "figure7_quick.md").read_text(encoding="utf-8") == text
    # nothing is printed in the paper, so there is no line of its own for it
    assert "| α₁ = 0.9, two-scale | 0.02000 (0.01500–0.02500) | 0.01000 | missing |" in text and "paper" not in text
    assert text.endswith("twice their lowest error if that is larger.\n\nA note.\n")
    assert {path.name for path in out.iterdir()} == {f"figure7_quick.{kind}" for kind in ("md", "tex", "png", "pdf")}
