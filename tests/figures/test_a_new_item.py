"""A new table, or a new kernel, is one entry: the commands, the drawings, the summary and the README find it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.paper import ITEMS, settings
from experiments.paper.one_dimension import FIGURE7
from experiments.paper.settings import Kernel
from experiments.paper.sizes import Panel
from experiments.paper.three_dimensions import TABLE6
from experiments.paper.two_dimensions import FIGURE8, TABLE4, TABLE5
from experiments.running import command
from figures.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
LENGTHS = {"inverse_length": {"initial": [1.0, 1.0], "final": [2.0, 0.5]}}
NEW = {
    "table7": (
        replace(TABLE6, name="table7", caption="Table 7: new data", mu=(3.0,), printed={"full": {3.0: 0.02}}),
        {"mu": 3.0, "network": "full"},
        "Table 7, full-range, μ = 3",
    ),
    "table8": (
        replace(TABLE4, name="table8", caption="Table 8: new data", printed={"error": {21: 0.02}}),
        {"modes": 21},
        "Table 8, modes = 21²",
    ),
    "table9_2d": (
        replace(TABLE5, name="table9", caption="Table 9: new data", printed={}),
        {"modes": 21},
        "Table 9, λ₁, modes = 21²",
    ),
    "figure9": (
        replace(FIGURE7, name="figure9", caption="Figure 9: new data", beside=None),
        {"alpha": 0.9, "strategy": "two", "snapshots": 10},
        "Figure 9, α₁ = 0.9",
    ),
}


def run_everything(item, out, capsys):
    """Draws an item, and returns what the table, the summary and the README say."""
    arguments = ["--records", str(out / "results")]
    assert main([item.drawing, "--preset", "quick", *arguments, "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert (out / f"{item.drawing}_quick.tex").exists() and (out / f"{item.drawing}_quick.png").exists()
    assert main(["summary", *arguments]) == 0
    summary = capsys.readouterr().out
    readme = out / "README.md"
    readme.write_text("<!-- results table: begin -->\n<!-- results table: end -->\n", encoding="utf-8")
    assert main(["readme", *arguments, "--readme", str(readme)]) == 0
    return text, summary, readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NEW)
def test_a_new_item_is_one_entry(name, monkeypatch, write_record, tmp_path, capsys):
    item, labels, row = NEW[name]
    monkeypatch.setitem(ITEMS, item.drawing, item)
    assert item.drawing == name
    listing = ["--preset", "quick", "--list", "--out", str(tmp_path)]
    assert command.main("Experiments.", [item], None, [item.name, *listing]) == 0
    cells = len(capsys.readouterr().out.splitlines()) - 1
    assert cells >= len(item.cells("quick")) > 0
    write_record(item=item.records_of.name, cell=labels, error=0.01, multiplier=LENGTHS)
    text, summary, readme = run_everything(item, tmp_path, capsys)
    assert f"{item.short_title}: new data" in text and f"\n{item.drawing} " in summary
    assert f"| {row}" in readme and f"`python experiments/{item.script} --preset quick`" in readme


def test_a_third_kernel_is_one_entry(monkeypatch, write_record, tmp_path, capsys):
    monkeypatch.setitem(settings.KERNELS, "gaussian", Kernel("Gaussian", "Gaussian"))
    panels = (*FIGURE8.panels, Panel((("kernel", "gaussian"), ("alpha", 0.9)), "gaussian", (0.9, 0.1)))
    monkeypatch.setitem(ITEMS, "figure8", replace(FIGURE8, panels=panels))
    write_record(item="figure8", cell={"kernel": "gaussian", "alpha": 0.9, "strategy": "two", "snapshots": 10})
    text, summary, readme = run_everything(ITEMS["figure8"], tmp_path, capsys)
    assert "| Gaussian, α₁ = 0.9, two-scale |" in text and "gaussian alpha=0.9 two n=10" in summary
    assert "| Figure 8, Gaussian, α₁ = 0.9, large snapshots saved |" in readme


def test_figures_with_a_third_kernel_is_imported():
    code = "from experiments.paper.settings import KERNELS as kernels; kernels['a'] = kernels['exponential']; "
    code += "import figures.__main__"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_the_items_need_neither_tensorflow_nor_data():
    code = "import sys, experiments.paper; assert not {'tensorflow', 'keras', 'h5py', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
