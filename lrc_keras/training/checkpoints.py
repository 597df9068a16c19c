"""Checkpoints: written whole or not at all, and refused by a run with other settings.

Keras' own `.weights.h5` files hold weights alone. A run also needs its optimiser, its progress and its settings, all
from the same step, so they are one file here.
"""

import json

import keras
import numpy as np

from lrc_keras.arguments import check_path
from lrc_keras.files import differences, write_whole


class CheckpointError(ValueError):
    """A checkpoint that cannot be used: it is damaged or belongs to another run."""


def save_checkpoint(path, model, state, settings):
    """Writes weights, optimiser and progress of a run to one file.

    Args:
        path: .npz file.
        model: compiled and built Keras model.
        state: progress of the run, JSON values.
        settings: of the run, JSON values; `load_checkpoint` refuses others.

    Raises: OSError when the file cannot be written; TypeError when state or settings are not JSON values.

    Example: see `load_checkpoint`.
    """
    arrays = {f"variable_{i}": variable.numpy() for i, variable in enumerate(run_variables(model))}
    header = json.dumps({"settings": settings, "state": state, "num_weights": len(model.weights)})
    write_whole(path, lambda file: np.savez(file, header=np.array(header), **arrays))


def load_checkpoint(path, model, settings):
    """Restores weights and optimiser and returns the progress; returns None when there is no checkpoint.

    Raises: CheckpointError naming the file and every setting, or the shapes or dtypes, that differ.

    Example:
        >>> import keras
        >>> from lrc_keras.training import load_checkpoint, save_checkpoint
        >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> save_checkpoint("run.npz", model, state={"step": 10}, settings={"seed": 0})
        >>> load_checkpoint("run.npz", model, settings={"seed": 0})
        {'step': 10}
        >>> load_checkpoint("run.npz", model, settings={"seed": 1})
        Traceback (most recent call last):
        lrc_keras.training.checkpoints.CheckpointError: run.npz: made by a run with seed = 0, this run has 1. ...
    """
    if not check_path("path", path).exists():
        return None
    header, arrays = _read(path)
    _check(path, header["settings"], settings)
    variables = run_variables(model)
    _assign(path, variables, arrays, [keras.backend.standardize_dtype(v.dtype) for v in variables])
    return header["state"]


def check_checkpoint(path, settings):
    """Reads only the settings. Raises: CheckpointError when the file is there and belongs to another run."""
    if check_path("path", path).exists():
        _check(path, _read(path, whole=False)[0]["settings"], settings)


def restore_weights(path, model):
    """Restores the weights of a checkpoint, whatever its settings: to look at a run, or to start another from it.

    The optimiser keeps its state. If the recipe averages, these are the trained weights w and not their average.

    Raises: CheckpointError naming the file; FileNotFoundError.

    Example:
        >>> import keras
        >>> from lrc_keras.training import restore_weights, save_checkpoint
        >>> old, new = (keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]) for _ in range(2))
        >>> old.compile("adam", "mse")
        >>> save_checkpoint("run.npz", old, state={}, settings={})
        >>> restore_weights("run.npz", new)
        >>> all(np.array_equal(a, b) for a, b in zip(old.get_weights(), new.get_weights()))
        True
    """
    if not check_path("path", path).exists():
        raise FileNotFoundError(f"{path}: no such checkpoint")
    header, arrays = _read(path)
    _assign(path, model.weights, arrays[: header["num_weights"]])


def run_variables(model):
    """Everything that training changes: weights, optimiser, random states. Metrics start anew in every epoch."""
    weights = {id(weight) for weight in model.weights}
    random_states = [variable for variable in model.variables if id(variable) not in weights]  # such as Dropout's
    return [*model.weights, *model.optimizer.variables, *random_states]


def _read(path, whole=True):
    """The header, and the arrays unless `whole` is False. Raises: CheckpointError."""
    try:
        with open(path, "rb") as file, np.load(file) as archive:
            header = json.loads(str(archive["header"]))
            return header, [archive[f"variable_{i}"] for i in range(len(archive.files) - 1)] if whole else []
    except (PermissionError, MemoryError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error!r})") from error
    except Exception as error:  # damage can raise any kind of error
        raise CheckpointError(f"{path}: not a readable checkpoint ({error}); delete it to start again") from error


def _check(path, saved, wanted):
    wanted = json.loads(json.dumps(wanted))  # tuples become lists, as in the file
    found = [f"{name} = {old}, this run has {new}" for name, old, new in differences(saved, wanted)]
    if found:
        raise CheckpointError(
            f"{path}: made by a run with {'; with '.join(found)}. Use another file, or delete this one to start again"
        )


def _assign(path, variables, arrays, dtypes=None):
    shapes, saved_shapes = [tuple(v.shape) for v in variables], [a.shape for a in arrays]
    if shapes != saved_shapes:
        raise CheckpointError(f"{path}: expected variables of shapes {shapes}; received {saved_shapes}")
    saved_dtypes = [a.dtype.name for a in arrays]
    if dtypes not in (None, saved_dtypes):
        raise CheckpointError(f"{path}: expected variables of dtypes {dtypes}; received {saved_dtypes}")
    for variable, value in zip(variables, arrays, strict=True):
        variable.assign(value)
