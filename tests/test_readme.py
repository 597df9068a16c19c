"""What the README shows is what works."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest

from lrc_keras.layers import LongRangeConvolution

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_example_runs():
    code = re.search(r"<!-- example -->\n```python\n(.*?)```", README, re.DOTALL).group(1)
    assert len(code.strip().splitlines()) <= 17
    namespace = {}
    keras.utils.set_random_seed(0)
    exec(code, namespace)
    first, last = namespace["model"].history.history["loss"]
    assert last < first


def test_the_multiplier_and_the_cells_work():
    """The blocks one after the other, as a reader would run them."""
    namespace = {"x": np.random.default_rng(0).uniform(0, 8, (4, 100, 2)), "q": np.ones((4, 100, 1)), "np": np}
    namespace["LongRangeConvolution"] = LongRangeConvolution
    for name in ("multiplier", "cell"):
        exec(re.search(rf"<!-- {name} -->\n```python\n(.*?)```", README, re.DOTALL).group(1), namespace)
    assert namespace["field"].shape == (2, 100, 2)


def test_the_force_field_of_atoms_is_trained_and_used(tmp_path, monkeypatch):
    """The block on a file of eight strained crystals with the energies of free atoms, and no forces or stress."""
    ase_io = pytest.importorskip("ase.io")
    from ase.build import bulk
    from ase.calculators.singlepoint import SinglePointCalculator

    monkeypatch.chdir(tmp_path)
    frames, rng = [], np.random.default_rng(0)
    for repeat in (1, 1, 1, 1, 2, 2):
        frame = bulk("NaCl", "rocksalt", a=5.6) * (repeat, 1, 1)
        frame.set_cell(frame.cell @ (np.eye(3) + rng.uniform(-0.03, 0.03, (3, 3))), scale_atoms=True)
        frame.positions += rng.normal(0, 0.1, frame.positions.shape)
        results = {
            "energy": -4.0 * repeat,
            "forces": rng.normal(0, 0.1, frame.positions.shape),
            "stress": np.zeros(6) + 0.01,
        }
        frame.calc = SinglePointCalculator(frame, **results)
        frames.append(frame)
    ase_io.write("frames.xyz", frames)
    namespace = {"atoms": bulk("NaCl", "rocksalt", a=5.7)}
    exec(re.search(r"<!-- atoms -->\n```python\n(.*?)```", README, re.DOTALL).group(1), namespace)
    assert (
        np.isfinite(namespace["energy"]) and namespace["forces"].shape == (2, 3) and namespace["stress"].shape == (6,)
    )


def test_the_pictures_are_there():
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (Path(__file__).resolve().parents[1] / path).is_file(), path
