"""Transforms of every method against direct sums in float64."""

import finufft
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops import NufftPlan, nudft_type1, nudft_type2, nufft_type1, nufft_type2

METHODS = ["points", "sums", "finufft"]
CASES = [
    ((21,), (5.0,)),
    ((20,), (5.0,)),
    ((1,), (2.0,)),
    ((9, 12), (3.0, 4.4)),  # no float32
    ((8, 7), (3.0, 4.0)),
    ((6, 7, 8), (1.1, 2.0, 3.0)),
    ((12, 12, 12), (1.0, 2.0, 3.0)),
]
# dtype, tolerance asked for, floor of the dtype
ACCURACY = [("float64", t, 1e-13) for t in (1e-2, 1e-4, 1e-6, 1e-9, 1e-12)] + [
    ("float32", t, 2e-5) for t in (1e-3, 1e-5)
]
MARGIN = 2  # with few random points errors are up to 1.4 times what was asked for
COMPLEX = {"float32": "complex64", "float64": "complex128"}


def error(result, reference):
    result, reference = np.array(result), np.array(reference)
    return np.linalg.norm(result - reference) / np.linalg.norm(reference)


def complex_normal(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


@pytest.mark.parametrize(("num_modes", "box"), CASES)
@pytest.mark.parametrize(
    ("method", "dtype", "tolerance", "floor"),
    # "sums" does not look at the tolerance: the smallest of each dtype says all
    [(method, *case) for method in METHODS for case in ACCURACY if method != "sums" or case[1] in (1e-12, 1e-5)],
)
def test_against_direct_sums(num_modes, box, method, dtype, tolerance, floor, rng):
    """Points lie anywhere in ℝ^d; real and complex strengths, an odd and an even number of channels."""
    points = rng.uniform(-7, 12, (2, 30, len(num_modes))).astype(dtype)
    exact = points.astype("float64")
    plan = NufftPlan(num_modes, box, tolerance, method=method)
    for channels, is_complex in ((1, False), (2, False), (3, True)):
        strengths = complex_normal(rng, 2, 30, channels)
        strengths = strengths.astype(COMPLEX[dtype]) if is_complex else strengths.real.astype(dtype)
        coefficients = complex_normal(rng, 2, channels, *num_modes).astype(COMPLEX[dtype])
        modes, values = nufft_type1(points, strengths, plan), nufft_type2(points, coefficients, plan)
        assert modes.shape == (2, channels, *num_modes) and modes.dtype == COMPLEX[dtype]
        assert values.shape == (2, 30, channels) and values.dtype == COMPLEX[dtype]
        reference = nudft_type1(exact, strengths.astype("complex128"), num_modes, box)
        assert error(modes, reference) < max(MARGIN * tolerance, floor)
        reference = nudft_type2(exact, coefficients.astype("complex128"), num_modes, box)
        assert error(values, reference) < max(MARGIN * tolerance, floor)


@pytest.mark.parametrize(("num_modes", "box"), [((9,), (5.0,)), ((5, 6), (3.0, 4.4)), ((3, 2, 3), (1.1, 2.0, 3.0))])
def test_sums_of_more_channels_than_rows_of_modes(num_modes, box, rng):
    """One table of all modes in place of one for every channel."""
    points, strengths = rng.uniform(-7, 12, (2, 30, len(num_modes))), rng.normal(size=(2, 30, 16))
    plan = NufftPlan(num_modes, box, method="sums")
    reference = nudft_type1(points, strengths, num_modes, box)
    assert error(nufft_type1(points, strengths, plan), reference) < 1e-12
    coefficients = complex_normal(rng, 2, 16, *num_modes)
    assert error(nufft_type2(points, coefficients, plan), nudft_type2(points, coefficients, num_modes, box)) < 1e-12


@pytest.mark.parametrize("num_modes", [10**3, 10**4, 10**5])
@pytest.mark.parametrize("method", METHODS)
def test_float32_keeps_its_digits_for_many_modes(num_modes, method, rng):
    """Coordinates are float64 inside: kept in float32, the error grows to 4e-8 M, 4e-3 for 10⁵ modes.

    The bound is the sum of the tolerance 1e-5, up to `MARGIN`, and of the rounding of float32, 2e-5.
    """
    points, strengths = rng.uniform(0, 3, (1, 50, 1)).astype("float32"), rng.normal(size=(1, 50, 1)).astype("float32")
    plan = NufftPlan(num_modes, 3.0, 1e-5, method=method)
    reference = nudft_type1(points.astype("float64"), strengths.astype("float64"), num_modes, 3.0)
    assert error(nufft_type1(points, strengths, plan), reference) < 4e-5
    modes = reference.numpy().astype("complex64")
    reference = nudft_type2(points.astype("float64"), modes.astype("complex128"), num_modes, 3.0)
    assert error(nufft_type2(points, modes, plan), reference) < 4e-5


def test_direct_sums_in_float32_keep_their_digits_too(rng):
    points, strengths = rng.uniform(0, 3, (1, 50, 1)).astype("float32"), np.ones((1, 50, 1), "float32")
    reference = nudft_type1(points.astype("float64"), strengths.astype("float64"), 10**4, 3.0)
    assert error(nudft_type1(points, strengths, 10**4, 3.0), reference) < 1e-6


@pytest.mark.parametrize(("num_modes", "box"), CASES)
@pytest.mark.parametrize("method", ["points", "sums"])
def test_against_finufft(num_modes, box, method, rng):
    """The same conventions as a compiled NUFFT: both errors are 1e-9, up to `MARGIN`."""
    dim = len(num_modes)
    points = rng.uniform(-7, 12, (1, 50, dim))
    strengths, coefficients = complex_normal(rng, 1, 50, 1), complex_normal(rng, 1, 1, *num_modes)
    angles = [2 * np.pi / side * points[0, :, axis] for axis, side in enumerate(box)]
    type1 = [finufft.nufft1d1, finufft.nufft2d1, finufft.nufft3d1][dim - 1]
    type2 = [finufft.nufft1d2, finufft.nufft2d2, finufft.nufft3d2][dim - 1]
    plan = NufftPlan(num_modes, box, 1e-9, method=method)
    modes = type1(*angles, strengths[0, :, 0], num_modes, eps=1e-9, isign=-1)
    assert error(nufft_type1(points, strengths, plan)[0, 0], modes) < 4e-9
    values = type2(*angles, coefficients[0, 0], eps=1e-9, isign=1)
    assert error(nufft_type2(points, coefficients, plan)[0, :, 0], values) < 4e-9


@pytest.mark.parametrize("method", METHODS)
def test_a_triclinic_cell_and_its_other_basis(method, rng):
    """k = 2π n H⁻ᵀ. Two bases of one lattice give the same field of a mode: n and n' with n H⁻ᵀ = n' H'⁻ᵀ."""
    cell = np.array([[2.0, 0.1, 0.0], [0.7, 1.5, 0.2], [-0.3, 0.4, 1.8]])
    change = np.array([[1, 1, 0], [0, 1, 0], [0, -1, 1]])  # of determinant one
    points, strengths = rng.uniform(-4, 4, (1, 25, 3)), rng.normal(size=(1, 25, 1))
    modes = nufft_type1(points, strengths, NufftPlan((7, 6, 5), cell, 1e-10, method=method)).numpy()
    n = np.array([2, -1, 1])
    k = 2 * np.pi * n @ np.linalg.inv(cell).T
    expected = np.sum(strengths[0, :, 0] * np.exp(-1j * points[0] @ k))
    assert modes[0, 0][tuple(n + np.array([3, 3, 2]))] == pytest.approx(expected, abs=1e-8)
    other = nufft_type1(points, strengths, NufftPlan(13, change @ cell, 1e-10, dim=3, method=method)).numpy()
    assert other[0, 0][tuple(change @ n + 6)] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("method", "compiled"),
    [(method, how) for method in METHODS for how in ("eager", "graph", "xla") if (method, how) != ("finufft", "xla")],
)
def test_one_plan_for_changing_channels_batch_points_and_real_and_complex(method, compiled, rng):
    plan = NufftPlan((6, 5), (3.0, 4.0), 1e-9, method=method)
    transform = lambda x, f: nufft_type1(x, f, plan)  # noqa: E731
    if compiled != "eager":
        transform = tf.function(transform, jit_compile=compiled == "xla", reduce_retracing=True)
    for batch, count, channels, is_complex in [(1, 9, 1, False), (1, 9, 2, False), (3, 4, 2, True), (2, 9, 1, True)]:
        points, strengths = rng.uniform(0, 3, (batch, count, 2)), complex_normal(rng, batch, count, channels)
        strengths = strengths if is_complex else strengths.real
        modes = transform(tf.constant(points), tf.constant(strengths))
        assert error(modes, nudft_type1(points, strengths, (6, 5), (3.0, 4.0))) < 4e-9


