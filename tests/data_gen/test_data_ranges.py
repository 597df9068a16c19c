"""Ranges of μ, the box, the smoothing and the number of points: what lies outside is refused before any work."""

import numpy as np
import pytest

from data_gen import Dataset, Exponential, ScreenedCoulomb, energy_and_forces, generate


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("kind", [Exponential, ScreenedCoulomb])
def test_mu_and_the_box_must_suit_each_other(kind, dimension):
    points = {"cells": 2, "points_per_cell": 2, "min_distance": 0, "seed": 0}
    for mu, side in ((1e-170, 5.0), (1e308, 5.0), (1.0, 1e-9), (1.0, 1e9), (1e-9, 5.0), (5e-324, 1.0)):
        with pytest.raises(ValueError, match="mu times every side of box_length must be in .* received mu = "):
            Dataset(kernel=kind(mu), box_length=(side,) * dimension, **points)
        with pytest.raises(ValueError, match="mu times every side of box_length must be in"):
            energy_and_forces(np.full((1, 2, dimension), 0.1), side, kind(mu))
    for side in (1e-200, 1e200, 1e-60):
        with pytest.raises(ValueError, match=r"box_length must be in \[1e-50, 1e\+50\]; received"):
            Dataset(kernel=kind(1 / side), box_length=(side,) * dimension, **points)
    for decay in (1e-8, 1.0, 1e8):  # the ends of the range are in it
        for side in (1e-50, 1.0, 1e50):
            sides = (side,) * dimension
            made = Dataset(kernel=kind(decay / side), box_length=sides, **points)
            assert np.all(np.isfinite(made.snapshots(0, 2)["forces"]))


@pytest.mark.filterwarnings("error")
def test_numbers_of_numpy_are_those_of_python():
    """In float32 the largest float overflows, which is no reason to warn."""
    given = {"box_length": 5.0, "num_points": 6, "min_distance": 0.0625, "seed": 0}
    of_numpy = {"box_length": np.float32(5), "num_points": np.int32(6), "min_distance": np.float32(0.0625)}
    made = Dataset(kernel=Exponential(np.float32(0.5)), **of_numpy, seed=np.int64(0))
    assert made.attributes() == Dataset(kernel=Exponential(0.5), **given).attributes()


def test_a_box_that_needs_too_many_images_is_refused():
    s = np.ones((1, 2))
    with pytest.raises(ValueError, match="sides that are less unequal: .* images are more than"):
        ScreenedCoulomb(1.0).value(s, np.array([1e-4, 1e7]))
    with pytest.raises(ValueError, match="sides that are less unequal: .* modes are more than"):
        energy_and_forces(np.full((1, 2, 2), 0.1) + [[[0.0], [0.3]]], (1.0, 1e7), ScreenedCoulomb(1e-4))


@pytest.mark.parametrize(
    "points, dimension, received",
    [
        ({"num_points": 2**28}, 2, 2**28),
        ({"num_points": 2**29}, 1, 2**29),
        ({"cells": 1000, "points_per_cell": 1}, 3, 10**9),
        ({"cells": 10**200, "points_per_cell": 1}, 3, 10**600),
    ],
)
def test_a_snapshot_must_fit_into_a_block_of_hdf5(tmp_path, points, dimension, received):
    settings = {"kernel": Exponential(1.0), "box_length": 5.0, "min_distance": 0.1, "num_snapshots": 1, "seed": 0}
    bound = 2**32 // (8 * dimension)
    with pytest.raises(ValueError, match=f"num_points must be below {bound} in {dimension}-D.* received {received}$"):
        generate(tmp_path / "a.h5", **settings, **points, dimension=dimension)


def test_smoothing_must_be_short_against_the_interaction():
    with pytest.raises(ValueError, match="smoothing must be at most 2/mu = 0.2 for mu = 10; received 0.21"):
        ScreenedCoulomb(10.0, method="spectral", smoothing=0.21)
    ScreenedCoulomb(10.0, smoothing=0.21)  # it has no part in the exact kernel
    box = np.array([15.0, 15.0])
    with pytest.raises(ValueError, match="2/mu = 0.02 for mu = 100; received None, which is 0.0585938 in this box"):
        ScreenedCoulomb(100.0, method="spectral").value(np.ones((1, 2)), box)


@pytest.mark.parametrize("mu, epsilon", [(20.0, 0.05), (40.0, 0.05)])
def test_where_the_smoothed_kernel_is_the_exact_one(mu, epsilon):
    """Beyond 7ε + με² it is exp(μ²ε²/2) times the exact one."""
    box, factor = np.array([5.0]), np.exp((mu * epsilon) ** 2 / 2)
    exact, spectral = ScreenedCoulomb(mu), ScreenedCoulomb(mu, method="spectral", smoothing=epsilon)
    s = np.linspace(7 * epsilon + mu * epsilon**2, 0.6, 50)[:, None]
    # the spline's 1e-7 of the largest value holds at the kink; here it is far less
    np.testing.assert_allclose(spectral.value(s, box), factor * exact.value(s, box), atol=1e-11 / mu)
