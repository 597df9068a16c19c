"""Training of force fields with Keras: gradients of the loss, targets, saving, and reference energies."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.models import ForceField
from lrc_keras.training import EnergyLoss, ForceLoss, StressLoss, compile_for_forces
from tests.models.clouds import make_cloud, make_model
from tests.models.force_fields import BOX, make


@pytest.mark.parametrize(("network", "dim"), [("short", 1), ("full", 1), ("full", 2), ("full", 3)])
def test_gradient_of_the_loss(network, dim, line_snapshots, rng):
    """The second derivative: ∂loss/∂weights along a random direction against central differences, to 1e-6."""
    positions = line_snapshots(2) if dim == 1 else lattice_snapshots(rng, dim)
    force_field, inputs = make(network, positions, dim=dim, num_modes=21 if dim == 1 else (5,) * dim)
    forces, energies = rng.normal(size=positions.shape), rng.normal(size=2)

    def loss(output):
        of_energies = EnergyLoss(num_points=4, dtype="float64")(energies, output["energy"])
        return ForceLoss(dtype="float64")(forces, output["forces"]) + 0.3 * of_energies

    check_gradient(force_field, inputs, loss, rng)


@pytest.mark.parametrize("network", ["short", "full"])
def test_gradient_of_a_loss_of_stresses(network, rng):
    """The mixed derivative ∂²U/∂strain ∂weights, in cells of their own."""
    force_field, inputs = make_model(dim=2, network=network, num_modes=5), make_cloud(rng, dim=2, num_points=6)
    stresses = rng.normal(size=(2, 2, 2))
    check_gradient(force_field, inputs, lambda output: StressLoss()(stresses, output["stress"]), rng)


def check_gradient(force_field, inputs, loss_of, rng):
    """The gradient of a loss by the weights along a random direction, against central differences, to 1e-6."""
    weights = force_field.trainable_variables
    # away from the zero biases of a fresh network; a step of 1e-6 in weights of size one, and rounding gives 1e-9
    for w in weights:
        w.assign_add(rng.normal(size=w.shape) * 0.1)
    direction = [rng.normal(size=w.shape) for w in weights]

    @tf.function
    def loss_and_gradient():
        with tf.GradientTape() as tape:
            loss = loss_of(force_field(inputs))
        return loss, tape.gradient(loss, [w.value for w in weights])

    _, gradients = loss_and_gradient()
    assert all(g is not None for g in gradients)
    slope = sum(np.sum(g * d) for g, d in zip(gradients, direction, strict=True))
    original, step, losses = [w.numpy() for w in weights], 1e-6, []
    for sign in (1, -1):
        for w, value, d in zip(weights, original, direction, strict=True):
            w.assign(value + sign * step * d)
        losses.append(float(loss_and_gradient()[0]))
    assert slope == pytest.approx((losses[0] - losses[1]) / (2 * step), rel=1e-6)


def lattice_snapshots(rng, dim):
    """2 snapshots of 2^d points around a lattice of 0.9, none closer than 0.5: (2, 2^d, d)."""
    corners = np.stack(np.meshgrid(*[[0.0, 0.9]] * dim), axis=-1).reshape(-1, dim)
    return corners + rng.uniform(-0.2, 0.2, (2, *corners.shape))


def test_a_loaded_model_goes_on_with_its_optimizer(line_snapshots, tmp_path):
    """Two steps, then saved, loaded, two more: as four steps, to the bit but for the order of sums in a fit."""
    positions = line_snapshots(4)
    targets = {"forces": np.ones_like(positions)}
    weights = []
    for name in ("at_once", "loaded"):
        field, inputs = make("short", positions)
        field.compile("adam", loss={"forces": ForceLoss()}, run_eagerly=True)
        field.fit(inputs, targets, batch_size=4, epochs=2, verbose=0)
        if name == "loaded":
            field.save(tmp_path / "field.keras")
            field = keras.models.load_model(tmp_path / "field.keras")
        field.fit(inputs, targets, batch_size=4, epochs=2, verbose=0)
        weights.append([np.array(weight) for weight in field.trainable_weights])
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def quadratic(layer, dtype="float64"):
    """U = Σ layer(w x)² with w = 1: a force field, whose weights a rate of 0 keeps."""
    points = keras.Input((None, 1), name="positions", dtype=dtype)
    values = layer(keras.layers.Dense(1, use_bias=False, kernel_initializer="ones", dtype=dtype)(points))
    field = ForceField(keras.Model({"positions": points}, keras.ops.sum(keras.ops.square(values), axis=(1, 2))))
    field.compile(keras.optimizers.SGD(0.0), loss={"forces": ForceLoss()}, jit_compile=False)
    return field


def test_dropout_acts_in_training_alone(rng):
    """Dropout by halves: a force of −2x becomes 0 or −8x. It is off by −2x or 6x, and in tests by nothing."""
    positions = rng.normal(size=(3, 7, 1))
    field = quadratic(keras.layers.Dropout(0.5, seed=0, dtype="float64"))
    batches = tf.data.Dataset.from_tensors(({"positions": positions}, {"forces": -2 * positions}))
    losses = field.fit(batches, epochs=4, shuffle=False, verbose=0).history["loss"]
    low, high = (float(np.sum((factor * positions) ** 2) / 3) for factor in (2, 6))
    assert len(set(losses)) == 4 and all(low < loss < high for loss in losses)
    assert field.evaluate(batches, verbose=0) == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(field.predict(batches, verbose=0)["forces"], -2 * positions, rtol=1e-12)
    dropped = field({"positions": positions}, training=True)["forces"] / positions
    np.testing.assert_allclose(np.unique(np.round(dropped, 9)), [-8, 0])


def test_batch_normalization_learns_its_statistics(rng):
    """One step of momentum 0.9 from mean 0 and variance 1, which tests leave as they are."""
    positions = rng.normal(2, 3, size=(5, 7, 1))
    field = quadratic(keras.layers.BatchNormalization(momentum=0.9, dtype="float64"))
    batches = tf.data.Dataset.from_tensors(({"positions": positions}, {"forces": positions}))
    field.fit(batches, shuffle=False, verbose=0)
    field.evaluate(batches, verbose=0)
    statistics = {w.name: float(w[0]) for w in field.weights if w.name.startswith("moving")}
    assert statistics["moving_mean"] == pytest.approx(0.1 * positions.mean(), rel=1e-6)
    assert statistics["moving_variance"] == pytest.approx(0.9 + 0.1 * positions.var(), rel=1e-6)


def test_fit_lowers_the_loss(line_snapshots):
    positions = line_snapshots(8)
    force_field, inputs = make("full", positions, dtype="float32")
    targets = {"forces": 0.4 * np.sin(positions * 2 * np.pi / BOX).astype("float32"), "energy": np.zeros(8, "float32")}
    compile_for_forces(force_field, keras.optimizers.Adam(1e-2), jit_compile=False)
    history = force_field.fit(inputs, targets, batch_size=4, epochs=15, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    # loss and error speak of the same forces: ε² Σ‖F‖² = S · loss · scale²
    result = force_field.evaluate(inputs, targets, verbose=0, return_dict=True)
    squared_error = result["forces_relative_error"] ** 2 * np.sum(targets["forces"] ** 2)
    assert squared_error == pytest.approx(8 * result["loss"] * force_field.scale**2, rel=1e-5)


def test_forces_alone_are_targets_enough(line_snapshots):
    force_field, inputs = make("short", line_snapshots(2), dtype="float32")
    compile_for_forces(force_field, "adam", jit_compile=False)
    result = force_field.evaluate(inputs, {"forces": inputs["positions"]}, verbose=0, return_dict=True)
    error = np.linalg.norm(force_field(inputs)["forces"] - inputs["positions"]) / np.linalg.norm(inputs["positions"])
    assert result["relative_error"] == pytest.approx(error, rel=1e-5)
    compile_for_forces(force_field, "adam", jit_compile=False, energy_weight=0.1)
    with pytest.raises(
        ValueError, match=r"a target for every loss and metric, \['energy', 'forces'\]; received \['forces'\]"
    ):
        force_field.evaluate(inputs, {"forces": inputs["positions"]}, verbose=0)


def test_energies_and_mixed_batches_in_compiled_steps(line_snapshots):
    """Eleven snapshots in batches of 4, 4 and 3: fit, evaluate and predict, compiled, with a callback.

    The energy is that of 17 weights, as every size of batch is compiled anew.
    """
    positions, dtype = line_snapshots(11), "float32"
    points = keras.Input((None, 1), name="positions", dtype=dtype)
    energies = keras.layers.Dense(1, dtype=dtype)(keras.layers.Dense(8, "tanh", dtype=dtype)(points))
    energy_model = keras.Model({"positions": points}, keras.ops.squeeze(energies, -1))
    force_field, inputs = ForceField(energy_model, scale=0.4), {"positions": positions.astype(dtype)}
    targets = {"energy": np.cos(positions).sum(axis=(1, 2)).astype(dtype), "forces": np.sin(positions).astype(dtype)}
    compile_for_forces(force_field, keras.optimizers.Adam(1e-3), energy_weight=0.5, num_points=20)
    losses = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: losses.append(logs["loss"]))
    force_field.fit(inputs, targets, batch_size=4, epochs=2, verbose=0, callbacks=[callback])
    assert len(losses) == 2 and np.all(np.isfinite(losses))

    result = force_field.evaluate(inputs, targets, batch_size=4, verbose=0, return_dict=True)
    predicted = force_field.predict(inputs, batch_size=4, verbose=0)
    assert {name: (v.shape, v.dtype) for name, v in predicted.items()} == {
        "energy": ((11,), "float64"), "forces": ((11, 20, 1), dtype), "particle_energies": ((11, 20), "float64"),
    }  # fmt: skip
    difference = {name: predicted[name].astype("float64") - targets[name] for name in targets}
    force_loss = np.mean(np.sum(difference["forces"] ** 2, axis=(1, 2))) / force_field.scale**2
    energy_loss = np.mean(difference["energy"] ** 2) / (20 * force_field.scale**2)
    # Keras averages losses in float32, and float32 energies are sums of twenty numbers of size one
    assert result["loss"] == pytest.approx(force_loss + 0.5 * energy_loss, rel=1e-5)
    assert result["energy_energy_error"] == pytest.approx(np.mean(np.abs(difference["energy"])) / 20, rel=1e-5)
    np.testing.assert_allclose(predicted["particle_energies"].sum(axis=1), predicted["energy"], rtol=1e-5)


@pytest.mark.parametrize("per_particle", [False, True])
def test_reference_energy(per_particle, line_snapshots, tmp_path):
    """Fitted by least squares to what forces leave open; shared alike by all points; saved; unseen by forces."""
    force_field, inputs = make("short", line_snapshots(5), per_particle=per_particle)
    before = force_field(inputs)
    missing = np.array([20.0, 40.0, 60.0, 0.0, 30.0])
    energies = before["energy"].numpy() + missing
    # 150 of energy over 5 snapshots of 20 points
    assert force_field.fit_reference_energies(inputs, energies, batch_size=2) == pytest.approx(1.5, rel=1e-12)
    after = force_field(inputs)
    np.testing.assert_allclose(after["energy"] - before["energy"], 30, rtol=1e-12)
    np.testing.assert_array_equal(after["forces"], before["forces"])
    if per_particle:
        np.testing.assert_allclose(after["particle_energies"] - before["particle_energies"], 1.5, rtol=1e-12)
    assert force_field.compute_output_shape({"positions": (5, 20, 1)}) == {k: tuple(v.shape) for k, v in after.items()}
    assert [w.name for w in force_field.non_trainable_weights if w.name == "reference_energies"]
    force_field.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(inputs)["energy"], after["energy"])


def test_reference_energy_of_boxes_of_two_sizes(line_snapshots):
    """One energy for each particle fits both; a dataset may hold both."""
    force_field, inputs = make("short", line_snapshots(3), num_points=None)
    smaller = {name: values[:, :10] for name, values in inputs.items()}
    smaller["neighbors"] = np.where(smaller["neighbors"] < 10, smaller["neighbors"], -1)
    signature = {
        "positions": tf.TensorSpec((3, None, 1), tf.float64),
        "neighbors": tf.TensorSpec((3, None, None), tf.int32),
    }
    data = [(x, {"energy": force_field(x)["energy"] + 2.5 * n}) for x, n in ((inputs, 20), (smaller, 10))]
    batches = tf.data.Dataset.from_generator(
        lambda: iter(data), output_signature=(signature, {"energy": tf.TensorSpec((3,), tf.float64)})
    )
    for dataset, received in ((batches, "unknown cardinality, see tf.data"), (batches.repeat(), "an endless one")):
        with pytest.raises(ValueError, match=f"inputs must be a dataset of known, finite cardinality.*{received}"):
            force_field.fit_reference_energies(dataset)
    known = batches.apply(tf.data.experimental.assert_cardinality(2))
    assert force_field.fit_reference_energies(known) == pytest.approx(2.5, rel=1e-12)
