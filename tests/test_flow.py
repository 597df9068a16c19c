"""The flow is one way: ops → layers → models → training → experiments → figures; data_gen needs none of them."""

import ast
from pathlib import Path

import pytest

import data_gen

ROOT = Path(__file__).resolve().parents[1]
ORDER = ["lrc_keras.ops", "lrc_keras.layers", "lrc_keras.models", "lrc_keras.training", "experiments", "figures"]


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module if node.level == 0 else ""


def room(module):
    return next((i for i, name in enumerate(ORDER) if module == name or module.startswith(name + ".")), None)


def files(package):
    found = sorted((ROOT / package.replace(".", "/")).glob("*.py"))
    assert found, f"no files in {package}"
    return found


@pytest.mark.parametrize("package", ORDER)
def test_no_import_points_back(package):
    for path in files(package):
        later = [m for m in imported_modules(path) if (room(m) or 0) > ORDER.index(package)]
        assert not later, f"{path} imports {later}"


@pytest.mark.parametrize("package", ["data_gen", "data_gen.kernels", "data_gen.sampling", "figures"])
def test_no_tensorflow(package):
    for path in files(package):
        foreign = [m for m in imported_modules(path) if m.split(".")[0] in ("tensorflow", "keras", "lrc_keras")]
        assert not foreign, f"{path} imports {foreign}"


def test_data_gen_is_joined_by_training_and_experiments_alone():
    for package in ["lrc_keras", *ORDER[:3], "figures"]:
        for path in files(package):
            assert not [m for m in imported_modules(path) if m.split(".")[0] == "data_gen"], path


def test_training_takes_from_data_gen_what_is_public():
    """One reader of files for both, and no other way into the package than the names it exports."""
    for path in files("lrc_keras.training"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not [alias for alias in node.names if alias.name.split(".")[0] == "data_gen"], path
            elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "data_gen":
                assert node.module == "data_gen" and {alias.name for alias in node.names} <= set(data_gen.__all__), path


def test_examples_come_last():
    """They may use everything, the drawings too, and nothing uses them."""
    for package in [*ORDER, "data_gen"]:
        for path in files(package):
            assert not [m for m in imported_modules(path) if m.startswith("experiments.examples")], path


def test_the_calculator_needs_no_training():
    for path in files("lrc_keras.ase"):
        assert not [m for m in imported_modules(path) if (room(m) or 0) > ORDER.index("lrc_keras.models")]
