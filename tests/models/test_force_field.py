import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from lrc_keras.models import ForceField, build_short_range_model
from lrc_keras.ops import neighbor_list
from tests.models.force_fields import BOX, CUTOFF, make


def moved(inputs, positions):
    """One cloud elsewhere, or a batch of them, with the same neighbours: a step that changes them makes a jump."""
    return {"positions": positions, "neighbors": np.repeat(inputs["neighbors"], len(positions), axis=0)}


@pytest.mark.parametrize("network", ["short", "full"])
def test_forces_are_minus_the_gradient(network, line_snapshots, central_difference):
    positions = line_snapshots(1)
    force_field, inputs = make(network, positions)
    output = force_field(inputs)
    assert output["energy"].shape == (1,) and output["forces"].shape == (1, 20, 1)
    expected = -central_difference(lambda x: force_field(moved(inputs, x))["energy"], positions)
    # differences of h = 1e-5: h² times third derivatives of up to 1e3 (a pair 0.06 apart)
    np.testing.assert_allclose(output["forces"], expected, atol=1e-6)
    assert np.max(np.abs(expected)) > 0.01


@pytest.mark.slow
@pytest.mark.parametrize(("activation", "jumps"), [("silu", False), ("relu", True)])
def test_forces_are_continuous_with_a_smooth_activation(activation, jumps, line_snapshots):
    """Half the step, half the largest change of the forces along a path; at a kink of ReLU it stays what it is."""
    cloud = line_snapshots(1)
    changes = []
    for count in (200, 400):
        path = np.repeat(cloud, count, axis=0)
        path[:, 0, 0] += np.linspace(0, 1e-3, count)
        force_field, inputs = make("full", cloud, long_range_activation=activation)
        model = force_field.energy_model
        first = model.get_layer("long_range_pyramid").dense[0]
        values = np.array(model.get_layer("long_range_convolution")(path))[:, 0]
        first.bias.assign(-(values[count // 2 - 1] + values[count // 2]) / 2 @ first.kernel.numpy())  # kinks halfway
        neighbors = np.repeat(inputs["neighbors"], count, axis=0)
        forces = np.array(force_field({"positions": path, "neighbors": neighbors})["forces"])
        changes.append(np.max(np.abs(np.diff(forces, axis=0))))
    # steps of 1/199 and 1/399 of the path
    assert (changes[1] / changes[0] > 0.9) if jumps else changes[1] / changes[0] == pytest.approx(199 / 399, rel=0.01)


def test_forces_in_2d_and_3d(rng, central_difference):
    for dim in (2, 3):
        positions = rng.uniform(0, 2, (1, 6, dim))
        force_field, inputs = make("full", positions, dim=dim, num_modes=(5,) * dim)
        expected = -central_difference(lambda x: force_field(moved(inputs, x))["energy"], positions)  # noqa: B023
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


def test_a_fresh_process_predicts_the_same_bits(line_snapshots, tmp_path):
    """Saved, loaded where nothing of this process is left, called: no state hides outside the file.

    Losses and optimizers are known to Keras there as well.
    """
    force_field, inputs = make("full", line_snapshots(2), dtype="float32")
    force_field.fit_reference_energies(inputs, np.array([1.0, 3.0]))
    expected = force_field(inputs)
    force_field.save(tmp_path / "model.keras")
    np.savez(tmp_path / "inputs.npz", **inputs)
    code = (
        "import keras, lrc_keras.training\n"
        "assert keras.saving.get_registered_object('lrc_keras>ForceLoss')\n"
        "assert 'lrc_keras>SOAP' in keras.saving.get_custom_objects()\n"
        "import numpy as np, lrc_keras.models\n"
        "inputs = dict(np.load('inputs.npz'))\n"
        "outputs = keras.models.load_model('model.keras')(inputs)\n"
        "np.savez('outputs.npz', **{name: value.numpy() for name, value in outputs.items()})\n"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=120)
    outputs = np.load(tmp_path / "outputs.npz")
    for name, value in expected.items():
        np.testing.assert_array_equal(outputs[name], value, err_msg=name)


def test_precision_is_that_of_the_energy_model():
    """Unless told otherwise; Keras would round float64 positions for a float32 model."""
    assert ForceField(build_short_range_model(4, 1, BOX, CUTOFF, dtype="float64")).compute_dtype == "float64"
    assert ForceField(build_short_range_model(4, 1, BOX, CUTOFF)).compute_dtype == "float32"


def test_sources_reach_the_energy_model(line_snapshots):
    """Whatever else the energy model takes is passed on."""
    positions = keras.Input((None, 1), name="positions", dtype="float64")
    sources = keras.Input((None, 1), name="sources", dtype="float64")
    energy = keras.ops.sum(keras.ops.square(positions) * sources, axis=(1, 2))
    force_field = ForceField(keras.Model({"positions": positions, "sources": sources}, energy), dtype="float64")
    output = force_field({"positions": np.array([[[1.0], [2.0]]]), "sources": np.array([[[3.0], [-1.0]]])})
    np.testing.assert_allclose(output["forces"][0, :, 0], [-6.0, 4.0])