@pytest.mark.parametrize("method", ["points", "finufft"])
@pytest.mark.parametrize("known", [None, 7])
def test_numbers_of_clouds_and_points_that_a_graph_does_not_know(method, known, rng):
    plan = NufftPlan((6, 5), (3.0, 4.0), 1e-9, method=method)
    shapes = [tf.TensorSpec((None, known, 2), tf.float64), tf.TensorSpec((None, known, 2), tf.float64)]
    transform = tf.function(lambda x, f: nufft_type1(x, f, plan), input_signature=shapes)
    for batch, count in ((1, known or 5), (3, 7)):
        points, strengths = rng.uniform(0, 3, (batch, count, 2)), rng.normal(size=(batch, count, 2))
        assert error(transform(points, strengths), nudft_type1(points, strengths, (6, 5), (3.0, 4.0))) < 4e-9


@pytest.mark.parametrize("batch", [None, 8])
def test_stencils_are_computed_once_for_all_transforms(batch):
    """Also in training, whose graph does not know the size of the batch."""
    plan = NufftPlan((6, 5), (3.0, 4.0), 1e-4, method="points")

    @tf.function(input_signature=[tf.TensorSpec((batch, 7, 2), tf.float32)])
    def force(points):
        with tf.GradientTape() as tape:
            tape.watch(points)
            placed = plan.set_points(points)
            energy = tf.reduce_sum(placed.type2(placed.type1(points)) ** 2)
        return tape.gradient(energy, points)

    graph = force.get_concrete_function().graph.as_graph_def()
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    assert sum(node.op == "FloorMod" for node in nodes) == 2  # of node numbers, one for each axis


