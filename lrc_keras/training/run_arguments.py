"""The arguments of a run, checked before any work, and the settings that its checkpoint must have."""

import hashlib
import json
import os
import re
from dataclasses import asdict

import keras
import numpy as np

from lrc_keras.arguments import check_natural, check_path, is_count
from lrc_keras.files import check_writable
from lrc_keras.layers import ShortRangeDescriptor
from lrc_keras.layers.descriptor_inputs import check_complete, check_half_list, check_species
from lrc_keras.models.energy_model import layers_of
from lrc_keras.models.force_field import ForceField
from lrc_keras.recipes import Recipe
from lrc_keras.training.data.batches import check_snapshots, cloud_shape, first_snapshot, num_snapshots
from lrc_keras.training.data.digests import digest_of_snapshots
from lrc_keras.training.data.snapshots import Snapshots
from lrc_keras.training.fitting.distributed import check_replicas
from lrc_keras.training.fitting.workers import is_chief
from lrc_keras.training.objective.objectives import check_targets
from lrc_keras.training.optimizers import make_optimizer

# parts of a configuration in Keras that may differ for the same network
NOT_OF_THE_NETWORK = ("build_config", "compile_config", "module", "shared_object_id")
CHECKED_SNAPSHOTS = 32  # at most, of each group: a mistake is seldom in one snapshot alone
CHECKED_POINTS = 20_000  # in all of them, to take a second or two


def own_settings(force_field, recipe, training, test, seed):
    """The settings that a run has of its own, as JSON holds them. Raises: ValueError for a wrong seed."""
    own = {"recipe": asdict(recipe), "seed": check_natural("seed", seed), "num_snapshots": num_snapshots(training)}
    own["digest_of_model"] = digest_of_model(force_field)
    own["digest_of_training"], own["digest_of_test"] = map(digest_of_snapshots, (training, test))
    return json.loads(json.dumps(own))


def check_settings(settings, own):
    """The settings of the user, as JSON holds them; None is none.

    Raises: ValueError when they are not a dict of JSON values, or give another value to a name in `own`, a dict.
    """
    if not isinstance(settings, (dict, type(None))):
        raise ValueError(f"settings must be a dict of JSON values; received {settings!r}")
    try:
        settings = json.loads(json.dumps(settings or {}, allow_nan=False))
    except (TypeError, ValueError) as error:  # NaN would differ from itself, so that no run could be resumed
        raise ValueError(f"settings must be JSON values; received {settings!r} ({error})") from error
    for name in settings:
        if name in own and settings[name] != own[name]:
            raise ValueError(f"settings must leave {name!r} to the run itself; received {settings[name]!r}")
    return settings


def digest_of_model(force_field):
    """A text that is the same for the same network, whatever the values of its weights and the names Keras gave it."""
    model = force_field.energy_model
    text = _config_text(model)
    if text is None:
        texts = ((_config_text(layer), type(layer).__name__) for layer in model._flatten_layers(include_self=False))
        text = " ".join([type(model).__name__, *(own or name for own, name in texts)])
    return hashlib.sha256(f"{text} {force_field.stress}".encode()).hexdigest()[:16]


def _config_text(layer):
    """The configuration of a layer or model as a text; None when it has none."""
    try:
        config = _without_names(keras.saving.serialize_keras_object(layer))
        return json.dumps(config, sort_keys=True, default=lambda value: type(value).__name__)
    except Exception:  # a subclassed model may fail in any way to give one
        return None


def _without_names(config):
    """A configuration of Keras without what may differ between two processes that build the same model."""
    if isinstance(config, dict):
        if config.get("class_name") == "__lambda__":  # its bytes may differ
            return "lambda"
        return {name: _without_names(value) for name, value in config.items() if name not in NOT_OF_THE_NETWORK}
    if isinstance(config, (list, tuple)):
        return [_without_names(value) for value in config]
    return re.sub(r"_\d+$", "", config) if isinstance(config, str) else config  # Keras numbers its names: dense_1


def check_arguments(force_field, recipe, training, test, reports, on_report=None, checkpoint=None, log=None):
    """Makes missing folders of the files. Raises: ValueError naming the first argument of `train` that is wrong."""
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField; received {force_field!r}")
    if not force_field.energy_model.built:
        raise ValueError("force_field must be built: call it once with some inputs; received a new subclassed model")
    if not isinstance(recipe, Recipe):
        raise ValueError(f"recipe must be a Recipe, for example named('fast'); received {recipe!r}")
    if not is_count(reports):
        raise ValueError(f"reports must be a positive integer; received {reports!r}")
    if on_report is not None and not callable(on_report):
        raise ValueError(f"on_report must be a function; received {on_report!r}")
    for name, snapshots in (("training", training), ("test", test)):
        _check_finite(name, snapshots)
        check_fit(name, snapshots, force_field)
    shapes = [cloud_shape(snapshots) for snapshots in (training, test)]
    if any(None not in sizes and len(set(sizes)) > 1 for sizes in zip(*shapes, strict=True)):
        raise ValueError(f"training and test must have points of the same (N, d); received {shapes[0]} and {shapes[1]}")
    count = num_snapshots(training)
    if recipe.total_steps(count) == 0:
        raise ValueError(f"recipe {recipe.name!r} makes no step with {count} snapshots in training")
    check_targets(force_field, recipe, training, test)
    try:
        make_optimizer(recipe, count)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"recipe must have options that {recipe.optimizer!r} takes; received {recipe.options} ({error})"
        ) from error
    files = {name: path for name, path in (("checkpoint", checkpoint), ("log", log)) if path is not None}
    for name, path in files.items():
        if check_path(name, path).is_dir():
            raise ValueError(f"{name} must be the name of a file; received {path!r}")
    if len(files) == 2 and os.path.realpath(checkpoint) == os.path.realpath(log):
        raise ValueError(f"log must be another file than checkpoint; received {str(log)!r} for both")
    check_replicas(force_field, recipe, training, test)
    if is_chief(force_field.distribute_strategy):
        for name, path in files.items():
            check_writable(name, path)


def _check_finite(name, snapshots):
    """Raises: ValueError for NaN or infinite numbers in `Snapshots`; a `SnapshotFile` is checked when it is read."""
    for group in check_snapshots(name, snapshots):
        arrays = {**group.inputs(), **group.targets()} if isinstance(group, Snapshots) else {}
        for array, values in arrays.items():
            if not np.all(np.isfinite(values)):
                raise ValueError(f"{name} must be finite; received NaN or infinite values in {array}")


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
        try:
            if (num_species := force_field.reference_energies.shape[0]) > 1:
                check_species(getattr(group, "species", None), num_species)
            for descriptor in descriptors:
                if descriptor.num_species is not None:
                    check_species(getattr(group, "species", None), descriptor.num_species)
                _check_lists(group, descriptor)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error


def _check_lists(group, descriptor):
    """Checks the neighbour lists of evenly spaced snapshots. All would take as long as listing them anew."""
    num_points, _ = cloud_shape(group)
    count = min(len(group), CHECKED_SNAPSHOTS, max(2, CHECKED_POINTS // max(1, num_points)))
    numbers = np.linspace(0, len(group) - 1, count).astype(int)
    inputs = group.rows(numbers).inputs()
    inputs.pop("sources", None)
    images = inputs.get("images", [None] * count)
    for place, number in enumerate(numbers):
        try:
            check_half_list(descriptor.half_list, inputs["neighbors"][place], images[place])
        except ValueError as error:
            raise ValueError(f"{error} in snapshot {number}") from error
    check_complete(descriptor, numbers, **inputs)
