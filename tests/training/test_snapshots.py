"""Snapshots as arrays: checked against each other, wrapped and listed in float64, energies never rounded."""

from dataclasses import replace

import numpy as np
import pytest

from lrc_keras.ops import neighbor_list
from lrc_keras.training import Snapshots, make_snapshots, pad_neighbors


@pytest.fixture
def full(rng):
    """Two snapshots of four particles in 2-D, one of them padding, with everything that there can be."""
    cells = 4.0 * np.eye(2) + rng.uniform(-0.2, 0.2, (2, 2, 2))
    species = np.array([[0, 1, 0, -1], [1, 1, 0, 0]])
    real = species >= 0
    return make_snapshots(
        rng.uniform(-9, 9, (2, 4, 2)),
        np.array([1.0, 2.0]),
        rng.normal(size=(2, 4, 2)),
        cutoff=2.5,
        cells=cells,
        species=species,
        sources=rng.normal(size=(2, 4, 3)),
        stresses=rng.normal(size=(2, 2, 2)),
        potentials=rng.normal(size=(2, 4)) * real,
        cell_images=True,
    )


def test_inputs_and_targets_are_what_is_there(full):
    assert sorted(full.inputs()) == ["cell", "images", "neighbors", "positions", "sources", "species"]
    assert sorted(full.targets()) == ["energy", "forces", "particle_energies", "stress"]
    np.testing.assert_array_equal(full.inputs([1])["cell"], full.cells[1:])
    np.testing.assert_array_equal(full.targets(slice(0, 1))["stress"], full.stresses[:1])
    plain = Snapshots(full.positions, full.neighbors, full.energies, full.forces)
    assert sorted(plain.inputs()) == ["neighbors", "positions"] and sorted(plain.targets()) == ["energy", "forces"]
    types = {name: str(values.dtype) for name, values in {**full.inputs(), **full.targets()}.items()}
    integers = dict.fromkeys(("neighbors", "images", "species"), "int32")
    float64 = dict.fromkeys(("energy", "particle_energies"), "float64")
    assert types == {**dict.fromkeys(types, "float32"), **integers, **float64}


def test_take_and_scale(full):
    first = full.take(1)
    assert len(first) == 1 and len(full.take(9)) == 2 and len(full.take(0)) == 0
    assert first.inputs().keys() == full.inputs().keys()
    real = full.forces[full.species >= 0].astype(np.float64)
    assert len(real) == full.num_particles == 7
    assert full.force_scale == pytest.approx(np.sqrt(np.mean(real**2)))


def test_padding_is_zero_and_nobodys_neighbor(full):
    assert not full.positions[0, 3].any() and not full.forces[0, 3].any() and not full.sources[0, 3].any()
    assert np.all(full.neighbors[0, 3] == -1) and not np.any(full.neighbors[0] == 3)


def change(name, function):
    return lambda snapshots: replace(snapshots, **{name: function(getattr(snapshots, name))})


