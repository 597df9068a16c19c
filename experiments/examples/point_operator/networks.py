"""What stands beside the point operator: the same network without its layers, and a Fourier neural operator."""

import keras
import tensorflow as tf


def build_pointwise(width=24, depth=4):
    """The point operator without the long-range layers: values (B, N, 1) → (B, N, 1), each point by itself."""
    values = keras.Input((None, 1), name="values")
    features = keras.layers.Dense(width)(values)
    for _ in range(depth - 1):
        features = keras.layers.Dense(width, "gelu")(features)
    features = keras.layers.Dense(4 * width, "gelu")(keras.layers.Dense(width)(features))
    return keras.Model({"values": values}, keras.layers.Dense(1)(features), name="pointwise")


class SpectralConvolution(keras.layers.Layer):
    """The lowest modes of a function on a regular grid of a circle, times a complex matrix for each.

    Input: (B, G, C) float32, G > 2 `largest_mode`. Output: the same shape. Weight: (2, C, C, largest_mode + 1).
    Reference: Li and others, ICLR 2021, Section 4.
    """

    def __init__(self, largest_mode, **kwargs):
        super().__init__(**kwargs)
        self.largest_mode = largest_mode

    def build(self, input_shape):
        width = input_shape[-1]
        start = keras.initializers.RandomNormal(stddev=0.5 / width)
        self.matrices = self.add_weight(
            name="matrices", shape=(2, width, width, self.largest_mode + 1), initializer=start
        )

    def call(self, values):
        size = tf.shape(values)[1]
        modes = tf.signal.rfft(tf.transpose(values, [0, 2, 1]))[..., : self.largest_mode + 1]
        modes = tf.einsum("oin,bin->bon", tf.complex(self.matrices[0], self.matrices[1]), modes)
        missing = size // 2 - self.largest_mode
        grid = tf.signal.irfft(tf.pad(modes, [[0, 0], [0, 0], [0, missing]]), [size])
        return tf.transpose(grid, [0, 2, 1])


def build_fno(size, largest_mode, width=24, depth=4):
    """A Fourier neural operator on a grid of `size` nodes of a circle, of the point operator's sizes."""
    values = keras.Input((size, 1), name="values")
    features = keras.layers.Dense(width)(values)
    for block in range(depth):
        features = keras.layers.Dense(width)(features) + SpectralConvolution(largest_mode)(features)
        if block < depth - 1:
            features = keras.layers.Activation("gelu")(features)
    features = keras.layers.Dense(4 * width, "gelu")(features)
    return keras.Model({"values": values}, keras.layers.Dense(1)(features), name="fno")
