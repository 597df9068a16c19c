"""The arguments of a run, checked before any work, and the settings that its checkpoint must have."""

import json
from dataclasses import asdict
from pathlib import Path

from lrc_keras.arguments import check_natural, check_path, is_count
from lrc_keras.layers import ShortRangeDescriptor
from lrc_keras.layers.descriptor_inputs import check_complete, check_half_list, check_species
from lrc_keras.models.energy_model import layers_of
from lrc_keras.models.force_field import ForceField
from lrc_keras.training.data.batches import check_snapshots, cloud_shape, first_snapshot, num_snapshots
from lrc_keras.training.fitting.distributed import check_replicas
from lrc_keras.training.recipes import Recipe


def run_settings(recipe, training, seed, settings):
    """The settings of a run, as JSON holds them. A checkpoint with other settings is refused.

    Raises: ValueError when `settings` are not JSON.
    """
    seed = check_natural("seed", seed)
    check_settings(settings)
    own = {"recipe": asdict(recipe), "seed": seed, "num_snapshots": num_snapshots(training)}
    try:
        return json.loads(json.dumps({**own, **(settings or {})}))
    except TypeError as error:
        raise ValueError(f"settings must be JSON values; received {settings!r} ({error})") from error


def check_settings(settings):
    """Raises: ValueError when they are neither a dict nor None."""
    if settings is not None and not isinstance(settings, dict):
        raise ValueError(f"settings must be a dict of JSON values; received {settings!r}")


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


def check_fit(name, snapshots, force_field):
    """Compares the snapshots with the inputs of the model: names, N and d, species, and the lists of pairs.

    Args:
        name: of the argument, for errors.
        snapshots: `Snapshots`, a `SnapshotFile`, or a list of them.
        force_field: `ForceField`; a model without named inputs is not checked.

    Raises: ValueError naming the argument, what was expected and what was received.
    """
    wanted = getattr(force_field.energy_model, "input", None)
    if not isinstance(wanted, dict):
        return
    descriptors = layers_of(force_field.energy_model, ShortRangeDescriptor)
    for group in check_snapshots(name, snapshots):
        inputs, _ = first_snapshot(group)
        if set(inputs) != set(wanted):
            raise ValueError(f"{name} must have the inputs of the model, {sorted(wanted)}; received {sorted(inputs)}")
        shapes = [tuple(values["positions"].shape[1:]) for values in (wanted, inputs)]
        if any(size not in (None, given) for size, given in zip(*shapes, strict=True)):
            raise ValueError(f"{name} must have (N, d) = {shapes[0]}, as the model has; received {shapes[1]}")
        images = inputs["images"][0] if "images" in inputs else None
        names = ("positions", "neighbors", "cell", "images", "species")
        try:
            for descriptor in descriptors:
                if descriptor.num_species is not None:
                    check_species(getattr(group, "species", None), descriptor.num_species)
                check_half_list(descriptor.half_list, inputs["neighbors"][0], images)
                check_complete(descriptor, **{key: inputs[key] for key in names if key in inputs})
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
