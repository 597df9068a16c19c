"""The kernels against closed forms by hand, their equations and each other."""

import math

import numpy as np
import pytest

from data_gen import Exponential, Mixture, ScreenedCoulomb, kernel_from_json, kernel_to_json
from data_gen.dataset import mu_and_alpha
from data_gen.kernels.interactions import terms

LINE = np.array([5.0])
KERNELS_1D = [
    Exponential(0.5),
    Exponential(5.0),
    ScreenedCoulomb(0.5),
    ScreenedCoulomb(10.0),
    ScreenedCoulomb(2.0, method="spectral", smoothing=0.02),
    Mixture((ScreenedCoulomb(5.0), Exponential(0.5)), (0.9, 0.1)),
]


def test_exponential_by_hand():
    # The second point is nearest through the corner of the box: (3, 9) in [0, 4)×[0, 10) is (−1, −1).
    sides = np.array([4.0, 10.0])
    s = np.array([[0.3, 0.4], [3.0, 9.0]])
    r = np.array([0.5, math.sqrt(2)])
    np.testing.assert_allclose(Exponential(2.0).value(s, sides), np.exp(-2 * r), rtol=1e-15)
    expected = -2 * np.exp(-2 * r)[:, None] * np.array([[0.6, 0.8], [-1 / math.sqrt(2), -1 / math.sqrt(2)]])
    np.testing.assert_allclose(Exponential(2.0).gradient(s, sides), expected, rtol=1e-14)


@pytest.mark.parametrize("mu", [0.5, 2.0, 10.0])
def test_screened_coulomb_is_the_closed_form(mu):
    r = np.linspace(0.01, 2.49, 40)  # where cosh and sinh do not overflow they can be written as they are
    value = np.cosh(mu * (2.5 - r)) / (2 * mu * np.sinh(mu * 2.5))
    slope = -np.sinh(mu * (2.5 - r)) / (2 * np.sinh(mu * 2.5))
    kernel = ScreenedCoulomb(mu)
    for s, sign in ((r, 1), (-r, -1), (5 - r, -1), (r + 15, 1)):  # the periodic images too
        np.testing.assert_allclose(kernel.value(s[:, None], LINE), value, rtol=1e-12)
        # r + 15 − 15 loses 1e-15 of r, which the slope multiplies by about 1/(L/2 − r), at most 100
        np.testing.assert_allclose(kernel.gradient(s[:, None], LINE)[:, 0], sign * slope, rtol=1e-11)


def test_screened_coulomb_solves_its_equation():
    """Eq. (7): ψ'' = μ²ψ away from the origin, ψ' jumps by −1 there, and so ∫ψ = 1/μ²."""
    mu, kernel = 1.5, ScreenedCoulomb(1.5)
    s, step = np.array([[0.4], [1.3], [3.9]]), 1e-4
    second = (kernel.gradient(s + step, LINE) - kernel.gradient(s - step, LINE))[:, 0] / (2 * step)
    # The central difference errs by μ²step²/6 = 4e-9 of ψ'', and by rounding, 1e-16/step.
    np.testing.assert_allclose(second, mu**2 * kernel.value(s, LINE), rtol=1e-8)
    edge = np.array([[1e-12], [-1e-12]])
    assert np.diff(kernel.gradient(edge, LINE)[::-1, 0])[0] == pytest.approx(-1, abs=1e-10)
    midpoints = (np.arange(20000) + 0.5) * 5 / 20000
    # The midpoint rule errs by h²/24 · [ψ'] = 2.6e-9.
    assert kernel.value(midpoints[:, None], LINE).mean() * 5 == pytest.approx(1 / mu**2, abs=1e-8)


@pytest.mark.parametrize("mu, length", [(1e3, 50.0), (10.0, 1e6), (1e-4, 5.0)])
def test_screened_coulomb_neither_overflows_nor_cancels(mu, length):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        s = np.array([[0.001]])
        value = ScreenedCoulomb(mu).value(s, np.array([length]))[0]
        slope = ScreenedCoulomb(mu).gradient(s, np.array([length]))[0, 0]
    if mu * length > 100:  # one image alone
        assert value == pytest.approx(math.exp(-mu * 0.001) / (2 * mu), rel=1e-12)
        assert slope == pytest.approx(-math.exp(-mu * 0.001) / 2, rel=1e-12)
    else:  # μ → 0: 1/(μ²L) and −(1 − 2r/L)/2, both up to terms of order (μL)² = 2.5e-7
        assert value == pytest.approx(1 / (mu**2 * length), rel=1e-6)
        assert slope == pytest.approx(-(1 - 2 * 0.001 / length) / 2, rel=1e-6)


