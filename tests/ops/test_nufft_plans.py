"""Plans of transforms: choice of the method, limits, copies, refusals and warnings."""

import copy
import gc

import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops import NufftPlan, nufft_type1, plans

METHODS = ["points", "sums", "finufft"]


def error(result, reference):
    result, reference = np.array(result), np.array(reference)
    return np.linalg.norm(result - reference) / np.linalg.norm(reference)


@pytest.mark.slow
def test_more_nodes_than_an_int32_counts(rng):
    """20 clouds of 256³ modes have 2.7·10⁹ grid nodes: they are taken one cloud at a time."""
    points, strengths = rng.uniform(0, 1, (20, 2, 3)).astype("float32"), np.ones((20, 2, 1), "float32")
    plan = NufftPlan((256,) * 3, 1.0, 1e-3, method="points")
    modes = plan.set_points(points).type1(strengths)
    assert error(modes[19, 0, 128, 128, 1], np.sum(np.exp(-2j * np.pi * points[19, :, 2]))) < 1e-2


@pytest.mark.parametrize("method", METHODS)
def test_no_growth_over_different_numbers_of_points(method, rng):
    """Nothing is kept for a number of points, each of which once cost 8 MiB."""
    plan = NufftPlan((8, 8), 1.0, 1e-3, method=method)

    def kept():
        gc.collect()
        return sum(isinstance(o, tf.Tensor) for o in gc.get_objects())

    def use(count):
        nufft_type1(rng.uniform(0, 1, (1, count, 2)), np.ones((1, count, 1)), plan)

    use(10)
    before = kept()
    for count in range(11, 31):
        use(count)
    assert kept() <= before
    if method == "finufft":  # its arrays are not tensors: one plan for all numbers of points
        assert len(plan._engines["finufft"]._plans) == 1


def test_finufft_is_refused_where_xla_compiles(rng):
    plan = NufftPlan(5, 2.0, method="finufft")
    points, strengths = rng.uniform(0, 2, (1, 3, 1)), rng.normal(size=(1, 3, 1))

    def nested(x):
        return tf.function(lambda x: nufft_type1(x, strengths, plan))(x)

    for function in (nested, lambda x: nufft_type1(x, strengths, plan)):
        with pytest.raises(ValueError, match='method "finufft" cannot be compiled by XLA: use jit_compile=False'):
            tf.function(function, jit_compile=True, autograph=False)(tf.constant(points))


def test_a_grid_of_more_nodes_than_an_int32_counts_is_refused():
    """Few modes in a dimension still take a grid of twice the window."""
    with pytest.raises(ValueError, match=r"num_modes must give a grid of less than 2.*31 nodes; received \(1, 1, 4"):
        NufftPlan((1, 1, 2**22), 1.0)
    NufftPlan((1, 1, 2**22), 1.0, method="sums")


def test_a_plan_is_copied(rng):
    points, strengths = rng.uniform(0, 1, (1, 4, 1)), rng.normal(size=(1, 4, 1))
    for method in METHODS:
        plan = NufftPlan(7, method=method)
        modes = nufft_type1(points, strengths, plan)
        np.testing.assert_array_equal(nufft_type1(points, strengths, copy.deepcopy(plan)), modes)


@pytest.mark.parametrize("graph", [False, True])
def test_finufft_is_not_given_points_that_are_not_finite(graph):
    points, strengths = np.array([[[0.5], [np.nan], [0.1]]]), np.ones((1, 3, 1))
    transform = lambda x: nufft_type1(x, strengths, NufftPlan(5, method="finufft"))  # noqa: E731
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError), match="points must be finite; received 1 NaN"):
        (tf.function(transform) if graph else transform)(tf.constant(points))


def test_a_missing_finufft_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "finufft", None)
    with pytest.raises(ImportError, match=r"needs the package finufft, 2.5 or later: pip install .lrc_keras\[fast\]"):
        NufftPlan(5, method="finufft")
    NufftPlan(5)


def test_a_tolerance_out_of_reach_warns_once(rng):
    points, strengths = rng.uniform(0, 1, (1, 3, 1)).astype("float32"), np.ones((1, 3, 1), "float32")
    plan = NufftPlan(5, 1.0, 1e-9)
    with pytest.warns(UserWarning, match="tolerance=1e-09 is out of reach in float32: rounding causes 1e-06"):
        nufft_type1(points, strengths, plan)
    nufft_type1(points, strengths, plan)  # warnings are errors here
    nufft_type1(points.astype("float64"), strengths.astype("float64"), plan)


@pytest.fixture
def ampere(monkeypatch):
    """A GPU that has TensorFloat-32, in name only. TensorFlow's setting is restored."""
    monkeypatch.setattr(plans, "_has_tensor_float_32", lambda: True)
    enabled = tf.config.experimental.tensor_float_32_execution_enabled()
    yield
    tf.config.experimental.enable_tensor_float_32_execution(enabled)


def test_tensor_float_32_warns_once_where_it_exceeds_the_tolerance(ampere, rng):
    points, strengths = rng.uniform(0, 1, (1, 3, 1)).astype("float32"), np.ones((1, 3, 1), "float32")
    tf.config.experimental.enable_tensor_float_32_execution(True)
    plan = NufftPlan(5)
    with pytest.warns(UserWarning, match="1e-06 is out of reach in float32: TensorFloat-32 .* causes 0.0005"):
        nufft_type1(points, strengths, plan)
    nufft_type1(points, strengths, plan)  # warnings are errors here
    nufft_type1(points, strengths, NufftPlan(5, tolerance=1e-3))
    nufft_type1(points.astype("float64"), strengths.astype("float64"), NufftPlan(5))
    tf.config.experimental.enable_tensor_float_32_execution(False)
    nufft_type1(points, strengths, NufftPlan(5))


def test_gpus_with_tensor_float_32_are_known_by_their_compute_capability(monkeypatch):
    def gpus(*capabilities):
        plans._has_tensor_float_32.cache_clear()
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: capabilities)
        return plans._has_tensor_float_32()

    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: gpu)
    try:
        assert [gpus(), gpus({}), gpus({"compute_capability": (7, 5)})] == [False] * 3
        assert gpus({"compute_capability": (7, 0)}, {"compute_capability": (9, 0)})
    finally:
        plans._has_tensor_float_32.cache_clear()


def test_a_plan_chooses_by_count():
    plan = NufftPlan((32, 32, 32), 1.0, 1e-5)
    assert [plan.choose(n) for n in (20, 100_000, None)] == ["sums", "points", "points"]
    assert NufftPlan(31, 1.0, window="paper").choose(3) == "points"
    assert NufftPlan(31, 1.0, method="finufft").choose(3) == "finufft"


def test_points_and_strengths_have_one_dtype(rng):
    plan = NufftPlan(5, 2.0)
    points, strengths = rng.uniform(0, 2, (1, 3, 1)), rng.normal(size=(1, 3, 1))
    with pytest.raises(TypeError, match="float64 and float32"):
        nufft_type1(points, strengths.astype("float32"), plan)
    with pytest.raises(TypeError, match="received int64 and float64"):
        nufft_type1(points.astype("int64"), strengths, plan)


def test_auto_does_not_store_phases_without_bound():
    """Few modes are cheap as sums for any number of points, but each point stores 15 · 15 + 8 phases."""
    plan = NufftPlan((15, 15, 15), 10.0)
    assert plan.choose(1000) == "sums" and plan.choose(10**7) == "points"
