"""A resumable training run: stages through Keras' own fit, with a checkpoint and a learning curve."""

import json
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from lrc_keras.arguments import check_natural, check_path, is_count
from lrc_keras.models.force_field import ForceField, supports_jit
from lrc_keras.training.averaging import AverageInTests, put_average
from lrc_keras.training.batches import check_snapshots, cloud_shape, evaluation_batches, num_snapshots, training_batches
from lrc_keras.training.checkpoints import load_checkpoint, save_checkpoint
from lrc_keras.training.distributed import DistributedSteps, check_replicas
from lrc_keras.training.fit_of_data import check_fit
from lrc_keras.training.objectives import Objective
from lrc_keras.training.progress import CurveLog
from lrc_keras.training.recipes import Recipe
from lrc_keras.training.reports import CURVE, Report, TrainingDiverged
from lrc_keras.training.stages import stage_ends, steps_together
from lrc_keras.training.workers import is_chief, load_for_all, num_workers, worker_index

LARGEST_TEST_BATCH = 1024
STEPS_IN_A_CALL = 25  # at most: a call from Python costs a millisecond, a step of a small network two


def train(
    force_field, recipe, training, test, *, seed=0, checkpoint=None, settings=None, reports=100, on_report=None,
    jit_compile=True, log=None,
):  # fmt: skip
    """Trains a force field by a recipe and returns its learning curve.

    With a checkpoint file the run can be killed at any moment: started again with the same arguments it continues from
    the last report, and ends with the weights that an uninterrupted run ends with: the same to the bit in one thread
    under XLA, else up to rounding.

    A recipe with an `energy_weight` fits the reference energies first, so that the loss is not that of constants.

    A run whose loss is NaN stops with the weights of the last report in the model and in the checkpoint. The same run
    started again stops at once, as it would diverge again. A changed recipe is another run, and the checkpoint is
    refused: give it a file of its own, and `restore_weights` first to start from the last good weights.

    A force field that was built in the scope of a `tf.distribute.Strategy` is trained on its replicas, each of which
    has an equal share of every batch (`lrc_keras.training.distributed`); gradients and errors are those of the whole
    batch, up to rounding. All workers of a `MultiWorkerMirroredStrategy` call this function with the same arguments.
    Only the chief reads and writes `checkpoint` and `log` and calls `on_report`; the others get its weights, optimiser
    and progress before the first step. After a worker was lost, all are started again and go on from the checkpoint.

    Args:
        force_field: built `ForceField`.
        recipe: `Recipe`.
        training, test: `Snapshots` of the same d, a `SnapshotFile`, or a list of them for clouds of several sizes, of
            which every group compiles its own step.
        seed: of the order of snapshots.
        checkpoint: .npz file, or None.
        settings: what else makes the run what it is (JSON), beside recipe, seed and number of snapshots; a checkpoint
            of other settings is refused.
        reports: number of points of the learning curve, spread over the run.
        on_report: called after every report with a dict of `CURVE` names and total_steps; see `progress_line`.
        jit_compile: compile the training step with XLA, if every layer can be: one with method "finufft" cannot.
        log: .csv file that gets a row of `CURVE` for each report, or None; see `CurveLog`.

    Returns: dict of lists, one for each name of `CURVE`, and "test_energy_error" with an `energy_weight`,
        "test_stress_error" with a `stress_weight`, "test_particle_energy_error" likewise.
    Raises: ValueError naming the argument, before any work; TrainingDiverged; CheckpointError.
    """
    check_arguments(force_field, recipe, training, test, reports, checkpoint, log)
    strategy = force_field.distribute_strategy
    chief, distributed = is_chief(strategy), strategy.num_replicas_in_sync > 1
    settings, count = run_settings(recipe, training, seed, settings), num_snapshots(training)
    ends, objective = stage_ends(recipe.stages, count), Objective.of(recipe, training, force_field.scale)
    together = steps_together(recipe.stages, count, most=max(1, min(STEPS_IN_A_CALL, ends[-1] // reports)))
    if (groups := len(check_snapshots("training", training))) > 1:
        together = 1  # steps of several shapes are not one graph
    if distributed and (groups > 1 or objective.by_size):
        raise ValueError("training must hold clouds of one size on several replicas; received several sizes")
    with strategy.scope() if distributed else nullcontext():  # whose replicas share the optimiser and the metrics
        objective.compile(force_field, recipe.make_optimizer(count), jit_compile, together)

    names = (*CURVE, *objective.errors)
    fresh = {"step": 0, "seen": 0, "seconds": 0.0, "curve": {name: [] for name in names}}
    progress = load_for_all(
        strategy, force_field, lambda: checkpoint and load_checkpoint(checkpoint, force_field, settings)
    )
    if not progress:
        progress = fresh
        if recipe.energy_weight:
            force_field.fit_reference_energies(evaluation_batches(training, recipe.stages[-1].batch_size))
    if "diverged" in progress:
        put_average(force_field)
        raise TrainingDiverged(f"{checkpoint}: {progress['diverged']}, and another checkpoint for it")

    def save():
        if checkpoint is not None and chief:
            save_checkpoint(checkpoint, force_field, progress, settings)

    listeners = [] if on_report is None or not chief else [lambda line: on_report({**line, "total_steps": ends[-1]})]
    if log is not None and chief:
        curve_log = CurveLog(log, names)
        curve_log.start(progress["curve"])
        listeners.insert(0, curve_log.append)

    every = max(1, ends[-1] // reports // together) * together
    at_once = num_snapshots(test) if distributed else min(num_snapshots(test), LARGEST_TEST_BATCH)
    validation = objective.weighted(evaluation_batches(test, at_once))
    replicas = DistributedSteps(force_field, jit_compile and supports_jit(force_field)) if distributed else None
    for stage, end in zip(recipe.stages, ends, strict=True):
        while progress["step"] < end:
            # full reports in one call of fit, then what is left of the stage
            steps = min(every, end - progress["step"])
            # the average is out of the model again when the report saves it
            callbacks = [AverageInTests()] if recipe.average else []
            callbacks.append(Report(progress, steps, stage.batch_size, count, save, listeners))
            part = (worker_index(strategy), num_workers(strategy))
            batches = objective.weighted(training_batches(training, stage.batch_size, seed, progress["seen"], part))
            run = {"epochs": (end - progress["step"]) // steps, "steps_per_epoch": steps, "callbacks": callbacks}
            if distributed:
                replicas.fit(batches, validation, **run)
            else:
                # the stream is shuffled already
                force_field.fit(batches, validation_data=validation, shuffle=False, verbose=0, **run)
    put_average(force_field)
    return progress["curve"]


def run_settings(recipe, training, seed, settings):
    """Everything that a checkpoint must have in common with the run that goes on from it, as JSON holds it.

    Raises: ValueError when `settings` are not JSON.
    """
    seed = check_natural("seed", seed)
    check_settings(settings)
    own = {"recipe": asdict(recipe), "seed": seed, "num_snapshots": num_snapshots(training)}
    try:
        return json.loads(json.dumps({**own, **(settings or {})}))
    except TypeError as error:
        raise ValueError(f"settings must be what JSON holds; received {settings!r} ({error})") from error


def check_settings(settings):
    """Raises: ValueError when they are neither a dict nor None."""
    if settings is not None and not isinstance(settings, dict):
        raise ValueError(f"settings must be a dict of what JSON holds; received {settings!r}")


def check_arguments(force_field, recipe, training, test, reports, checkpoint=None, log=None):
    """Raises: ValueError naming the first argument of `train` that is not what it must be."""
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField; received {force_field!r}")
    if not isinstance(recipe, Recipe):
        raise ValueError(f"recipe must be a Recipe, for example recipes.named('fast'); received {recipe!r}")
    if not is_count(reports):
        raise ValueError(f"reports must be a positive integer; received {reports!r}")
    for name, snapshots in (("training", training), ("test", test)):
        check_snapshots(name, snapshots)
        check_fit(name, snapshots, force_field)
    shapes = [cloud_shape(snapshots) for snapshots in (training, test)]
    if any(None not in sizes and len(set(sizes)) > 1 for sizes in zip(*shapes, strict=True)):
        raise ValueError(f"training and test must have points of the same (N, d); received {shapes[0]} and {shapes[1]}")
    count = num_snapshots(training)
    if recipe.total_steps(count) == 0:
        raise ValueError(f"recipe {recipe.name!r} makes no step with {count} snapshots in training")
    for name, path in (("checkpoint", checkpoint), ("log", log)):
        if path is None:
            continue
        if check_path(name, path).is_dir():
            raise ValueError(f"{name} must be the name of a file; received {path!r}")
        if not Path(path).parent.is_dir():
            raise ValueError(f"{name} must be a file in a folder that exists; received {str(path)!r}")
    check_replicas(force_field, recipe, test)