@pytest.mark.parametrize("kernel", KERNELS_1D, ids=kernel_to_json)
def test_gradient_is_the_derivative_of_the_value(kernel):
    s, step = np.array([[0.3], [-0.7], [2.1], [3.3], [-4.4]]), 1e-5
    difference = (kernel.value(s + step, LINE) - kernel.value(s - step, LINE)) / (2 * step)
    # step²/6 · |ψ'''| is at most 1e-8 for μ = 10; the spectral spline adds 5e-8.
    np.testing.assert_allclose(kernel.gradient(s, LINE)[:, 0], difference, atol=1e-7)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_gradient_of_the_exponential_in_every_dimension(dimension):
    generator = np.random.default_rng(0)
    sides = np.array([5.0, 4.0, 3.0])[:dimension]
    s = generator.uniform(-10, 10, (50, dimension))
    kernel, step = Exponential(1.5), 1e-6
    for axis in range(dimension):
        shift = step * np.eye(dimension)[axis]
        difference = (kernel.value(s + shift, sides) - kernel.value(s - shift, sides)) / (2 * step)
        np.testing.assert_allclose(kernel.gradient(s, sides)[:, axis], difference, atol=1e-8)


@pytest.mark.parametrize("kernel", KERNELS_1D, ids=kernel_to_json)
def test_even_value_odd_gradient_and_no_nan_at_the_origin(kernel):
    s = np.array([[0.0], [0.2], [2.5], [-7.5], [100.1]])
    # The closed forms are even to the bit; the spectral table is evaluated at s and L − s.
    np.testing.assert_allclose(kernel.value(-s, LINE), kernel.value(s, LINE), rtol=1e-12)
    np.testing.assert_array_equal(kernel.gradient(-s, LINE), -kernel.gradient(s, LINE))
    assert kernel.gradient(s, LINE)[0, 0] == 0


def test_nested_mixtures_are_multiplied_out():
    first, second, third = ScreenedCoulomb(5.0), Exponential(0.5), Exponential(2.0)
    nested = Mixture([Mixture([first, second], [0.5, 2.0]), third], [0.1, -3.0])
    assert terms(nested) == ((0.05, first), (0.2, second), (-3.0, third))
    assert mu_and_alpha(nested) == ([5.0, 0.5, 2.0], [0.05, 0.2, -3.0])
    flat = Mixture([first, second, third], [0.05, 0.2, -3.0])
    s = np.linspace(-2, 2, 9)[:, None]
    for name in ("value", "gradient"):  # one product more is rounded
        np.testing.assert_allclose(getattr(nested, name)(s, LINE), getattr(flat, name)(s, LINE), rtol=1e-14)


@pytest.mark.parametrize(
    "kernel",
    [
        *KERNELS_1D,
        ScreenedCoulomb(2.0, method="spectral"),
        Mixture((Mixture((Exponential(1.0), ScreenedCoulomb(3.0)), (1.0, 2.0)), Exponential(2.0)), (0.5, -1.0)),
    ],
    ids=kernel_to_json,
)
def test_description_and_back(kernel):
    assert kernel_from_json(kernel_to_json(kernel)) == kernel


def test_description_names_the_smoothing_only_where_it_matters():
    assert kernel_to_json(ScreenedCoulomb(5.0)) == '{"name": "screened_coulomb", "mu": 5.0, "method": "exact"}'
    assert '"smoothing": null' in kernel_to_json(ScreenedCoulomb(5.0, method="spectral"))


def test_there_is_no_screened_coulomb_kernel_in_four_dimensions():
    with pytest.raises(ValueError, match="available in 1, 2 and 3 dimensions; received dimension 4"):
        ScreenedCoulomb(1.0).value(np.ones((1, 4)), np.ones(4))
