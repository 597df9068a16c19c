"""Whatever is wrong with an argument or a file of `lrc_keras.training` is answered by a sentence that names it, before
anything is computed or overwritten."""

import math
from dataclasses import replace

import keras
import numpy as np
import pytest
from hypothesis import given

from lrc_keras.models import ForceField
from lrc_keras.training import (
    SOAP,
    CheckpointError,
    EnergyError,
    EnergyLoss,
    ForceLoss,
    Recipe,
    Stage,
    compile_for_forces,
    load_checkpoint,
    named,
    phase_files,
    restore_weights,
    save_checkpoint,
    train,
    train_two_scale,
    transfer_short_range,
)
from tests.refusals.small_snapshots import some_snapshots
from tests.wrong_values import (
    NO_COUNTS,
    NO_NUMBERS,
    NO_POSITIVE_NUMBERS,
    NO_TEXTS,
    Stranger,
    assert_refused,
    check_row,
    junk,
    quickly,
    rows,
)

GIVEN_COUNTS = [value for value in NO_COUNTS if value is not None]  # None stands for the default
FROM_ZERO = [value for value in NO_COUNTS if value != 0 or value is False]
NO_SHARES = [*NO_NUMBERS, -0.1, [], (0.1,)]
NO_PATHS = [True, 5, [], "", "a\0b"]
NO_DATA = [None, True, 5, "ab", [], {}, Stranger()]


def small_force_field():
    inputs = {"positions": keras.Input((None, 1), name="positions", dtype="float64")}
    inputs["neighbors"] = keras.Input((None, None), name="neighbors", dtype="int32")
    hidden = keras.layers.Dense(2, "tanh", dtype="float64")(inputs["positions"])
    return ForceField(keras.Model(inputs, keras.ops.sum(hidden, axis=(1, 2))))


SHORT = Recipe("short", (Stage(1, 1),))
FIELD, SNAPSHOTS = small_force_field(), some_snapshots()
STRESSED = replace(SNAPSHOTS, stresses=np.zeros((4, 1, 1)))


def recipe(**changes):
    return replace(SHORT, **changes)


def run(force_field=FIELD, plan=SHORT, training=SNAPSHOTS, test=SNAPSHOTS, **options):
    return train(force_field, plan, training, test, **{"checkpoint": "a.npz", **options})


def two_scale(plan=SHORT, **options):
    """The recipe is that of the second phase."""
    return train_two_scale(FIELD, FIELD, SHORT, plan, *[SNAPSHOTS] * 4, **options)


