"""A resumable training run: stages through Keras' own fit, with a checkpoint and a learning curve."""

import math
from contextlib import nullcontext

from lrc_keras.models.energy_model import supports_jit
from lrc_keras.stages import snapshots_of_steps, stage_ends, steps_together
from lrc_keras.training.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from lrc_keras.training.data.batches import (
    check_snapshots,
    evaluation_batches,
    first_snapshot,
    num_snapshots,
    training_batches,
)
from lrc_keras.training.fitting.averaging import AverageInTests, put_average
from lrc_keras.training.fitting.distributed import DistributedSteps
from lrc_keras.training.fitting.reports import CURVE, Report, TrainingDiverged, write_curve
from lrc_keras.training.fitting.workers import is_chief, load_for_all, num_workers, worker_index
from lrc_keras.training.objective.objectives import Objective
from lrc_keras.training.optimizers import make_optimizer
from lrc_keras.training.run_arguments import check_arguments, check_settings, own_settings

MOST_TESTED = 1024  # snapshots at once
TEST_NEIGHBORS = 1_000_000  # of all of them together: with 250 numbers for each, they take about 1 GB
STEPS_IN_A_CALL = 25  # at most: a call from Python costs a millisecond, a step of a small network two


def train(
    force_field, recipe, training, test, *, seed=0, checkpoint=None, settings=None, reports=100, on_report=None,
    jit_compile=True, log=None,
):  # fmt: skip
    """Trains a force field by a recipe and returns its learning curve.

    With a checkpoint file the run can be killed at any moment. Started again with the same arguments, it continues from
    the last report and ends with the weights of an uninterrupted run: the same to the bit in one thread under XLA, and
    up to rounding otherwise.

    A recipe with a weight for energies or particle energies fits the reference energies before the first step, so that
    the loss does not measure constants.

    A run whose loss or test error is NaN or infinite stops. The model and the checkpoint then hold the weights of the
    last report. The same run started again stops at once, as it would diverge again. To go on, change the recipe, use
    another checkpoint file, and call `restore_weights` to start from the last good weights.

    A force field that was built in the scope of a `tf.distribute.Strategy` is trained on its replicas, see
    `lrc_keras.training.fitting.distributed`. Each replica has an equal share of every batch. Gradients and errors are
    those of the whole batch, up to rounding. All workers of a `MultiWorkerMirroredStrategy` call this function with the
    same arguments. Only the chief reads and writes `checkpoint` and `log` and calls `on_report`. The others receive its
    weights, optimiser and progress before the first step. After a worker was lost, all workers are started again and
    continue from the checkpoint.

    Args:
        force_field: built `ForceField`.
        recipe: `Recipe`.
        training, test: `Snapshots` or a `SnapshotFile`, of the same N and d; or a list of them for clouds of several
            sizes. A step is compiled for every group.
        seed: of the order of snapshots.
        checkpoint: .npz file, or None. A missing folder is made.
        settings: further settings of the run, JSON values without NaN. The run adds recipe, seed, num_snapshots,
            digest_of_model (of the network's configuration), digest_of_training and digest_of_test (of the data). A
            checkpoint of other settings is refused.
        reports: number of points of the learning curve, spread over the run. Every stage ends with one. There are up to
            twice as many when a report has fewer than 50 steps.
        on_report: called after every report with a dict of `CURVE` names and total_snapshots; see `progress_line`.
        jit_compile: compile the training step with XLA, if every layer supports it: one with method "finufft" does not.
        log: .csv file of the learning curve, or None. A missing folder is made. The file has a row for each report and
            is written whole each time.

    Returns: dict of lists, one for each name of `CURVE`, and "test_energy_error" with an `energy_weight`,
        "test_stress_error" with a `stress_weight`, "test_particle_energy_error" likewise.
    Raises: ValueError naming the argument, before any work; TrainingDiverged; CheckpointError.
    """
    check_arguments(force_field, recipe, training, test, reports, on_report, checkpoint, log)
    strategy = force_field.distribute_strategy
    chief, distributed = is_chief(strategy), strategy.num_replicas_in_sync > 1
    own, count = own_settings(force_field, recipe, training, test, seed), num_snapshots(training)
    settings = {**check_settings(settings, own), **own}
    ends, objective = stage_ends(recipe.stages, count), Objective.of(recipe, training, test, force_field.scale)
    together = steps_together(recipe.stages, count, most=max(1, min(STEPS_IN_A_CALL, ends[-1] // reports)))
    if len(check_snapshots("training", training)) > 1:
        together = 1  # steps of several shapes are not one graph
    with strategy.scope() if distributed else nullcontext():  # its replicas share the optimiser and the metrics
        objective.compile(force_field, make_optimizer(recipe, count), jit_compile, together)

    progress = load_for_all(
        strategy, force_field, lambda: checkpoint and load_checkpoint(checkpoint, force_field, settings)
    )
    if progress:
        _check_progress(progress, force_field, objective, checkpoint)
        # Keras rounds a report up to whole calls, which must meet the step that a run with other `reports` stopped at
        force_field.steps_per_execution = together = math.gcd(together, progress["step"])
    else:
        curve = {name: [] for name in (*CURVE, *objective.errors)}
        progress = {"step": 0, "seen": 0, "seconds": 0.0, "curve": curve}
        if recipe.energy_weight or recipe.particle_energy_weight:
            force_field.fit_reference_energies(evaluation_batches(training, recipe.stages[-1].batch_size))

    def save():
        if chief and checkpoint is not None:
            save_checkpoint(checkpoint, force_field, progress, settings)
        if chief and log is not None:
            write_curve(log, progress["curve"])

    def tell(line):
        if chief and on_report is not None:
            on_report({**line, "total_snapshots": snapshots_of_steps(recipe.stages, count)})

    if chief and log is not None:  # a killed run may have written more than its checkpoint holds
        write_curve(log, progress["curve"])
    part = (worker_index(strategy), num_workers(strategy))
    every = max(1, ends[-1] // reports // together) * together
    validation = objective.weighted(evaluation_batches(test, _tested_at_once(test, recipe, distributed)))
    replicas = DistributedSteps(force_field, jit_compile and supports_jit(force_field)) if distributed else None
    for stage, end in zip(recipe.stages, ends, strict=True):
        while progress["step"] < end:
            # all full reports of the stage in one call of fit, then one call for the rest of the stage
            steps = min(every, end - progress["step"])
            # in this order the model holds its trained weights again when the report saves it
            callbacks = [AverageInTests()] if recipe.average else []
            callbacks.append(Report(progress, steps, stage.batch_size, count, objective.errors, save, tell))
            batches = objective.weighted(training_batches(training, stage.batch_size, seed, progress["seen"], part))
            run = {"epochs": (end - progress["step"]) // steps, "steps_per_epoch": steps, "callbacks": callbacks}
            if distributed:
                replicas.fit(batches, validation, **run)
            else:
                # the stream is shuffled already
                force_field.fit(batches, validation_data=validation, shuffle=False, verbose=0, **run)
    put_average(force_field)
    return progress["curve"]


def _check_progress(progress, force_field, objective, checkpoint):
    """Raises: CheckpointError for a run with another scale, TrainingDiverged for one that diverged."""
    if not math.isclose(force_field.scale, scale := objective.force_scale, rel_tol=1e-6):
        own = force_field.scale
        raise CheckpointError(f"{checkpoint}: a run with scale = {own:g}, where this run has {scale:g}")
    if "diverged" in progress:
        put_average(force_field)
        raise TrainingDiverged(f"{checkpoint}: {progress['diverged']}, and another checkpoint for it")


def _tested_at_once(test, recipe, distributed):
    """Snapshots of a test at once, at least the largest batch of the training. Replicas share all of them."""
    if distributed:
        return num_snapshots(test)
    first = (first_snapshot(group)[0] for group in check_snapshots("test", test))
    in_memory = TEST_NEIGHBORS // max(1, *(inputs["neighbors"].size for inputs in first))  # padding included
    largest = max(stage.batch_size for stage in recipe.stages)
    return min(num_snapshots(test), max(largest, min(MOST_TESTED, in_memory)))
