"""What the README shows is what works."""

import re
from pathlib import Path

import keras
import numpy as np

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


def test_the_pictures_are_there():
    for path in re.findall(r"!\[.*?\]\((.*?)\)", README):
        assert (Path(__file__).resolve().parents[1] / path).is_file(), path
