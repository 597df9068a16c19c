import finufft
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops import NufftPlan, nudft_type1, nudft_type2, nufft_type1, nufft_type2
from lrc_keras.ops.spectra import even_half, from_half_spectrum, to_half_spectra

CASES = [
    ((21,), (5.0,)),
    ((20,), (5.0,)),
    ((1,), (2.0,)),
    ((9, 12), (3.0, 4.4)),  # no float32
    ((8, 7), (3.0, 4.0)),
    ((6, 7, 8), (1.1, 2.0, 3.0)),
]
# dtype, tolerance asked for, floor of the dtype
ACCURACY = [("float64", t, 1e-13) for t in (1e-2, 1e-4, 1e-6, 1e-9, 1e-12)] + [
    ("float32", t, 2e-5) for t in (1e-3, 1e-5)
]


def error(result, reference):
    return np.linalg.norm(result - reference) / np.linalg.norm(reference)


def complex_normal(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


@pytest.mark.parametrize(("num_modes", "box"), CASES)
@pytest.mark.parametrize(("dtype", "tolerance", "floor"), ACCURACY)
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("method", ["points", "sums"])
def test_against_direct_sums(num_modes, box, dtype, tolerance, floor, is_complex, method, rng):
    """Points lie anywhere in ℝ^d. The asked tolerance is met up to a factor that grows with the dimension."""
    complex_dtype = {"float32": "complex64", "float64": "complex128"}[dtype]
    points = rng.uniform(-7, 12, (2, 30, len(num_modes))).astype(dtype)
    strengths = complex_normal(rng, 2, 30, 3)
    strengths = strengths.astype(complex_dtype) if is_complex else strengths.real.astype(dtype)
    coefficients = complex_normal(rng, 2, 3, *num_modes).astype(complex_dtype)
    plan = NufftPlan(num_modes, box, tolerance, method=method)

    modes = nufft_type1(points, strengths, plan)
    assert modes.shape == (2, 3, *num_modes) and modes.dtype == complex_dtype
    assert error(modes, nudft_type1(points, strengths, num_modes, box)) < max(4 * tolerance, floor)
    values = nufft_type2(points, coefficients, plan)
    assert values.shape == (2, 30, 3) and values.dtype == complex_dtype
    assert error(values, nudft_type2(points, coefficients, num_modes, box)) < max(4 * tolerance, floor)


@pytest.mark.parametrize(("num_modes", "box"), CASES)
@pytest.mark.parametrize("method", ["points", "tiles", "sums"])
def test_against_finufft(num_modes, box, method, rng):
    """The same conventions as a compiled NUFFT, at 1e-9 for both."""
    dim = len(num_modes)
    if method == "tiles" and dim == 1:
        pytest.skip("in one dimension there are no tiles worth having")
    points = rng.uniform(-7, 12, (1, 50, dim))
    strengths, coefficients = complex_normal(rng, 1, 50, 1), complex_normal(rng, 1, 1, *num_modes)
    angles = [2 * np.pi / side * points[0, :, axis] for axis, side in enumerate(box)]
    type1 = [finufft.nufft1d1, finufft.nufft2d1, finufft.nufft3d1][dim - 1]
    type2 = [finufft.nufft1d2, finufft.nufft2d2, finufft.nufft3d2][dim - 1]
    plan = NufftPlan(num_modes, box, 1e-9, method=method)
    modes = type1(*angles, strengths[0, :, 0], num_modes, eps=1e-9, isign=-1)
    assert error(nufft_type1(points, strengths, plan)[0, 0], modes) < 1e-8
    values = type2(*angles, coefficients[0, 0], eps=1e-9, isign=1)
    assert error(nufft_type2(points, coefficients, plan)[0, :, 0], values) < 1e-8


def test_a_tolerance_out_of_reach_warns_once(rng):
    points, strengths = rng.uniform(0, 1, (1, 3, 1)).astype("float32"), np.ones((1, 3, 1), "float32")
    plan = NufftPlan(5, 1.0, 1e-9)
    with pytest.warns(UserWarning, match="tolerance=1e-09 is out of reach in float32: about 5e-07 is"):
        nufft_type1(points, strengths, plan)
    nufft_type1(points, strengths, plan)  # warnings are errors here
    nufft_type1(points.astype("float64"), strengths.astype("float64"), plan)


def test_paper_window_is_good_at_low_modes_and_aliases_at_high_ones(rng):
    plan = NufftPlan.paper(101, 5.0)
    points, strengths = rng.uniform(0, 5, (1, 40, 1)), rng.normal(size=(1, 40, 1))
    exact = nudft_type1(points, strengths, 101, 5.0).numpy()[0, 0]
    result = nufft_type1(points, strengths, plan).numpy()[0, 0]
    relative = np.abs(result - exact) / np.linalg.norm(exact) * np.sqrt(101)
    assert np.max(relative[45:56]) < 1e-3  # n = −5…5
    assert np.max(relative) > 1e-2


def test_half_spectra_round_trips(rng):
    for num_modes in [(5,), (4,), (3, 4), (4, 3), (3, 4, 2)]:
        real_field_modes = complex_normal(rng, 2, *num_modes)
        real, imaginary = to_half_spectra(tf.constant(real_field_modes), num_modes)
        both = from_half_spectrum(real, num_modes) + 1j * from_half_spectrum(imaginary, num_modes)
        # an even count keeps half of its lone mode −M/2 on each side
        keep = tuple(slice(1 - m % 2, None) for m in num_modes)
        np.testing.assert_allclose(both.numpy()[(..., *keep)], real_field_modes[(..., *keep)], atol=1e-14)


def test_even_half_of_an_even_multiplier_is_its_half():
    values = np.array([9.0, 4.0, 1.0, 0.0, 1.0, 4.0, 9.0])
    np.testing.assert_array_equal(even_half(tf.constant(values), (7,)), [0, 1, 4, 9])
    # M = 4: the lone mode −2 is shared between −2 and 2
    np.testing.assert_array_equal(even_half(tf.constant([4.0, 1.0, 0.0, 1.0]), (4,)), [0, 1, 2])


@pytest.mark.parametrize(("num_modes", "is_complex"), [((7,), False), ((6,), True), ((3, 4), False)])
@pytest.mark.parametrize("jit_compile", [None, False, True])
@pytest.mark.parametrize("way", ["points", "sums", "paper"])
def test_first_and_second_derivatives(num_modes, is_complex, jit_compile, way, rng):
    """g = ∂E/∂x of a real scalar E(x, f), and ∂(g·v)/∂x, ∂(g·v)/∂f, along random directions against differences.

    Central differences with h = 1e-5 of values of size 10 in float64: about 1e-9 absolute, 1e-6 is asked.
    """
    if way == "paper":
        num_modes = tuple(m | 1 for m in num_modes)
    dim = len(num_modes)
    box = (3.0, 4.0)[:dim]
    plan = NufftPlan.paper(num_modes, box) if way == "paper" else NufftPlan(num_modes, box, 1e-9, method=way)
    weight = tf.constant(complex_normal(rng, 1, 1, *num_modes))
    # keep away from the edges of the window's pieces, where it is continuous to the tolerance only
    x, v, dx = rng.uniform(0, 3, (1, 4, dim)), rng.normal(size=(1, 4, dim)), rng.normal(size=(1, 4, dim))
    f, df = rng.normal(size=(2, 1, 4, 1))

    def energy(x, f):
        modes = nufft_type1(x, tf.complex(f, f**2) if is_complex else f, plan)
        values = nufft_type2(x, weight * modes, plan)
        return tf.reduce_sum(tf.math.real(values) ** 2 + tf.math.imag(values)) / 10

    def gradient(x, f):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = energy(x, f)
        return value, tape.gradient(value, x)

    def second(x, f):
        with tf.GradientTape() as tape:
            tape.watch([x, f])
            value, slope = gradient(x, f)
            projected = tf.reduce_sum(slope * v)
        return value, slope, projected, *tape.gradient(projected, [x, f])

    if jit_compile is not None:
        second = tf.function(second, jit_compile=jit_compile)
    tensors = tf.constant(x), tf.constant(f)
    _, slope, _, by_x, by_f = second(*tensors)
    h = 1e-5
    above, below = (second(tf.constant(x + s * dx), tensors[1]) for s in (h, -h))
    assert np.sum(slope * dx) == pytest.approx(float(above[0] - below[0]) / (2 * h), rel=1e-6, abs=1e-6)
    assert np.sum(by_x * dx) == pytest.approx(float(above[2] - below[2]) / (2 * h), rel=1e-6, abs=1e-6)
    above, below = (second(tensors[0], tf.constant(f + s * df)) for s in (h, -h))
    assert np.sum(by_f * df) == pytest.approx(float(above[2] - below[2]) / (2 * h), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 5.0), "num_modes must be a positive integer"),
        ((-2, 5.0), "num_modes must be a positive integer"),
        ((21, 0.0), "box_length must be a positive number"),
        ((21, float("nan")), "box_length must be a positive number"),
        (((3, 3), (1.0, 1.0, 1.0)), "box_length must name 2 sides"),
        ((21, 5.0, 0.0), "tolerance must be a number in"),
        ((21, 5.0, 1.5), "tolerance must be a number in"),
    ],
)
def test_bad_plans_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        NufftPlan(*arguments)


