"""The Ewald split: its near part against closed forms and quadrature, and that the sum does not see the cutoff."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfc

from data_gen.kernels.ewald import EwaldSplit, images_within
from data_gen.kernels.green_functions import LatticeSum


@pytest.mark.parametrize("mu", [1e-6, 0.5, 5.0])
def test_near_part_in_three_dimensions_is_the_closed_form(mu):
    """f = [exp(−μr) erfc(r/2√η − μ√η) + exp(μr) erfc(r/2√η + μ√η)] / 8πr."""
    split = EwaldSplit(mu, (1.0, 1.0, 1.0), 1.2)
    r, width = np.linspace(0.01, 1.2, 60), np.sqrt(split.eta)
    terms = [np.exp(sign * mu * r) * erfc(r / (2 * width) + sign * mu * width) for sign in (-1, 1)]
    expected = sum(terms) / (8 * np.pi * r)
    # Φ and g, both of order one where they cancel, are rounded: absolute, in units of Φ at r ≈ √η
    np.testing.assert_allclose(split.value(r), expected, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("mu", [1e-6, 0.5, 5.0])
def test_near_part_in_two_dimensions_is_the_integral(mu):
    """f = ∫_0^η exp(−μ²t − r²/4t)/(4πt) dt and its derivative, with t = η exp(−u)."""
    split = EwaldSplit(mu, (1.0, 1.0), 1.2)

    def integrand(u, r, power):  # power 1 for df/dr = −∫ (r/2t) …
        t = split.eta * np.exp(-u)
        return np.exp(-(mu**2) * t - r**2 / (4 * t)) / (4 * np.pi) * (-r / (2 * t)) ** power

    for r in (0.05, 0.3, 0.7, 1.2):
        value, slope = (quad(integrand, 0, 12, (r, power), epsabs=1e-15, epsrel=1e-13)[0] for power in (0, 1))
        assert split.value(np.array(r)) == pytest.approx(value, abs=1e-14)  # Φ and g cancel, log(1/μ) at most
        assert split.slope(np.array(r)) == pytest.approx(slope, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize(
    "mu, sides", [(0.5, (1.0, 2.0)), (5.0, (1.0, 2.0)), (0.5, (1.0, 2.0, 1.5)), (5.0, (1.0, 2.0, 1.5))]
)
def test_the_sum_does_not_depend_on_the_cutoff(mu, sides):
    s = np.random.default_rng(0).uniform(-0.5, 0.5, (20, len(sides))) * sides
    sums = []
    for cutoff in (0.9, 2.1):
        split = EwaldSplit(mu, sides, cutoff)
        sums.append(LatticeSum(split, images_within(sides, cutoff), split))
    np.testing.assert_allclose(sums[0].value(s), sums[1].value(s), rtol=1e-12)
    np.testing.assert_allclose(sums[0].gradient(s), sums[1].gradient(s), atol=1e-12)


@pytest.mark.parametrize("sides, reach", [((1.0, 2.0), 3.3), ((1.0, 2.0, 0.7), 1.9), ((5.0, 5.0), 0.1)])
def test_no_image_in_reach_is_missed(sides, reach):
    kept = {tuple(np.round(shift / sides).astype(int)) for shift in images_within(sides, reach)}
    s = np.random.default_rng(1).uniform(0, 0.5, (2000, len(sides))) * sides
    n = np.stack(np.meshgrid(*[np.arange(-6, 7)] * len(sides), indexing="ij"), -1).reshape(-1, len(sides))
    for image in n:
        if np.any(np.linalg.norm(s + image * sides, axis=1) <= reach):
            assert tuple(image) in kept
