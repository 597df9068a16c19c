"""Recipes, stages, and the optimisers that are made of them."""

import json
import math
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import pytest

from lrc_keras.recipes import OPTIMIZERS
from lrc_keras.stages import stage_ends, steps_together
from lrc_keras.training import RECIPES, SOAP, Recipe, Stage, named
from lrc_keras.training.optimizers import CLASSES, make_optimizer

ROOT = Path(__file__).resolve().parents[1]
PAPER_STAGES = (Stage(200, 8), Stage(400, 16), Stage(800, 32), Stage(1600, 64))


def test_stages_of_the_paper_have_equal_steps():
    assert [stage.steps(1000) for stage in PAPER_STAGES] == [25000] * 4
    assert stage_ends(PAPER_STAGES, 1000) == [25000, 50000, 75000, 100000]


@pytest.mark.parametrize(
    ("stages", "num_snapshots", "expected"),
    [
        (PAPER_STAGES, 1000, 25),  # a divisor of 25,000
        ((Stage(300, 8),), 1000, 25),
        ((Stage(3, 4), Stage(3, 8)), 20, 1),  # 15 and 7 steps
        ((Stage(1, 1), Stage(2, 1)), 18, 18),  # 18 and 36 steps
    ],
)
def test_steps_together_divide_every_stage(stages, num_snapshots, expected):
    assert steps_together(stages, num_snapshots, most=25) == expected


def test_learning_rate_counted_in_steps_of_the_first_stage():
    """10 epochs of batch 8 are 1250 steps; 80 decays end at 1e-3 · 0.95^80 = 1.65e-5."""
    schedule = Recipe("paper", PAPER_STAGES).schedule(1000)
    assert float(schedule(1249)) == pytest.approx(1e-3)
    assert float(schedule(1250)) == pytest.approx(0.95e-3)
    assert float(schedule(99999)) == pytest.approx(1e-3 * 0.95**79)
    assert float(schedule(100000)) == pytest.approx(1.65e-5, rel=2e-3)


def test_learning_rate_counted_in_epochs():
    """The literal reading: 20 decays in the first stage, 40 in the second, 300 in all."""
    schedule = Recipe("paper", PAPER_STAGES, decay="epochs").schedule(1000)
    assert float(schedule(1249)) == pytest.approx(1e-3)
    assert float(schedule(1250)) == pytest.approx(0.95e-3)
    assert float(schedule(25000)) == pytest.approx(1e-3 * 0.95**20, rel=1e-5)
    assert float(schedule(25000 + 625)) == pytest.approx(1e-3 * 0.95**21, rel=1e-5)
    assert float(schedule(50000)) == pytest.approx(1e-3 * 0.95**60, rel=1e-5)
    assert float(schedule(100000)) == pytest.approx(1e-3 * 0.95**300, rel=1e-4)
    # 20 snapshots, batches of 8: epochs 2, 4 and 6 end at steps 5, 10 and 15; then an epoch has 1¼ steps of batch 16
    literal = Recipe("odd", (Stage(6, 8), Stage(8, 16)), learning_rate=1.0, decay="epochs", decay_epochs=2)
    decays = [round(math.log(float(literal.schedule(20)(step)), 0.95)) for step in range(26)]
    assert decays == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 3 + [4] * 2 + [5] * 3 + [6] * 2 + [7]
    short = Recipe("short", (Stage(2, 8),), decay="epochs")  # ends before the first decay
    assert float(short.schedule(20)(5)) == pytest.approx(1e-3)


def test_cosine_ends_at_zero():
    schedule = Recipe("quick", (Stage(10, 10),), learning_rate=0.01, decay="cosine", warmup=0.1).schedule(100)
    assert float(schedule(0)) == 0
    assert float(schedule(10)) == pytest.approx(0.01)
    assert float(schedule(55)) == pytest.approx(0.005, rel=1e-5)
    assert float(schedule(100)) == pytest.approx(0, abs=1e-9)


def test_optimizers():
    assert isinstance(make_optimizer(Recipe("a", (Stage(1, 1),)), 10), keras.optimizers.Adam)
    soap = make_optimizer(Recipe("b", (Stage(1, 1),), optimizer="soap", options={"beta_1": 0.9}), 10)
    assert isinstance(soap, SOAP) and soap.beta_1 == 0.9


def test_recipes_by_name():
    paper = named("paper")
    assert paper.stages == PAPER_STAGES and paper.optimizer == "adam" and paper.energy_weight == 0
    # the two readings of "every 10 epochs": 80 and 300 decays by the end
    assert float(paper.schedule(1000)(100000)) == pytest.approx(1e-3 * 0.95**80, rel=1e-4)
    literal = named("paper_literal_rate")
    assert float(literal.schedule(1000)(100000)) == pytest.approx(1e-3 * 0.95**300, rel=1e-4)
    fast = named("fast", average=0.999)
    assert isinstance(make_optimizer(fast, 1000), SOAP) and fast.average == 0.999
    assert all(name == recipe.name for name, recipe in RECIPES.items())
    with pytest.raises(TypeError, match="averag"):
        named("fast", averag=0.9)


def test_an_average_is_kept_by_the_optimizer():
    optimizer = make_optimizer(Recipe("a", (Stage(1, 1),), average=0.9), 10)
    assert optimizer.use_ema and optimizer.ema_momentum == 0.9
    assert not make_optimizer(Recipe("a", (Stage(1, 1),)), 10).use_ema


def test_a_rate_that_falls_at_every_step():
    """An epoch of 8 snapshots in batches of 16 is half a step; the rate falls after a whole one."""
    rate = Recipe("a", (Stage(8, 16),), decay_epochs=1, decay_factor=0.5).schedule(8)
    assert [float(rate(step)) for step in (0, 1)] == pytest.approx([1e-3, 5e-4])


def test_numbers_of_numpy_become_those_of_python():
    """A checkpoint and a record hold a recipe as JSON."""
    numbers = {"learning_rate": np.float32(0.5), "decay_epochs": np.int64(3), "decay_factor": np.float64(0.9)}
    numbers |= {name: np.float32(0.25) for name in ("energy_weight", "stress_weight", "particle_energy_weight")}
    numbers |= {"warmup": np.float32(0.125), "average": np.float32(0.5), "options": {"global_clipnorm": np.float32(1)}}
    recipe = Recipe("a", [Stage(np.int64(1), np.int32(4))], decay="cosine", **numbers)
    plain = {name: getattr(value, "item", lambda value=value: value)() for name, value in numbers.items()}
    plain["options"] = {"global_clipnorm": 1.0}
    expected = Recipe("a", (Stage(1, 4),), decay="cosine", **plain)
    assert recipe == expected and json.dumps(asdict(recipe)) == json.dumps(asdict(expected))


def test_recipes_need_no_tensorflow():
    """A command that only lists its work starts at once."""
    code = (
        "import sys\n"
        "from lrc_keras.recipes import RECIPES, named\n"
        "assert named('fast').total_steps(1000) == 37500\n"
        "assert not {'tensorflow', 'keras', 'h5py'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=120)


def test_every_optimizer_of_a_recipe_has_a_class():
    assert tuple(CLASSES) == OPTIMIZERS
