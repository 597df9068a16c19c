"""From a short-range network to the short-range part of a full-range one: the step between the two scales."""

import numpy as np

from lrc_keras.models.force_field import ForceField

FITTING = "fitting"
FIRST_KERNELS = ("hidden_0/kernel", "output_unit/kernel")  # of F, and of one without hidden layers: rows are features
LONG_RANGE_ROWS = ("fresh", "zero")


def transfer_short_range(source, target, long_range_rows="fresh"):
    """Puts what a short-range force field has learned into a full-range one ("two-scale training", Sections 1 and 5).

    The paper trains "the network without the LRC-layer" on the small boxes, then both parts on the large one. Read as:
    all weights that both networks have go along, by the names of layers and weights.

    - Descriptor: every weight, and the statistics of the normalisation, which the weights were trained with.
    - Fitting network: every weight. Its first layer reads m_sr = 64 features in the one and m_sr + m_lr = 96 in the
      other, short-range first, Eq. (17): the first 64 rows go along, and the rows of the long-range features are new.
    - `scale` and `reference_energies` of the force field, without which the same weights would mean other forces.

    The LRC-layer and the pyramid after it stay as they are.

    Args:
        source: `ForceField` of a network such as `build_short_range_model` makes.
        target: `ForceField` of a network such as `build_full_range_model` makes, of the same dimension and cutoff; not
            compiled yet, as its loss is in units of the scale.
        long_range_rows: "fresh" – the new rows stay as initialised; "zero" – the target starts with the source's
            forces exactly, and the long-range part from the first step that makes the rows differ from zero.

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
    layers = {layer.name: layer for layer in target.energy_model.layers if layer.weights}
    moves, fresh = [], {f"{name}/{weight}" for name, layer in layers.items() for weight in _weights(layer)}
    for layer in source.energy_model.layers:
        if not layer.weights:
            continue
        if layer.name not in layers:
            raise ValueError(f"target must have a layer {layer.name!r}, as source has; received {sorted(layers)}")
        _check_alike(layer, layers[layer.name])
        into = _weights(layers[layer.name])
        for name, weight in _weights(layer).items():
            full_name = f"{layer.name}/{name}"
            if name not in into:
                raise ValueError(f"target must have a weight {full_name!r}, as source has; received {sorted(into)}")
            if tuple(into[name].shape) == tuple(weight.shape):
                fresh.discard(full_name)
                moves.append((into[name], np.array(weight)))
            elif layer.name == FITTING and name in FIRST_KERNELS and _more_rows(into[name], weight):
                kernel = np.array(into[name])
                kernel[: weight.shape[0]] = weight
                if long_range_rows == "zero":
                    kernel[weight.shape[0] :] = 0
                moves.append((into[name], kernel))
            else:
                shapes = f"expected {tuple(weight.shape)} as in source; received {tuple(into[name].shape)}"
                raise ValueError(f"{full_name} of target: {shapes}")
    for variable, value in moves:
        variable.assign(value)
    target.scale = source.scale
    target.reference_energies.assign(source.reference_energies)
    return sorted(fresh)


def _weights(layer):
    """Weights of a layer by their names below it: "distance_pyramid/dense_0/kernel"."""
    return {weight.path.split(f"{layer.name}/", 1)[-1]: weight for weight in layer.weights}


def _more_rows(wide, narrow):
    return wide.shape[1:] == narrow.shape[1:] and wide.shape[0] > narrow.shape[0]


def _check_alike(source, target):
    """The same weights compute something else under another cutoff."""
    for name in ("cutoff", "smooth_cutoff"):
        expected, received = getattr(source, name, None), getattr(target, name, None)
        if expected != received:
            raise ValueError(f"{target.name} of target: expected {name} = {expected} as in source; received {received}")
