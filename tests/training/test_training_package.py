"""The package shows its names without importing TensorFlow, and imports it when they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

import lrc_keras.training
from lrc_keras.training import api

ROOT = Path(__file__).resolve().parents[2]


def test_recipes_need_no_tensorflow():
    code = (
        "import sys, lrc_keras.training\n"
        "from lrc_keras.training.recipes import RECIPES, named\n"
        "assert named('fast').total_steps(1000) == 37500 and 'train' in dir(lrc_keras.training)\n"
        "assert not {'tensorflow', 'keras', 'h5py'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


def test_every_public_name_is_there_and_no_other():
    light = {"RECIPES", "Recipe", "Stage"}
    imported = {name for name, value in vars(api).items() if not name.startswith("__")}
    assert imported == set(lrc_keras.training.__all__) - light
    for name in lrc_keras.training.__all__:
        assert getattr(lrc_keras.training, name) is not None
    assert lrc_keras.training.train.__module__ == "lrc_keras.training.loop"
    with pytest.raises(AttributeError, match="no attribute 'StagedDecay'"):
        lrc_keras.training.StagedDecay  # noqa: B018 (the access is what is tested)
