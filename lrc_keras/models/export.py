"""Export of a force field as a TensorFlow SavedModel, which runs without this package and without Keras."""

import tempfile
from pathlib import Path

import keras
import tensorflow as tf

from lrc_keras.arguments import check_flag, check_path
from lrc_keras.models.energy_model import check_exportable, saved_model_signature
from lrc_keras.models.force_field import ForceField


def export_saved_model(force_field, path, *, overwrite=False, input_signature=None):
    """Writes a SavedModel, which needs only TensorFlow:

        loaded = tf.saved_model.load(path)
        outputs = loaded.serve({"positions": positions, "neighbors": neighbors})

    The signature has the inputs of the energy model, with any B and K, and any N if the model was built with
    `num_points=None`. TensorFlow Serving finds it as "serving_default". It has positions (B, N, d) in the model's
    dtype, neighbors (B, N, K) int32, −1 pads, and the other inputs of the energy model.
    Outputs: those of `ForceField`, computed as in `tf.function(force_field)` with this signature. If N is unknown, a
    `LongRangeConvolution` may choose another method than for known N, which changes results within the tolerance.

    Args:
        force_field: `ForceField`.
        path: folder to write, in an existing parent folder. It appears only when it is complete.
        overwrite: whether to replace an existing SavedModel. Other files and folders are never replaced.
        input_signature: dict of `tf.TensorSpec`, one per input; default `saved_model_signature(force_field)`. Needed
            for fixed shapes, or if the energy model is not a functional model.

    Raises: ValueError naming the argument, FileExistsError or FileNotFoundError, before any work; OSError when the
        folder cannot be written. An existing SavedModel is then preserved.

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
    check_exportable(force_field)
    check_flag("overwrite", overwrite)
    path = check_path("path", path)
    _check_place(path, overwrite)
    if input_signature is None:
        input_signature = saved_model_signature(force_field)
    _check_signature(input_signature)
    # the inputs of a signature are named by its specifications
    named = {name: tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in input_signature.items()}

    force_field.built = True  # the energy model is built by its first call
    archive = keras.export.ExportArchive()
    archive.track(force_field)
    archive.add_endpoint("serve", lambda inputs: force_field(inputs, training=False), [named])
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=".partial") as folder:
        whole = Path(folder) / "whole"
        archive.write_out(str(whole), verbose=False)
        _put(whole, path, Path(folder) / "replaced")


def _put(whole, path, aside):
    """Moves a folder to `path`. An existing folder is moved to `aside`, and back if the move fails."""
    there = path.exists()
    if there:
        path.rename(aside)
    try:
        whole.rename(path)
    except OSError:
        if there:
            aside.rename(path)
        raise


def _check_place(path, overwrite):
    if not path.parent.is_dir():
        raise FileNotFoundError(f"path must be in a folder that exists; received {str(path)!r}")
    if not path.exists():
        return
    if not overwrite:
        raise FileExistsError(f"path must be free unless overwrite=True; received {str(path)!r}")
    if not (path / "saved_model.pb").is_file():
        raise FileExistsError(f"path must be free or a SavedModel; received {str(path)!r}, which is not a SavedModel")


def _check_signature(signature):
    specs = isinstance(signature, dict) and all(isinstance(spec, tf.TensorSpec) for spec in signature.values())
    if not specs or "positions" not in signature:
        raise ValueError(
            f"input_signature must be a dict of tf.TensorSpec with at least 'positions'; received {signature!r}"
        )
