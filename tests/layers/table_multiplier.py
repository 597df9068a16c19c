"""A multiplier of given values, for the tests of this folder."""

import keras
import tensorflow as tf

from lrc_keras.layers import FourierMultiplier


@keras.saving.register_keras_serializable(package="tests.layers")
class Table(FourierMultiplier):
    """A multiplier of given values, real or complex: (M1, …, Md, C) or (M1, …, Md, C_out, C_in)."""

    def __init__(self, values, channels=1, in_channels=None):
        super().__init__(channels=channels, in_channels=in_channels)
        self.values = values

    def call(self, wavenumbers):
        return tf.constant(self.values)
