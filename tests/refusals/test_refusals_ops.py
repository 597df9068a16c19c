"""Whatever is wrong with an argument of `lrc_keras.ops` is answered by a sentence that names it."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from lrc_keras.ops import (
    NufftPlan,
    direct_convolution,
    displacement,
    modes_within,
    neighbor_list,
    nudft_type1,
    nudft_type2,
    nufft_type1,
    nufft_type2,
    quadrature_weights,
)
from lrc_keras.ops.neighbors import check_cutoff
from tests.wrong_values import NO_COUNTS, NO_POSITIVE_NUMBERS, Stranger, assert_refused, check_row, junk, quickly, rows

POINTS, STRENGTHS, MODES = np.zeros((1, 3, 1)), np.ones((1, 3, 2)), np.ones((1, 2, 5), complex)
PAIR = np.zeros((2, 2, 2)) + [[[0.0], [1.0]]]
SLANTED = np.array([[3.1, 0.0], [1.5, 3.1]])  # all sides are longer than 3, but not all heights
RAGGED = [[[0.0], [1.0, 2.0]]]


def first_component(separation):
    return separation[..., 0]


# What takes a box, with all its other arguments right.
PLANS = [lambda box: NufftPlan(5, box), lambda box: NufftPlan.paper(5, box)]
BOXES = [
    lambda box: nudft_type1(POINTS, STRENGTHS, 5, box),
    lambda box: nudft_type2(POINTS, MODES, 5, box),
    lambda box: direct_convolution(POINTS, STRENGTHS, first_component, box),
    lambda box: displacement(POINTS, POINTS, box),
    lambda box: neighbor_list(POINTS, box, 0.5),
]
NO_BOXES = [*NO_POSITIVE_NUMBERS, (), (0.0,), (True,), (1.0,) * 4, [[0.0]], np.array([np.nan])]
NO_POINTS = [None, True, "x", RAGGED, Stranger(), 2.0, np.zeros(3), np.zeros((3, 1)), np.zeros((1, 3, 1, 1))]
NO_POINTS += [np.zeros((1, 3, 1), dtype) for dtype in (int, "float16", complex)]
NO_POINTS += [np.array([[["x"]]]), np.zeros((1, 3, 4))]
NO_STRENGTHS = [None, "x", 2.0, Stranger(), *(np.ones(shape) for shape in ((3, 2), (1, 4, 2), (2, 3, 2)))]
NO_STRENGTHS += [np.ones((1, 3, 2), dtype) for dtype in (int, "float32", "complex64")]
NO_COEFFICIENTS = [None, "x", MODES.real, MODES[0], MODES[..., :4], np.ones((2, 2, 5), complex)]
NO_COEFFICIENTS += [MODES.astype("complex64")]
NO_KERNELS = [None, 5, "exp", np.exp(1), lambda s: s, lambda s: None, lambda s: 1.0, lambda s: tf.cast(s, "int32")]
GIVEN_COUNTS = [value for value in NO_COUNTS if value is not None]
PLAN = NufftPlan(5, 2.0)


def pairs(**arguments):
    return neighbor_list(**{"positions": PAIR, "box_length": 5.0, "cutoff": 1.5, **arguments})


QUADRATURE = [
    (lambda v: quadrature_weights(v, 1.0), [np.zeros((3, 1)), np.zeros((1, 3, 4)), np.zeros((0, 3, 1))], "positions"),
    (lambda v: quadrature_weights(v, 1.0), [None, "x", RAGGED, np.array([[[np.nan]]])], "positions"),
    (lambda v: quadrature_weights(POINTS, v), NO_BOXES, "box_length"),
    (lambda v: quadrature_weights(POINTS, 1.0, v), [value for value in GIVEN_COUNTS if value != (2,)], "num_modes"),
    (lambda v: quadrature_weights(POINTS, 1.0, v), [4, (5,)], "num_modes must be no more modes .* points, 3; received"),
]
TRANSFORMS = [
    *((call, NO_BOXES, "box_length") for call in [*PLANS, *BOXES]),
    *((call, [(2.0, 2.0)], r"box_length .*received \(2.0, 2.0\)") for call in BOXES),
    (lambda box: NufftPlan((3, 3), box), [(1.0, 1.0, 1.0)], "box_length must have 2 sides"),
    (lambda box: NufftPlan((3, 3), box), [[[1.0, 2.0], [2.0, 4.0]]], "box_length must be .* linearly independent"),
    (lambda box: NufftPlan((3, 3), box), [np.ones((2, 3))], "box_length must be one side, d sides or a matrix"),
    (lambda n: NufftPlan(n, 2.0), [*(v for v in NO_COUNTS if v != (2,)), (), (3, 0), (3, True)], "num_modes"),
    (lambda n: nudft_type1(POINTS, STRENGTHS, n, 2.0), [*GIVEN_COUNTS[:-1], (3, 0)], "num_modes"),
    # more modes than memory are refused before any is asked for
    (lambda n: NufftPlan(n, 2.0), [10**12, (2**15, 2**15), 2**31 - 1], "num_modes"),
    (lambda n: NufftPlan.paper(n, 5.0), [20], "num_modes must be odd for the paper's window; received 20"),
    (lambda v: NufftPlan(5, 2.0, v), [*NO_POSITIVE_NUMBERS, 1, 1.5, 1e-17, 1e-300, [], (0.1,)], "tolerance"),
    (lambda v: NufftPlan(5, 2.0, dim=v), [*GIVEN_COUNTS, 4], "dim"),
    (lambda v: NufftPlan.paper(5, 2.0, dim=v), [*GIVEN_COUNTS, 4], "dim"),
    (lambda v: NufftPlan(5, 2.0, method=v), [None, True, 5, [], "grid", "tiles"], "method must be one of"),
    (lambda v: NufftPlan(5, 2.0, window="paper", method=v), ["sums"], "method must be .* for the paper's window"),
    (lambda v: NufftPlan(5, 2.0, window=v), ["gauss"], 'window must be "accurate" or "paper"'),
    (lambda v: nufft_type1(POINTS, STRENGTHS, v), [None, 5, (5, 2.0), Stranger()], "plan"),
    (lambda v: nufft_type2(POINTS, MODES, v), [None, 5, (5, 2.0), Stranger()], "plan"),
    (lambda v: nufft_type1(v, STRENGTHS, PLAN), NO_POINTS, "points"),
    (lambda v: nufft_type1(v, STRENGTHS, PLAN), [np.zeros((1, 3, 2))], r"points must have shape \(batch, points, 1\)"),
    (lambda v: nufft_type2(v, MODES, PLAN), NO_POINTS, "points"),
    (lambda v: nudft_type1(v, STRENGTHS, 5, 2.0), NO_POINTS, "points"),
    (lambda v: nudft_type2(v, MODES, 5, 2.0), NO_POINTS, "points"),
    (lambda v: nufft_type1(POINTS, v, PLAN), NO_STRENGTHS, "strengths"),
    (lambda v: nudft_type1(POINTS, v, 5, 2.0), NO_STRENGTHS, "strengths"),
    (lambda v: nufft_type2(POINTS, v, PLAN), NO_COEFFICIENTS, "coefficients"),
    (lambda v: nudft_type2(POINTS, v, 5, 2.0), NO_COEFFICIENTS, "coefficients"),
]
PAIR_SUMS = [
    (lambda v: direct_convolution(v, STRENGTHS, first_component, 2.0), NO_POINTS, "positions"),
    (lambda v: direct_convolution(POINTS, v, first_component, 2.0), [*NO_STRENGTHS, STRENGTHS + 0j], "sources"),
    (lambda v: direct_convolution(POINTS, STRENGTHS, v, 2.0), NO_KERNELS, "kernel"),
    (lambda v: displacement(v, POINTS, 2.0), [None, "x", Stranger(), np.zeros(1, int), np.zeros(1, "f4")], "targets"),
    (lambda v: displacement(POINTS, v, 2.0), [None, "x", Stranger(), np.zeros(1, int), np.zeros(1, "f4")], "sources"),
]
MODES_WITHIN = [
    (lambda v: modes_within(v, (1.0, 2.0)), [*NO_POSITIVE_NUMBERS, (1.0,)], "wavenumber must be a positive"),
    (lambda v: modes_within(v, (10.0, 10.0)), [1e5, 1e308], r"wavenumber must contain at most 2\*\*27 modes in all"),
    (lambda v: modes_within(1.0, v), [2.0, np.zeros((2, 3)), np.zeros((1, 4, 4)), (1.0, np.inf), "x"], "cell must be"),
]
NEIGHBORS = [
    (lambda v: pairs(positions=v), [None, "x", 2.0, PAIR + 0j, PAIR > 0, PAIR + np.inf, RAGGED], "positions"),
    (lambda v: pairs(positions=v), [np.full((1, 2, 2), np.nan)], "positions must be finite; received 4 NaN"),
    (lambda v: pairs(positions=v), [np.zeros(s) for s in ((2, 2), (1, 2, 4), (1, 2, 0))], "positions must have shape"),
    # shifts of the cell that no integer holds
    (lambda v: pairs(positions=v, images=True), [PAIR + 1e10], r"positions must be less than 2\*\*30 cells"),
    (lambda v: pairs(cutoff=v), [*NO_POSITIVE_NUMBERS, [], (0.5,)], "cutoff must be a positive finite number"),
    (lambda v: pairs(cutoff=v, images=True), [0.0, -1.0, np.nan, None], "cutoff must be a positive finite number"),
    (lambda v: check_cutoff(SLANTED, v), [0.0], "cutoff must be a positive finite number"),
    (lambda v: pairs(max_neighbors=v), GIVEN_COUNTS, "max_neighbors"),
    (lambda v: pairs(half=v), ["no"], "half must be True or False; received 'no'"),
    (lambda v: pairs(images=v), ["no"], "images must be True or False; received 'no'"),
    (
        lambda v: pairs(species=v),
        ["H", np.zeros((2, 2)), np.zeros((2, 3), int), np.zeros((2, 2), bool), np.full((2, 2), -2)],
        "species",
    ),
    (lambda v: pairs(box_length=v), [2.9, (5.0, 2.9), SLANTED], "box_length must be at least twice .*images=True"),
    (lambda v: pairs(box_length=v), [[4 * np.eye(2), SLANTED]], "box_length must be at least twice the cutoff"),
    (lambda v: check_cutoff(v, 1.5), [SLANTED], "box_length must be .*in every side or height of the cell"),
]


@rows([*QUADRATURE, *TRANSFORMS, *PAIR_SUMS, *MODES_WITHIN, *NEIGHBORS])
def test_refused(call, arguments, pattern):
    check_row(call, arguments, pattern)


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize(
    "box, expected",
    [
        ([[5.0, 0.0], [10.0, 1e-9]], "box_length must be finite and linearly independent"),
        (np.array([[5.0, np.inf], [0.0, 5.0]]), "box_length must be finite"),
        (np.eye(3), "box_length must be one side, d sides or a matrix"),
        ([[5.0, 0.0], [5.0]], "box_length must be"),
        (np.ones((3, 2, 2)), "box_length must be one cell for each of 2 snapshots; received 3"),
        (np.eye(3) * np.ones((2, 1, 1)), "snapshot 0: box_length must be"),
        ([5 * np.eye(2), np.ones((2, 2))], "snapshot 1: box_length must be finite and linearly independent"),
        ([5 * np.eye(2), np.full((2, 2), np.nan)], "snapshot 1: box_length must be finite"),
    ],
)
def test_cells_of_neighbor_lists(box, expected, images):
    """The message begins with the number of the snapshot."""
    with pytest.raises(ValueError, match=expected):
        pairs(box_length=box, images=images)


@quickly
@given(junk)
def test_boxes_at_random(value):
    for make in [*PLANS, *BOXES]:
        assert_refused(lambda make=make: make(value), "box_length")
