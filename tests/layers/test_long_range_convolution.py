import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.layers import (
    CoulombMultiplier,
    LongRangeConvolution,
    ScreenedCoulombMultiplier,
)
from lrc_keras.ops import direct_convolution, nudft_type1, nudft_type2
from lrc_keras.ops.modes import wavenumbers
from tests.layers.table_multiplier import Table


def greens_function(mu, length):
    """Periodic solution of Eq. (7) in 1-D: ψ(s) = cosh(μ(L/2 − |s|)) / (2μ sinh(μL/2))."""

    def kernel(displacement):
        r = tf.abs(displacement[..., 0])
        return tf.cosh(mu * (length / 2 - r)) / (2 * mu * np.sinh(mu * length / 2))

    return kernel


@pytest.mark.parametrize("mu", [0.5, 2.0])
@pytest.mark.parametrize("num_modes", [2001, 2000])
def test_green_function_in_1d(mu, num_modes, line_snapshots, rng):
    """φ̂ = 1/(k² + μ²) gives the direct sum over the closed form of Eq. (7).

    The series is cut at k_max = πM/L: what is missing of ψ is at most (2/L) Σ_{n>M/2} 1/k² ≈ L/(π²M) = 2.5e-4 in the
    worst place, x = 0, and 1e-6 from neighbours 0.06 apart on, where the tail oscillates. The self term is cut alike
    where it is contained and where it is subtracted. 19 neighbours times 1e-6 times sources of size one are 2e-5.
    """
    positions, sources = line_snapshots(2), rng.normal(size=(2, 20, 1))
    multiplier = ScreenedCoulombMultiplier(1, mu, 1 / (4 * np.pi), dtype="float64")
    layer = LongRangeConvolution(multiplier, num_modes, 5.0, tolerance=1e-10, dtype="float64")
    expected = direct_convolution(positions, sources, greens_function(mu, 5.0), 5.0)
    np.testing.assert_allclose(layer(positions, sources), expected, atol=3e-5)


@pytest.mark.parametrize(
    ("num_modes", "box"), [((21,), (5.0,)), ((8,), (5.0,)), ((6, 7), (3.0, 4.0)), ((5, 4, 3), (1, 2, 3))]
)
@pytest.mark.parametrize("matrix", [False, True])
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("method", ["points", "sums", "finufft"])
def test_against_direct_sums(num_modes, box, matrix, is_complex, method, rng):
    """u = (1/V) Re Σ φ̂ exp(ik·x) F − Re φ(0) f for any multiplier: real, complex and odd, diagonal and matrix."""
    positions, sources = rng.uniform(-5, 9, (2, 12, len(box))), rng.normal(size=(2, 12, 2))
    values = rng.normal(size=num_modes + ((3, 2) if matrix else (2,)))
    if is_complex:
        values = values + 1j * rng.normal(size=values.shape)
    multiplier = Table(values, 3, 2) if matrix else Table(values, 2)
    layer = LongRangeConvolution(multiplier, num_modes, box, tolerance=1e-12, method=method, dtype="float64")

    modes = nudft_type1(positions, sources, num_modes, box)
    letters = "xyz"[: len(box)]
    rule = f"{letters}oi,bi{letters}->bo{letters}" if matrix else f"{letters}c,bc{letters}->bc{letters}"
    volume = np.prod(box)
    expected = np.real(nudft_type2(positions, np.einsum(rule, values, modes), num_modes, box)) / volume
    at_zero = values.real.sum(axis=tuple(range(len(box)))) / volume
    expected -= sources @ at_zero.T if matrix else sources * at_zero
    result = layer(positions, sources)
    assert result.shape == layer.compute_output_shape(positions.shape, sources.shape)
    np.testing.assert_allclose(result, expected, atol=1e-9)  # the transform's 1e-12 times values of size 100


@pytest.mark.parametrize("num_modes", [1201, 1200])
def test_a_kernel_without_parity(num_modes, line_snapshots, rng):
    """φ(x) = exp(−ax) on [0, L), repeated: φ̂(k) = (1 − exp(−aL))/(a + ik), neither real nor even.

    Its series converges like 1/n where φ jumps, at x = 0; a Gaussian filter exp(−σ²k²/2) makes it converge, and leaves
    φ, convolved with a Gaussian of width σ, which for x > 6σ is exp(−ax) exp(σ²a²/2), to 1e-8. It ends before the modes
    do: exp(−(0.01 · π · 1200/5)²/2) = 5e-13.
    """
    length, a, sigma = 5.0, 0.8, 0.01
    positions, sources = line_snapshots(1), rng.normal(size=(1, 20, 1))  # 0.06 apart or more
    k = wavenumbers((num_modes,), (length,))
    values = (1 - np.exp(-a * length)) / (a + 1j * k) * np.exp(-(sigma**2) * k**2 / 2)
    layer = LongRangeConvolution(Table(values), num_modes, length, 1e-10, dtype="float64")
    separation = np.mod(positions - positions.transpose(0, 2, 1), length)
    kernel = np.exp(-a * separation + sigma**2 * a**2 / 2) * (1 - np.eye(20))
    np.testing.assert_allclose(layer(positions, sources), kernel @ sources, atol=1e-6)


def test_one_source_channel_feeds_every_kernel(line_snapshots):
    positions = line_snapshots(1)
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(2, (0.5, 2.0), dtype="float64"), 51, 5.0, dtype="float64")
    result = layer(positions)
    assert result.shape == (1, 20, 2)
    np.testing.assert_array_equal(result, layer(positions, np.ones((1, 20, 1))))


