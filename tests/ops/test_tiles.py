import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops import NufftPlan, nudft_type1, nudft_type2, nufft_type1, nufft_type2
from lrc_keras.ops.gridding import make_point_stencil
from lrc_keras.ops.grids import Grid
from lrc_keras.ops.tile_stencil import TileStencil
from lrc_keras.ops.tiles import TileGeometry
from lrc_keras.ops.windows import KaiserBessel

GRIDS = {
    2: Grid((3.0, 4.0), (12, 15), (20, 24), KaiserBessel(1e-6, 1.5)),
    3: Grid((1.0, 2.0, 3.0), (5, 6, 8), (12, 16, 12), KaiserBessel(1e-4, 1.5)),
}


def same(stencil, reference, strengths, field):
    np.testing.assert_allclose(stencil.spread(strengths), reference.spread(strengths), atol=1e-11)
    np.testing.assert_allclose(stencil.interpolate(field), reference.interpolate(field), atol=1e-11)


def data(rng, dim, points, batch=2, channels=3):
    strengths = tf.constant(rng.normal(size=(batch, points.shape[1], channels)))
    return strengths, tf.constant(rng.normal(size=(batch, channels, *GRIDS[dim].size)))


@pytest.mark.parametrize(
    ("dim", "tile"), [(2, None), (2, (4, 8)), (2, (20, 24)), (3, None), (3, (4, 4, 12)), (3, (12, 8, 4))]
)
def test_tiles_and_points_give_the_same(dim, tile, rng):
    """To rounding, on one grid: whatever the tile, shorter or longer than the window, up to the whole grid."""
    grid = GRIDS[dim]
    points = tf.constant(rng.uniform(-5, 9, (2, 200, dim)))
    stencil = TileStencil(points, TileGeometry(grid, 200, tile))
    same(stencil, make_point_stencil(points, grid), *data(rng, dim, points))


@pytest.mark.parametrize("spread", [0.6, 0.02, 0.0])
@pytest.mark.parametrize("capacity", [8, 64])
def test_uneven_clouds(spread, capacity, rng):
    """Whatever is over the capacity of a tile goes to the spare groups, up to all points in one place."""
    points = rng.uniform(0, 3, (2, 300, 2))
    points[:, :250] *= spread
    points = tf.constant(points)
    stencil = TileStencil(points, TileGeometry(GRIDS[2], 300, (4, 4), capacity))
    assert len(np.unique(stencil.slot_of_point)) == 600  # every point has a place of its own
    same(stencil, make_point_stencil(points, GRIDS[2]), *data(rng, 2, points))


def test_no_points_in_most_tiles(rng):
    points = tf.constant(rng.uniform(0, 0.5, (2, 10, 3)))
    same(TileStencil(points, TileGeometry(GRIDS[3], 10)), make_point_stencil(points, GRIDS[3]), *data(rng, 3, points))


def value_and_derivatives(stencil_of, points, strengths, direction):
    """E(x, f) = Σ u(x, f)², its gradient, and the gradient of the gradient's projection."""
    with tf.GradientTape() as outer:
        outer.watch([points, strengths])
        with tf.GradientTape() as inner:
            inner.watch(points)
            stencil = stencil_of(points)
            value = tf.reduce_sum(tf.square(stencil.interpolate(tf.square(stencil.spread(strengths)))))
        gradient = inner.gradient(value, points)
        projected = tf.reduce_sum(gradient * direction)
    return value, gradient, *outer.gradient(projected, [points, strengths])


@pytest.mark.parametrize("jit_compile", [None, False, True])
@pytest.mark.parametrize("kept", [True, False])
def test_derivatives_are_those_of_the_points(jit_compile, kept, rng, monkeypatch):
    """First and second, with the window factors kept or made again block by block."""
    if not kept:
        monkeypatch.setattr("lrc_keras.ops.tile_stencil.KEPT", 0)
        monkeypatch.setattr("lrc_keras.ops.tile_stencil.BLOCK", 4000)
    points = tf.constant(rng.uniform(0, 3, (2, 60, 2)))
    strengths, direction = tf.constant(rng.normal(size=(2, 60, 1))), tf.constant(rng.normal(size=(2, 60, 2)))
    geometry = TileGeometry(GRIDS[2], 60, (4, 8))

    def by_tiles(points, strengths):
        return value_and_derivatives(lambda x: TileStencil(x, geometry), points, strengths, direction)

    if jit_compile is not None:
        by_tiles = tf.function(by_tiles, jit_compile=jit_compile)
    expected = value_and_derivatives(lambda x: make_point_stencil(x, GRIDS[2]), points, strengths, direction)
    for result, reference in zip(by_tiles(points, strengths), expected, strict=True):
        np.testing.assert_allclose(result, reference, atol=1e-10 * np.max(np.abs(reference)))


def test_a_batch_of_unknown_size_in_blocks(rng, monkeypatch):
    """The number of groups is then known only when the graph runs: none may be left out."""
    monkeypatch.setattr("lrc_keras.ops.tile_stencil.KEPT", 0)
    monkeypatch.setattr("lrc_keras.ops.tile_stencil.BLOCK", 4000)
    geometry = TileGeometry(GRIDS[2], 60, (4, 8))
    signature = [tf.TensorSpec([None, 60, 2], tf.float64), tf.TensorSpec([None, 60, 1], tf.float64)]
    run = tf.function(lambda x, f: TileStencil(x, geometry).spread(f), input_signature=signature)
    points, strengths = tf.constant(rng.uniform(0, 3, (3, 60, 2))), tf.constant(rng.normal(size=(3, 60, 1)))
    expected = make_point_stencil(points, GRIDS[2]).spread(strengths)
    np.testing.assert_allclose(run(points, strengths), expected, atol=1e-11)


@pytest.mark.parametrize(("num_modes", "box"), [((20, 24), (3.0, 4.0)), ((8, 9, 10), (1.0, 2.0, 3.0))])
@pytest.mark.parametrize(
    ("dtype", "tolerance", "floor"),
    [("complex128", t, 1e-13) for t in (1e-2, 1e-4, 1e-6, 1e-9, 1e-12)]
    + [("complex64", t, 2e-5) for t in (1e-2, 1e-3, 1e-4, 1e-5)],
)
def test_a_plan_by_tiles_keeps_its_tolerance(num_modes, box, dtype, tolerance, floor, rng):
    strengths = (rng.normal(size=(2, 100, 2)) + 1j * rng.normal(size=(2, 100, 2))).astype(dtype)
    coefficients = (rng.normal(size=(2, 1, *num_modes)) + 0j).astype(dtype)
    points = rng.uniform(-5, 9, (2, 100, len(box))).astype(strengths.real.dtype)
    plan = NufftPlan(num_modes, box, tolerance, method="tiles")
    pairs = [
        (nufft_type1(points, strengths, plan), nudft_type1(points, strengths, num_modes, box)),
        (nufft_type2(points, coefficients, plan), nudft_type2(points, coefficients, num_modes, box)),
    ]
    for result, exact in pairs:
        assert np.linalg.norm(result - exact) / np.linalg.norm(exact) < max(4 * tolerance, floor)
