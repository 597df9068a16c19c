"""What can be done with the graph of a model: compile it with XLA, and export it."""

import tensorflow as tf


def supports_jit(model):
    """Whether XLA can compile every layer of a Keras model. It cannot compile the method "finufft"."""
    return all(layer.supports_jit for layer in model._flatten_layers())


def check_exportable(force_field):
    """Raises: ValueError when a layer has the method "finufft", a function of Python."""
    if any(getattr(layer, "method", None) == "finufft" for layer in force_field._flatten_layers()):
        raise ValueError('force_field must have no layer with method "finufft", which cannot be exported; received one')


def saved_model_signature(force_field):
    """The inputs of the energy model, as a dict of `tf.TensorSpec`.

    Raises: ValueError when the energy model is not a functional model with named inputs.
    """
    inputs = getattr(force_field.energy_model, "input", None)
    if not isinstance(inputs, dict):
        raise ValueError(
            "input_signature must be given for an energy model that is not a functional keras.Model with a dict of "
            f"inputs; received None with {force_field.energy_model!r}"
        )
    return {name: tf.TensorSpec(tensor.shape, tensor.dtype, name) for name, tensor in inputs.items()}
