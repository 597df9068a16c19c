"""Seeded data as they were when this was written: a change of the stream of positions or of a kernel shows here.

Positions are compared bit by bit, because they are NumPy's uniform numbers, one multiplication and one division each,
which IEEE arithmetic fixes. Energies and forces go through `exp`, where mathematical libraries differ in the last
digit: they are compared to 1e-13, some hundred roundings of numbers of size one.
"""

import hashlib

import numpy as np
import pytest

from data_gen import Exponential, Mixture, ScreenedCoulomb, generate, read_snapshots

KERNEL = Mixture((ScreenedCoulomb(5.0), ScreenedCoulomb(0.5)), (0.9, 0.1))
GOLDEN = {
    "cells, 1-D": (
        {"kernel": KERNEL, "box_length": 5.0, "cells": 10, "points_per_cell": 2, "min_distance": 0.05},
        "2b95b3aa254462a474d86e37de940f68640d4f3e2bc2211f6d991415672ab138",
        [15.836988331863074, 15.774131594773895],
        [0.20892958832456762, 0.1635093650821399],
    ),
    "cells, 3-D": (
        {"kernel": Exponential(5.0), "box_length": (3.0,) * 3, "cells": 3, "points_per_cell": 2, "min_distance": 0.1},
        "ff7f9164b674941a590080ecd1695f4e66e77e5ab062f42db3acef982211433d",
        [8.015559757218094, 8.57832567916849],
        [0.19325345617800233, 0.4642094297046876],
    ),
    "uniform, 2-D": (
        {"kernel": Exponential(1.0), "box_length": (3.0, 4.0), "num_points": 18, "min_distance": 0.05},
        "56f619ca8333b05b3da9c6dcf8d79090e21b0b0ca5c1c5153e9686972a66c8f5",
        [43.717272282402206, 46.53354890601275],
        [-1.5464873153271637, 0.062007705278323694],
    ),
    "uniform and crowded, 2-D": (
        {"kernel": Exponential(1.0), "box_length": (3.0, 4.0), "num_points": 40, "min_distance": 0.2},
        "3ffa90063910968b0917d8201f7b11b36f1417d91dadf4bf4ec2309fc70c4f33",
        [233.140852833191, 231.07784563852715],
        [1.7068825384197939, 2.1680847171715834],
    ),
    "uniform, 1-D": (
        {"kernel": KERNEL, "box_length": 5.0, "num_points": 20, "min_distance": 0.05},
        "d840b8a0e910e121185d4296577e695b97b0dea366281607316deebb4d8469c7",
        [16.07174467212048, 16.315840557390153],
        [0.5150411920224734, -0.12184310596485712],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_numbers(tmp_path, name):
    settings, digest, energies, forces = GOLDEN[name]
    data = read_snapshots(generate(tmp_path / "golden.h5", **settings, num_snapshots=2, seed=2022))
    assert hashlib.sha256(data.positions.astype("<f8").tobytes()).hexdigest() == digest
    np.testing.assert_allclose(data.energies, energies, rtol=1e-13)
    np.testing.assert_allclose(data.forces[:, 0, 0], forces, rtol=0, atol=1e-13 * np.abs(data.forces).max())