RECIPES = [
    (lambda v: Stage(v, 8), NO_COUNTS, "epochs"),
    (lambda v: Stage(8, v), NO_COUNTS, "batch_size"),
    (lambda v: recipe(decay_epochs=v), NO_COUNTS, "decay_epochs"),
    (lambda v: recipe(learning_rate=v), NO_POSITIVE_NUMBERS, "learning_rate"),
    (lambda v: recipe(decay_factor=v), NO_POSITIVE_NUMBERS, "decay_factor"),
    (lambda v: recipe(warmup=v), NO_SHARES, "warmup must be a share of all steps"),
    (lambda v: recipe(energy_weight=v), NO_SHARES, "energy_weight"),
    (lambda v: recipe(average=v), NO_SHARES[1:], "average must be a number between 0 and 1, or None"),
    (lambda v: recipe(optimizer=v), NO_TEXTS, "optimizer must be one of"),
    (lambda v: recipe(decay=v), NO_TEXTS, "decay must be one of"),
    (lambda v: recipe(name=v), NO_TEXTS[:-1], "name must be a text"),
    (named, NO_TEXTS, "name must be one of 'paper', 'paper_literal_rate', 'fast'"),
    (lambda v: recipe(stages=v), [None, True, "ab", 5, (), (5,), ((1, 1),), Stage(1, 1), {}], "stages"),
    (lambda v: recipe(options=v), [None, True, "ab", 5, [], {5: 1}], "options must be a dict"),
    (lambda v: recipe(options={"clipnorm": v}), [Stranger(), np.ones(2)], "options must be JSON values by name"),
    (lambda v: recipe(warmup=0.5, decay=v), ["steps", "epochs"], "warmup must be 0 for decay="),
    (lambda v: recipe(options={v: 1}), ["learning_rate"], "options must leave the rate to `learning_rate`"),
    (lambda v: recipe(options={v: 1}), ["use_ema"], r"options must leave the averaging .*; received \['use_ema'\]"),
]
OBJECTIVES = [
    (ForceLoss, NO_POSITIVE_NUMBERS, "scale"),
    (EnergyLoss, NO_POSITIVE_NUMBERS, "scale"),
    (lambda v: EnergyLoss(1.0, v), [*GIVEN_COUNTS, 8.0], "num_points must be a positive integer, or None"),
    (EnergyError, [value for value in NO_COUNTS if value != 2.5], "num_points"),  # a mean of sizes may be 2.5
    (lambda v: SOAP(refresh_interval=v), NO_COUNTS, "refresh_interval must be a positive integer"),
    (lambda v: SOAP(max_side=v), NO_COUNTS, "max_side must be a positive integer"),
    (lambda v: SOAP(epsilon=v), NO_POSITIVE_NUMBERS, "epsilon must be a positive number"),
    (lambda v: SOAP(beta_1=v), NO_SHARES, "beta_1 must be a number in"),
    (lambda v: SOAP(beta_2=v), NO_SHARES, "beta_2 must be a number in"),
    (lambda v: SOAP(shampoo_beta=v), NO_SHARES[1:], "shampoo_beta must be a number in"),
    (lambda v: compile_for_forces(v, "adam"), NO_DATA, "force_field must be a ForceField"),
    (lambda v: compile_for_forces(FIELD, "adam", energy_weight=v), [*NO_NUMBERS, -1], "energy_weight"),
    (lambda v: compile_for_forces(FIELD, "adam", num_points=v), GIVEN_COUNTS, "num_points"),
]
NO_NUMBERS_IN_THEM = [
    replace(SNAPSHOTS, **{name: getattr(SNAPSHOTS, name) * math.nan}) for name in ("positions", "forces")
]
OPTIONS = {
    "seed": [None, True, "0", -1, 2.5, [], 2**63],
    "reports": NO_COUNTS,
    "on_report": [True, 5, "ab", [], {}],
    "settings": [5, "ab", [1], {"a": Stranger()}, {"mu": math.nan}, {"seed": 7}, {"recipe": "fast"}],
    "checkpoint": [*NO_PATHS, "."],
    "log": [*NO_PATHS, "."],
}
RUNS = [
    (run, NO_DATA, "force_field must be a ForceField"),
    (lambda v: run(plan=v), NO_DATA, "recipe must be a Recipe"),
    (lambda v: run(training=v), [*NO_DATA, SNAPSHOTS.take(0)], "training"),
    (lambda v: run(test=v), NO_DATA, "test"),
    (lambda v: run(training=v), NO_NUMBERS_IN_THEM, "training must be finite; received NaN or infinite values in"),
    (lambda v: run(test=v), NO_NUMBERS_IN_THEM, "test must be finite; received NaN or infinite values in"),
    (lambda v: run(test=v), [some_snapshots(4, 2)], "training and test must have points of the same"),
    (lambda v: run(training=v), [some_snapshots(4, 2)], "training and test must have points of the same"),
    (lambda v: run(plan=recipe(stress_weight=v)), [1.0], "training must hold a target for every weight"),
    (lambda v: run(plan=v, training=STRESSED), [recipe(stress_weight=1.0)], "test must hold a target for every weight"),
    (lambda v: run(FIELD, v, STRESSED, STRESSED), [recipe(stress_weight=1.0)], "force_field must have an output for"),
    (lambda v: run(plan=v), [recipe(options={"betta_1": 0.9})], "recipe must have options that 'adam' takes"),
    (lambda v: two_scale(plan=v), [recipe(options={"betta_1": 0.9})], "recipe must have options that 'adam'"),
    (lambda v: two_scale(plan=v), [recipe(stress_weight=1.0)], "training must hold a target for every weight"),
    *((lambda v, name=name: run(**{name: v}), values, name) for name, values in OPTIONS.items()),
    *((lambda v, name=name: two_scale(**{name: v}), values, name) for name, values in OPTIONS.items()),
    (lambda v: run(checkpoint="a.npz", log=v), ["a.npz", "./b/../a.npz"], "log must be another file than checkpoint"),
    (lambda v: two_scale(checkpoint="a", log=v), ["a"], "log must be another file than checkpoint"),
    (lambda v: two_scale(settings=v), [{"phase": "x"}, {"long_range_rows": "zeros"}], "settings must leave"),
    (lambda v: transfer_short_range(v, FIELD), NO_DATA, "source must be a ForceField"),
    (lambda v: transfer_short_range(FIELD, v), NO_DATA, "target must be a ForceField"),
    (lambda v: transfer_short_range(FIELD, FIELD, v), NO_TEXTS, "long_range_rows must be one of"),
]
FILES = [
    (phase_files, NO_PATHS, "path"),
    (lambda v: load_checkpoint(v, FIELD, {}), NO_PATHS, "path"),
    (lambda v: restore_weights(v, FIELD), NO_PATHS, "path"),
]


@rows([*RECIPES, *OBJECTIVES, *RUNS, *FILES])
def test_refused(call, arguments, pattern, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_row(call, arguments, pattern)
    assert not list(tmp_path.iterdir())


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: Stage(value, 8), "epochs")
    assert_refused(lambda: recipe(learning_rate=value), "learning_rate")
    assert_refused(lambda: recipe(stages=value), "stages")
    assert_refused(lambda: ForceLoss(value), "scale")
    assert_refused(lambda: named(value), "name")


def test_files_without_a_checkpoint(tmp_path):
    field = small_force_field()
    compile_for_forces(field, "adam", jit_compile=False)
    save_checkpoint(tmp_path / "good.npz", field, {}, {})
    np.savez(tmp_path / "other.npz", x=1)
    content, before = (tmp_path / "good.npz").read_bytes(), field.get_weights()
    for name, damaged in (("empty", b""), ("text", b"text"), ("cut", content[:500])):
        (tmp_path / f"{name}.npz").write_bytes(damaged)
    for name in ("empty.npz", "text.npz", "cut.npz", "other.npz", ""):
        for read in (lambda path: load_checkpoint(path, field, {}), lambda path: restore_weights(path, field)):
            with pytest.raises(CheckpointError, match=f"{name}: not a readable checkpoint"):
                read(tmp_path / name)
    for weight, value in zip(field.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, value)
