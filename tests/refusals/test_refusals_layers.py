"""Whatever is wrong with an argument or an input of `lrc_keras.layers` is answered by a sentence that names it."""

import keras
import numpy as np
import tensorflow as tf
from hypothesis import given

from lrc_keras.layers import (
    FreeMultiplier,
    GradientMultiplier,
    LongRangeConvolution,
    Pyramid,
    ResidualFitting,
    ScreenedCoulombMultiplier,
    ShortRangeDescriptor,
)
from tests.wrong_values import (
    HUGE,
    NO_COUNTS,
    NO_FLAGS,
    NO_POSITIVE_NUMBERS,
    NO_TEXTS,
    Stranger,
    assert_refused,
    check_row,
    junk,
    quickly,
    rows,
)

POSITIONS = np.array([[[0.0], [1.0], [3.0]]])
NEIGHBORS = np.array([[[1, -1], [0, -1], [-1, -1]]], "int32")


def convolution(**changes):
    good = {"multiplier": ScreenedCoulombMultiplier(2, dtype="float64"), "num_modes": 5, "box_length": 5.0}
    return LongRangeConvolution(**{**good, "dtype": "float64", **changes})


def descriptor(**changes):
    return ShortRangeDescriptor(**{"box_length": 5.0, "cutoff": 1.5, "dtype": "float64", **changes})


def built(layer, *shapes):
    layer.build(*shapes)
    return layer


def symbolic(multiplier):
    """A call with symbolic sources: `(multiplier, channels)` is refused before anything is computed."""
    return lambda channels: LongRangeConvolution(multiplier, 5, (3.0, 4.0))(
        keras.Input((6, 2)), None if channels is None else keras.Input((6, channels))
    )


def shaped(*pairs):
    return [np.ones(shape, dtype) for shape, dtype in pairs]


def seen(*values):
    """Those that reach a layer: a Keras that knows no complex numbers answers for them itself."""
    try:
        keras.backend.standardize_dtype("complex64")
    except ValueError:
        return [value for value in values if not np.iscomplexobj(value)]
    return list(values)


