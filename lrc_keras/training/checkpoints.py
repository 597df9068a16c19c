"""Checkpoints: written whole or not at all, and refused by a run with other settings."""

import json
import os
from pathlib import Path

import numpy as np


class CheckpointError(ValueError):
    """A checkpoint that cannot be used: damaged, or of another run."""


def write_whole(path, write):
    """Calls `write(temporary path)` and renames the result: `path` holds the old content or the new, never half."""
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        write(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def save_checkpoint(path, model, state, settings):
    """Weights, optimiser and progress of a run in one file.

    Args:
        path: .npz file.
        model: compiled and built Keras model.
        state: progress, anything that JSON holds.
        settings: what makes the run what it is, anything that JSON holds.
    """
    arrays = {f"variable_{i}": variable.numpy() for i, variable in enumerate(_variables(model))}
    header = json.dumps({"settings": settings, "state": state})

    def write(temporary):
        with open(temporary, "wb") as file:
            np.savez(file, header=np.array(header), **arrays)
            file.flush()
            os.fsync(file.fileno())

    write_whole(path, write)


def load_checkpoint(path, model, settings):
    """Puts weights and optimiser back and returns the progress; None when there is no checkpoint.

    Raises: CheckpointError naming the file and the setting or shape that differs.
    """
    path = Path(path)
    if not path.exists():
        return None
    try:
        with open(path, "rb") as file, np.load(file) as archive:
            header = json.loads(str(archive["header"]))
            arrays = [archive[f"variable_{i}"] for i in range(len(archive.files) - 1)]
    except Exception as error:  # a damaged archive raises whatever its damage leads to
        raise CheckpointError(f"{path}: not a readable checkpoint ({error}); delete it to start again") from error
    settings = json.loads(json.dumps(settings))
    for name in sorted({*settings, *header["settings"]}):
        saved, wanted = header["settings"].get(name), settings.get(name)
        if saved != wanted:
            raise CheckpointError(
                f"{path}: made by a run with {name} = {saved!r}, this run has {wanted!r}; "
                "use another output folder, or delete it to start again"
            )
    variables = _variables(model)
    shapes, saved_shapes = [tuple(v.shape) for v in variables], [a.shape for a in arrays]
    if shapes != saved_shapes:
        raise CheckpointError(f"{path}: expected variables of shapes {shapes}; received {saved_shapes}")
    for variable, value in zip(variables, arrays, strict=True):
        variable.assign(value)
    return header["state"]


def _variables(model):
    """Everything that training changes: weights, statistics, optimiser. Metrics start afresh every epoch."""
    return [*model.weights, *model.optimizer.variables]
