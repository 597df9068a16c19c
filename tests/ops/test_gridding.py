import numpy as np
import pytest

from lrc_keras.ops import NufftPlan

PLANS = [
    NufftPlan(21, 5.0, 1e-6, method="points"),
    NufftPlan((9, 6), (3.0, 4.0), 1e-4, method="points"),
    NufftPlan((5, 4, 7), (1.0, 2.0, 3.0), 1e-3, method="points"),
    NufftPlan.paper(21, 5.0),
]


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_spread_and_interpolate_are_adjoint(plan, rng):
    """⟨S f, g⟩ = ⟨f, S* g⟩."""
    points = rng.uniform(-5, 10, (2, 15, plan.dim))
    f = rng.normal(size=(2, 15, 3))
    g = rng.normal(size=(2, 3, *plan.grid.size))
    stencil = plan.stencil(keras_tensor(points))
    left = np.sum(stencil.spread(f) * g)
    right = np.sum(f * stencil.interpolate(g))
    assert left == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_total_weight_is_conserved(plan, rng):
    """Σ_ℓ w(x − x_ℓ) = Σ_m ŵ(2πm) ≈ ŵ(0) wherever the point lies: each point leaves the same weight on the grid."""
    points = rng.uniform(0, 5, (1, 30, plan.dim))
    weights = plan.stencil(keras_tensor(points)).weights.numpy().sum(axis=-1)
    expected = plan.grid.window.transform(0.0) ** plan.dim
    # aliases of mode zero: the tolerance; for the paper's Gaussian 2 exp(−12) = 1.2e-5 of ŵ(0)
    np.testing.assert_allclose(weights, expected, rtol=plan.tolerance or 1.3e-5)


def test_translation_by_a_grid_spacing_rolls_the_grid(rng):
    plan = NufftPlan(8, 4.0, 1e-6, method="points")
    points = rng.uniform(0, 4, (1, 5, 1))
    f = rng.normal(size=(1, 5, 1))
    spacing = 4.0 / plan.grid.size[0]
    first = plan.stencil(keras_tensor(points)).spread(f)
    moved = plan.stencil(keras_tensor(points + 3 * spacing)).spread(f)
    np.testing.assert_allclose(moved, np.roll(first, 3, axis=-1), atol=1e-12)


def keras_tensor(array):
    import tensorflow as tf

    return tf.convert_to_tensor(array)
