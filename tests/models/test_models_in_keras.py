"""Energy models and force fields in the ways that Keras models are used: plain models, no input left out."""

import copy
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.models import (
    ForceField,
    build_full_range_model,
    build_short_range_model,
    energy_inputs,
    export_saved_model,
)
from lrc_keras.ops import neighbor_list
from lrc_keras.training import EnergyError, EnergyLoss, ForceLoss, Recipe, RelativeError, Stage, make_snapshots, train

CUTOFF, POINTS = 1.2, 6
short, full = (partial(build, fitting_depth=2) for build in (build_short_range_model, build_full_range_model))
# in "species": sums are traced and compiled in a third of the time that spreading takes
BUILDERS = {
    "short": lambda: short(POINTS, 2, (4.0, 3.0), CUTOFF),
    "half list": lambda: full(POINTS, 2, (4.0, 3.0), CUTOFF, 7, half_list=True),
    "any cell": lambda: full(None, 2, None, CUTOFF, 7, cell_images=True, per_particle=True),
    "species": lambda: full(None, 2, None, CUTOFF, 7, num_species=2, sources="latent", method="sums"),
    "given": lambda: full(POINTS, 2, (4.0, 3.0), CUTOFF, 7, sources="given"),
}


def data(model, count=4):
    """Inputs and forces that fit a model."""
    rng = np.random.default_rng(0)
    cells = np.stack([np.diag([4.0, 3.0])] * count)
    positions = rng.uniform(0, 3, (count, POINTS, 2))
    half = model.get_layer("short_range_descriptor").half_list
    lists = neighbor_list(positions, cells, CUTOFF, half=half, images="images" in model.input)
    lists = lists if isinstance(lists, tuple) else (lists,)
    everything = {
        "positions": positions.astype("float32"),
        "cell": cells.astype("float32"),
        "species": rng.integers(0, 2, (count, POINTS)).astype("int32"),
        "sources": rng.normal(size=(count, POINTS, 1)).astype("float32"),
        **dict(zip(("neighbors", "images"), lists, strict=False)),
    }
    return {name: everything[name] for name in model.input}, {"forces": np.sin(positions).astype("float32")}


def make(name):
    keras.utils.set_random_seed(4)
    model = BUILDERS[name]()
    inputs, _ = data(model)
    further = {key: inputs[key] for key in ("cell", "images", "species") if key in inputs}
    model.get_layer("short_range_descriptor").adapt(inputs["positions"], inputs["neighbors"], **further)
    return model


def check_same(one, other, inputs):
    for a, b in zip(tf.nest.flatten(one(inputs)), tf.nest.flatten(other(inputs)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)  # the same float32 sums, in a graph or not


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


@some
@pytest.mark.parametrize("policy", ["float64", "mixed_float16"])
def test_policies(name, policy):
    """float64 is said once; a mixed policy computes in float32, as forces in half precision mean nothing."""
    keras.config.set_dtype_policy(policy)
    try:
        field = ForceField(make(name))
        inputs = data(field.energy_model)[0]
        output = field(
            {
                key: tf.cast(v, "float64") if policy == "float64" and v.dtype == "float32" else v
                for key, v in inputs.items()
            }
        )
    finally:
        keras.config.set_dtype_policy("float32")
    assert output["forces"].dtype == ("float64" if policy == "float64" else "float32")
    plain = ForceField(make(name))
    plain.set_weights(field.get_weights())
    expected = plain(inputs)["forces"].numpy()
    # sums of float32, in which a force is 1e-6 of the largest one off; half precision would be 5e-4 off
    np.testing.assert_allclose(output["forces"], expected, rtol=0, atol=1e-5 * np.abs(expected).max())


class OfDistances(keras.Model):
    """A subclassed energy model: U = Σ_i ‖x_i‖²."""

    def call(self, inputs):
        return keras.ops.sum(keras.ops.square(inputs["positions"]), axis=(1, 2))


def test_a_subclassed_model_under_a_mixed_policy():
    """Positions stay float32, energies float64: F = −2x."""
    positions = np.random.default_rng(0).uniform(0, 1000, (2, 3, 1)).astype("float32")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        output = ForceField(OfDistances(dtype="float32"))({"positions": positions})
        of_policy = ForceField(OfDistances(), scale=1e-3)({"positions": positions / 1000})
    finally:
        keras.config.set_dtype_policy("float32")
    assert (output["energy"].dtype, output["forces"].dtype) == ("float64", "float32")
    np.testing.assert_array_equal(output["forces"], -2 * positions)
    assert (of_policy["energy"].dtype, of_policy["forces"].dtype) == ("float64", "float32")


def test_a_force_field_in_a_model_of_a_mixed_policy():
    """Keras would cast the weights of layers that are called inside."""
    field = ForceField(make("short"))
    inputs = data(field.energy_model)[0]
    keras.config.set_dtype_policy("mixed_float16")
    try:
        symbolic = {name: keras.Input(array.shape[1:], dtype=array.dtype, name=name) for name, array in inputs.items()}
        outer = keras.Model(symbolic, field(symbolic))
        output = outer(inputs)
    finally:
        keras.config.set_dtype_policy("float32")
    check_same(lambda _: output, field, inputs)


def test_the_dtype_of_positions_without_a_name():
    given = {"positions": keras.Input((3, 1), dtype="float64"), "neighbors": keras.Input((3, None), dtype="int32")}
    with pytest.warns(UserWarning, match="does not match the model input structure|name"):
        model = keras.Model(given, keras.ops.sum(given["positions"] ** 2, axis=(1, 2)))
    assert ForceField(model).compute_dtype == "float64"


def test_symbolic_outputs_have_the_dtypes_of_the_values():
    field = ForceField(make("any cell"), stress=True)
    outputs, symbolic = field(data(field.energy_model)[0]), field(field.energy_model.input)
    assert {name: values.dtype.name for name, values in outputs.items()} == {
        name: tensor.dtype for name, tensor in symbolic.items()
    }


@pytest.mark.parametrize("axes", [(), (-1,)])
def test_energies_of_a_wrong_shape_are_refused(axes):
    """A scalar, the sum over the batch, would be the energy of every cloud; (B, N, 1) would be added to (B, N)."""
    given = energy_inputs(3, 1, "float64")
    squares = keras.ops.square(given["positions"])
    model = keras.Model(given, keras.ops.sum(squares, axis=axes or None, keepdims=bool(axes)))
    with pytest.raises(ValueError, match=r"energy_model must return energies \(B,\) or .*; received shape"):
        ForceField(model)({"positions": np.ones((1, 3, 1)), "neighbors": np.full((1, 3, 1), -1)})


def test_reference_energies_of_kinds_that_the_layers_do_not_name():
    """A user's model with species: e = (−2, −5) from clouds of several compositions, kept when it is saved."""
    given = energy_inputs(3, 1, "float64", num_species=2)
    model = keras.Model(given, 0 * keras.ops.sum(given["positions"], axis=(1, 2)))
    species = np.array([[0, 0, 1], [0, 1, 1], [1, 0, -1]])
    inputs = {"positions": np.ones((3, 3, 1)), "neighbors": np.full((3, 3, 1), -1), "species": species}
    field = ForceField(model, num_species=2)
    np.testing.assert_allclose(field.fit_reference_energies(inputs, np.array([-9.0, -12.0, -7.0])), [-2, -5])
    again = ForceField.from_config(field.get_config())
    assert again.reference_energies.shape == (2,)


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
