"""The fast sums of the screened Coulomb kernel over one snapshot, against the plain sum over its pairs."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_gen import Mixture, ScreenedCoulomb, energy_and_forces, sample_positions
from data_gen.kernels.pair_sums import green_function_sums

FIGURE_8 = Mixture((ScreenedCoulomb(10.0), ScreenedCoulomb(1.0)), (0.9, 0.1))


class Plain:
    """The same kernel without its faster way."""

    def __init__(self, kernel):
        self.value, self.gradient = kernel.value, kernel.gradient


def assert_same_sums(positions, sides, kernel):
    """Energies, forces and potentials within the promised 1e-10; what is measured is 1e-13 and less."""
    fast = energy_and_forces(positions, sides, kernel, potentials=True)
    plain = energy_and_forces(positions, sides, Plain(kernel), potentials=True)
    np.testing.assert_allclose(fast[0], plain[0], rtol=1e-12)
    np.testing.assert_allclose(fast[1], plain[1], atol=1e-11 * np.sqrt(np.mean(plain[1] ** 2)))
    np.testing.assert_allclose(fast[2], plain[2], rtol=1e-10, atol=1e-12 * plain[2].max())


@pytest.mark.parametrize(
    "kernel, sides, cells, min_distance",
    [
        (FIGURE_8, (15.0, 15.0), 15, 0.05),  # the near pairs alone for μ = 10, the Ewald split for μ = 1
        (FIGURE_8, (3.0, 3.0), 3, 0.05),
        (ScreenedCoulomb(10.0), (5.0, 4.0), 5, 0.05),
        (ScreenedCoulomb(0.01), (3.0, 8.0), (3, 8), 0.0),
        (ScreenedCoulomb(50.0), (9.0, 9.0), 9, 0.05),
        (ScreenedCoulomb(5.0), (3.0, 3.0, 3.0), 3, 0.1),
        (ScreenedCoulomb(0.2), (1.0, 2.0, 1.5), (2, 3, 2), 0.0),
        (ScreenedCoulomb(40.0), (4.0, 4.0, 4.0), 4, 0.1),
    ],
)
def test_fast_sums_are_the_plain_sums(kernel, sides, cells, min_distance):
    assert_same_sums(sample_positions(1, sides, cells, 2, min_distance, seed=0), sides, kernel)


@pytest.mark.parametrize("sides", [(3.0, 3.0), (3.0, 3.0, 3.0)])
def test_near_pairs_are_bounded(sides, monkeypatch):
    """By a smaller cutoff, and more modes."""
    kernel, positions = ScreenedCoulomb(1.0), sample_positions(1, sides, 3, 4, 0.05, seed=0)
    before = energy_and_forces(positions, sides, kernel)
    monkeypatch.setattr("data_gen.kernels.pair_sums.MOST_PAIRS", 100)
    assert not np.array_equal(energy_and_forces(positions, sides, kernel)[1], before[1])
    assert_same_sums(positions, sides, kernel)


def test_few_points_far_apart_fall_back_on_the_plain_sum():
    # μ times the distance is 60: the forces are 1e-27, far below the rounding of a sum of modes.
    points = np.array([[[1.0, 1.0], [4.0, 1.0], [1.0, 4.1]]])
    assert green_function_sums(20.0, points[0], np.array([6.5, 6.5])) is None
    assert_same_sums(points, (6.5, 6.5), ScreenedCoulomb(20.0))
    _, forces = energy_and_forces(points, 6.5, ScreenedCoulomb(20.0))
    assert 1e-30 < np.abs(forces).max() < 1e-25


def test_points_outside_the_box_and_on_its_border():
    points = np.array([[[0.0, 5.0], [-1e-20, 2.0], [7.0, -3.0], [2.5, 2.5]]])
    images = points + np.array([[5.0, -10.0], [0.0, 15.0], [-5.0, 5.0], [5.0, 0.0]])
    expected = energy_and_forces(points, 5.0, Plain(ScreenedCoulomb(1.0)))
    for positions in (points, images):
        for fast, plain in zip(energy_and_forces(positions, 5.0, ScreenedCoulomb(1.0)), expected, strict=True):
            np.testing.assert_allclose(fast, plain, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("kernel", [ScreenedCoulomb(1.0, method="spectral", smoothing=0.05), ScreenedCoulomb(1.0)])
def test_there_is_no_faster_way_on_a_line_nor_for_the_spectral_method(kernel):
    dimension = 2 if kernel.method == "spectral" else 1
    positions = sample_positions(2, (3.0,) * dimension, 3, 2, 0.05, seed=0)
    assert kernel.pair_sums(positions[0], (3.0,) * dimension) is None
    for fast, plain in zip(
        energy_and_forces(positions, 3.0, kernel), energy_and_forces(positions, 3.0, Plain(kernel)), strict=True
    ):
        np.testing.assert_array_equal(fast, plain)


DIGEST = """
import numpy as np
from data_gen import energy_and_forces, sample_positions, Mixture, ScreenedCoulomb
kernel = Mixture((ScreenedCoulomb(10.0), ScreenedCoulomb(1.0)), (0.9, 0.1))
import hashlib
digest = hashlib.sha256()
for dimension, cells in ((2, 15), (3, 3)):
    positions = sample_positions(2, float(cells), cells, 2, 0.05, seed=0, dimension=dimension)
    for values in energy_and_forces(positions, float(cells), kernel, potentials=True):
        digest.update(values.tobytes())
print(digest.hexdigest())
"""


def test_the_number_of_threads_does_not_change_a_single_bit():
    root, digests = Path(__file__).resolve().parents[2], set()
    for threads in ("1", "2"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        run = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=environment,
            cwd=root,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        digests.add(run.stdout)
    assert len(digests) == 1 and len(digests.pop().strip()) == 2 * hashlib.sha256().digest_size
