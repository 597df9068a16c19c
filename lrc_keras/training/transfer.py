"""From a short-range network to the short-range part of a full-range one: the step between the two scales."""

import numpy as np

from lrc_keras.models.force_field import ForceField

# the first layer of the fitting network F, with and without hidden layers: a row for each feature
FIRST_KERNELS = ("fitting/hidden_0/kernel", "fitting/output_unit/kernel")
LONG_RANGE_ROWS = ("fresh", "zero")


def transfer_short_range(source, target, long_range_rows="fresh"):
    """Moves the weights of a short-range force field into a full-range one ("two-scale training", Sections 1 and 5).

    The paper trains "the network without the LRC-layer" on the small boxes, then both parts on the large one. Here all
    weights that both networks have are moved, by the names of layers and weights:

    - Descriptor: every weight, and the statistics of the normalisation, because the weights were trained with them.
    - Fitting network: every weight. Its first layer reads m_sr = 64 features in the short-range network and
      m_sr + m_lr = 96 in the full-range one, short-range first, Eq. (17). The first 64 rows are moved; the rows of the
      long-range features are new.
    - `scale` and `reference_energies` of the force field, without which the same weights would mean other forces.

    The LRC-layer and the pyramid after it keep their weights.

    Args:
        source: `ForceField` of a network such as `build_short_range_model` makes.
        target: `ForceField` of a network such as `build_full_range_model` makes, of the same dimension and cutoff; not
            compiled yet, as its loss is in units of the scale.
        long_range_rows: "fresh" – the new rows stay as initialised; "zero" – the new rows are zero, so that the target
            starts with exactly the forces of the source. The long-range part learns once these rows are not zero.

    Returns: list of names of the target's weights that are not the source's, such as
        "long_range_convolution/multiplier/amplitude"; the first layer of the fitting network is one of them.
    Raises: ValueError naming the layer, what was expected and what was received; the target is unchanged then.

    Example: from a box of 5 to one of 10.
        >>> from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
        >>> from lrc_keras.training import transfer_short_range
        >>> short = ForceField(build_short_range_model(20, dim=1, box_length=5.0, cutoff=1.5))
        >>> full = ForceField(build_full_range_model(40, dim=1, box_length=10.0, cutoff=1.5, num_modes=21))
        >>> fresh = transfer_short_range(short, full)
        >>> fresh[0], sorted({name.split("/")[0] for name in fresh})
        ('fitting/hidden_0/kernel', ['fitting', 'long_range_convolution', 'long_range_pyramid'])
    """
    for name, force_field in (("source", source), ("target", target)):
        if not isinstance(force_field, ForceField):
            raise ValueError(f"{name} must be a ForceField; received {force_field!r}")
    if long_range_rows not in LONG_RANGE_ROWS:
        raise ValueError(f"long_range_rows must be one of {LONG_RANGE_ROWS}; received {long_range_rows!r}")
    layers, into = (
        {layer.name: layer for layer in force_field.energy_model.layers if layer.weights}
        for force_field in (source, target)
    )
    if missing := set(layers) - set(into):
        raise ValueError(f"target must have layers {sorted(missing)}, as source has; received {sorted(into)}")
    for name, layer in layers.items():  # the same weights compute something else under another cutoff
        for option in ("cutoff", "smooth_cutoff"):
            expected, received = (getattr(found, option, None) for found in (layer, into[name]))
            if expected != received:
                raise ValueError(f"{name} of target: expected {option} = {expected} as in source; received {received}")
    weights, target_weights = _weights(layers), _weights(into)
    moves, fresh = [], set(target_weights)
    for name, weight in weights.items():
        if name not in target_weights:
            raise ValueError(f"target must have a weight {name!r}, as source has; received {sorted(target_weights)}")
        variable, values = target_weights[name], np.array(weight)
        if tuple(variable.shape) == values.shape:
            fresh.discard(name)
        elif name in FIRST_KERNELS and variable.shape[1:] == values.shape[1:] and variable.shape[0] > len(values):
            rows = np.array(variable)[len(values) :]
            values = np.concatenate([values, 0 * rows if long_range_rows == "zero" else rows])
        else:
            shapes = f"expected {values.shape} as in source; received {tuple(variable.shape)}"
            raise ValueError(f"{name} of target: {shapes}")
        moves.append((variable, values))
    for variable, values in moves:
        variable.assign(values)
    target.scale = source.scale
    target.reference_energies.assign(source.reference_energies)
    return sorted(fresh)


def _weights(layers):
    """Weights by layer and name below it: "short_range_descriptor/distance_pyramid/dense_0/kernel"."""
    return {
        f"{name}/{weight.path.split(f'{name}/', 1)[-1]}": weight
        for name, layer in layers.items()
        for weight in layer.weights
    }
