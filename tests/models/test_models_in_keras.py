"""Energy models and force fields in the ways that Keras models are used: plain models, no input left out."""

import copy

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.models import ForceField, export_saved_model
from lrc_keras.training import EnergyError, EnergyLoss, ForceLoss, Recipe, RelativeError, Stage, make_snapshots, train
from tests.models.small_models import BUILDERS, CUTOFF, POINTS, check_same, data, make

every = pytest.mark.parametrize("name", BUILDERS)
some = pytest.mark.parametrize("name", ["half list", "species"])  # that have most of what there is


@every
def test_a_plain_model(name):
    model = make(name)
    assert type(model).__module__.startswith("keras.")
    assert not any(getattr(layer, "optional", False) for layer in model.layers)
    assert {tensor.name for tensor in model.inputs} == set(model.input)


@every
def test_cloned(name):
    model = make(name)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    check_same(clone, model, data(model)[0])
    field = ForceField(model, scale=2.0)
    again = keras.models.clone_model(field)
    again.set_weights(field.get_weights())
    check_same(again, field, data(model)[0])


@every
def test_nested(name):
    model = make(name)
    inputs = {key: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=key) for key, tensor in model.input.items()}
    outer = keras.Model(inputs, 2 * model(inputs))
    check_same(outer, lambda values: 2 * model(values), data(model)[0])
    assert ForceField(outer)(data(model)[0])["forces"].shape == (4, POINTS, 2)


@every
def test_saved_and_copied(name, tmp_path):
    field, inputs = ForceField(make(name), scale=2.0), data(make(name))[0]
    field.reference_energies.assign(np.arange(1.0, 1 + field.reference_energies.shape[0]))
    check_same(copy.deepcopy(field), field, inputs)
    field.save(tmp_path / "field.keras")
    loaded = keras.models.load_model(tmp_path / "field.keras")
    check_same(loaded, field, inputs)
    assert loaded.scale == 2.0
    model = keras.models.model_from_json(field.energy_model.to_json())
    model.set_weights(field.energy_model.get_weights())
    check_same(model, field.energy_model, inputs)


@every
def test_weights_alone_of_a_fresh_field(name, tmp_path):
    """Before any call: the field is built as soon as it is made."""
    field = ForceField(make(name), scale=2.0)
    assert field.built and field.count_params() == sum(np.prod(w.shape, dtype=int) for w in field.weights)
    field.save_weights(tmp_path / "field.weights.h5")
    keras.utils.set_random_seed(9)
    other = ForceField(BUILDERS[name]())
    other.load_weights(tmp_path / "field.weights.h5")
    check_same(other, field, data(field.energy_model)[0])


class Weighted(keras.Model):
    """An energy model that is built by its first call."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return keras.ops.sum(self.dense(inputs["positions"]) ** 2, axis=(1, 2))


def test_a_subclassed_model_must_be_built_before_its_weights_are_loaded(rng, tmp_path):
    positions = rng.uniform(0, 3, (16, 4, 1))
    snapshots = make_snapshots(positions, np.zeros(16), np.sin(positions), CUTOFF, box_length=3.0)
    field = ForceField(Weighted())
    with pytest.raises(ValueError, match="energy_model must be built: call the force field once with some inputs"):
        field.build()
    recipe = Recipe("short", (Stage(1, 8),))
    with pytest.raises(ValueError, match="force_field must be built: call it once with some inputs"):
        train(field, recipe, snapshots, snapshots)
    field(snapshots.inputs())
    train(field, recipe, snapshots, snapshots)
    field.save_weights(tmp_path / "field.weights.h5")
    other = ForceField(Weighted())
    other(snapshots.inputs())
    other.load_weights(tmp_path / "field.weights.h5")
    check_same(other, field, snapshots.inputs())


def test_backup_and_restore(tmp_path):
    """A run that dies in its second epoch goes on there."""

    class Die(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def fit(callbacks):
        field = ForceField(make("short"))
        field.compile(keras.optimizers.Adam(1e-2), {"forces": ForceLoss()}, run_eagerly=True)
        inputs, targets = data(field.energy_model)
        batches = tf.data.Dataset.from_tensor_slices((inputs, targets)).batch(2)
        history = field.fit(batches, epochs=2, shuffle=False, verbose=0, callbacks=callbacks)
        return field, history.history["loss"]

    whole, losses = fit([])
    with pytest.raises(KeyboardInterrupt):
        fit([keras.callbacks.BackupAndRestore(tmp_path), Die()])
    resumed, rest = fit([keras.callbacks.BackupAndRestore(tmp_path)])
    np.testing.assert_allclose(rest, losses[1:], rtol=1e-4)  # float32 sums in any order
    check_same(resumed, whole, data(whole.energy_model)[0])


def test_exported(tmp_path):
    field = ForceField(make("species"), stress=True)
    inputs = data(field.energy_model)[0]
    export_saved_model(field, tmp_path / "model")
    loaded = tf.saved_model.load(tmp_path / "model")  # its functions live as long as it does
    served = loaded.serve({key: tf.constant(values) for key, values in inputs.items()})
    expected = field(inputs)
    assert set(served) == set(expected)
    for key, value in expected.items():
        np.testing.assert_allclose(served[key], value, rtol=1e-4, atol=1e-5)


def test_a_metric_without_its_target_is_named():
    """Keras would compute the metric of the forces on the energies."""
    field = ForceField(make("short"))
    inputs, _ = data(field.energy_model)
    field.compile("adam", {"energy": "mse"}, metrics={"forces": [RelativeError()]})
    with pytest.raises(ValueError, match=r"a target for every loss and metric, \['energy', 'forces'\]"):
        field.fit(inputs, {"energy": np.zeros(4)}, verbose=0)


@pytest.mark.parametrize("jit_compile", [True, False])
def test_losses_keep_the_digits_of_energies(jit_compile):
    """Energies of −1e6 that differ by 0.1: float32 knows steps of 0.06 there."""
    field = ForceField(make("short"))
    inputs, _ = data(field.energy_model)
    field.reference_energies.assign([-1e6])
    true = field(inputs)["energy"].numpy() + [0.1, -0.2, 0.3, 0.0]
    field.compile("adam", {"energy": EnergyLoss()}, metrics={"energy": [EnergyError()]}, jit_compile=jit_compile)
    batches = tf.data.Dataset.from_tensors((inputs, {"energy": true}))
    results = field.evaluate(batches, verbose=0, return_dict=True)
    assert results["loss"] == pytest.approx(0.14 / 4, rel=1e-4)
    assert results["energy_error"] == pytest.approx(0.6 / 4, rel=1e-4)
