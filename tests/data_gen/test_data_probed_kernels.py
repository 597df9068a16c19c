"""Kernels of the user's own are evaluated before any work: nearest images, parity, derivatives, and their arguments."""

import numpy as np
import pytest

from data_gen import Dataset, Exponential, Mixture, ScreenedCoulomb, energy_and_forces

POINTS = np.random.default_rng(0).uniform(0, 3, (2, 5, 2))


class Plain:
    """exp(−|s|²) without an image, with one fault or none."""

    def __init__(self, fault=None):
        self.fault = fault

    def value(self, displacement, box_length):
        s = displacement
        if self.fault == "odd":
            return s[..., 0] * np.exp(-np.sum(s**2, axis=-1))
        if self.fault == "in place":
            s *= 2
        return np.exp(-np.sum(s**2, axis=-1))

    def gradient(self, displacement, box_length):
        sign = 1 if self.fault == "sign" else -1
        return sign * 2 * displacement * np.exp(-np.sum(displacement**2, axis=-1))[..., None]


def test_no_kernel_of_this_package_is_taken_for_wrong_where_it_is_only_rounding():
    for kernel in (ScreenedCoulomb(10.0, method="spectral"), ScreenedCoulomb(10.0), Exponential(10.0)):
        Dataset(kernel, 50.0, 0.05, 0, cells=10, points_per_cell=2)


def test_a_kernel_gets_nearest_images():
    np.testing.assert_allclose(energy_and_forces(POINTS, 3.0, Plain())[1].sum(axis=1), 0, atol=1e-14)
    moved = POINTS + 3.0 * np.random.default_rng(1).integers(-2, 3, POINTS.shape)
    for one, other in zip(energy_and_forces(POINTS, 3.0, Plain()), energy_and_forces(moved, 3.0, Plain()), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("odd", "kernel.value must be even; received"),
        ("in place", "kernel.value must not change its argument"),
        ("sign", "kernel.gradient must return the derivatives of value"),
    ],
)
def test_a_kernel_that_would_give_wrong_data_is_refused(fault, message):
    for kernel in (Plain(fault), Mixture((Exponential(1.0), Plain(fault)), (1.0, 0.0))):
        with pytest.raises(ValueError, match=message):
            energy_and_forces(POINTS, 3.0, kernel)
