"""Drawings: the lines hold the right numbers, files repeat byte by byte, TensorFlow stays away."""

import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from experiments.records import RecordError, read_record
from figures.__main__ import main
from figures.plotting.idea import BOX_LENGTH, INVERSE_LENGTH, NUM_POINTS, compute_idea
from figures.plotting.learning_curves import draw_table_curves
from figures.plotting.plots import draw_table_errors
from figures.plotting.style import save_figure
from figures.tables import build_table

ROOT = Path(__file__).resolve().parents[2]


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


@pytest.fixture
def table(write_record):
    paths = [write_record(mu=mu, seed=seed, error=mu * 0.01 * (seed + 1)) for mu in (0.5, 2.0) for seed in (0, 1)]
    paths.append(write_record(mu=5.0, network="short", error=0.0))
    return build_table("table1", [read_record(path) for path in paths])


def test_errors_are_drawn_beside_the_papers(table):
    (axes,) = draw_table_errors(table).axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    lines = lines_of(axes)
    np.testing.assert_allclose(lines["full-range, ours"].get_ydata(), [0.0075, np.nan, 0.03, np.nan, np.nan])
    np.testing.assert_allclose(lines["full-range, paper"].get_ydata(), [0.00828, 0.00602, 0.00336, 0.00077, 0.00054])
    np.testing.assert_allclose(lines["full-range, paper"].get_xdata(), [0.5, 1, 2, 5, 10])
    assert lines["full-range, ours"].get_linestyle() == "-"
    assert lines["full-range, paper"].get_linestyle() == "--"
    assert np.isnan(lines["short-range, ours"].get_ydata()).all()
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["short-range, paper", "full-range, ours", "full-range, paper"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0.5", "1", "2", "5", "10"]


@pytest.mark.parametrize("mu", ["large", None, 0.0])
def test_a_column_without_a_place_on_the_axis_is_named(write_record, mu):
    table = build_table("table1", [read_record(write_record(mu=mu))])
    with pytest.raises(RecordError, match=f"mu must be a positive number; received {mu!r}"):
        draw_table_errors(table)


def test_curves_have_a_panel_for_each_network(table):
    figure = draw_table_curves(table)
    short, full = figure.axes
    assert (short.get_title(), full.get_title()) == ("short-range", "full-range")
    drawn = [line for line in full.get_lines() if len(line.get_xdata()) > 1]
    assert len(drawn) == 2 and drawn[0].get_color() != drawn[1].get_color()
    # The point before training, at no snapshot, has no place on a logarithmic axis; a null leaves a gap.
    np.testing.assert_array_equal(drawn[0].get_xdata(), [800, 1600, 2400])
    np.testing.assert_allclose(drawn[0].get_ydata(), [np.nan, 0.015, 0.0075])  # medians of two seeds
    band = full.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (pytest.approx(0.005), pytest.approx(0.02))
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["μ = 0.5", "μ = 2", "μ = 5", "paper"]


@pytest.mark.parametrize("values", [[], [None], [0.0]])
def test_curves_with_nothing_to_show_can_be_drawn(write_record, tmp_path, values):
    curve = {"snapshots": [800] * len(values), "test_error": values}
    record = read_record(write_record(curve=curve, error=0.0))
    table = build_table("table1", [record])
    drawings = (draw_table_curves(table), draw_table_errors(table))
    for number, figure in enumerate(drawings):
        save_figure(figure, tmp_path / f"{number}.png")
        assert (tmp_path / f"{number}.png").read_bytes().startswith(b"\x89PNG")


def test_the_same_records_give_the_same_bytes(write_record, tmp_path):
    write_record()
    for folder in ("first", "second"):
        out = tmp_path / folder
        assert main(["table1", "--preset", "quick", "--records", str(tmp_path / "results"), "--out", str(out)]) == 0
        assert main(["idea", "--out", str(out)]) == 0
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert len(names) == 6 + 3
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_the_users_settings_are_neither_used_nor_changed(table, tmp_path):
    save_figure(draw_table_errors(table), tmp_path / "one.png")
    with matplotlib.rc_context({"font.size": 30, "savefig.dpi": 20, "axes.facecolor": "black"}):
        save_figure(draw_table_errors(table), tmp_path / "two.png")
        assert matplotlib.rcParams["font.size"] == 30
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_the_idea_is_a_sum_over_points():
    data = compute_idea()
    points = data["points"]
    assert points.shape == (NUM_POINTS, 2)
    assert data["modes"][12, 12] == pytest.approx(NUM_POINTS)
    # One mode, (2, −1), by the definition.
    wavenumber = 2 * np.pi * np.array([2, -1]) / BOX_LENGTH
    expected = np.exp(-1j * points @ wavenumber).sum()
    assert data["modes"][14, 11] == pytest.approx(expected)
    factor = 4 * np.pi / (wavenumber @ wavenumber + INVERSE_LENGTH**2)
    assert data["multiplied"][14, 11] == pytest.approx(factor * expected)
    # The mean of the field is its zero mode; a point lacks its own contribution, the same for all.
    assert data["field"].mean() == pytest.approx(data["multiplied"][12, 12].real / BOX_LENGTH**2)
    cells = np.floor(points / BOX_LENGTH * len(data["field"])).astype(int)
    own = data["field"][cells[:, 0], cells[:, 1]] - data["values"]
    assert own.min() > 0
    assert np.ptp(own) < 0.05 * np.ptp(data["field"])


def test_drawing_imports_neither_tensorflow_nor_h5py_nor_pyplot(write_record, tmp_path):
    write_record()
    code = (
        "import sys; from figures.__main__ import main\n"
        f"code = main(['table1', '--preset', 'quick', '--records', {str(tmp_path / 'results')!r}, "
        f"'--out', {str(tmp_path / 'out')!r}])\n"
        "unwanted = {'tensorflow', 'keras', 'h5py', 'matplotlib.pyplot'} & set(sys.modules)\n"
        "assert code == 0 and not unwanted, (code, unwanted)\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
