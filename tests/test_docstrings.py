"""What `help()` shows: every public name says what it is, and every example in a docstring gives what it says."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

PACKAGES = ("lrc_keras.ops", "lrc_keras.layers", "lrc_keras.models", "lrc_keras.training", "lrc_keras.ase", "data_gen")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
# what a reader meets first
WITH_EXAMPLE = {
    "lrc_keras.ops": """NufftPlan direct_convolution displacement modes_within neighbor_list nudft_type1 nudft_type2
        nufft_type1 nufft_type2 quadrature_weights""",
    "lrc_keras.layers": """CoulombMultiplier FourierMultiplier FreeMultiplier GaussianMultiplier LongRangeConvolution
        PowerLaw Pyramid RadialMultiplier ResidualFitting ScreenedCoulombMultiplier ShortRangeDescriptor""",
    "lrc_keras.models": "ForceField build_full_range_model build_point_operator build_short_range_model",
    "lrc_keras.training": """EnergyError EnergyLoss ForceLoss ParticleEnergyLoss Recipe RelativeError SOAP
        Stage StressLoss make_snapshots training_batches snapshots_of_atoms
        load_checkpoint phase_files progress_line restore_weights transfer_short_range""",
    "lrc_keras.recipes": "named",
    "lrc_keras.ase": "ForceFieldCalculator SkinNeighbors",
    "data_gen": """Dataset Exponential Mixture ScreenedCoulomb Snapshots energy_and_forces generate kernel_from_json
        kernel_to_json read_snapshots sample_positions verify_snapshots write_snapshots""",
}


def modules():
    for package in ("lrc_keras", "data_gen"):
        names = [package]
        names += [m.name for m in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")]
        yield from (importlib.import_module(name) for name in names if not name.endswith("__main__"))


def examples():
    """All docstrings with examples. An example imports what it uses; only `np` is there, as in NumPy's own."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for module in modules() for test in finder.find(module, globs={"np": np})]
    return [test for test in found if test.examples]


@pytest.mark.parametrize("example", [pytest.param(test, id=test.name) for test in examples()])
def test_the_example_gives_what_it_says(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where an example may write files
    lines = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=lines.append)
    assert result.failed == 0, "".join(lines)
    assert result.attempted == len(example.examples)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_has_a_docstring_of_its_own(package):
    package = importlib.import_module(package)
    for name in package.__all__:
        value = getattr(package, name)
        if not (inspect.isclass(value) or inspect.isfunction(value)):
            continue  # a value such as RECIPES, whose docstring is that of `dict`
        text = value.__doc__ or ""
        # a dataclass without one is given its signature
        assert len(text) > 30 and not text.startswith(f"{name}("), f"{package.__name__}.{name}"


@pytest.mark.parametrize("module", WITH_EXAMPLE)
def test_the_main_names_have_an_example(module):
    without = [
        n for n in WITH_EXAMPLE[module].split() if ">>>" not in getattr(importlib.import_module(module), n).__doc__
    ]
    assert not without
