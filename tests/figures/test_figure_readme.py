"""The results table of a README: its rows, and that nothing but the table is touched."""

import json
from pathlib import Path

import pytest

from experiments.pages import fill_page
from experiments.paper import ITEMS
from experiments.records import RecordError, presets_of
from experiments.running.command import OWN_RECORDS
from figures.__main__ import main, markdown_page
from figures.plotting.recipes import read_recipes, recipes_markdown
from figures.results import command_of, result_rows
from figures.text import to_latex

ROOT = Path(__file__).resolve().parents[2]
DRAWN = ROOT / "figures" / "drawn"
BEGIN, END = "<!-- results table: begin -->", "<!-- results table: end -->"


def rows_of(results, preset=None):
    """{item: row} of the best preset or of another one, and no item twice."""
    rows = [row for row in result_rows(results) if preset in (None, row.preset)]
    assert len({row.item for row in rows}) == len(rows)
    return {row.item: row for row in rows}


def test_a_table_is_a_row_for_each_of_its_rows(write_record, results):
    for seed, factor in ((0, 5), (1, 3), (2, 4)):
        write_record(mu=0.5, error=0.00828 * factor, seed=seed, wall_time=600.0)
    write_record(mu=1.0, error=0.00602, wall_time=90.0)
    row = rows_of(results)["Table 1, full-range, μ = 0.5, 1, 2, 5, 10"]
    assert row.command == "python experiments/run_1d.py table1 --preset quick --seeds 0 1 2"
    assert row.paper == "0.00828, 0.00602, 0.00336, 0.00077, 0.00054"
    assert row.ours == "0.03312 (0.02484–0.04140), 0.00602, missing, missing, missing"
    assert row.ratio == "4.00; 2.00"  # the largest of 4 and 1, and their geometric mean
    assert (row.preset, row.minutes) == ("quick", "32")
    short = rows_of(results)["Table 1, short-range, μ = 0.5, 1, 2, 5, 10"]
    assert (short.ours, short.ratio, short.minutes) == ("missing", "–", "–")


def test_the_papers_recipe_stands_beside_the_best(write_record, results):
    write_record(mu=0.5)
    write_record(mu=1.0)
    write_record(mu=0.5, folder="paper_start", preset="paper_start", error=0.00414)
    write_record(mu=0.5, folder="paper", preset="paper", error=0.00828)
    title = "Table 1, full-range, μ = 0.5, 1, 2, 5, 10"
    assert [row.preset for row in result_rows(results) if row.item == title] == ["quick", "paper", "paper_start"]
    assert rows_of(results, "paper_start")[title].ours == "0.00414, missing, missing, missing, missing"
    row = rows_of(results, "paper")[title]
    assert row.ours == "0.00828, missing, missing, missing, missing"
    assert row.command == "python experiments/run_1d.py table1 --preset paper"
    assert len(rows_of(results, "paper")) == 1  # none for the short-range networks, which are missing


def test_every_item_has_a_row_without_a_record(results):
    rows = rows_of(results)
    assert {row.ours for row in rows.values()} == {"missing"}
    assert rows["Table 6, short-range, μ = 5, 7.5, 10"].paper == "0.06249, 0.01125, 0.00175"
    assert rows["Table 4, modes = none, 21², 31², 45², 63²"].command == "python experiments/run_2d.py table4"
    assert rows["Figure 8"].command == "python experiments/run_2d.py figure8"
    assert rows["Figure 3, share of the force from beyond R"].command == "python experiments/run_1d.py figure3"


def test_core_minutes_count_every_replica(write_record, results):
    write_record(mu=0.5, wall_time=600.0, replicas=2)
    write_record(mu=1.0, wall_time=None)
    assert rows_of(results)["Table 1, full-range, μ = 0.5, 1, 2, 5, 10"].minutes == "≥ 20"


def test_table_5_takes_no_time_of_its_own(write_record, results):
    # λ₁ half of what is printed, λ₂ on it: the ratio that is farthest from one is the worst
    lengths = {"inverse_length": {"initial": [1.0, 1.0], "final": [2.697 / 2, 0.522]}}
    write_record(item="table2", cell={"modes": 63}, multiplier=lengths)
    lengths = {"inverse_length": {"initial": [1.0, 1.0], "final": [3.689, 0.0]}}
    write_record(item="table2", cell={"modes": 125}, multiplier=lengths)
    rows = rows_of(results)
    row = rows["Table 5 (1-D), λ₁, modes = 63, 125, 251, 501"]
    assert row.ours == "1.349, 3.689, missing, missing"
    assert (row.ratio, row.minutes) == ("0.50; 0.71", "as Table 2")
    assert row.command == "python experiments/run_1d.py table5 --preset quick"
    assert rows["Table 5 (1-D), λ₂, modes = 63, 125, 251, 501"].ratio == "0; 0"


