"""What a run is checked for before its first step, and what identifies it: `run_arguments`."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from lrc_keras.layers import FourierMultiplier, LongRangeConvolution
from lrc_keras.models import ForceField, build_short_range_model
from lrc_keras.training import Recipe, Stage, make_snapshots, train
from lrc_keras.training.run_arguments import check_fit, check_settings, digest_of_model, own_settings

ADAM = Recipe("adam", (Stage(3, 4), Stage(3, 8)), learning_rate=1e-2)


def test_names_that_keras_gives_do_not_change_the_digest(toy_force_field):
    first, second = toy_force_field(), toy_force_field(seed=6)
    assert first.energy_model.layers[1].name != second.energy_model.layers[1].name
    assert digest_of_model(first) == digest_of_model(second) != digest_of_model(toy_force_field("float32"))


def test_settings_may_repeat_the_seed_of_the_run(toy_snapshots, toy_force_field):
    own = own_settings(toy_force_field(), ADAM, toy_snapshots, toy_snapshots, 2)
    assert check_settings({"seed": 2, "note": (1, 2)}, own) == {"seed": 2, "note": [1, 2]}
    with pytest.raises(ValueError, match="settings must leave 'seed' to the run itself; received 3"):
        check_settings({"seed": 3}, own)


def test_models_without_a_configuration_have_a_digest():
    class Zero(keras.Model):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def call(self, inputs):
            return self.function(inputs["positions"])

    models = [Zero(lambda x: 0 * x[:, 0, 0]) for _ in range(2)]
    assert len({digest_of_model(ForceField(model, dtype="float32")) for model in models}) == 1


def test_a_layer_without_a_configuration_leaves_the_others_in_the_digest():
    class Power(FourierMultiplier):
        def __init__(self, power=2, **kwargs):
            super().__init__(**kwargs)

        def call(self, wavenumbers):
            return 1 / (1 + self.squared_norm(wavenumbers))

    def model(width):
        positions = keras.Input((3, 1), name="positions")
        values = LongRangeConvolution(Power(), 5, 4.0)(positions)
        return keras.Model({"positions": positions}, keras.layers.Activation(width)(values)[..., 0])

    digests = [digest_of_model(ForceField(model(name))) for name in ("tanh", "tanh", "relu")]
    assert digests[0] == digests[1] != digests[2]


def test_a_recipe_without_a_step_is_refused(toy_snapshots, toy_force_field):
    recipe = replace(ADAM, stages=(Stage(1, 8),))
    with pytest.raises(ValueError, match="recipe 'adam' makes no step with 1 snapshots"):
        train(toy_force_field(), recipe, toy_snapshots.take(1), toy_snapshots)


def test_data_that_the_model_does_not_take_are_named():
    """Before a step: inputs by name, N, species and how pairs are listed."""
    positions = np.array([[[0.5], [1.0], [4.75]]] * 4)
    given = (positions, np.zeros(4), np.zeros((4, 3, 1)), 1.0)
    plain = make_snapshots(*given, box_length=5.0)
    half = make_snapshots(*given, box_length=5.0, half_list=True)
    kinds = make_snapshots(*given, box_length=5.0, species=np.full((4, 3), 2))
    for options, data, message in (
        ({}, half, "training: neighbors must list each pair twice"),
        ({"half_list": True}, plain, "training: neighbors must list each pair once for half_list=True"),
        ({"num_species": 2}, plain, r"training must have the inputs of the model, .*'species'\]; received"),
        ({"num_species": 2}, kinds, r"training: species must be from 0 to 1, or −1 for padding; received \[2\]"),
        ({}, kinds, "training must have the inputs of the model"),
        ({"num_points": 4}, plain, r"training must have \(N, d\) = \(4, 1\), as the model has; received \(3, 1\)"),
    ):
        model = build_short_range_model(**{"num_points": None, "dim": 1, "box_length": 5.0, "cutoff": 1.0, **options})
        with pytest.raises(ValueError, match=message):
            train(ForceField(model), ADAM, data, data)


@pytest.mark.parametrize("nested", [False, True])
def test_lists_that_lack_pairs_within_the_cutoff_are_refused(nested):
    """Lists for a smaller cutoff or another box would give other forces. Lists that reach farther are right."""
    positions = np.random.default_rng(0).uniform(0, 8, (4, 20, 1))
    model = build_short_range_model(None, dim=1, box_length=8.0, cutoff=1.5)
    if nested:
        model = keras.Model(model.input, 2 * model(model.input))
    for cutoff, box_length, fits in ((0.4, 8.0, False), (1.5, 16.0, False), (1.5, 8.0, True), (2.5, 8.0, True)):
        data = make_snapshots(positions, np.zeros(4), np.ones((4, 20, 1)), cutoff, box_length=box_length)
        if fits:
            check_fit("training", data, ForceField(model))
        else:
            with pytest.raises(ValueError, match=r"training: neighbors must list all pairs within .* cutoff=1.5"):
                check_fit("training", data, ForceField(model))


def test_lists_of_later_snapshots_are_checked_too():
    """Lists that lack pairs, are empty or hold each pair once may begin behind the first snapshot."""
    positions = np.random.default_rng(0).uniform(0, 8, (100, 20, 1))
    force_field = ForceField(build_short_range_model(None, dim=1, box_length=8.0, cutoff=1.5))
    given = (positions, np.zeros(100), np.ones((100, 20, 1)))
    good, short = (make_snapshots(*given, cutoff, box_length=8.0, max_neighbors=20) for cutoff in (1.5, 0.4))
    half = make_snapshots(*given, 1.5, box_length=8.0, max_neighbors=20, half_list=True)
    check_fit("test", [good], force_field)
    for lists, message in (
        (short.neighbors, r"test: neighbors must list all pairs within .*; received \d+ of \d+ in snapshot 51"),
        (np.full_like(good.neighbors, -1), r"test: neighbors must list all pairs .*; received 0 of \d+ in snapshot 51"),
        (half.neighbors, "test: neighbors must list each pair twice, .* received a pair listed once in snapshot 51"),
    ):
        behind = np.where(np.arange(100)[:, np.newaxis, np.newaxis] < 50, good.neighbors, lists)
        with pytest.raises(ValueError, match=message):
            check_fit("test", replace(good, neighbors=behind), force_field)


def test_positions_rounded_in_a_large_box_lack_no_pairs():
    """Two points at R + 1e-8 are not neighbours. float32 has steps of 6e-5 at 900: there they are 3e-5 closer."""
    cutoff, first = 1.50003, 900 + 3.1e-5
    positions = np.array([[[first], [first + cutoff + 1e-8]]])
    data = make_snapshots(positions, np.zeros(1), np.zeros((1, 2, 1)), cutoff, box_length=1000.0)
    assert np.all(data.neighbors == -1) and np.ptp(data.positions) == 1.5
    check_fit("training", data, ForceField(build_short_range_model(None, dim=1, box_length=1000.0, cutoff=cutoff)))