def test_a_plan_chooses_by_count():
    plan = NufftPlan((64, 64, 64), (1.0, 1.0, 1.0), 1e-5)
    assert [plan.choose(n) for n in (20, 5000, 100_000, None)] == ["sums", "points", "tiles", "points"]
    # few points on a huge grid: the tiles would all be empty
    assert NufftPlan((256, 256, 256), (1.0, 1.0, 1.0), 1e-3).choose(10_000) == "points"
    assert NufftPlan(64, 1.0, 1e-5).choose(10**6) == "points"
    with pytest.raises(ValueError, match="method must be one of .* received 'grid'"):
        NufftPlan(64, 1.0, method="grid")


def test_the_papers_window_wants_odd_modes():
    with pytest.raises(ValueError, match="num_modes must be odd for the paper's window; received 20"):
        NufftPlan.paper(20, 5.0)


def test_bad_data_are_named(rng):
    plan = NufftPlan(5, 2.0)
    points, strengths = rng.uniform(0, 2, (1, 3, 1)), rng.normal(size=(1, 3, 1))
    with pytest.raises(ValueError, match=r"points must have shape \(batch, points, 1\).*received \(1, 3, 2\)"):
        nufft_type1(np.zeros((1, 3, 2)), strengths, plan)
    with pytest.raises(TypeError, match="float64 and float32"):
        nufft_type1(points, strengths.astype("float32"), plan)
    with pytest.raises(TypeError, match="received int64 and float64"):
        nufft_type1(points.astype("int64"), strengths, plan)
    with pytest.raises(ValueError, match="strengths must have 3 axes"):
        nufft_type1(points, strengths[..., 0], plan)
    with pytest.raises(ValueError, match=r"coefficients must have shape \(batch, channels, 5\)"):
        nufft_type2(points, np.zeros((1, 1, 6), complex), plan)
