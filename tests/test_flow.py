"""The flow is one way: ops → layers → models → training → experiments → figures; data_gen needs none of them.

The folders are found by walking the tree. A sub-package belongs to the package that holds it; a package that is
missing from the table below fails the first test.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

import data_gen

ROOT = Path(__file__).resolve().parents[1]
# `lrc_keras` stands for the modules of that folder alone; examples may use everything, and nothing uses them.
ORDER = ["lrc_keras", *(f"lrc_keras.{name}" for name in ("ops", "layers", "models", "training"))]
ORDER += ["experiments", "figures", "experiments.examples"]
BESIDE = ["lrc_keras.ase", "data_gen"]  # their imports have tests of their own
BUILT = {"build", "dist"}  # what an installation leaves in the clone


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def home(module):
    """The package of the table that a module or a folder belongs to, the innermost one; None outside the table."""
    holds = [package for package in [*ORDER, *BESIDE] if module == package or module.startswith(package + ".")]
    return max(holds, key=len, default=None)


@cache
def python_files():
    """All Python files of the repository; hidden folders such as a virtual environment are not part of it."""
    folders = [path for path in sorted(ROOT.iterdir()) if path.is_dir()]
    folders = [folder for folder in folders if not folder.name.startswith(".") and folder.name not in BUILT]
    return [*sorted(ROOT.glob("*.py")), *(path for folder in folders for path in sorted(folder.rglob("*.py")))]


def files(package):
    """The files of a package and of its sub-packages that are not in the table themselves."""
    found = [path for path in python_files() if home(dotted(path)) == package]
    assert found, f"no files in {package}"
    return found


@cache
def imported_modules(path):
    """All names that a file imports, each with its full path: `from a import b` imports `a.b`."""
    found, package = [], dotted(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found += [f"{base}.{alias.name}" for alias in node.names]
    return found


def later(path, package):
    """What a file imports from packages behind the given one."""
    behind = ORDER[ORDER.index(package) + 1 :]
    return [module for module in imported_modules(path) if home(module) in behind]


def taken_from(path, *packages):
    return [module for module in imported_modules(path) if module.split(".")[0] in packages]


def test_every_package_has_its_place():
    folders = {path.parent.relative_to(ROOT) for path in python_files()} - {Path(".")}
    packages = sorted(".".join(folder.parts) for folder in folders if folder.parts[0] != "tests")
    # a new folder of lrc_keras is a package of its own
    without = [p for p in packages if home(p) is None or (home(p) == "lrc_keras" and p != "lrc_keras")]
    assert not without, f"not in the table of the flow: {without}"


def test_the_tests_mirror_the_packages():
    """tests/layers tests lrc_keras/layers; tests/figures tests figures. The refusals of all packages are together."""
    folders = {path.parent for path in python_files() if dotted(path).startswith("tests.")}
    folders = {folder.relative_to(ROOT / "tests") for folder in folders} - {Path("."), Path("refusals")}
    strangers = [f for f in sorted(folders) if not ((ROOT / f).is_dir() or (ROOT / "lrc_keras" / f).is_dir())]
    assert not strangers, f"no package for the tests in {strangers}"
    packages = [
        p.removeprefix("lrc_keras.") for p in [*ORDER, *BESIDE] if p not in ("lrc_keras", "experiments.examples")
    ]
    assert set(packages) <= {str(folder) for folder in folders}


@pytest.mark.parametrize("package", ORDER)
def test_no_import_points_back(package):
    for path in files(package):
        assert not later(path, package), path


@pytest.mark.parametrize("package", ["data_gen", "figures"])
def test_no_tensorflow(package):
    for path in files(package):
        found = taken_from(path, "tensorflow", "keras", "lrc_keras")
        # the writer of files is the one part of lrc_keras that drawings use; it needs no TensorFlow
        assert not [name for name in found if not name.startswith("lrc_keras.files.")], path


def test_data_gen_needs_no_other_package():
    for path in files("data_gen"):
        assert not taken_from(path, "lrc_keras", "experiments", "figures"), path


def test_data_gen_is_joined_by_training_and_experiments_alone():
    for package in [*ORDER, "lrc_keras.ase"]:
        if package != "lrc_keras.training" and not package.startswith("experiments"):
            assert not [path for path in files(package) if taken_from(path, "data_gen")], package


def test_training_takes_from_data_gen_what_is_public():
    """One reader of files for both, and no other way into the package than the names it exports."""
    public = {f"data_gen.{name}" for name in data_gen.__all__}
    for path in files("lrc_keras.training"):
        assert set(taken_from(path, "data_gen")) <= public, path


def test_the_calculator_needs_no_training():
    for path in files("lrc_keras.ase"):
        assert not later(path, "lrc_keras.models"), path
