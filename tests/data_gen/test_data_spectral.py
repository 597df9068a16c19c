"""The spectral method of Eq. (8) against the exact kernel, as far as its smoothing allows, for d = 1, 2 and 3."""

import math

import numpy as np
import pytest
from scipy.special import exp1

from data_gen import ScreenedCoulomb
from data_gen.kernels.ewald import EXPONENT, EwaldSplit
from data_gen.kernels.spectral import MAX_GRID_POINTS, default_smoothing

LINE = np.array([5.0])


@pytest.mark.parametrize("mu", [0.5, 5.0])
@pytest.mark.parametrize("smoothing", [None, 0.005])
def test_on_a_line(mu, smoothing):
    epsilon = 0.005
    s = np.linspace(7 * epsilon, 2.5, 500)[:, None]  # beyond 6ε the smoothed kernel is exp(μ²ε²/2) ψ
    exact, spectral = ScreenedCoulomb(mu), ScreenedCoulomb(mu, method="spectral", smoothing=smoothing)
    factor = math.exp((mu * epsilon) ** 2 / 2)
    # What is left is the spline, far better here than near the kink, and the Gaussian's tail at 7ε, 1e-12.
    np.testing.assert_allclose(spectral.value(s, LINE), factor * exact.value(s, LINE), rtol=1e-9, atol=1e-10)
    slope = factor * exact.gradient(s, LINE)
    np.testing.assert_allclose(spectral.gradient(s, LINE), slope, rtol=1e-8, atol=1e-9)
    origin = np.zeros((1, 1))
    lowered = exact.value(origin, LINE) - spectral.value(origin, LINE)
    assert lowered[0] == pytest.approx(epsilon / math.sqrt(2 * math.pi), rel=0.01 * mu)  # to first order in ε


@pytest.mark.parametrize(
    "mu, sides, smoothing",
    [
        (10.0, (3.0, 3.0), 0.02),
        (1.0, (3.0, 2.0), 0.04),
        (2.0, (3.0, 3.0), None),
        (5.0, (2.0, 3.0, 2.5), 0.11),
        (1.0, (3.0,) * 3, None),
    ],
)
def test_in_the_plane_and_in_space(mu, sides, smoothing):
    box = np.array(sides)
    exact, spectral = ScreenedCoulomb(mu), ScreenedCoulomb(mu, method="spectral", smoothing=smoothing)
    epsilon = smoothing or default_smoothing(sides)
    factor = math.exp((mu * epsilon) ** 2 / 2)
    s = np.random.default_rng(0).uniform(-0.5, 0.5, (4000, len(sides))) * box
    s = s[np.linalg.norm(s, axis=1) > 7 * epsilon]
    assert len(s) > 500
    value, gradient = spectral.value(s, box), spectral.gradient(s, box)
    # The spline and the Gaussian's tail at 7ε, exp(−24.5) = 2e-11, both in units of the largest value and slope,
    # those at the origin, where ψ_ε is of order ε^(2−d) and ∇ψ_ε of order ε^(1−d).
    scale = epsilon ** (1 - len(sides))
    np.testing.assert_allclose(value, factor * exact.value(s, box), atol=1e-10 * scale * epsilon)
    np.testing.assert_allclose(gradient, factor * exact.gradient(s, box), atol=1e-10 * scale)


@pytest.mark.parametrize("mu, sides, epsilon", [(1.0, (3.0, 2.0), 0.04), (5.0, (3.0, 3.0, 2.0), 0.11)])
def test_near_the_origin(mu, sides, epsilon):
    """Smoothing leaves out the heat kernels of the times t < ε²/2: ψ_ε = exp(μ²ε²/2) (ψ − f), f the near part of an
    Ewald split with η = ε²/2."""
    box, factor = np.array(sides), math.exp((mu * epsilon) ** 2 / 2)
    split = EwaldSplit(mu, sides, math.sqrt(2 * EXPONENT) * epsilon)
    s = np.random.default_rng(0).uniform(-4 * epsilon, 4 * epsilon, (500, len(sides)))
    r = np.linalg.norm(s, axis=1)
    exact, spectral = ScreenedCoulomb(mu), ScreenedCoulomb(mu, method="spectral", smoothing=epsilon)
    value = factor * (exact.value(s, box) - split.value(r))
    gradient = factor * (exact.gradient(s, box) - (split.slope(r) / r)[:, None] * s)
    # the splines, as promised
    np.testing.assert_allclose(spectral.value(s, box), value, atol=1e-7 * value.max())
    np.testing.assert_allclose(spectral.gradient(s, box), gradient, atol=1e-7 * np.abs(gradient).max())


def test_smoothed_origin():
    """∫ of the heat kernel at s = 0 over t > ε²/2: exp(a) E₁(a)/4π with a = μ²ε²/2; no image is near for μ = 10."""
    box, epsilon = np.array([5.0, 5.0]), 0.04
    a = (10 * epsilon) ** 2 / 2
    kernel = ScreenedCoulomb(10.0, method="spectral", smoothing=epsilon)
    # the spline, 1e-7 of the value where the curvature is largest
    assert kernel.value(np.zeros((1, 2)), box)[0] == pytest.approx(math.exp(a) * exp1(a) / (4 * np.pi), rel=1e-7)


@pytest.mark.parametrize("sides, epsilon", [((5.0,), 0.02), ((3.0, 2.0), 0.04), ((2.0, 3.0, 2.5), 0.11)])
def test_gradient_is_the_derivative_of_the_value_near_the_origin_too(sides, epsilon):
    box, dimension = np.array(sides), len(sides)
    kernel, step = ScreenedCoulomb(2.0, method="spectral", smoothing=epsilon), 1e-3 * epsilon
    s = np.random.default_rng(1).uniform(-4 * epsilon, 4 * epsilon, (200, dimension))
    gradient = kernel.gradient(s, box)
    for axis in range(dimension):
        shift = step * np.eye(dimension)[axis]
        difference = (kernel.value(s + shift, box) - kernel.value(s - shift, box)) / (2 * step)
        # step²/6 · ψ''' is 2e-7 of the largest slope; the two splines differ by some 1e-6 of it
        np.testing.assert_allclose(gradient[:, axis], difference, atol=5e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("sides", [(5.0,), (3.0, 2.0), (2.0, 3.0, 2.5)])
def test_even_value_and_odd_gradient(sides):
    box = np.array(sides)
    kernel = ScreenedCoulomb(2.0, method="spectral", smoothing=0.11)
    s = np.random.default_rng(1).uniform(-1, 1, (50, len(sides))) * box
    s[0] = 0
    np.testing.assert_array_equal(kernel.value(-s, box), kernel.value(s, box))
    np.testing.assert_array_equal(kernel.gradient(-s, box), -kernel.gradient(s, box))
    assert np.all(kernel.gradient(s, box)[0] == 0) and np.isfinite(kernel.value(s, box)[0])


@pytest.mark.parametrize("sides", [(5.0,), (15.0, 15.0), (3.0, 3.0, 3.0)])
def test_smoothing_must_suit_the_box(sides):
    s, box = np.ones((1, len(sides))), np.array(sides)
    with pytest.raises(ValueError, match=rf"eighth of the box's shortest side \({sides[0] / 8:g}\); received 3.0"):
        ScreenedCoulomb(0.5, method="spectral", smoothing=3.0).value(s, box)
    with pytest.raises(
        ValueError, match=f"smoothing must be at least .* more than {MAX_GRID_POINTS} points; received 1e-09"
    ):
        ScreenedCoulomb(1.0, method="spectral", smoothing=1e-9).gradient(s, box)