def test_figures_have_their_main_number(write_record, results):
    for n in (10, 1000):
        cell = {"alpha": 0.9, "strategy": "one", "snapshots": n}
        write_record(item="figure7", cell=cell, error=1 / n, wall_time=60.0)
    cell = {"alpha": 0.9, "strategy": "two", "snapshots": 10}
    write_record(item="figure7", cell=cell, error=0.01, wall_time=60.0)
    # the small phase of these data counts, that of others does not
    for alpha, seconds in ((0.9, 30.0), (0.5, 6000.0)):
        write_record(item="figure7_small", cell={"alpha": alpha}, wall_time=seconds)
    (results / "benchmarks").mkdir()
    rows = [{"kind": k, "points": n, "seconds": n**p} for k, p in (("layer", 1), ("direct", 2)) for n in (10, 100)]
    record = {"schema": 1, "item": "benchmark_direct", "results": rows}
    (results / "benchmarks" / "direct.json").write_text(json.dumps(record))
    rows = rows_of(results)
    row = rows["Figure 7 left, α₁ = 0.9, large snapshots saved"]
    assert (row.ours, row.paper, row.minutes) == ("10 × (10 for 100)", "–", "3.5")
    assert "Figure 7 left, α₁ = 0.5, large snapshots saved" not in rows
    assert rows["Figure 7 right, wall time at large N"].ours == "N^1.00 (layer), N^2.00 (direct sum)"


def test_commands():
    assert command_of(ITEMS["table6"], "quick-paper", [2, 0, 1, 0]) == (
        "python experiments/run_3d.py table6 --preset quick --recipe paper --seeds 0 1 2"
    )
    assert command_of(ITEMS["table5_2d"], "paper", [0]) == "python experiments/run_2d.py table5 --preset paper"
    assert command_of(ITEMS["table1"], "demo", [3]).endswith("--preset demo --seeds 3")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_nothing_else_of_the_file_is_changed(write_record, results, tmp_path, newline, capsys):
    write_record()
    readme = tmp_path / "README.md"
    before, after = f"# Ä{newline}{newline}{BEGIN}", f"{END}  {newline}the end, without a newline"
    readme.write_bytes(f"{before}{newline}old{newline}{after}".encode())
    arguments = ["readme", "--records", str(results), "--readme", str(readme)]
    old = readme.read_bytes()
    assert main([*arguments, "--check"]) == 1
    assert readme.read_bytes() == old and "README.md: the results table differs" in capsys.readouterr().err
    assert main(arguments) == 0
    text = readme.read_bytes().decode()
    assert text.startswith(f"{before}{newline}| item | command |") and text.endswith(f"|{newline}{after}")
    assert "old" not in text and text.count("\r") == (text.count("\n") if newline == "\r\n" else 0)
    assert "| `python experiments/run_1d.py table1 --preset quick` |" in text
    assert main([*arguments, "--check"]) == 0
    assert main(arguments) == 0 and readme.read_bytes().decode() == text
    write_record(error=0.5)
    assert main([*arguments, "--check"]) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", f"expected the line {BEGIN} once; received 0 of them"),
        (BEGIN, f"expected the line {END} once; received 0 of them"),
        (f"{BEGIN}{BEGIN}{END}", f"{BEGIN} once; received 2 of them"),
        (f"{END}{BEGIN}", "the opposite order"),
    ],
)
def test_markers_that_are_not_there_are_named(text, words, tmp_path):
    path = tmp_path / "NOTES.md"
    path.write_text(text)
    with pytest.raises(RecordError, match="NOTES.md: expected") as caught:
        fill_page(path, {"results table": "table\n"})
    assert words in str(caught.value) and path.read_text() == text


def test_a_folder_without_records_changes_no_table(results, tmp_path, capsys):
    readme = tmp_path / "README.md"
    readme.write_text(f"{BEGIN}\nold\n{END}\n", encoding="utf-8")
    assert main(["readme", "--records", str(results), "--readme", str(readme)]) == 2
    assert "no records of any table or figure" in capsys.readouterr().err and "old" in readme.read_text(
        encoding="utf-8"
    )


def test_a_file_that_cannot_be_read_is_named(write_record, results, tmp_path, capsys):
    write_record()
    arguments = ["readme", "--records", str(results), "--readme"]
    (tmp_path / "bytes.md").write_bytes(b"\xff")
    assert main([*arguments, str(tmp_path / "bytes.md")]) == 2
    assert "bytes.md: expected UTF-8" in capsys.readouterr().err


def test_the_table_of_the_repository_is_what_its_records_say(monkeypatch):
    monkeypatch.chdir(ROOT)
    readme = OWN_RECORDS.parent / "README.md"
    assert main(["readme", "--readme", str(readme), "--check"]) == 0


# runs by another recipe than the preset's are shown by the comparison of recipes
PAGES = [
    (name, preset)
    for name, item in ITEMS.items()
    for preset in presets_of(OWN_RECORDS, item.records_of.name)
    if "-" not in preset
]


@pytest.mark.parametrize(("name", "preset"), PAGES)
def test_the_drawn_pages_are_those_of_the_records(name, preset):
    table, text = markdown_page(OWN_RECORDS, name, preset)
    page = DRAWN / f"{name}_{preset}.md"
    assert page.read_text(encoding="utf-8") == text
    assert page.with_suffix(".tex").read_text(encoding="utf-8") == to_latex(table, page.stem)


def test_no_drawn_page_is_without_records():
    assert {path.stem for path in DRAWN.glob("*_*.md")} == {f"{name}_{preset}" for name, preset in PAGES}


def test_the_table_of_recipes_is_what_the_records_say():
    text = recipes_markdown(read_recipes(OWN_RECORDS, ["quick", "quick-paper"]))
    assert (DRAWN / "recipes.md").read_text(encoding="utf-8") == text
    assert text in (OWN_RECORDS.parent / "README.md").read_text(encoding="utf-8")