@pytest.mark.parametrize(
    "wrong, message",
    [
        (
            change("forces", lambda x: x[:, :2]),
            r"forces must have shape \(S, N, d\), here \(2, 4, 2\)",
        ),
        (
            change("energies", lambda x: x[:, np.newaxis]),
            r"energies must have shape \(S\), here \(2\); received \(2, 1\)",
        ),
        (change("positions", lambda x: x[0]), r"positions must have shape \(S, N, d\), here \(S, N, d\); received"),
        (change("images", lambda x: x[:, :, :1]), "images must have shape"),
        (change("cells", lambda x: x[0]), "cells must have shape"),
        (change("species", lambda x: x[:, :1]), "species must have shape"),
        (change("sources", lambda x: x[..., 0]), "sources must have shape"),
        (change("stresses", lambda x: x[:, 0]), "stresses must have shape"),
        (change("potentials", lambda x: x[..., np.newaxis]), "potentials must have shape"),
        (change("neighbors", lambda x: x + 4), "neighbors must be indices of 4 points, .*; received -1 to 7"),
        (change("neighbors", lambda x: x - 1), "neighbors must be indices of 4 points, .*; received -2 to"),
        (change("neighbors", lambda x: np.where(x < 0, x, 3)), "neighbors must be -1 to and from padded"),
        (change("neighbors", lambda x: np.where(x < 0, 0, x)), "neighbors must be -1 to and from padded"),
        (change("neighbors", lambda x: x.astype(float)), "neighbors must be integers; received float64"),
        (change("neighbors", lambda x: x.astype("int64") + 2**40), r"neighbors must be below 2\*\*31"),
        (change("species", lambda x: x - 1), "species must be -1 for padding, or 0 and more; received -2"),
        (change("forces", lambda x: x.astype(int)), "forces must be floating-point numbers; received int64"),
        (change("forces", lambda x: x.astype(complex)), "forces must be an array of real numbers"),
        (change("energies", lambda x: [[1.0], [1.0, 2.0]]), "energies must be an array of numbers"),
    ],
)
def test_arrays_that_do_not_fit(full, wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong(full)


def test_large_energies_keep_their_spread(rng):
    """float32 has steps of 0.06 at 1e6; half a step of each of two energies is more than a spread of 0.1 can bear."""
    positions = rng.uniform(0, 5, (50, 3, 1))
    energies = -1e6 + 0.1 * rng.normal(size=50)
    snapshots = make_snapshots(
        positions, energies, np.sin(positions), 1.0, box_length=5.0, potentials=positions[..., 0]
    )
    np.testing.assert_array_equal(snapshots.targets()["energy"], energies)
    np.testing.assert_array_equal(snapshots.potentials, positions[..., 0])
    assert snapshots.positions.dtype == snapshots.forces.dtype == np.float32


@pytest.mark.parametrize("dim, cell", [(1, 5.0), (2, (5.0, 6.0)), (3, [[5.0, 0, 0], [1.0, 6.0, 0], [-0.5, 0.7, 5.5]])])
@pytest.mark.parametrize("cell_images", [False, True])
def test_positions_far_away_are_those_in_the_cell(rng, dim, cell, cell_images):
    """To float32 rounding: float64 positions 1,000 boxes away are known to 1e-12."""
    matrix = np.array(cell) if np.ndim(cell) == 2 else np.diag(np.broadcast_to(cell, dim))
    near = rng.uniform(0.01, 0.99, (4, 9, dim)) @ matrix
    far = near + rng.integers(-1000, 1001, near.shape) @ matrix
    how = {"box_length": cell, "cell_images": cell_images, "half_list": True}
    expected, found = (make_snapshots(x, np.zeros(4), np.zeros_like(near), 2.0, **how) for x in (near, far))
    np.testing.assert_allclose(found.positions, near, rtol=1e-6)
    for name, values in expected.inputs().items():
        np.testing.assert_allclose(found.inputs()[name], values, rtol=1e-6, err_msg=name)


def test_lists_are_for_the_wrapped_positions(rng):
    cells = np.array([np.diag([2.0, 1.5]), [[2.0, 0.0], [0.7, 1.6]]])
    positions = rng.uniform(-50, 50, (2, 5, 2))
    arrays = (positions, np.zeros(2), np.zeros_like(positions))
    snapshots = make_snapshots(*arrays, 1.4, cells=cells, cell_images=True, dtype="float64", max_neighbors=40)
    neighbors, images = neighbor_list(snapshots.positions, cells, 1.4, 40, images=True)
    np.testing.assert_array_equal(snapshots.neighbors, neighbors)
    np.testing.assert_array_equal(snapshots.images, images)
    fractions = snapshots.positions @ np.linalg.inv(cells)
    assert np.min(fractions) > -1e-12 and np.max(fractions) < 1 + 1e-12
    np.testing.assert_array_equal(snapshots.cells, cells)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"box_length": None}, "box_length or cells must be given, and not both; received neither"),
        ({"cells": np.eye(1)[np.newaxis] * 5}, r"and not both; received box_length=5.0 and cells \(1, 1, 1\)"),
        ({"box_length": None, "cells": np.zeros((1, 1, 1))}, "cells must be finite and have a volume; .* snapshot 0"),
        ({"box_length": (5.0, 5.0)}, "box_length must"),
        ({"energies": np.array([np.nan])}, r"energies must be finite; .* the first at \[0\]"),
        ({"positions": np.full((1, 3, 1), np.inf)}, "positions must be finite"),
        ({"stresses": np.zeros((1, 2, 2))}, r"stresses must have shape \(S, d, d\), here \(1, 1, 1\)"),
        ({"species": np.zeros((1, 4), int)}, "species must have shape"),
        ({"species": np.zeros((1, 3))}, "species must be integers"),
        ({"cutoff": 2.6}, "box_length must be at least twice the cutoff"),
        ({"dtype": "float16"}, "dtype must be 'float32' or 'float64'; received 'float16'"),
        ({"half_list": "no"}, "half must be True or False"),
    ],
)
def test_what_no_snapshots_can_be_made_of(changes, message):
    good = {"positions": np.ones((1, 3, 1)), "energies": np.ones(1), "forces": np.ones((1, 3, 1)), "cutoff": 1.0}
    with pytest.raises(ValueError, match=message):
        make_snapshots(**{**good, "box_length": 5.0, **changes})


def test_pad_neighbors(full):
    width = full.neighbors.shape[-1]
    neighbors, images = pad_neighbors(full.neighbors, width + 2, full.images)
    padded = replace(full, neighbors=neighbors, images=images)
    np.testing.assert_array_equal(padded.neighbors[..., :width], full.neighbors)
    np.testing.assert_array_equal(padded.images[..., :width, :], full.images)
    assert np.all(neighbors[..., width:] == -1) and not images[..., width:, :].any()
    np.testing.assert_array_equal(pad_neighbors(full.neighbors, width + 2), neighbors)
    with pytest.raises(ValueError, match="images must have shape"):
        pad_neighbors(full.neighbors, width, full.images[:, :, 1:])