def test_self_term_is_what_is_left_out(line_snapshots):
    """One point alone sees nothing; without the subtraction it sees φ(0), the sum of the multiplier over V."""
    point = np.array([[[1.234]]])
    multiplier = ScreenedCoulombMultiplier(1, 1.0, dtype="float64")
    without = LongRangeConvolution(multiplier, 21, 5.0, 1e-10, dtype="float64")
    with_self = LongRangeConvolution(multiplier, 21, 5.0, 1e-10, subtract_self=False, dtype="float64")
    k = wavenumbers((21,), (5.0,))[:, 0]
    assert float(without(point)[0, 0, 0]) == pytest.approx(0.0, abs=1e-9)
    assert float(with_self(point)[0, 0, 0]) == pytest.approx(np.sum(4 * np.pi / (k**2 + 1)) / 5, rel=1e-9)


def test_subtracted_mean_is_the_mode_zero(line_snapshots):
    """It adds φ̂(0)/V to u for every other point: (N − 1)/V · 4π/λ², after the self term took one away."""
    positions = line_snapshots(1)
    make = lambda subtract_mean: LongRangeConvolution(  # noqa: E731
        ScreenedCoulombMultiplier(2, (0.5, 2.0), dtype="float64"), 51, 5.0, subtract_mean=subtract_mean, dtype="float64"
    )
    difference = make(False)(positions) - make(True)(positions)
    expected = np.tile([19 / 5 * 4 * np.pi / 0.25, 19 / 5 * 4 * np.pi / 4.0], (1, 20, 1))
    np.testing.assert_allclose(difference, expected, rtol=1e-6)  # the transform's tolerance


def test_translation_and_permutation(rng):
    # 1e-8 is the transform's error at tolerance 1e-10 times values of size 30
    positions, sources = rng.uniform(0, 5, (1, 12, 1)), rng.normal(size=(1, 12, 1))
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(2, dtype="float64"), 31, 5.0, 1e-10, dtype="float64")
    result = layer(positions, sources).numpy()
    np.testing.assert_allclose(layer(positions + 17.3, sources), result, atol=1e-8)
    order = rng.permutation(12)
    np.testing.assert_allclose(layer(positions[:, order], sources[:, order]), result[:, order], atol=1e-11)


def test_paper_window_agrees_to_its_accuracy(line_snapshots):
    positions = line_snapshots(2)
    make = lambda window: LongRangeConvolution(  # noqa: E731
        ScreenedCoulombMultiplier(1, 1.0, dtype="float64"), 501, 5.0, window=window, dtype="float64"
    )
    accurate, paper = make("accurate")(positions).numpy(), make("paper")(positions).numpy()
    # aliasing is large where φ̂ is small: the low modes carry the result
    np.testing.assert_allclose(paper, accurate, rtol=2e-3, atol=0)
    assert np.max(np.abs(paper - accurate)) > 1e-6


def test_clouds_of_different_sizes_in_one_batch(rng):
    """A padded point has source 0: wherever it lies, the others do not see it."""
    multiplier = ScreenedCoulombMultiplier(2, (0.5, 2.0), dtype="float64")
    layer = LongRangeConvolution(multiplier, (9, 9), (3.0, 3.0), 1e-10, dtype="float64")
    positions, sources = rng.uniform(0, 3, (2, 10, 2)), rng.normal(size=(2, 10, 1))
    sources[1, 6:] = 0
    moved = positions.copy()
    moved[1, 6:] = rng.uniform(0, 3, (4, 2))
    result = layer(positions, sources).numpy()
    np.testing.assert_allclose(layer(moved, sources).numpy()[1, :6], result[1, :6], atol=1e-11)
    np.testing.assert_allclose(layer(positions[1:, :6], sources[1:, :6])[0], result[1, :6], atol=1e-8)


def test_layer(check_layer, rng):
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(2, (0.7, 1.3)), (7, 6), (2.0, 3.0), 1e-4)
    positions = rng.uniform(0, 2, (3, 5, 2)).astype("float32")
    check_layer(layer, [positions], (3, 5, 2), num_trainable=2)
    layer = LongRangeConvolution(CoulombMultiplier(0.3, trainable=True), 9, 4.0, 1e-4)
    sources = rng.normal(size=(3, 5, 2)).astype("float32")
    check_layer(layer, [positions[..., :1], sources], (3, 5, 2), num_trainable=1)


@pytest.mark.parametrize("dim", [1, 3])
def test_another_dimension_than_that_of_the_modes_is_refused(dim):
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(1), (5, 5), (5.0, 6.0))
    layer(np.zeros((1, 4, 2)))
    with pytest.raises(
        ValueError, match=f"positions must have dimension 2, as when the layer was built; received {dim}"
    ):
        layer(np.zeros((1, 4, dim)))


def test_positions_of_unknown_rank_are_named():
    """As those of `tf.numpy_function`."""
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(1), 5, 4.0)
    layer(np.zeros((1, 3, 2), "float32"))
    run = tf.function(layer, input_signature=[tf.TensorSpec(None, tf.float32)], autograph=False)
    with pytest.raises(ValueError, match="positions must have shape .batch, points, dimension.*; received <unknown>"):
        run(tf.zeros((1, 3, 2)))


@pytest.mark.parametrize("dtype", ["float16", "int32"])
def test_symbolic_positions_of_another_dtype_are_refused(dtype):
    layer = LongRangeConvolution(ScreenedCoulombMultiplier(1), 5, 4.0)
    with pytest.raises(TypeError, match=f"positions must be float32 or float64; received {dtype}"):
        layer(keras.Input((3, 2), dtype=dtype))