GIVEN_POSITIVE = [value for value in NO_POSITIVE_NUMBERS if value is not None]  # None: a cell with every call
NO_MULTIPLIERS = [*NO_TEXTS, ScreenedCoulombMultiplier, Stranger()]
NO_WIDTHS = [None, True, 5, HUGE, "ab", {}, (), (2, 0), (2, True), (2.0,), ((2,),)]
NO_NAMES = [value for value in NO_TEXTS if value is not None]
NO_ROWS = [np.zeros((0, 2)), np.array([[1.0], [np.nan]]), np.array([[np.inf]])]
NETWORKS = [
    (lambda v: ResidualFitting(width=v), [*NO_COUNTS, 2**31], "width"),
    # no hidden layers at all are meant by 0
    (lambda v: ResidualFitting(depth=v), [*(v for v in NO_COUNTS if v != 0 or v is False), -1, 2**31], "depth"),
    (lambda v: ResidualFitting(output_bias=v), NO_FLAGS, "output_bias"),
    (lambda v: ResidualFitting(activation=v), NO_NAMES, "activation"),
    (lambda v: Pyramid(v), [*NO_WIDTHS, 3, (1.5,)], "widths must be a sequence of positive integers"),
    (lambda v: Pyramid(activation=v), NO_NAMES, "activation"),
    (lambda v: Pyramid(num_kinds=2)(np.zeros((3, 1)), v), [None], "kinds must be given .*; received none"),
    (lambda v: Pyramid()(np.zeros((3, 1)), v), [np.zeros(3, int)], "kinds must be given .* for num_kinds=None"),
    (lambda v: Pyramid(num_kinds=2).adapt(np.zeros((3, 1)), v), [None], "kinds must be given .*; received none"),
    (lambda v: Pyramid(num_kinds=2).adapt(np.ones((3, 1)), v), [[0, 1, 2], [-1, 0, 1]], "kinds must be from 0 to 1"),
    (lambda v: Pyramid().adapt(v), NO_ROWS, "inputs must be finite, and at least one row; received"),
    (lambda v: ResidualFitting().adapt(v), NO_ROWS, "inputs must be finite, and at least one row; received"),
]
CONVOLUTIONS = [
    (lambda v: convolution(multiplier=v), NO_MULTIPLIERS, "multiplier must be a FourierMultiplier"),
    (lambda v: convolution(num_modes=v), [0, -1, None], "num_modes must be a positive integer"),
    (lambda v: convolution(num_modes=v)(np.zeros((1, 3, 2))), [(5, 5, 5)], "num_modes must have 2 mode counts"),
    (lambda v: convolution(num_modes=v, window="paper"), [4], "num_modes must be odd"),
    (lambda v: convolution(box_length=v), GIVEN_POSITIVE, "box_length must be a positive number"),
    (lambda v: convolution(tolerance=v), [*NO_POSITIVE_NUMBERS, 2.0], "tolerance must be a number in"),
    (lambda v: convolution(tolerance=v, window="paper"), NO_POSITIVE_NUMBERS, "tolerance"),
    (lambda v: convolution(window=v), NO_MULTIPLIERS, 'window must be "accurate" or "paper"'),
    (lambda v: convolution(method=v), NO_MULTIPLIERS, "method"),
    *((lambda v, n=n: convolution(**{n: v}), NO_FLAGS, n) for n in ("subtract_self", "subtract_mean", "periodic")),
    (lambda v: convolution()(POSITIONS, v), shaped(((1, 3, 3), float)), "sources must have 1 or 2 channels"),
    (lambda v: convolution()(POSITIONS, v), seen(np.ones((1, 3, 1), "c8")), "sources must be real; received complex64"),
    (
        lambda v: convolution()(POSITIONS, v),
        [np.ones(shape) for shape in ((3, 2), (1, 4, 2), (2, 3, 2), (1, 3, 2, 1))],
        "sources must have shape",
    ),
    (symbolic(FreeMultiplier(2, in_channels=3)), [2], "sources must have 3 channels .*; received 2"),
    (symbolic(FreeMultiplier(1, in_channels=3)), [None], "sources must have 3 channels .*; received 1"),
    (symbolic(ScreenedCoulombMultiplier(2)), [3], "sources must have 1 or 2 channels .*; received 3"),
    (symbolic(GradientMultiplier(ScreenedCoulombMultiplier(2))), [2], "sources must have 1 channels"),
    (lambda v: convolution()(v), [[POSITIONS, POSITIONS]], "positions must be one tensor .*; received a list of 2"),
    (
        lambda v: convolution(box_length=None)(np.zeros((1, 3, 2)), cell=v),
        [np.eye(3), np.ones((2, 2, 2)), np.ones(2)],
        r"cell must have shape \(1, 2, 2\) or \(2, 2\)",
    ),
    (lambda v: convolution(box_length=None)(np.zeros((1, 3, 2)), cell=v), [None], "cell must be given for a layer"),
    (lambda v: convolution(box_length=None)(np.zeros((1, 3, 2)), cell=v), seen(1j * np.eye(2)), "cell must be real"),
    (
        lambda v: convolution(box_length=None)(np.zeros((1, 3, 2)), cell=v),
        [np.zeros((2, 2))],
        r"cell must be linearly independent lattice vectors; received \[\[0.0, 0.0\]",
    ),
    (
        lambda v: convolution(box_length=2.0)(np.zeros((1, 3, 2)), cell=v),
        [np.eye(2)],
        r"cell must be None for a layer with box_length; received \(2, 2\)",
    ),
]
# Keras itself answers for what is no tensor, and casts floating-point inputs to the layer's precision.
NO_POSITIONS = seen(POSITIONS[0], POSITIONS[..., None], POSITIONS.astype(int), POSITIONS + 0j)
NO_STATISTICS = [None, "x", 2.0, [[[0.0], [1.0, 2.0]]], POSITIONS + np.nan, 0 * POSITIONS]
NO_LISTS = [NEIGHBORS[0], NEIGHBORS[:, :2], NEIGHBORS[[0, 0]], NEIGHBORS.astype("float32")]
TWO, APART, ALONE = np.zeros((1, 2, 1)), np.array([[[0.0], [1.0]]]), np.full((1, 2, 1), -1)
DESCRIPTORS = [
    (lambda v: built(convolution(), (None, None, 1))(v), NO_POSITIONS, "positions"),
    (lambda v: built(descriptor(), (None, None, 1), (None,) * 3)(v, NEIGHBORS), NO_POSITIONS, "positions"),
    (lambda v: descriptor().adapt(v, NEIGHBORS), [*NO_POSITIONS, *NO_STATISTICS], "positions"),
    # of a layer that no call has built
    (lambda v: descriptor()(v, NEIGHBORS), NO_POSITIONS, "positions"),
    (lambda v: descriptor()(v, keras.Input((3, 2), dtype="int32")), [keras.Input((3,))], "positions must have shape"),
    (lambda v: descriptor(cutoff=v), NO_POSITIVE_NUMBERS, "cutoff"),
    (lambda v: descriptor(box_length=v), GIVEN_POSITIVE, "box_length"),
    (lambda v: descriptor(cutoff=v), [2.6], "box_length must be at least twice the cutoff"),
    (lambda v: descriptor(box_length=v), [(9.0, 2.0)], "box_length must be at least twice the cutoff"),
    (lambda v: descriptor(box_length=v)(POSITIONS, NEIGHBORS), [(5.0, 5.0)], "box_length must have 1 sides"),
    (lambda v: descriptor(widths=v), NO_WIDTHS, "widths"),
    (lambda v: descriptor(smooth_cutoff=v), NO_FLAGS, "smooth_cutoff"),
    (lambda v: descriptor()(POSITIONS, v), NO_LISTS, "neighbors"),
    (lambda v: descriptor().adapt(POSITIONS, v), [None, "x", *NO_LISTS, NEIGHBORS + 9], "neighbors"),
    (lambda v: descriptor().adapt(TWO, v), [ALONE + 3, ALONE - 1], "neighbors must be indices of 2 points, or −1"),
    # index 2 of two points would be a point of the next snapshot
    (lambda v: descriptor()(TWO, v), [ALONE + 3], "neighbors must be indices of 2 points.*; received"),
    (lambda v: descriptor().adapt(APART, v), [np.array([[[1], [-1]]])], "neighbors must list each pair twice"),
    (
        lambda v: descriptor(half_list=True).adapt(APART, v),
        [np.array([[[1], [0]]])],
        "neighbors must list each pair once for half_list=True",
    ),
    (lambda v: descriptor().adapt(TWO, v), [np.full((1, 2, 3), -1)], "neighbors must contain at least one pair"),
    (
        lambda v: descriptor(cell_images=True)(POSITIONS, NEIGHBORS, images=v),
        shaped(((1, 3), "i4"), ((2, 3, 2, 1), "i4"), ((1, 3, 2, 2), "i4"), ((1, 3, 2, 1), "f4")),
        "images",
    ),
    (
        lambda v: descriptor()(TWO, ALONE, images=v),
        shaped(((1, 2, 1, 1), int)),
        "images must be given if and only if the descriptor has cell_images",
    ),
    (
        lambda v: descriptor(num_species=2)(POSITIONS, NEIGHBORS, species=v),
        shaped(((3,), "i4"), ((1, 2), "i4"), ((1, 3, 1), "i4"), ((1, 3), "f4")),
        "species",
    ),
    (
        lambda v: descriptor(num_species=2)(TWO, ALONE, species=v),
        [np.array([[1, 2]])],
        r"species must be from 0 to 1, or −1 for padding; received \[2\]",
    ),
    (
        lambda v: descriptor(num_species=2)(APART, v, species=np.array([[1, -1]])),
        [np.array([[[1], [-1]]]), np.array([[[-1], [0]]])],
        "neighbors must be -1 to and from padded particles",
    ),
    (
        lambda v: descriptor(box_length=None)(POSITIONS, NEIGHBORS, cell=v),
        shaped(((1,), "f8"), ((1, 1), "f8"), ((1, 1, 2), "f8"), ((1, 1, 1), "i4")),
        "cell",
    ),
    (lambda v: descriptor(box_length=None)(TWO, ALONE, cell=v), [None], "cell must be given if and only if"),
]


