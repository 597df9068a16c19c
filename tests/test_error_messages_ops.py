"""Whatever is wrong with an argument of `lrc_keras.ops` is answered by a sentence that names it."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from lrc_keras.ops import (
    NufftPlan,
    direct_convolution,
    displacement,
    neighbor_list,
    nudft_type1,
    nudft_type2,
    nufft_type1,
    nufft_type2,
)
from tests.wrong_values import NO_COUNTS, NO_POSITIVE_NUMBERS, Stranger, assert_refused, junk, named, quickly

POINTS, STRENGTHS, MODES = np.zeros((1, 3, 1)), np.ones((1, 3, 2)), np.ones((1, 2, 5), complex)


def first_component(separation):
    return separation[..., 0]


# What takes a box, with all its other arguments right.
BOXES = {
    "NufftPlan": lambda box: NufftPlan(5, box),
    "NufftPlan.paper": lambda box: NufftPlan.paper(5, box),
    "nudft_type1": lambda box: nudft_type1(POINTS, STRENGTHS, 5, box),
    "nudft_type2": lambda box: nudft_type2(POINTS, MODES, 5, box),
    "direct_convolution": lambda box: direct_convolution(POINTS, STRENGTHS, first_component, box),
    "displacement": lambda box: displacement(POINTS, POINTS, box),
    "neighbor_list": lambda box: neighbor_list(POINTS, box, 0.5),
}


@pytest.mark.parametrize("value", named([*NO_POSITIVE_NUMBERS, (), (0.0,), (True,), [[0.0]], np.array([np.nan])]))
@pytest.mark.parametrize("function", BOXES)
def test_boxes(function, value):
    assert_refused(lambda: BOXES[function](value), "box_length")


@quickly
@given(junk)
def test_boxes_at_random(value):
    for make in BOXES.values():
        assert_refused(lambda make=make: make(value), "box_length")


@pytest.mark.parametrize("function", [f for f in BOXES if "Plan" not in f])
def test_a_box_of_other_dimension(function):
    assert "received (2.0, 2.0)" in assert_refused(lambda: BOXES[function]((2.0, 2.0)), "box_length")


@pytest.mark.parametrize("value", named([v for v in NO_COUNTS if v != (2,)] + [(), (3, 0), (3, True)]))
def test_mode_counts(value):
    assert_refused(lambda: NufftPlan(value, 2.0), "num_modes")
    assert_refused(lambda: nudft_type1(POINTS, STRENGTHS, value, 2.0), "num_modes")


def test_more_modes_than_memory_is_refused_before_it_is_asked_for():
    for modes in (10**12, (2**15, 2**15), 2**31 - 1):
        assert_refused(lambda modes=modes: NufftPlan(modes, 2.0), "num_modes")


@pytest.mark.parametrize("value", named([*NO_POSITIVE_NUMBERS, 1, 2.0, 1e-17, 1e-300, [], (0.1,)]))
def test_tolerances(value):
    assert_refused(lambda: NufftPlan(5, 2.0, value), "tolerance")


@pytest.mark.parametrize("value", named([v for v in NO_COUNTS if v is not None] + [4]))
def test_dimensions(value):
    assert_refused(lambda: NufftPlan(5, 2.0, dim=value), "dim")
    assert_refused(lambda: NufftPlan.paper(5, 2.0, dim=value), "dim")


def test_a_box_given_as_an_array_says_the_dimension():
    assert NufftPlan(5, np.array([1.0, 2.0])).num_modes == (5, 5)


@pytest.mark.parametrize("value", named([None, True, 5, [], "grid"]))
def test_methods(value):
    assert_refused(lambda: NufftPlan(5, 2.0, method=value), "method")


@pytest.mark.parametrize("plan", named([None, 5, (5, 2.0), Stranger()]))
def test_plans(plan):
    assert_refused(lambda: nufft_type1(POINTS, STRENGTHS, plan), "plan")
    assert_refused(lambda: nufft_type2(POINTS, MODES, plan), "plan")


NO_POINTS = [
    None,
    True,
    "x",
    [[[0.0], [1.0, 2.0]]],
    Stranger(),
    2.0,
    np.zeros(3),
    np.zeros((3, 1)),
    np.zeros((1, 3, 1, 1)),
    np.zeros((1, 3, 1), int),
    np.zeros((1, 3, 1), "float16"),
    np.zeros((1, 3, 1), complex),
    np.array([[["x"]]]),
]


@pytest.mark.parametrize("value", NO_POINTS, ids=range(len(NO_POINTS)))
def test_points(value):
    plan = NufftPlan(5, 2.0)
    assert_refused(lambda: nufft_type1(value, STRENGTHS, plan), "points")
    assert_refused(lambda: nufft_type2(value, MODES, plan), "points")
    assert_refused(lambda: nudft_type1(value, STRENGTHS, 5, 2.0), "points")
    assert_refused(lambda: nudft_type2(value, MODES, 5, 2.0), "points")
    assert_refused(lambda: direct_convolution(value, STRENGTHS, first_component, 2.0), "positions")


NO_STRENGTHS = [
    None,
    "x",
    2.0,
    Stranger(),
    np.ones((3, 2)),
    np.ones((1, 4, 2)),
    np.ones((2, 3, 2)),
    np.ones((1, 3, 2), int),
    np.ones((1, 3, 2), "float32"),
    np.ones((1, 3, 2), "complex64"),
]


@pytest.mark.parametrize("value", NO_STRENGTHS, ids=range(len(NO_STRENGTHS)))
def test_strengths(value):
    assert_refused(lambda: nufft_type1(POINTS, value, NufftPlan(5, 2.0)), "strengths")
    assert_refused(lambda: nudft_type1(POINTS, value, 5, 2.0), "strengths")
    assert_refused(lambda: direct_convolution(POINTS, value, first_component, 2.0), "sources")


def test_complex_sources():
    assert_refused(lambda: direct_convolution(POINTS, STRENGTHS + 0j, first_component, 2.0), "sources")


NO_COEFFICIENTS = [
    None,
    "x",
    MODES.real,
    MODES[0],
    MODES[..., :4],
    np.ones((2, 2, 5), complex),
    MODES.astype("complex64"),
]


@pytest.mark.parametrize("value", NO_COEFFICIENTS, ids=range(len(NO_COEFFICIENTS)))
def test_coefficients(value):
    assert_refused(lambda: nufft_type2(POINTS, value, NufftPlan(5, 2.0)), "coefficients")
    assert_refused(lambda: nudft_type2(POINTS, value, 5, 2.0), "coefficients")


@pytest.mark.parametrize(
    "kernel", [None, 5, "exp", np.exp(1), lambda s: s, lambda s: None, lambda s: 1.0, lambda s: tf.cast(s, "int32")]
)
def test_kernels_of_the_direct_sum(kernel):
    assert_refused(lambda: direct_convolution(POINTS, STRENGTHS, kernel, 2.0), "kernel")


@pytest.mark.parametrize("value", named([None, "x", Stranger(), np.zeros(1, int), np.zeros(1, "float32")]))
def test_ends_of_a_displacement(value):
    assert_refused(lambda: displacement(value, POINTS, 2.0), "targets")
    assert_refused(lambda: displacement(POINTS, value, 2.0), "sources")


@pytest.mark.parametrize(
    "value", named([None, "x", 2.0, np.zeros((3, 1)), POINTS + 0j, POINTS > 0, POINTS + np.inf, [[[0.0], [1.0, 2.0]]]])
)
def test_positions_of_a_neighbor_list(value):
    assert_refused(lambda: neighbor_list(value, 2.0, 0.5), "positions")


@pytest.mark.parametrize("value", named([*NO_POSITIVE_NUMBERS, [], (0.5,)]))
def test_cutoffs(value):
    assert_refused(lambda: neighbor_list(POINTS, 2.0, value), "cutoff")


@pytest.mark.parametrize("value", named([v for v in NO_COUNTS if v is not None]))
def test_widths_of_lists(value):
    assert_refused(lambda: neighbor_list(POINTS, 2.0, 0.5, value), "max_neighbors")
