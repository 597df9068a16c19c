"""Reports of a run: the learning curve, a checkpoint for each of its points, and a stop when the loss is not finite."""

import csv
import io
import math
import time

import keras

from lrc_keras.files import write_whole
from lrc_keras.stages import duration_text
from lrc_keras.training.checkpoints import run_variables
from lrc_keras.training.fitting.averaging import put_average

CURVE = ("step", "snapshots", "loss", "train_error", "test_error", "learning_rate", "seconds")


class TrainingDiverged(RuntimeError):
    """The loss or the test error became NaN or infinite; the model holds the last good weights."""


class Report(keras.callbacks.Callback):
    """Reports after each epoch of `fit`, which is a number of steps here: a point of the curve and a checkpoint.

    Keras' `TerminateOnNaN` is not used: it does not look at the test error and keeps the bad weights.

    Args:
        progress: dict with step, seen, seconds and curve, which is updated.
        steps, batch_size: of one epoch of `fit`.
        num_snapshots: S of the training set, to count its epochs.
        errors: {name in the curve: name in Keras' logs} of further errors of a test, see `Objective.errors`.
        save: called without arguments when `progress` and the model agree.
        tell: called with the point of the curve, a dict.
    """

    def __init__(self, progress, steps, batch_size, num_snapshots, errors, save, tell):
        super().__init__()
        self.progress, self.steps, self.batch_size = progress, steps, batch_size
        self.num_snapshots, self.errors, self.save, self.tell = num_snapshots, errors, save, tell

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
            **{name: float(logs[key]) for name, key in self.errors.items()},
        }
        # the loss of a step is that of the weights before it: only the test sees the weights after the last step
        for name in ("loss", "test_error"):
            if not math.isfinite(line[name]):
                self._stop(name, line)
        progress.update(step=line["step"], seen=line["snapshots"], seconds=line["seconds"])
        for name, values in progress["curve"].items():
            values.append(line[name])
        self.save()
        self._keep()
        self.tell(line)

    def _keep(self):
        self.good = [variable.numpy() for variable in run_variables(self.model)]

    def _stop(self, name, line):
        """Restores the last good weights, marks the run as diverged, and raises."""
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
    # Keras leaves the name of an output out if it is the only one with targets
    names = (f"{prefix}forces_relative_error", f"{prefix}relative_error")
    return float(next(logs[name] for name in names if name in logs))


def write_curve(path, curve):
    """Writes a learning curve, a dict of lists, as a CSV file: a line of names, then a row for each report.

    The file is written whole each time, so that it always agrees with the run. Keras' `CSVLogger` only appends: after
    a killed run it would repeat the rows that were written after the last checkpoint. Numbers have all their digits.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(curve)
    rows.writerows(zip(*curve.values(), strict=True))
    write_whole(path, text.getvalue())


def progress_line(line, total_snapshots=None):
    """One report as text: " 12 %  test error 0.01234  loss 1.234e+00  rate 1.0e-03  12.3 min left".

    Args:
        line: dict with the names of `CURVE`, as `train` gives it to `on_report`. A "phase" in it comes first.
        total_snapshots: snapshots seen of the whole run; default line["total_snapshots"].

    Returns: str without a line break. Errors are relative, the loss is in units of the force scale. Share and time left
        are by snapshots seen: a step of a later stage has a larger batch and takes longer.

    Example:
        >>> from lrc_keras.training import progress_line
        >>> line = {"snapshots": 80, "test_error": 0.01234, "loss": 0.5, "learning_rate": 1e-3, "seconds": 6.0}
        >>> progress_line(line, total_snapshots=800)
        ' 10 %  test error 0.01234  loss 5.000e-01  rate 1.0e-03  54 s left'
    """
    seen, total = line["snapshots"], line["total_snapshots"] if total_snapshots is None else total_snapshots
    left = line["seconds"] * (total - seen) / max(seen, 1)
    energy = f"energy error {line['test_energy_error']:.2e}  " if "test_energy_error" in line else ""
    phase = f"{line['phase']}  " if "phase" in line else ""
    return (
        f"{phase}{100 * seen / total:3.0f} %  test error {line['test_error']:.5f}  {energy}"
        f"loss {line['loss']:.3e}  rate {line['learning_rate']:.1e}  {duration_text(left)} left"
    )
