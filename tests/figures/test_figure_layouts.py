"""Tables 2 to 6: rows, columns, the λ of Table 5, LaTeX, and what is drawn."""

import numpy as np
import pytest

from experiments.paper import ITEMS
from experiments.records import RecordError
from figures.__main__ import main
from figures.plotting.learning_curves import draw_table_curves
from figures.plotting.plots import draw_inverse_lengths, draw_table_errors
from figures.tables import read_table
from figures.text import escape, to_latex, to_markdown


def cells_of(markdown):
    """Markdown table -> {row name: list of cells}."""
    rows = [line.strip("| ").split(" | ") for line in markdown.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows[2:]} | {"": rows[0]}


@pytest.fixture
def write_modes(write_record):
    """Writes a record of Table 2 or 4 whose multiplier goes from `initial` to `final`."""

    def write(modes, error=0.01, seed=0, item="table2", initial=(0.6, 0.1), final=(-2.0, 0.5), **entries):
        multiplier = None if modes is None else {"inverse_length": {"initial": initial, "final": final}}
        return write_record(item=item, cell={"modes": modes}, error=error, seed=seed, multiplier=multiplier, **entries)

    return write


@pytest.mark.parametrize("item", [name for name, item in ITEMS.items() if item.printed])
def test_every_printed_number_has_its_place(write_record, write_modes, results, item):
    """One record is enough for the whole table of the paper to stand beside it."""
    of_item = ITEMS[item]
    if of_item.column_key == "mu":
        write_record(item=item, mu=10.0)
    else:
        write_modes(63, item=of_item.records_of.name)
    table = read_table(results, item, "quick")
    printed = {place: entry.paper for place, entry in table.entries.items()}
    assert printed == {(row, column): v for row, cells in of_item.printed.items() for column, v in cells.items()}
    assert all(f"{value:.{of_item.decimals}f}" in to_markdown(table) for value in printed.values())


def test_modes_are_columns_and_none_stands_apart(write_modes, results):
    for seed, error in enumerate((0.02, 0.04)):
        write_modes(None, error=error, seed=seed)
    write_modes(63, error=0.0067)
    table = read_table(results, "table2", "quick")
    cells = cells_of(to_markdown(table))
    assert cells["relative error, ours"] == ["0.03000 (0.02000–0.04000)", "0.00670", "missing", "missing", "missing"]
    assert cells["relative error, ours / paper"] == ["0.49", "1.25", "–", "–", "–"]
    (axes,) = draw_table_errors(table).axes
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["none", "63", "125", "251", "501"]
    paper, ours, seeds = axes.get_lines()
    # a gap after the network without modes: it is another network
    np.testing.assert_allclose(ours.get_xdata(), [0, np.nan, 1, 2, 3, 4])
    np.testing.assert_allclose(ours.get_ydata(), [0.03, np.nan, 0.0067, np.nan, np.nan, np.nan])
    np.testing.assert_allclose(paper.get_ydata(), [0.06143, np.nan, 0.00536, 0.00546, 0.00545, 0.00539])
    assert sorted(seeds.get_ydata()) == [0.02, 0.04]
    assert len(draw_table_curves(table).axes) == 1


def test_two_dimensional_modes_are_squared(write_modes, results):
    write_modes(21, item="table4")
    cells = cells_of(to_markdown(read_table(results, "table4", "quick")))
    assert cells[""][1:] == ["modes = 21²", "modes = 31²", "modes = 45²", "modes = 63²"]


def test_learned_inverse_lengths(write_modes, results):
    """λ₁ is the channel that ends larger, whichever it is and whatever its sign, and starts are of the same channel."""
    write_modes(63, final=(-2.0, 0.5), seed=0)
    write_modes(63, final=(0.7, 3.0), seed=1)
    write_modes(501, final=(0.0, 4.599))
    write_modes(None)
    table = read_table(results, "table5_1d", "quick")
    cells = cells_of(to_markdown(table))
    assert cells["λ₁, ours"] == ["2.500 (2.000–3.000)", "missing", "missing", "4.599"]
    assert cells["λ₁, start"] == ["0.600, 0.100", "missing", "missing", "0.100"]
    assert cells["λ₁, paper"] == ["2.697", "3.689", "4.181", "4.599"]
    assert cells["λ₁, ours / paper"] == ["0.93", "–", "–", "1.00"]
    assert cells["λ₁, true μ"] == ["5"] * 4
    assert cells["λ₂, ours"] == ["0.600 (0.500–0.700)", "missing", "missing", "0.000"]
    assert cells["λ₂, ours / paper"] == ["1.15", "–", "–", "0"]
    assert cells["λ₂, true μ"] == ["0.5"] * 4
    assert "seeds 0, 1 (1 to 2 a cell)" in to_markdown(table)

    (axes,) = draw_inverse_lengths(table).axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    np.testing.assert_allclose(lines["λ₁, ours"].get_ydata(), [2.5, np.nan, np.nan, 4.599])
    np.testing.assert_allclose(lines["λ₂, ours"].get_ydata(), [0.6, np.nan, np.nan, 0.0])
    np.testing.assert_allclose(lines["λ₂, paper"].get_ydata(), [0.522, 0.525, 0.517, 0.519])
    assert {5.0, 0.5} == {y for line in axes.get_lines() if line.get_linestyle() == ":" for y in line.get_ydata()}


