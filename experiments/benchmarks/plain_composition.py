"""A straightforward implementation of the network of Fig. 5: the reference for the speed of a training step.

Keras `Dense` layers act on the padded neighbour tensor (B, N, K, 1), which has every pair twice. The weights are copied
from a model of `lrc_keras`, so that both compute the same numbers.
"""

import keras
import tensorflow as tf

from lrc_keras.ops.torus import displacement


def plain_energy(model):
    """A function (positions (B, N, d), neighbors (B, N, K)) → energy (B,), and its variables.

    Args:
        model: built by `build_short_range_model` or `build_full_range_model`; its weights are copied.
    """
    descriptor = model.get_layer("short_range_descriptor")
    distance = _dense_copies(descriptor.distance_pyramid.dense)
    inverse = _dense_copies(descriptor.inverse_pyramid.dense)
    fitting = _dense_copies([*model.get_layer("fitting").hidden, model.get_layer("fitting").output_unit])
    layers = [*distance, *inverse, *fitting]
    mean, deviation = descriptor.mean.numpy(), descriptor.deviation.numpy()
    names = [layer.name for layer in model.layers]
    convolution = model.get_layer("long_range_convolution") if "long_range_convolution" in names else None
    if convolution is not None:
        long_range = _dense_copies(model.get_layer("long_range_pyramid").dense)
        layers += [convolution, *long_range]

    def energy(positions, neighbors):
        mask = neighbors >= 0
        partners = tf.gather(positions, tf.maximum(neighbors, 0), batch_dims=1)
        separation = displacement(positions[:, :, tf.newaxis], partners, descriptor.box_length)
        squared = tf.where(mask, tf.reduce_sum(separation**2, axis=-1), 1.0)
        length = tf.sqrt(squared)[..., tf.newaxis]  # (B, N, K, 1)
        r = (1 / length - mean[1]) / deviation[1]
        s = (length - mean[0]) / deviation[0] if positions.shape[-1] == 1 else separation / length
        weight = tf.where(mask[..., tf.newaxis], r, 0.0)
        features = [
            tf.reduce_sum(_apply(distance, s) * weight, axis=2),
            tf.reduce_sum(_apply(inverse, r) * weight, axis=2),
        ]
        if convolution is not None:
            features.append(_apply(long_range, convolution(positions)))
        hidden = tf.concat(features, axis=-1)
        for layer in fitting[:-1]:
            outputs = layer(hidden)
            hidden = hidden + outputs if hidden.shape[-1] == outputs.shape[-1] else outputs
        return tf.reduce_sum(fitting[-1](hidden), axis=(1, 2))

    return energy, [variable for layer in layers for variable in layer.trainable_variables]


def variables_in_order(model):
    """The trainable variables of a model of `lrc_keras`, in the order in which `plain_energy` returns its own."""
    layers = {layer.name: layer for layer in model.layers}
    names = ("short_range_descriptor", "fitting", "long_range_convolution", "long_range_pyramid")
    return [variable for name in names if name in layers for variable in layers[name].trainable_variables]


def _dense_copies(layers):
    """Fresh `Dense` layers with the same weights."""
    copies = []
    for layer in layers:
        copy = keras.layers.Dense(layer.units, layer.activation, use_bias=layer.use_bias, dtype=layer.dtype_policy)
        copy.build((None, layer.kernel.shape[0]))
        copy.set_weights(layer.get_weights())
        copies.append(copy)
    return copies


def _apply(layers, values):
    for layer in layers:
        values = layer(values)
    return values
