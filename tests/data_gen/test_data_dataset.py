"""The parameters of a data set: checked once, told from the attributes of a file, and compared with them."""

import dataclasses

import numpy as np
import pytest

from data_gen import Dataset, Exponential, Mixture, ScreenedCoulomb, generate, read_snapshots

CELLS = {"box_length": (3.0, 4.0), "cells": 3, "points_per_cell": 2}
LINE = {"box_length": 5.0, "num_points": 12}
KERNEL = Mixture((ScreenedCoulomb(5.0), Exponential(0.5)), (0.9, 0.1))


@pytest.mark.parametrize("points", [CELLS, LINE], ids=["cells", "line"])
def test_from_the_attributes_of_a_file(tmp_path, points):
    parameters = {"kernel": KERNEL, "min_distance": 0.05, "seed": 3, **points}
    dataset, path = Dataset(**parameters), generate(tmp_path / "a.h5", num_snapshots=2, **parameters)
    stored = read_snapshots(path).attributes
    assert Dataset.from_attributes(stored) == dataset and dataset.difference(stored) is None
    assert set(dataset.attributes()) | {"schema_version", "dimension"} == set(stored)


@pytest.mark.parametrize(
    "change, name",
    [
        ({"kernel": Exponential(0.5)}, "kernel"),
        ({"box_length": (3.0, 4.5)}, "box_length"),
        ({"cells": (3, 2)}, "cells"),
        ({"points_per_cell": 1}, "points_per_cell"),
        ({"cells": None, "points_per_cell": None, "num_points": 18}, "num_points"),
        ({"min_distance": 0.1}, "min_distance"),
        ({"seed": 4}, "seed"),
    ],
)
def test_every_difference_is_named(change, name):
    dataset = Dataset(kernel=KERNEL, min_distance=0.05, seed=3, **CELLS)
    other = Dataset(**{"kernel": KERNEL, "min_distance": 0.05, "seed": 3, **CELLS, **change})
    assert other.difference(dataset.attributes()).startswith(f"attribute '{name}': expected ")
    assert dataset.difference({}).endswith("received None")


def test_arguments_become_their_checked_values():
    dataset = Dataset(
        kernel=KERNEL, box_length=3, min_distance=0, seed=np.int64(1), cells=2, points_per_cell=1, dimension=2
    )
    assert (dataset.box_length, dataset.cells, dataset.num_points, dataset.seed) == ((3.0, 3.0), (2, 2), 4, 1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        dataset.seed = 2
    with pytest.raises(TypeError, match="unexpected keyword argument 'boxlength'"):
        generate("a.h5", num_snapshots=1, kernel=KERNEL, boxlength=3.0, min_distance=0, seed=0)
