"""Whatever is wrong with an argument of a multiplier, or with what a user's own one returns, is answered by a sentence
that names it."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given

from lrc_keras.layers import (
    CoulombMultiplier,
    FourierMultiplier,
    FreeMultiplier,
    GaussianMultiplier,
    GradientMultiplier,
    LongRangeConvolution,
    PowerLaw,
    RadialMultiplier,
    ScreenedCoulombMultiplier,
    SumMultiplier,
)
from tests.wrong_values import (
    HUGE,
    NO_COUNTS,
    NO_FLAGS,
    NO_NUMBERS,
    NO_POSITIVE_NUMBERS,
    NO_TEXTS,
    Stranger,
    assert_refused,
    check_row,
    junk,
    quickly,
    rows,
)

FAMILIES = (
    FourierMultiplier,
    FreeMultiplier,
    GaussianMultiplier,
    PowerLaw,
    RadialMultiplier,
    ScreenedCoulombMultiplier,
)
POSITIONS = np.array([[[0.0], [1.0], [3.0]]])


def layer_with(multiplier, num_modes=5):
    return LongRangeConvolution(multiplier, num_modes, 5.0, dtype="float64")


GIVEN = [value for value in NO_COUNTS if value is not None]
NO_CHANNEL_NUMBERS = [*NO_NUMBERS, "ab", b"ab", (1.0,), (1.0, True), [[1.0, 2.0]], (1.0, 2.0, 3.0)]
NO_MULTIPLIERS = [*NO_TEXTS, ScreenedCoulombMultiplier, Stranger()]
NO_WIDTHS = [None, True, 5, HUGE, "ab", {}, (), (2, 0), (2, True), (2.0,), ((2,),)]
NO_NAMES = [value for value in NO_TEXTS if value is not None]
MATRICES = [FreeMultiplier(1), FreeMultiplier(1, in_channels=1)]
MULTIPLIERS = [
    *((lambda v, family=family: family(channels=v), [*NO_COUNTS, 2**31], "channels") for family in FAMILIES),
    (lambda v: FourierMultiplier(2, in_channels=v), [*GIVEN, 2**31], "in_channels"),
    (lambda v: FreeMultiplier(2, in_channels=v), [*GIVEN, 2**31], "in_channels"),
    # two channels want one number or two
    (lambda v: ScreenedCoulombMultiplier(2, v), NO_CHANNEL_NUMBERS, "initial_inverse_length"),
    (lambda v: ScreenedCoulombMultiplier(2, 1.0, v), NO_CHANNEL_NUMBERS, "initial_amplitude"),
    (lambda v: PowerLaw(2, v), NO_CHANNEL_NUMBERS, "initial_exponent"),
    (lambda v: PowerLaw(2, 1.0, v), NO_CHANNEL_NUMBERS, "initial_amplitude"),
    (lambda v: ScreenedCoulombMultiplier(1, (v,)), NO_POSITIVE_NUMBERS, "initial_inverse_length"),
    (lambda v: RadialMultiplier(1, v), NO_POSITIVE_NUMBERS, "scale must be a positive"),
    (lambda v: RadialMultiplier(1, 1.0, v), NO_WIDTHS, "widths must be a sequence of positive integers"),
    (lambda v: GaussianMultiplier(1, (v,)), NO_POSITIVE_NUMBERS, "initial_widths"),
    (lambda v: GaussianMultiplier(1, v), [*NO_POSITIVE_NUMBERS, ()], "initial_widths"),
    (lambda v: CoulombMultiplier(v), [*NO_NUMBERS, -0.1, []], "smearing must be a finite number, 0 or more"),
    (lambda v: CoulombMultiplier(v, trainable=True), [0.0], "smearing must be positive for trainable=True"),
    (lambda v: ScreenedCoulombMultiplier(2, smearing=v), [*NO_NUMBERS, -1], "smearing must be a finite number, 0 or"),
    (lambda v: CoulombMultiplier(truncation=v), [*NO_NUMBERS[1:], -0.1, []], "truncation"),
    (lambda v: SumMultiplier(v), [*NO_MULTIPLIERS, [5], [Stranger()]], "terms"),
    (lambda v: SumMultiplier(v), [[PowerLaw(1), PowerLaw(2)], MATRICES], "terms"),  # of different channels
    (lambda v: SumMultiplier([v, PowerLaw(1)]), [SumMultiplier([GradientMultiplier(PowerLaw(1))])], "terms"),
    (lambda v: GradientMultiplier(v), [*NO_MULTIPLIERS, [5], [Stranger()]], "multiplier"),
    (lambda v: FreeMultiplier(1, v), NO_NAMES, "initializer"),
    (lambda v: FreeMultiplier(1, complex=v), NO_FLAGS, "complex"),
]


@rows(MULTIPLIERS)
def test_refused(call, arguments, pattern):
    check_row(call, arguments, pattern)


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: RadialMultiplier(1, value), "scale")
    assert_refused(lambda: GaussianMultiplier(1, value), "initial_widths")
    assert_refused(lambda: ScreenedCoulombMultiplier(2, value), "initial_inverse_length")


class Returns(FourierMultiplier):
    """A user's own multiplier that returns whatever it is told to."""

    def __init__(self, returned, channels=1):
        super().__init__(channels)
        self.returned = returned

    def call(self, wavenumbers):
        return self.returned


@pytest.mark.parametrize("shape", [(), (5,), (4, 1), (1, 5), (5, 2), (5, 1, 1), (1, 5, 1)])
def test_what_a_multiplier_returns_has_a_shape(shape):
    layer = layer_with(Returns(tf.ones(shape, tf.float64)))
    assert_refused(lambda: layer(POSITIONS), "multiplier")


@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32"])
def test_what_a_multiplier_returns_has_a_dtype(dtype):
    layer = layer_with(Returns(tf.ones((5, 1), dtype)))
    assert_refused(lambda: layer(POSITIONS), "multiplier")


def test_a_free_multiplier_belongs_to_its_modes():
    """Shared with a layer of other modes it has too few numbers, which would be taken for the wrong ones."""
    multiplier = FreeMultiplier(1, dtype="float64")
    layer_with(multiplier)(POSITIONS)
    layer = layer_with(multiplier, num_modes=7)
    assert "received (5, 1)" in assert_refused(lambda: layer(POSITIONS), "multiplier")
