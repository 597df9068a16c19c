"""The two-scale strategy: learn the short range on many small boxes, then both ranges on few large ones."""

from functools import partial

from lrc_keras.arguments import check_path
from lrc_keras.training.checkpoints import check_checkpoint
from lrc_keras.training.fitting.workers import result_of_chief
from lrc_keras.training.loop import train
from lrc_keras.training.run_arguments import check_arguments, check_settings, own_settings
from lrc_keras.training.transfer import transfer_short_range

PHASES = ("small", "large")


def train_two_scale(
    short_force_field, full_force_field, small_recipe, large_recipe, small_training, small_test, large_training,
    large_test, *, seed=0, checkpoint=None, settings=None, reports=100, on_report=None, jit_compile=True, log=None,
    long_range_rows="fresh",
):  # fmt: skip
    """Trains a short-range network on small boxes, moves it into a full-range one, and trains that on large boxes.

    Section 1 of the paper describes this strategy. Its Section 5 has the same recipe for both phases.
    `transfer_short_range` lists the weights that are moved. The second phase trains all weights.

    With a checkpoint the job can be killed at any moment and started again with the same arguments, including force
    fields with the same initial weights. It continues in the phase it was in and ends with the weights of an
    uninterrupted job. Each phase has a file of its own, see `phase_files`. The file of the first phase must stay until
    the second is done.

    Args:
        short_force_field, full_force_field: `ForceField`s of the short-range network for the small box and of the
            full-range network for the large one. Both are trained. `scale` and descriptor statistics of the second
            are replaced by those of the first.
        small_recipe, large_recipe: `Recipe`s of the phases.
        small_training, small_test, large_training, large_test: as for `train`.
        seed, settings, reports, jit_compile: as for `train`, for both phases.
        checkpoint: .npz file, or None. "run.npz" stands for "run.small.npz" and "run.large.npz".
        log: .csv file, or None; two files likewise.
        on_report: called as by `train`, with "phase" in the dict, "small" or "large".
        long_range_rows: see `transfer_short_range`.

    Returns: {"small": curve, "large": curve}, each as `train` returns it.
    Raises: as `train` and `transfer_short_range`, for both phases before any work.
    """
    checkpoints, logs = phase_files(checkpoint, "checkpoint"), phase_files(log, "log")
    phases = {
        "small": (short_force_field, small_recipe, small_training, small_test),
        "large": (full_force_field, large_recipe, large_training, large_test),
    }
    for arguments in phases.values():
        check_arguments(*arguments, reports, on_report, checkpoint, log)
    own = {phase: own_settings(*arguments, seed) for phase, arguments in phases.items()}
    further = {
        "small": {"phase": "small"},
        "large": {"phase": "large", "long_range_rows": long_range_rows, "small_phase": own["small"]},
    }
    for phase, (force_field, *_) in phases.items():
        further[phase] |= check_settings(settings, {**further["large"], **own[phase], "phase": None})
        if checkpoint is not None:
            wanted = {**further[phase], **own[phase]}
            check = partial(check_checkpoint, checkpoints[phase], wanted)
            result_of_chief(force_field.distribute_strategy, check)
    # finds what cannot be moved; the weights moved here are replaced by the trained ones below
    transfer_short_range(short_force_field, full_force_field, long_range_rows)

    curves = {}
    for phase, arguments in phases.items():
        if phase == "large":
            transfer_short_range(short_force_field, full_force_field, long_range_rows)
        curves[phase] = train(
            *arguments,
            seed=seed,
            checkpoint=checkpoints[phase],
            settings=further[phase],
            reports=reports,
            on_report=on_report and (lambda line, phase=phase: on_report({"phase": phase, **line})),
            jit_compile=jit_compile,
            log=logs[phase],
        )
    return curves


def phase_files(path, name="path"):
    """The files of the phases for one name: {"small": run.small.npz, "large": run.large.npz} for run.npz, or Nones.

    Raises: ValueError for a `path` that is no path; it is called `name` there.

    Example:
        >>> from lrc_keras.training import phase_files
        >>> [str(path) for path in phase_files("run.npz").values()]
        ['run.small.npz', 'run.large.npz']
    """
    if path is None:
        return dict.fromkeys(PHASES)
    path = check_path(name, path)
    return {phase: path.with_name(f"{path.stem}.{phase}{path.suffix}") for phase in PHASES}