def test_two_channels_of_one_length_are_two(write_modes, results):
    write_modes(21, item="table4", initial=(0.6, 0.1), final=(2.0, -2.0))
    cells = cells_of(to_markdown(read_table(results, "table5_2d", "quick")))
    assert (cells["λ₁, start"][0], cells["λ₂, start"][0]) == ("0.600", "0.100")
    assert cells["λ₁, true μ"][0] == "10" and cells["λ₂, true μ"][0] == "1"


def test_a_multiplier_without_inverse_lengths_is_named(write_record, write_modes, results, capsys):
    write_record(item="table2", cell={"modes": 63}, multiplier={"amplitude": {"initial": [1.0], "final": [1.0]}})
    with pytest.raises(RecordError, match="modes63_seed0.json: entry 'multiplier' must hold inverse_length"):
        read_table(results, "table5_1d", "quick")
    write_modes(None, item="table4")
    assert main(["table5_2d", "--preset", "quick", "--records", str(results), "--out", str(results)]) == 2
    assert "table5_2d: nothing to show in 1 records of table4" in capsys.readouterr().err


def test_latex_is_the_same_table(write_modes, results):
    write_modes(63, final=(2.697, 0.5))
    write_modes(63, final=(2.697, 0.5), seed=1)
    lines = to_latex(read_table(results, "table5_1d", "quick"), "table5_1d_quick").splitlines()
    assert r"$\lambda_1$ & start & 0.600 & missing & missing & missing \\" in lines
    assert r" & ours & 2.697 & missing & missing & missing \\" in lines
    assert r" & range & 2.697--2.697 &  &  &  \\" in lines
    assert r" & paper & 2.697 & 3.689 & 4.181 & 4.599 \\" in lines
    assert r" & ours / paper & 1.00 & -- & -- & -- \\" in lines
    assert r" & true $\mu$ & 5 & 5 & 5 & 5 \\" in lines
    assert lines[1] == r"\begin{table}" and r"\begin{tabular}{llrrrr}" in lines
    assert [line for line in lines if "rule" in line] == [r"\toprule", r"\midrule", r"\midrule", r"\bottomrule"]
    # every row has a cell for every column
    assert {line.count(" & ") for line in lines if line.endswith(r"\\")} == {5}


def test_what_latex_reads_as_commands_is_escaped():
    assert escape("50% & a_b #1 {x} $y \\ ~ ^") == (
        r"50\% \& a\_b \#1 \{x\} \$y \textbackslash{} \textasciitilde{} \textasciicircum{}"
    )
    assert escape("λ₁ = 21² ± |μ| – é") == r"$\lambda_1$ = 21$^2$ $\pm$ $|\mu|$ -- é"
    assert escape("$μ$") == r"\$$\mu$\$"


def test_the_command_writes_notes_below_its_table(write_modes, results, tmp_path, capsys):
    write_modes(63)
    arguments = ["table5_1d", "--preset", "quick", "--records", str(results), "--out", str(tmp_path / "out")]
    (results / "table2" / "quick" / "notes.md").write_text("not of this item")
    (results / "table5_1d" / "quick").mkdir(parents=True)
    notes = results / "table5_1d" / "quick" / "notes.md"
    notes.write_text("\n**63**: λ₁ is low, since …\n\n", encoding="utf-8")
    assert main(arguments) == 0
    text = (tmp_path / "out" / "table5_1d_quick.md").read_text(encoding="utf-8")
    assert text.endswith("snapshots seen; 6 of 8 cells missing.\n\n**63**: λ₁ is low, since …\n")
    assert capsys.readouterr().out == text
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {f"table5_1d_quick.{kind}" for kind in ("md", "tex", "png", "pdf")}
    notes.write_bytes(b"\xff")
    assert main(arguments) == 2
    assert "notes.md: cannot be read" in capsys.readouterr().err


def test_a_folder_may_name_preset_and_recipe(write_record, results):
    write_record(preset="quick", recipe="paper", folder="quick-paper")
    assert len(read_table(results, "table1", "quick-paper").records) == 1
    write_record(preset="quick", recipe="fast", folder="quick-paper", seed=1)
    with pytest.raises(RecordError, match="seed1.json: says it belongs to table1/quick, not table1/quick-paper"):
        read_table(results, "table1", "quick-paper")
