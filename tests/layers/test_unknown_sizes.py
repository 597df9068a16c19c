"""Cells whose sizes a graph does not know."""

import numpy as np
import tensorflow as tf

from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier
from lrc_keras.models import ForceField, build_full_range_model

POSITIONS = np.array([[[0.0], [1.0], [3.0]]])
NEIGHBORS = np.array([[[1, -1], [0, -1], [-1, -1]]], "int32")


def test_a_cell_of_unknown_sizes_in_a_network():
    """Descriptor, layer and stress of a force field."""
    field = ForceField(build_full_range_model(3, 1, None, 1.5, 5, dtype="float64"), stress=True)
    cloud = {"positions": POSITIONS, "neighbors": NEIGHBORS, "cell": np.full((1, 1, 1), 5.0)}
    signature = {
        "positions": tf.TensorSpec((1, 3, 1), tf.float64),
        "neighbors": tf.TensorSpec((1, 3, 2), tf.int32),
        "cell": tf.TensorSpec((None, None, None), tf.float64),
    }
    outputs = tf.function(lambda cloud: field(cloud), input_signature=[signature])(cloud)
    np.testing.assert_allclose(outputs["stress"], field(cloud)["stress"], rtol=1e-9)


def test_a_cell_whose_sizes_a_graph_does_not_know():
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(2), 5, dtype="float64")
    for shape, cell in ((None, None, None), np.full((1, 1, 1), 5.0)), ((None, None), np.full((1, 1), 5.0)):
        graph = tf.function(
            lambda x, cell: layer(x, cell=cell),
            input_signature=[tf.TensorSpec((1, 3, 1), tf.float64), tf.TensorSpec(shape, tf.float64)],
        )
        np.testing.assert_allclose(graph(POSITIONS, cell), layer(POSITIONS, cell=cell), rtol=1e-12)
