import numpy as np

from lrc_keras.layers import Pyramid, ResidualFitting


def set_weights(layer, values):
    layer.set_weights([np.array(value) for value in values])


def test_pyramid(check_layer, rng):
    check_layer(Pyramid(widths=(2, 4, 8)), [rng.normal(size=(3, 5, 1)).astype("float32")], (3, 5, 8), num_trainable=6)


def test_pyramid_by_hand():
    layer = Pyramid(widths=(1, 2), activation="tanh", dtype="float64")
    layer.build((None, 1))
    set_weights(layer, [[[2.0]], [0.5], [[1.0, -1.0]], [0.0, 1.0]])
    h = np.tanh(2 * 0.3 + 0.5)
    np.testing.assert_allclose(layer(np.array([[0.3]])), [[np.tanh(h), np.tanh(1 - h)]], rtol=1e-14)


def test_residual_fitting(check_layer, rng):
    inputs = rng.normal(size=(3, 5, 4)).astype("float32")
    check_layer(ResidualFitting(depth=3, width=8), [inputs], (3, 5, 1), num_trainable=8)
    check_layer(ResidualFitting(depth=3, width=8, output_bias=False), [inputs], (3, 5, 1), num_trainable=7)


def test_skips_stand_where_widths_agree():
    """Input 2 wide, hidden 1 wide: no skip at the first layer, a skip h + tanh(Wh + b) at the second."""
    layer = ResidualFitting(depth=2, width=1, dtype="float64")
    layer.build((None, 2))
    set_weights(layer, [[[1.0], [2.0]], [0.1], [[3.0]], [0.2], [[4.0]], [0.5]])
    h = np.tanh(0.3 + 2 * 0.4 + 0.1)
    h = h + np.tanh(3 * h + 0.2)
    np.testing.assert_allclose(layer(np.array([[0.3, 0.4]])), [[4 * h + 0.5]], rtol=1e-14)
