import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import neighbor_list
from lrc_keras.training import ForceLoss, compile_for_forces

BOX, CUTOFF = 5.0, 1.5


def make(network, positions, dtype="float64", dim=1, num_modes=21, **kwargs):
    """A force field for the given snapshots, and its inputs."""
    keras.utils.set_random_seed(1)
    box = BOX if dim == 1 else (BOX,) * dim
    neighbors = neighbor_list(positions, box, CUTOFF)
    if network == "short":
        model = build_short_range_model(positions.shape[1], dim, box, CUTOFF, dtype=dtype)
    else:
        kwargs.setdefault("tolerance", 1e-10 if dtype == "float64" else 1e-6)
        model = build_full_range_model(positions.shape[1], dim, box, CUTOFF, num_modes, dtype=dtype, **kwargs)
    model.get_layer("short_range_descriptor").adapt(positions, neighbors)
    force_field = ForceField(model, scale=0.4, dtype=dtype)
    return force_field, {"positions": positions.astype(dtype), "neighbors": neighbors}


def moved(inputs, positions):
    """The same neighbours: a small step must not change them, or the paper's descriptor jumps."""
    return {**inputs, "positions": positions}


@pytest.mark.parametrize("network", ["short", "full"])
def test_forces_are_minus_the_gradient(network, line_snapshots, central_difference):
    positions = line_snapshots(1)
    force_field, inputs = make(network, positions)
    output = force_field(inputs)
    assert output["energy"].shape == (1,) and output["forces"].shape == (1, 20, 1)
    expected = -central_difference(lambda x: float(force_field(moved(inputs, x))["energy"][0]), positions)
    # differences of h = 1e-5: h² times third derivatives of up to 1e3 (a pair 0.06 apart)
    np.testing.assert_allclose(output["forces"], expected, atol=1e-6)
    assert np.max(np.abs(expected)) > 0.01


def test_forces_in_2d_and_3d(rng, central_difference):
    for dim in (2, 3):
        positions = rng.uniform(0, 2, (1, 6, dim))
        force_field, inputs = make("full", positions, dim=dim, num_modes=(5,) * dim)
        expected = -central_difference(lambda x: float(force_field(moved(inputs, x))["energy"][0]), positions)  # noqa: B023
        np.testing.assert_allclose(force_field(inputs)["forces"], expected, atol=1e-6)


@pytest.mark.parametrize("network", ["short", "full"])
def test_newton_translation_and_permutation(network, line_snapshots, rng):
    positions = line_snapshots(1)
    force_field, inputs = make(network, positions)
    output = force_field(inputs)
    # the transform is translation invariant to its tolerance of 1e-10
    np.testing.assert_allclose(np.sum(output["forces"], axis=1), 0, atol=1e-8)
    shifted = force_field(moved(inputs, positions + 3.21))
    np.testing.assert_allclose(shifted["forces"], output["forces"], atol=1e-8)
    order = rng.permutation(20)
    permuted = positions[:, order]
    again = force_field({"positions": permuted, "neighbors": neighbor_list(permuted, BOX, CUTOFF)})
    np.testing.assert_allclose(again["forces"], output["forces"].numpy()[:, order], atol=1e-9)
    np.testing.assert_allclose(again["energy"], output["energy"], rtol=1e-10)


def test_padding_never_leaks(line_snapshots):
    force_field, inputs = make("full", line_snapshots(2))
    padded = np.pad(inputs["neighbors"], [(0, 0), (0, 0), (0, 5)], constant_values=-1)
    plain, wide = force_field(inputs), force_field({**inputs, "neighbors": padded})
    np.testing.assert_allclose(wide["energy"], plain["energy"], rtol=1e-12)
    np.testing.assert_allclose(wide["forces"], plain["forces"], atol=1e-12)


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("network", ["short", "full"])
def test_gradient_of_the_force_loss(network, jit_compile, line_snapshots, rng):
    """The second derivative: ∂loss/∂weights along a random direction against central differences, to 1e-6."""
    positions = line_snapshots(2)
    force_field, inputs = make(network, positions)
    target = rng.normal(size=positions.shape)
    weights = force_field.trainable_variables
    # ReLU has kinks: a step of 1e-6 in weights of size one stays clear of them here, and rounding gives 1e-9
    direction = [rng.normal(size=w.shape) for w in weights]

    @tf.function(jit_compile=jit_compile)
    def loss_and_gradient():
        with tf.GradientTape() as tape:
            loss = ForceLoss(dtype="float64")(target, force_field(inputs)["forces"])
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


@pytest.mark.parametrize("network", ["short", "full"])
def test_save_and_load(network, line_snapshots, tmp_path):
    force_field, inputs = make(network, line_snapshots(2), dtype="float32")
    expected = force_field.predict(inputs, verbose=0)
    force_field.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.scale == force_field.scale
    for name, values in loaded.predict(inputs, verbose=0).items():
        np.testing.assert_array_equal(values, expected[name])


def test_fit_lowers_the_loss(line_snapshots):
    positions = line_snapshots(8)
    force_field, inputs = make("full", positions, dtype="float32")
    targets = {"forces": 0.4 * np.sin(positions * 2 * np.pi / BOX).astype("float32"), "energy": np.zeros(8, "float32")}
    compile_for_forces(force_field, keras.optimizers.Adam(1e-2))
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


def test_sources_reach_the_energy_model(line_snapshots):
    """Whatever else the energy model takes is passed on."""
    positions = keras.Input((None, 1), name="positions", dtype="float64")
    sources = keras.Input((None, 1), name="sources", dtype="float64")
    energy = keras.ops.sum(keras.ops.square(positions) * sources, axis=(1, 2))
    force_field = ForceField(keras.Model({"positions": positions, "sources": sources}, energy), dtype="float64")
    output = force_field({"positions": np.array([[[1.0], [2.0]]]), "sources": np.array([[[3.0], [-1.0]]])})
    np.testing.assert_allclose(output["forces"][0, :, 0], [-6.0, 4.0])


def test_bad_arguments_are_named(line_snapshots):
    with pytest.raises(ValueError, match="energy_model must be a keras.Model"):
        ForceField("model")
    model = build_short_range_model(4, 1, BOX, CUTOFF)
    with pytest.raises(ValueError, match="scale must be a positive finite number; received 0"):
        ForceField(model, scale=0)
    with pytest.raises(ValueError, match="box_length must be at least twice the cutoff"):
        build_full_range_model(4, 1, 2.0, CUTOFF, 21)
    with pytest.raises(ValueError, match="num_modes must be a positive integer"):
        build_full_range_model(4, 1, BOX, CUTOFF, 0)
