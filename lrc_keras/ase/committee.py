"""One or several force fields with the same inputs, evaluated by one compiled function."""

import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_positive
from lrc_keras.layers import LongRangeConvolution, ShortRangeDescriptor
from lrc_keras.models import ForceField
from lrc_keras.models.energy_model import layers_of
from lrc_keras.ops.cells import lattice_vectors
from lrc_keras.ops.neighbors import check_cutoff

INPUTS = {"positions", "neighbors", "cell", "images", "species", "sources"}


class Committee:
    """Force fields with the same inputs, evaluated together in one trace for any number of points and neighbours.

    `copy.deepcopy` returns the same committee, because compiled functions cannot be copied. A pickle holds the models'
    configurations and weights.

    Args:
        force_fields: sequence of `ForceField`, at least one.
        box_length, cutoff: cell and radius of the neighbour lists, for models without a `ShortRangeDescriptor`.

    Attributes: `inputs`, dict of `tf.TensorSpec` with batch 1; `outputs`, the names of the outputs; `dim`;
    `num_points`, N or None; `num_species`, or None; `cutoff`; `half_list`; `cell` (d, d) float64, or None if it is an
    input.
    Raises: ValueError naming the argument.
    """

    def __init__(self, force_fields, box_length=None, cutoff=None):
        self.force_fields = tuple(force_fields)
        if not self.force_fields:
            raise ValueError("force_field must be at least one ForceField; received none")
        known = [_description(field, box_length, cutoff) for field in self.force_fields]
        for other in known[1:]:
            for name, value in known[0].items():
                if other[name] != value:
                    raise ValueError(
                        f"force_field must be models that agree in {name}; received {value} and {other[name]}"
                    )
        first = known[0]
        self.inputs = {name: tf.TensorSpec((1, *shape), dtype) for name, (shape, dtype) in first["inputs"].items()}
        self.outputs, self.half_list, self.num_species = first["outputs"], first["half_list"], first["num_species"]
        self.cutoff, self.cell = first["cutoff"], None if first["cell"] is None else np.array(first["cell"])
        self.num_points, self.dim = self.inputs["positions"].shape[1:]
        self._compute = None

    def __call__(self, inputs):
        """Evaluates the models: dict of input arrays without the batch axis → list of dicts of such output arrays."""
        if self._compute is None:
            self._compute = tf.function(
                lambda tensors: [field(tensors) for field in self.force_fields],
                input_signature=[self.inputs],
                autograph=False,
            )
        tensors = {name: tf.constant(inputs[name][np.newaxis], spec.dtype) for name, spec in self.inputs.items()}
        return [{name: value[0].numpy() for name, value in member.items()} for member in self._compute(tensors)]

    def __deepcopy__(self, memo):
        return self

    def __getstate__(self):
        # Keras' pickle also holds the optimiser and the loss, which loading would have to import.
        saved = [(type(field), field.get_config(), field.get_weights()) for field in self.force_fields]
        return {**self.__dict__, "force_fields": saved, "_compute": None}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.force_fields = tuple(kind.from_config(config) for kind, config, _ in state["force_fields"])
        for field, (_, _, weights) in zip(self.force_fields, state["force_fields"], strict=True):
            field.set_weights(weights)


def _description(force_field, box_length, cutoff):
    """Properties in which the members of a committee must agree, as a dict."""
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField, or a sequence of them; received {force_field!r}")
    inputs = getattr(force_field.energy_model, "input", None)
    if not isinstance(inputs, dict) or not {"positions", "neighbors"} <= set(inputs):
        raise ValueError(
            "force_field must have a functional energy model with the inputs 'positions' and 'neighbors'; "
            f"received {force_field.energy_model!r} with {inputs!r}"
        )
    if unknown := set(inputs) - INPUTS:
        raise ValueError(f"force_field must need no other inputs than {sorted(INPUTS)}; received {sorted(unknown)}")
    inputs = {name: (tuple(tensor.shape[1:]), tensor.dtype) for name, tensor in inputs.items()}
    descriptors = layers_of(force_field.energy_model, ShortRangeDescriptor)
    convolutions = layers_of(force_field.energy_model, LongRangeConvolution)
    boxes = [layer.box_length for layer in (*descriptors, *convolutions) if layer.box_length is not None]
    if not all(layer.periodic for layer in convolutions):
        raise ValueError("force_field must have no layer with periodic=False, as atoms are periodic here; received one")
    layer = max(descriptors, key=lambda descriptor: descriptor.cutoff, default=None)
    of_energies = force_field.reference_energies.shape[0]
    shapes = {name: (1, *shape) for name, (shape, _) in inputs.items()}
    return {
        "inputs": dict(sorted(inputs.items())),
        "outputs": sorted(force_field.compute_output_shape(shapes)),
        "half_list": getattr(layer, "half_list", False),
        "num_species": getattr(layer, "num_species", None) or (of_energies if of_energies > 1 else None),
        **_geometry(inputs, layer, boxes, box_length, cutoff),
    }


def _geometry(inputs, layer, boxes, box_length, cutoff):
    """The largest cutoff of the descriptors, and the cell of all layers, as lists or None. Given values must agree.

    Lists that reach farther than the cutoff of a descriptor are right for it.
    """
    dim = inputs["positions"][0][-1]
    cutoff = None if cutoff is None else check_positive("cutoff", cutoff)
    given = {"box_length": _vectors(box_length, dim), "cutoff": cutoff}
    own = {} if layer is None else {"cutoff": layer.cutoff}
    boxes = [_vectors(box, dim) for box in boxes]
    if any(box != boxes[0] for box in boxes):
        raise ValueError(f"force_field must have layers of one box_length; received {boxes}")
    if "cell" in inputs and boxes:
        raise ValueError(
            f"force_field must have no layer with a box_length beside the input 'cell'; received {boxes[0]}"
        )
    if "cell" in inputs or boxes:
        own["box_length"] = None if "cell" in inputs else boxes[0]
    for name, value in given.items():
        if value is None and name not in own:
            raise ValueError(f"{name} must be given for a model without a ShortRangeDescriptor; received None")
        if value is not None and value != own.get(name, value):
            raise ValueError(f"{name} must be the model's own, {own[name]}; received {value}")
    geometry = {**given, **own}
    if geometry["box_length"] is not None and "images" not in inputs:
        check_cutoff(geometry["box_length"], geometry["cutoff"], dim)
    return {"cell": geometry["box_length"], "cutoff": geometry["cutoff"]}


def _vectors(box_length, dim):
    """Converts a box or cell to a list of lattice vectors, and None to None."""
    return None if box_length is None else lattice_vectors(box_length, dim).tolist()
