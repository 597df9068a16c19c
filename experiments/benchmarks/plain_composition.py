"""A straightforward implementation of the network of Fig. 5: the reference for the speed of a training step.

The `Dense` layers of a model of `lrc_keras` act on the padded neighbour tensor (B, N, K, 1), with every pair twice.
"""

import tensorflow as tf

from lrc_keras.ops.torus import displacement


def plain_energy(model):
    """A function (positions (B, N, d), neighbors (B, N, K)) → energy (B,), with the weights of a model.

    Args:
        model: built by `build_short_range_model` or `build_full_range_model`.
    """
    layers = {layer.name: layer for layer in model.layers}
    descriptor, fitting = layers["short_range_descriptor"], layers["fitting"]
    mean, deviation = descriptor.mean.numpy(), descriptor.deviation.numpy()

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
            tf.reduce_sum(_apply(descriptor.distance_pyramid.dense, s) * weight, axis=2),
            tf.reduce_sum(_apply(descriptor.inverse_pyramid.dense, r) * weight, axis=2),
        ]
        if "long_range_convolution" in layers:
            potential = layers["long_range_convolution"](positions)
            features.append(_apply(layers["long_range_pyramid"].dense, potential))
        hidden = tf.concat(features, axis=-1)
        for layer in fitting.hidden:
            outputs = layer(hidden)
            hidden = hidden + outputs if hidden.shape[-1] == outputs.shape[-1] else outputs
        return tf.reduce_sum(fitting.output_unit(hidden), axis=(1, 2))

    return energy


def _apply(layers, values):
    for layer in layers:
        values = layer(values)
    return values
