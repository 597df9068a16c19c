"""A force field as a TensorFlow SavedModel: loaded and run with TensorFlow alone, without this package or Keras."""

import contextlib
import io
import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from lrc_keras.arguments import check_flag
from lrc_keras.models.force_field import ForceField, saved_model_signature, supports_jit


def export_saved_model(force_field, path, *, overwrite=False, input_signature=None):
    """Writes a folder for any process with TensorFlow, and with nothing else:

        loaded = tf.saved_model.load(path)
        outputs = loaded.serve({"positions": positions, "neighbors": neighbors})

    Keras' own `force_field.export(path)` takes the shapes of the last call: it fixes the number K of neighbours, makes
    the neighbours floats and loses the names. This is the same archive with the inputs of the energy model as its
    signature. The signature is found as "serve" and as "serving_default", which TensorFlow Serving asks for.

    Inputs of the signature: positions (B, N, d) of the model's dtype and neighbors (B, N, K) int32, −1 pads, and what
    else the energy model must have; B and K may be any, and N too where the model was built with `num_points=None`.
    Outputs: energy (B,), forces (B, N, d) and, where the model gives them, particle_energies (B, N) and stress
    (B, d, d), in its units.
    They are those of `tf.function(force_field)` with the same signature. With N left open a `LongRangeConvolution`
    does not know which way of transforming is cheapest, and may take another than for known N: within its tolerance.

    Args:
        force_field: `ForceField`.
        path: of the folder to write; its parent folder must exist. It is there when it is whole, and not before.
        overwrite: whether a SavedModel that is there already is replaced. Nothing else ever is.
        input_signature: dict of `tf.TensorSpec`, one for each input; default `saved_model_signature(force_field)`.
            For an energy model that is no functional model, or for fixed shapes.

    Raises: ValueError naming the argument, FileExistsError or FileNotFoundError, before any work; OSError when the
        folder cannot be written, and one that was there is there still.

    Example:
        >>> import tensorflow as tf
        >>> from lrc_keras.models import ForceField, build_short_range_model, export_saved_model
        >>> force_field = ForceField(build_short_range_model(3, dim=1, box_length=5.0, cutoff=1.5))
        >>> export_saved_model(force_field, "model")
        >>> loaded = tf.saved_model.load("model")
        >>> cloud = {"positions": [[[0.1], [0.5], [4.8]]], "neighbors": [[[1, 2], [0, 2], [0, 1]]]}
        >>> loaded.serve(tf.nest.map_structure(tf.constant, cloud))["forces"].shape
        TensorShape([1, 3, 1])
    """
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField; received {force_field!r}")
    if not supports_jit(force_field):
        raise ValueError('force_field must have no layer with method "finufft", a call of this process; received one')
    check_flag("overwrite", overwrite)
    path = Path(path)
    _check_path(path, overwrite)
    if input_signature is None:
        input_signature = saved_model_signature(force_field)
    _check_signature(input_signature)
    # the names of the signature are those of the specifications
    named = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in input_signature.items()}

    if not force_field.built:  # around a model that its first call builds
        force_field.build()
    archive = keras.export.ExportArchive()
    archive.track(force_field)
    archive.add_endpoint("serve", lambda inputs: force_field(inputs, training=False), [named])
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=".partial") as folder:
        whole = Path(folder) / "whole"
        with contextlib.redirect_stdout(io.StringIO()):  # a page of tensor names, which not every Keras can leave out
            archive.write_out(str(whole))
        _put(whole, path, Path(folder) / "replaced")


def _put(whole, path, aside):
    """Gives a folder its name, and takes it from the folder that has it: that goes aside, or back when this fails."""
    there = path.exists()
    if there:
        path.rename(aside)
    try:
        whole.rename(path)
    except OSError:
        if there:
            aside.rename(path)
        raise


def _check_path(path, overwrite):
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must be in a folder that exists; received {str(path)!r}")
    if not path.exists():
        return
    if not overwrite:
        raise FileExistsError(f"path must be free unless overwrite=True; received {str(path)!r}, which is there")
    if not (path / "saved_model.pb").is_file():
        raise FileExistsError(f"path must be free or a SavedModel to replace; received {str(path)!r}, which is neither")


def _check_signature(signature):
    specs = isinstance(signature, dict) and all(isinstance(spec, tf.TensorSpec) for spec in signature.values())
    if not specs or not {"positions", "neighbors"} <= set(signature):
        raise ValueError(
            "input_signature must be a dict of tf.TensorSpec with at least 'positions' and 'neighbors'; "
            f"received {signature!r}"
        )
