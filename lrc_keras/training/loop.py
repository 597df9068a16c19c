"""A resumable training run: stages through Keras' own fit, with a checkpoint and a learning curve."""

import math
import time

import keras

from lrc_keras.training.checkpoints import load_checkpoint, save_checkpoint
from lrc_keras.training.losses import ForceLoss
from lrc_keras.training.metrics import RelativeError
from lrc_keras.training.snapshots import evaluation_batches, training_batches
from lrc_keras.training.stages import stage_ends

CURVE = ("step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds")


class TrainingDiverged(RuntimeError):
    """The loss became NaN or infinite; the last checkpoint holds the last good weights."""


def compile_for_forces(force_field, optimizer, jit_compile=True):
    """Compiles a `ForceField` with the loss and the error of Section 5, in units of its own force scale."""
    force_field.compile(
        optimizer=optimizer,
        loss={"forces": ForceLoss(force_field.scale, dtype=force_field.compute_dtype)},
        metrics={"forces": [RelativeError(dtype=force_field.compute_dtype)]},
        jit_compile=jit_compile,
    )


def train(
    force_field, recipe, training, test, *, seed=0, checkpoint=None, settings=None, reports=100, on_report=None,
    jit_compile=True,
):  # fmt: skip
    """Trains a force field by a recipe and returns its learning curve.

    With a checkpoint file the run can be killed at any moment: started again with the same arguments it continues from
    the last report, and ends with the weights that an uninterrupted run ends with.

    Args:
        force_field: built `ForceField`.
        recipe: `Recipe`.
        training, test: `Snapshots` with neighbour lists of one width.
        seed: of the order of snapshots.
        checkpoint: .npz file, or None.
        settings: what makes the run what it is (JSON); a checkpoint of other settings is refused.
        reports: number of points of the learning curve, spread over the run.
        on_report: called with a dict of `CURVE` names after every report.
        jit_compile: compile the training step with XLA.

    Returns: dict of lists, one for each name of `CURVE`.
    Raises: TrainingDiverged, CheckpointError.
    """
    ends = stage_ends(recipe.stages, len(training))
    compile_for_forces(force_field, recipe.make_optimizer(len(training)), jit_compile)
    force_field.optimizer.build(force_field.trainable_variables)

    progress = {"step": 0, "seen": 0, "seconds": 0.0, "curve": {name: [] for name in CURVE}}
    if checkpoint is not None:
        progress = load_checkpoint(checkpoint, force_field, settings) or progress

    def save():
        if checkpoint is not None:
            save_checkpoint(checkpoint, force_field, progress, settings)

    every = max(1, ends[-1] // reports)
    validation = evaluation_batches(test, len(test))
    for stage, end in zip(recipe.stages, ends, strict=True):
        while progress["step"] < end:
            # full reports in one call of fit, then what is left of the stage
            steps = min(every, end - progress["step"])
            report = _Report(progress, steps, stage.batch_size, save, on_report)
            force_field.fit(
                training_batches(training, stage.batch_size, seed, progress["seen"]),
                epochs=(end - progress["step"]) // steps,
                steps_per_epoch=steps,
                validation_data=validation,
                callbacks=[report],
                shuffle=False,  # the stream is shuffled already
                verbose=0,
            )
    return progress["curve"]


class _Report(keras.callbacks.Callback):
    """After each `steps` optimiser steps: a line of the curve, a checkpoint, a word to the caller."""

    def __init__(self, progress, steps, batch_size, save, on_report):
        super().__init__()
        self.progress, self.steps, self.batch_size = progress, steps, batch_size
        self.save, self.on_report = save, on_report

    def on_train_begin(self, logs=None):
        self.started = time.monotonic() - self.progress["seconds"]

    def on_epoch_end(self, epoch, logs=None):
        progress = self.progress
        progress["step"] += self.steps
        progress["seen"] += self.steps * self.batch_size
        progress["seconds"] = time.monotonic() - self.started
        line = {
            "step": progress["step"],
            "snapshots": progress["seen"],
            "loss": float(logs["loss"]),
            "train_error": float(logs["forces_relative_error"]),
            "test_error": float(logs["val_forces_relative_error"]),
            "learning_rate": float(self.model.optimizer.learning_rate),
            "seconds": progress["seconds"],
        }
        if not math.isfinite(line["loss"]):
            raise TrainingDiverged(
                f"the loss is {line['loss']} after step {line['step']} (learning rate {line['learning_rate']:.2e}); "
                "the last checkpoint holds the last good weights: try a smaller learning rate, or gradient clipping"
            )
        for name, value in line.items():
            progress["curve"][name].append(value)
        self.save()
        if self.on_report is not None:
            self.on_report(line)
