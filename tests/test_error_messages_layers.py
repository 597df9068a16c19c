"""Whatever is wrong with an argument or an input of `lrc_keras.layers` is answered by a sentence that names it."""

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
    Pyramid,
    RadialMultiplier,
    ResidualFitting,
    ScreenedCoulombMultiplier,
    ShortRangeDescriptor,
    SumMultiplier,
)
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from tests.wrong_values import (
    HUGE,
    NO_COUNTS,
    NO_FLAGS,
    NO_NUMBERS,
    NO_POSITIVE_NUMBERS,
    NO_TEXTS,
    Stranger,
    assert_refused,
    junk,
    named,
    quickly,
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
NEIGHBORS = np.array([[[1, -1], [0, -1], [-1, -1]]], "int32")


def convolution(**changes):
    good = {"multiplier": ScreenedCoulombMultiplier(2, dtype="float64"), "num_modes": 5, "box_length": 5.0}
    return LongRangeConvolution(**{**good, "dtype": "float64", **changes})


def descriptor(**changes):
    return ShortRangeDescriptor(**{"box_length": 5.0, "cutoff": 1.5, "dtype": "float64", **changes})


@pytest.mark.parametrize("value", named([*NO_COUNTS, 2**31]))
def test_counts(value):
    for family in FAMILIES:
        assert_refused(lambda family=family: family(channels=value), "channels")
    assert_refused(lambda: ResidualFitting(width=value), "width")


@pytest.mark.parametrize("value", named([*(v for v in NO_COUNTS if v != 0 or v is False), -1, 2**31]))
def test_depths(value):
    """No hidden layers at all are meant by 0."""
    assert_refused(lambda: ResidualFitting(depth=value), "depth")
    assert_refused(lambda: build_short_range_model(8, 1, 5.0, 1.5, fitting_depth=value), "fitting_depth")
    assert_refused(lambda: build_full_range_model(8, 1, 5.0, 1.5, 9, fitting_depth=value), "fitting_depth")


@pytest.mark.parametrize("value", named([v for v in NO_COUNTS if v is not None] + [2.0, [0.5, -1], "ab", (1.0, True)]))
def test_inverse_lengths_of_a_model(value):
    if value != (2,):
        assert_refused(lambda: build_full_range_model(8, 1, 5.0, 1.5, 9, inverse_lengths=value), "inverse_lengths")
    multiplier = ScreenedCoulombMultiplier(2)
    assert_refused(
        lambda: build_full_range_model(8, 1, 5.0, 1.5, 9, multiplier=multiplier, inverse_lengths=value),
        "inverse_lengths",
    )


@pytest.mark.parametrize("value", named([*NO_NUMBERS, "ab", b"ab", (1.0,), (1.0, True), [[1.0, 2.0]]]))
def test_numbers_of_each_channel(value):
    """Two channels want one number or two; a text of two letters is none of these."""
    assert_refused(lambda: ScreenedCoulombMultiplier(2, value), "initial_inverse_length")
    assert_refused(lambda: ScreenedCoulombMultiplier(2, 1.0, value), "initial_amplitude")
    assert_refused(lambda: PowerLaw(2, value), "initial_exponent")
    assert_refused(lambda: PowerLaw(2, 1.0, value), "initial_amplitude")


@pytest.mark.parametrize("value", named(NO_POSITIVE_NUMBERS))
def test_positive_numbers(value):
    assert_refused(lambda: RadialMultiplier(1, value), "scale")
    assert_refused(lambda: GaussianMultiplier(1, (value,)), "initial_widths")
    assert_refused(lambda: GaussianMultiplier(1, value), "initial_widths")
    assert_refused(lambda: ScreenedCoulombMultiplier(1, (value,)), "initial_inverse_length")
    assert_refused(lambda: descriptor(cutoff=value), "cutoff")
    if value is not None:  # a cell with every call
        assert_refused(lambda: descriptor(box_length=value), "box_length")
        assert_refused(lambda: convolution(box_length=value), "box_length")
    for window in ("accurate", "paper"):
        assert_refused(lambda window=window: convolution(tolerance=value, window=window), "tolerance")


@quickly
@given(junk)
def test_at_random(value):
    assert_refused(lambda: RadialMultiplier(1, value), "scale")
    assert_refused(lambda: GaussianMultiplier(1, value), "initial_widths")
    assert_refused(lambda: ScreenedCoulombMultiplier(2, value), "initial_inverse_length")
    assert_refused(lambda: Pyramid(value), "widths")
    assert_refused(lambda: descriptor(cutoff=value), "cutoff")
    if value is not None:
        assert_refused(lambda: convolution(box_length=value), "box_length")
    assert_refused(lambda: convolution(num_modes=value), "num_modes")


@pytest.mark.parametrize("value", named([*NO_NUMBERS, -0.1, []]))
def test_smearing(value):
    assert_refused(lambda: CoulombMultiplier(value), "smearing")
    if value is not None:  # no truncation
        assert_refused(lambda: CoulombMultiplier(truncation=value), "truncation")


@pytest.mark.parametrize("value", named([v for v in NO_COUNTS if v is not None] + [2**31]))
def test_columns_of_a_matrix(value):
    assert_refused(lambda: FourierMultiplier(2, in_channels=value), "in_channels")
    assert_refused(lambda: FreeMultiplier(2, in_channels=value), "in_channels")


@pytest.mark.parametrize("value", named([*NO_TEXTS, ScreenedCoulombMultiplier, Stranger(), [5], [Stranger()]]))
def test_multipliers_of_multipliers(value):
    assert_refused(lambda: SumMultiplier(value), "terms")
    assert_refused(lambda: GradientMultiplier(value), "multiplier")


def test_terms_of_different_channels():
    assert_refused(lambda: SumMultiplier([PowerLaw(1), PowerLaw(2)]), "terms")
    assert_refused(lambda: SumMultiplier([FreeMultiplier(1), FreeMultiplier(1, in_channels=1)]), "terms")


@pytest.mark.parametrize("value", named([None, True, 5, HUGE, "ab", {}, (), (2, 0), (2, True), (2.0,), ((2,),)]))
def test_widths(value):
    assert_refused(lambda: Pyramid(value), "widths")
    assert_refused(lambda: RadialMultiplier(1, 1.0, value), "widths")
    assert_refused(lambda: descriptor(widths=value), "widths")


@pytest.mark.parametrize("value", named(NO_FLAGS))
def test_flags(value):
    assert_refused(lambda: ResidualFitting(output_bias=value), "output_bias")
    assert_refused(lambda: descriptor(smooth_cutoff=value), "smooth_cutoff")
    assert_refused(lambda: convolution(subtract_self=value), "subtract_self")
    assert_refused(lambda: convolution(subtract_mean=value), "subtract_mean")
    assert_refused(lambda: convolution(periodic=value), "periodic")
    assert_refused(lambda: FreeMultiplier(1, complex=value), "complex")


@pytest.mark.parametrize("value", named([v for v in NO_TEXTS if v is not None]))
def test_names_that_keras_does_not_know(value):
    assert_refused(lambda: Pyramid(activation=value), "activation")
    assert_refused(lambda: ResidualFitting(activation=value), "activation")
    assert_refused(lambda: FreeMultiplier(1, value), "initializer")


@pytest.mark.parametrize("value", named([*NO_TEXTS, ScreenedCoulombMultiplier, Stranger()]))
def test_multipliers_and_windows(value):
    assert_refused(lambda: convolution(multiplier=value), "multiplier")
    assert_refused(lambda: convolution(window=value), "window")
    assert_refused(lambda: convolution(method=value), "method")


def test_a_cutoff_longer_than_half_the_box():
    for layer in (lambda: descriptor(cutoff=2.6), lambda: descriptor(box_length=(9.0, 2.0))):
        assert_refused(layer, "box_length")
    layer = descriptor(box_length=(5.0, 5.0))
    assert_refused(lambda: layer(POSITIONS, NEIGHBORS), "box_length")


# Keras itself answers for what is no tensor, and casts floating-point inputs to the layer's precision.
NO_POSITIONS = [POSITIONS[0], POSITIONS[..., None], POSITIONS.astype(int), POSITIONS + 0j]


@pytest.mark.parametrize("value", NO_POSITIONS, ids=range(len(NO_POSITIONS)))
def test_positions(value):
    layer = convolution()
    layer.build((None, None, 1))
    assert_refused(lambda: layer(value), "positions")
    layer = descriptor()
    layer.build((None, None, 1), (None, None, None))
    assert_refused(lambda: layer(value, NEIGHBORS), "positions")
    assert_refused(lambda: layer.adapt(value, NEIGHBORS), "positions")


@pytest.mark.parametrize("value", named([None, "x", 2.0, [[[0.0], [1.0, 2.0]]], POSITIONS + np.nan, 0 * POSITIONS]))
def test_positions_that_statistics_cannot_be_made_of(value):
    layer = descriptor()
    assert_refused(lambda: layer.adapt(value, NEIGHBORS), "positions")
    assert not layer.built or np.all(layer.mean == 0)  # nothing is assigned


@pytest.mark.parametrize(
    "value",
    [None, "x", NEIGHBORS[0], NEIGHBORS[:, :2], NEIGHBORS[[0, 0]], NEIGHBORS.astype("float32"), NEIGHBORS + 9],
    ids=range(7),
)
def test_neighbors(value):
    layer = descriptor()
    assert_refused(lambda: layer.adapt(POSITIONS, value), "neighbors")
    if hasattr(value, "shape") and value.max() < 3:  # an index is a number, not a shape: TensorFlow looks at it later
        assert_refused(lambda: layer(POSITIONS, value), "neighbors")


@pytest.mark.parametrize(
    "shape, dtype", [((1, 3), "int32"), ((2, 3, 2, 1), "int32"), ((1, 3, 2, 2), "int32"), ((1, 3, 2, 1), "f4")]
)
def test_images(shape, dtype):
    layer = descriptor(cell_images=True)
    assert_refused(lambda: layer(POSITIONS, NEIGHBORS, images=np.zeros(shape, dtype)), "images")


@pytest.mark.parametrize("shape, dtype", [((3,), "int32"), ((1, 2), "int32"), ((1, 3, 1), "int32"), ((1, 3), "f4")])
def test_species(shape, dtype):
    layer = descriptor(num_species=2)
    assert_refused(lambda: layer(POSITIONS, NEIGHBORS, species=np.zeros(shape, dtype)), "species")


@pytest.mark.parametrize("shape, dtype", [((1,), "f8"), ((1, 1), "f8"), ((1, 1, 2), "f8"), ((1, 1, 1), "int32")])
def test_cells_of_a_descriptor(shape, dtype):
    layer = descriptor(box_length=None)
    assert_refused(lambda: layer(POSITIONS, NEIGHBORS, cell=np.ones(shape, dtype)), "cell")


@pytest.mark.parametrize("shape", [(3, 2), (1, 4, 2), (2, 3, 2), (1, 3, 3), (1, 3, 2, 1)])
def test_sources(shape):
    layer = convolution()
    assert_refused(lambda: layer(POSITIONS, np.ones(shape)), "sources")


class Returns(FourierMultiplier):
    """A user's own multiplier that returns whatever it is told to."""

    def __init__(self, returned, channels=1):
        super().__init__(channels)
        self.returned = returned

    def call(self, wavenumbers):
        return self.returned


@pytest.mark.parametrize("shape", [(), (5,), (4, 1), (1, 5), (5, 2), (5, 1, 1), (1, 5, 1)])
def test_what_a_multiplier_returns_has_a_shape(shape):
    layer = convolution(multiplier=Returns(tf.ones(shape, tf.float64)))
    assert_refused(lambda: layer(POSITIONS), "multiplier")


@pytest.mark.parametrize("dtype", ["float32", "complex64", "int32"])
def test_what_a_multiplier_returns_has_a_dtype(dtype):
    layer = convolution(multiplier=Returns(tf.ones((5, 1), dtype)))
    assert_refused(lambda: layer(POSITIONS), "multiplier")


def test_a_free_multiplier_belongs_to_its_modes():
    """Shared with a layer of other modes it has too few numbers, which would be taken for the wrong ones."""
    multiplier = FreeMultiplier(1, dtype="float64")
    convolution(multiplier=multiplier)(POSITIONS)
    layer = convolution(multiplier=multiplier, num_modes=7)
    assert "received (5, 1)" in assert_refused(lambda: layer(POSITIONS), "multiplier")


def test_models():
    """What a model is made of answers for its own arguments."""
    assert_refused(lambda: build_short_range_model(4, 1, 5.0, True), "cutoff")
    assert_refused(lambda: build_short_range_model(4, 1, 5.0, 1.5, smooth_cutoff="no"), "smooth_cutoff")
    model = build_short_range_model(4, 1, 5.0, 1.5)
    for value in (0, -1, np.nan, np.inf):
        assert_refused(lambda value=value: ForceField(model, value), "scale")
    for value in (None, "model", ForceField):
        assert_refused(lambda value=value: ForceField(value), "energy_model")
