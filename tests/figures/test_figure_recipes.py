"""Recipes side by side: each is a line, the median of its seeds, in the panel of its network and column."""

import json

import pytest

from figures.__main__ import main
from figures.plotting.recipes import draw_recipes, read_recipes, recipes_markdown


@pytest.fixture
def root(write_record, tmp_path):
    for seed in (0, 1):
        write_record(mu=0.5, seed=seed, recipe="fast")
    write_record(mu=2.0, recipe="fast")
    write_record(mu=0.5, recipe="paper", preset="paper", folder="paper")
    return tmp_path / "results"


def test_lines_and_panels(root):
    figure = draw_recipes(read_recipes(root, ["quick", "paper"]))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["full-range, μ = 0.5"]  # μ = 2 and the short-range network are in one of the presets only
    curves = [line for line in figure.axes[0].get_lines() if line.get_linestyle() == "-"]
    assert len(curves) == 2 and len({line.get_color() for line in curves}) == 2
    (paper,) = (line for line in figure.axes[0].get_lines() if line.get_linestyle() == "--")
    assert set(paper.get_ydata()) == {0.00828}


def test_a_cell_that_two_of_three_presets_share_is_drawn(root, write_record):
    """Other cells of its row and column are shown as far as they are there."""
    write_record(mu=2.0, network="short", recipe="literal", folder="quick-literal")
    write_record(mu=2.0, network="short", recipe="paper", preset="paper", folder="paper")
    write_record(mu=2.0, recipe="literal", folder="quick-literal")
    figure = draw_recipes(read_recipes(root, ["quick", "paper", "quick-literal"]))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [f"{row}, μ = {mu}" for row in ("short-range", "full-range") for mu in ("0.5", "2")]
    curves = [sum(line.get_linestyle() == "-" for line in axes.get_lines()) for axes in figure.axes]
    assert curves == [0, 2, 2, 2]
    assert [text.get_text() for text in figure.axes[0].texts] == ["missing"]


def test_numbers(root, write_record):
    """Made-up errors are 1, nothing, twice and once the last one, after 0, 800, 1600 and 2400 snapshots."""
    for seed, error in ((0, 0.002), (1, 0.004)):
        write_record(mu=0.5, seed=seed, recipe="fast", error=error)
    path = write_record(mu=0.5, seed=1, recipe="fast", error=0.004)
    record = json.loads(path.read_text())
    for values in record["curve"].values():
        del values[0]  # its first report is a later one
    path.write_text(json.dumps(record))
    text = recipes_markdown(read_recipes(root, ["quick", "paper"]))
    fast = "0.00300 (0.00200–0.00400) | 2,400 | 1,600"  # a median of 0.006 after 1600; 0.00828 is printed
    assert text.splitlines()[2:] == [f"| full-range, μ = 0.5 | 0.00828 | {fast} | 0.01230 | 2,400 | – |"]


def test_nothing_in_common_is_named(write_record, tmp_path, capsys):
    write_record(mu=0.5, recipe="fast")
    write_record(mu=2.0, recipe="paper", preset="paper", folder="paper")
    assert main(["recipes", "--records", str(tmp_path / "results"), "--out", str(tmp_path / "drawn")]) == 2
    assert "no column in common" in capsys.readouterr().err


def test_the_command_draws(root, tmp_path):
    assert main(["recipes", "--records", str(root), "--out", str(tmp_path / "drawn")]) == 0
    assert (tmp_path / "drawn" / "recipes.png").stat().st_size > 1000
    assert (tmp_path / "drawn" / "recipes.md").read_text(encoding="utf-8").count("\n") == 3
