"""The oldest supported releases: what setup.py states is what the continuous integration installs and tests."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINES = (ROOT / ".ci" / "floors.txt").read_text(encoding="utf-8").splitlines()
FAST = (ROOT / ".ci" / "fast.txt").read_text(encoding="utf-8").split()


@pytest.fixture
def stated(monkeypatch):
    """What setup.py hands to setuptools."""
    setuptools, found = pytest.importorskip("setuptools"), {}
    monkeypatch.setattr(setuptools, "setup", lambda **arguments: found.update(arguments))
    runpy.run_path(str(ROOT / "setup.py"))
    return found


def test_setup_and_floors_agree(stated):
    requirements = {*stated["install_requires"], *stated["extras_require"]["test"]}
    assert {line.replace("==", ">=") for line in LINES if not line.startswith("#")} == requirements
    assert stated["python_requires"].startswith(f">={LINES[0].rstrip('.').split()[-1]},")


def test_the_fast_subset_touches_every_package():
    assert all((ROOT / path).exists() for path in FAST)
    touched = {Path(path).parts[1] for path in FAST}
    assert touched >= {"ops", "layers", "models", "training", "ase", "data_gen", "experiments", "figures"}