@rows([*NETWORKS, *CONVOLUTIONS, *DESCRIPTORS])
def test_refused(call, arguments, pattern):
    check_row(call, arguments, pattern)


def test_wrong_positions_leave_a_layer_as_it_was():
    """A user in 1-D has forgotten the last axis."""
    layer = descriptor(box_length=None)
    cell = np.full((1, 1, 1), 5.0)
    assert_refused(lambda: layer(POSITIONS[..., 0], NEIGHBORS, cell), "positions")
    assert layer(POSITIONS, NEIGHBORS, cell).shape == (1, 3, 64)


def test_sources_and_cells_of_unknown_rank():
    """Of a graph, such as those of `tf.numpy_function`."""
    unknown, points = tf.TensorSpec(None, tf.float64), tf.TensorSpec((1, 3, 1), tf.float64)
    layer = built(convolution(), (None, None, 1))
    assert_refused(lambda: tf.function(layer).get_concrete_function(points, unknown), "sources")
    layer = built(convolution(box_length=None), (None, None, 1), None, (None, 1, 1))
    graph = tf.function(lambda x, cell: layer(x, cell=cell))
    assert_refused(lambda: graph.get_concrete_function(points, unknown), "cell")


def test_refused_statistics_assign_nothing():
    layer = descriptor()
    layer.adapt(APART, np.array([[[1], [0]]]))
    before = layer.mean.numpy()
    assert_refused(lambda: layer.adapt(POSITIONS + np.nan, NEIGHBORS), "positions")
    np.testing.assert_array_equal(layer.mean, before)


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: Pyramid(value), "widths")
    assert_refused(lambda: descriptor(cutoff=value), "cutoff")
    if value is not None:
        assert_refused(lambda: convolution(box_length=value), "box_length")
    assert_refused(lambda: convolution(num_modes=value), "num_modes")