def test_autograph_reads_the_sums_in_a_function_of_the_user(rng, caplog):
    plan, points = NufftPlan(6, 3.0, 1e-4, method="sums"), rng.uniform(0, 3, (1, 4, 1))

    @tf.function
    def transforms(points):
        return nufft_type2(points, nufft_type1(points, points, plan), plan)

    transforms(tf.constant(points))
    assert "AutoGraph could not transform" not in caplog.text


def test_no_points_and_no_clouds_in_a_graph_that_does_not_know_their_number():
    """No points have no modes, and the result for no clouds is empty."""
    plan = NufftPlan(5, 3.0, 1e-4, method="points")
    shapes = [tf.TensorSpec((None, None, 1), tf.float64), tf.TensorSpec((None, None, None), tf.float64)]

    @tf.function(input_signature=shapes)
    def transforms(points, strengths):
        modes = nufft_type1(points, strengths, plan)
        return modes, nufft_type2(points, modes, plan)

    for batch, count in ((2, 0), (0, 3)):
        modes, values = transforms(np.zeros((batch, count, 1)), np.ones((batch, count, 2)))
        np.testing.assert_array_equal(modes, np.zeros((batch, 2, 5)))
        assert values.shape == (batch, count, 2)


def test_blocks_of_points_and_clouds_give_the_same(rng, monkeypatch):
    points, strengths = rng.uniform(0, 3, (3, 23, 2)), rng.normal(size=(3, 23, 2))
    plan = NufftPlan((9, 6), (3.0, 4.0), 1e-6, method="points")
    modes = nufft_type1(points, strengths, plan).numpy()
    values = nufft_type2(points, modes, plan).numpy()
    for constant, value in (("SMALL", 0), ("ENTRIES", 1000)):  # cloud by cloud, then five points or so at a time
        monkeypatch.setattr(f"lrc_keras.ops.engines.points.{constant}", value)
        np.testing.assert_allclose(nufft_type1(points, strengths, plan), modes, atol=1e-12)
        np.testing.assert_allclose(nufft_type2(points, modes, plan), values, atol=1e-11)


@pytest.mark.parametrize("method", ["points", "sums"])
def test_what_is_not_a_number_stays_so(method):
    """A diverged run must not look healthy."""
    points, strengths = np.array([[[0.5], [np.nan], [0.1]]]), np.ones((1, 3, 1))
    assert np.all(np.isnan(NufftPlan(5, method=method).set_points(points).type1(strengths).numpy()[..., 1:]))


def test_paper_window_is_good_at_low_modes_and_aliases_at_high_ones(rng):
    plan = NufftPlan.paper(101, 5.0)
    points, strengths = rng.uniform(0, 5, (1, 40, 1)), rng.normal(size=(1, 40, 1))
    exact = nudft_type1(points, strengths, 101, 5.0).numpy()[0, 0]
    result = nufft_type1(points, strengths, plan).numpy()[0, 0]
    relative = np.abs(result - exact) / np.linalg.norm(exact) * np.sqrt(101)
    assert np.max(relative[45:56]) < 1e-3  # n = −5…5
    assert np.max(relative) > 1e-2
