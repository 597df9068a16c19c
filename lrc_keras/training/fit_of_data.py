"""Whether snapshots are what a force field takes: found out before a step, by name, and not by a compiler."""

from lrc_keras.layers.descriptor_inputs import check_half_list, check_species
from lrc_keras.training.batches import check_snapshots, first_snapshot


def check_fit(name, snapshots, force_field):
    """Looks at the inputs by name, at N and d, at the species of arrays, and at how pairs are listed.

    Args:
        name: of the argument, for errors.
        snapshots: `Snapshots`, a `SnapshotFile`, or a list of them.
        force_field: `ForceField`; one of a model without named inputs is not looked at.

    Raises: ValueError naming the argument, what was expected and what was received.
    """
    wanted = getattr(force_field.energy_model, "input", None)
    if not isinstance(wanted, dict):
        return
    descriptor = next((layer for layer in force_field.energy_model.layers if hasattr(layer, "half_list")), None)
    for group in check_snapshots(name, snapshots):
        inputs, _ = first_snapshot(group)
        if set(inputs) != set(wanted):
            raise ValueError(f"{name} must have the inputs of the model, {sorted(wanted)}; received {sorted(inputs)}")
        shapes = [tuple(values["positions"].shape[1:]) for values in (wanted, inputs)]
        if any(size not in (None, given) for size, given in zip(*shapes, strict=True)):
            raise ValueError(f"{name} must have (N, d) = {shapes[0]}, as the model has; received {shapes[1]}")
        if descriptor is None:
            continue
        try:
            check_species(getattr(group, "species", None), descriptor.num_species)
            images = inputs["images"][0] if "images" in inputs else None
            check_half_list(descriptor.half_list, inputs["neighbors"][0], images)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
