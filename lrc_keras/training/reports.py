"""What happens between two reports of a run: a line of the curve, a checkpoint, and a stop when the loss is lost."""

import math
import time

import keras

from lrc_keras.training.averaging import put_average
from lrc_keras.training.checkpoints import run_variables

CURVE = ("step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds")

OTHER_ERRORS = {  # of a test, and their names in Keras' logs
    "test_energy_error": "val_energy_energy_error",
    "test_stress_error": "val_stress_relative_error",
    "test_particle_energy_error": "val_particle_energies_relative_error",
}


class TrainingDiverged(RuntimeError):
    """The loss or the test error became NaN or infinite; the model holds the last good weights."""


class Report(keras.callbacks.Callback):
    """After each `steps` optimiser steps: a line of the curve, a checkpoint, a row of the log, a word to the caller.

    Args:
        progress: dict with step, seen, seconds and curve, which is brought up to date.
        steps, batch_size: of one epoch of `fit`, which is a report here.
        num_snapshots: S of the training set, to count its epochs.
        save: called without arguments when `progress` and the model belong together.
        listeners: each is called with the line, a dict.
    """

    def __init__(self, progress, steps, batch_size, num_snapshots, save, listeners):
        super().__init__()
        self.progress, self.steps, self.batch_size = progress, steps, batch_size
        self.num_snapshots, self.save, self.listeners = num_snapshots, save, listeners

    def on_train_begin(self, logs=None):
        self.started = time.monotonic() - self.progress["seconds"]
        self._keep()

    def on_epoch_end(self, epoch, logs=None):
        progress = self.progress
        line = {
            "step": progress["step"] + self.steps,
            "snapshots": progress["seen"] + self.steps * self.batch_size,
            "loss": float(logs["loss"]),
            "train_error": _error(logs, ""),
            "test_error": _error(logs, "val_"),
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            "seconds": time.monotonic() - self.started,
        }
        for name, key in OTHER_ERRORS.items():
            if key in logs:
                line[name] = float(logs[key])
        # the loss of a step is that of the weights before it: what the last one made of them only the test can tell
        for name in ("loss", "test_error"):
            if not math.isfinite(line[name]):
                self._stop(name, line)
        progress.update(step=line["step"], seen=line["snapshots"], seconds=line["seconds"])
        for name, values in progress["curve"].items():
            values.append(line[name])
        self.save()
        self._keep()
        for listener in self.listeners:
            listener(line)

    def _keep(self):
        self.good = [variable.numpy() for variable in run_variables(self.model)]

    def _stop(self, name, line):
        """Puts the last good weights back, marks the run as lost, and says so."""
        for variable, value in zip(run_variables(self.model), self.good, strict=True):
            variable.assign(value)
        step, epochs = self.progress["step"], line["snapshots"] / self.num_snapshots
        self.progress["diverged"] = (
            f"the {name.replace('_', ' ')} is {line[name]} after step {line['step']} ({epochs:.1f} epochs, learning "
            f"rate {line['learning_rate']:.2e}), good until step {step}; the model holds the weights of step {step}: "
            "try a smaller learning rate, a longer warmup, or gradient clipping (options global_clipnorm)"
        )
        self.save()
        put_average(self.model)
        raise TrainingDiverged(self.progress["diverged"])


def _error(logs, prefix):
    # with one output that has targets Keras leaves its name out
    names = (f"{prefix}forces_relative_error", f"{prefix}relative_error")
    return float(next(logs[name] for name in names if name in logs))
