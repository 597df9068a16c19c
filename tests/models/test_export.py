"""SavedModels: computed with by TensorFlow alone, of any batch and width, written whole or not at all."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier
from lrc_keras.models import (
    ForceField,
    build_full_range_model,
    build_short_range_model,
    export_saved_model,
    saved_model_signature,
)
from lrc_keras.ops import neighbor_list

BOX, CUTOFF = 5.0, 1.5


def make(positions, dtype="float64", num_points=20, network="full", **kwargs):
    """A force field of 1-D snapshots and its inputs, as tensors."""
    keras.utils.set_random_seed(1)
    kwargs.setdefault("fitting_depth", 2)
    neighbors = neighbor_list(positions, BOX, CUTOFF, half=kwargs.get("half_list", False))
    if network == "full":
        model = build_full_range_model(num_points, 1, BOX, CUTOFF, 21, tolerance=1e-6, dtype=dtype, **kwargs)
    else:
        model = build_short_range_model(num_points, 1, BOX, CUTOFF, dtype=dtype, **kwargs)
    model.get_layer("short_range_descriptor").adapt(positions, neighbors)
    force_field = ForceField(model, scale=0.4)
    force_field.reference_energies.assign([2.5])
    return force_field, {"positions": tf.constant(positions, dtype), "neighbors": tf.constant(neighbors)}


def test_a_process_without_this_package_gets_the_same_numbers(line_snapshots, tmp_path):
    force_field, inputs = make(line_snapshots(2), "float32", per_particle=True, half_list=True)
    expected = tf.function(force_field.__call__, autograph=False)(inputs)
    export_saved_model(force_field, tmp_path / "model")
    np.savez(tmp_path / "inputs.npz", **{name: value.numpy() for name, value in inputs.items()})
    # the package may be installed where the tests run, so that its import is forbidden, and that of Keras as well
    code = (
        "import sys\n"
        "sys.modules.update(lrc_keras=None, keras=None)\n"
        "try:\n"
        "    import lrc_keras\n"
        "except ImportError:\n"
        "    import numpy as np, tensorflow as tf\n"
        "    loaded = tf.saved_model.load('model')\n"
        "    serve = loaded.signatures['serving_default']\n"
        "    outputs = serve(**{name: tf.constant(value) for name, value in np.load('inputs.npz').items()})\n"
        "    np.savez('outputs.npz', **{name: value.numpy() for name, value in outputs.items()})\n"
    )
    subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, check=True, timeout=120)
    outputs = dict(np.load(tmp_path / "outputs.npz"))
    assert set(outputs) == {"energy", "forces", "particle_energies"}
    for name, value in expected.items():
        assert outputs[name].dtype == ("float64" if "energ" in name else "float32")
        # the same graph; on another number of threads sums have another order
        np.testing.assert_allclose(outputs[name], value, rtol=1e-5, atol=1e-5, err_msg=name)


def test_any_batch_and_any_width(line_snapshots, tmp_path):
    force_field, inputs = make(line_snapshots(5), network="short")
    export_saved_model(force_field, tmp_path / "model")
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    expected = force_field(inputs)
    for rows in (1, 3, 5):
        wide = np.pad(inputs["neighbors"][:rows], [(0, 0), (0, 0), (0, rows)], constant_values=-1)
        outputs = loaded.serve({"positions": inputs["positions"][:rows], "neighbors": tf.constant(wide)})
        assert set(outputs) == {"energy", "forces"}
        for name, values in outputs.items():
            np.testing.assert_allclose(values, expected[name][:rows], rtol=1e-12, atol=1e-12)


def test_keras_own_export_keeps_the_names(line_snapshots, tmp_path):
    force_field, inputs = make(line_snapshots(2), network="short")
    force_field.export(str(tmp_path / "model"), verbose=False)
    loaded = tf.saved_model.load(tmp_path / "model")
    forces = loaded.serve(inputs)["forces"]
    np.testing.assert_allclose(forces, force_field(inputs)["forces"], atol=1e-13)  # float64, other order


def test_any_number_of_points(line_snapshots, tmp_path):
    """Where the model has none of its own: the first 20 points, then 12 of them alone."""
    points = keras.Input((None, 1), name="positions", dtype="float64")
    lists = keras.Input((None, None), name="neighbors", dtype="int32")
    multiplier = ScreenedCoulombMultiplier(1)
    layer = LongRangeConvolution(multiplier, 21, BOX, 1e-6, subtract_mean=True, dtype="float64")
    energy = keras.ops.sum(layer(points), axis=(1, 2)) / 10
    force_field = ForceField(keras.Model({"positions": points, "neighbors": lists}, energy))
    assert saved_model_signature(force_field)["neighbors"].shape.as_list() == [None, None, None]
    export_saved_model(force_field, tmp_path / "model")
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    positions = line_snapshots(2)
    for count in (20, 12):
        some = {"positions": tf.constant(positions[:, :count]), "neighbors": tf.fill((2, count, 1), -1)}
        outputs = loaded.serve(some)
        for name, values in force_field(some).items():
            # another way of transforming, to the tolerance 1e-6 of the layer; values are of size one to ten
            np.testing.assert_allclose(outputs[name], values, atol=1e-5)
            assert np.max(np.abs(values)) > 0.1


def test_a_signature_of_ones_own(line_snapshots, tmp_path):
    """Fixed shapes, for a server that compiles."""
    force_field, inputs = make(line_snapshots(2), network="short")
    assert set(saved_model_signature(force_field)) == {"positions", "neighbors"}
    signature = {name: tf.TensorSpec(values.shape, values.dtype) for name, values in inputs.items()}
    export_saved_model(force_field, tmp_path / "model", input_signature=signature)
    loaded = tf.saved_model.load(
        str(tmp_path / "model")
    )  # a variable of its own: its functions live as long as it does
    outputs = loaded.signatures["serve"](**inputs)
    for name, values in force_field(inputs).items():
        np.testing.assert_allclose(outputs[name], values, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("export", [export_saved_model, lambda field, path: field.export(path)])
def test_a_function_of_python_is_not_exported(export, tmp_path):
    pytest.importorskip("finufft")
    model = build_full_range_model(3, dim=1, box_length=5.0, cutoff=1.5, num_modes=7, method="finufft")
    with pytest.raises(ValueError, match='no layer with method "finufft", which cannot be exported'):
        export(ForceField(model), tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_a_model_without_neighbors(tmp_path):
    inputs = {"positions": keras.Input((3, 2), name="positions"), "charges": keras.Input((3, 1), name="charges")}
    potential = LongRangeConvolution(ScreenedCoulombMultiplier(1), 5, 4.0)(inputs["positions"], inputs["charges"])
    field = ForceField(keras.Model(inputs, keras.ops.sum(inputs["charges"] * potential, axis=(1, 2))))
    export_saved_model(field, tmp_path / "model")
    cloud = {"positions": np.float32([[[0, 0], [1, 0], [1, 2]]]), "charges": np.ones((1, 3, 1), "float32")}
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    forces = loaded.serve(tf.nest.map_structure(tf.constant, cloud))["forces"]
    np.testing.assert_allclose(forces, field(cloud)["forces"], rtol=1e-5, atol=1e-6)


class Quadratic(keras.Model):
    """An energy model that is no functional one: U = Σ x²."""

    def call(self, inputs):
        return keras.ops.sum(keras.ops.square(inputs["positions"]), axis=(1, 2))


def test_a_model_without_known_inputs_has_a_signature_of_ones_own(tmp_path):
    force_field = ForceField(Quadratic(dtype="float64"))
    signature = {
        "positions": tf.TensorSpec((None, None, 2), tf.float64),
        "neighbors": tf.TensorSpec((None, None, None), tf.int32),
    }
    export_saved_model(force_field, tmp_path / "model", input_signature=signature)
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    outputs = loaded.serve({"positions": tf.constant([[[1.0, 2.0]]], tf.float64), "neighbors": tf.constant([[[-1]]])})
    np.testing.assert_allclose(outputs["forces"], [[[-2.0, -4.0]]])


def test_overwrite(line_snapshots, tmp_path, monkeypatch):
    inputs = {"positions": tf.constant(line_snapshots(1)), "neighbors": tf.fill((1, 20, 1), -1)}
    points = keras.Input((None, 1), name="positions", dtype="float64")
    lists = keras.Input((None, None), name="neighbors", dtype="int32")
    energy = keras.ops.sum(keras.ops.square(points), axis=(1, 2))
    force_field = ForceField(keras.Model({"positions": points, "neighbors": lists}, energy))
    force_field.reference_energies.assign([2.5])
    path = tmp_path / "model"
    export_saved_model(force_field, path)
    with pytest.raises(FileExistsError, match="path must be free unless overwrite=True"):
        export_saved_model(force_field, path)
    force_field.reference_energies.assign([7.0])
    expected = force_field(inputs)["energy"]

    seen = []

    def full_disk(obj, export_dir, *args, **kwargs):
        seen.append(export_dir)
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(tf.saved_model, "save", full_disk)
        with pytest.raises(OSError, match="no space left"):
            export_saved_model(force_field, path, overwrite=True)
    assert str(path) not in seen and len(seen) == 1
    with monkeypatch.context() as patch:
        rename = Path.rename
        patch.setattr(
            Path, "rename", lambda self, to: full_disk(self, str(to)) if self.name == "whole" else rename(self, to)
        )
        with pytest.raises(OSError, match="no space left"):
            export_saved_model(force_field, path, overwrite=True)
    loaded = tf.saved_model.load(str(path))
    difference = expected - loaded.serve(inputs)["energy"]
    np.testing.assert_allclose(difference, 20 * 4.5, rtol=1e-12)  # 20 points, a shift from 2.5 to 7

    export_saved_model(force_field, path, overwrite=True)
    loaded = tf.saved_model.load(str(path))
    np.testing.assert_allclose(loaded.serve(inputs)["energy"], expected, rtol=1e-12)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["model"]
