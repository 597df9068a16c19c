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
        particle_energies=rng.normal(size=(2, 4)) * real,
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


def test_nan_in_padding_is_replaced_by_zeros_and_refused_elsewhere():
    """Files of padded clouds often fill with NaN."""
    species, values = np.array([[0, -1]]), np.array([[[1.0], [np.nan]]])
    arrays = {"positions": values, "forces": values, "sources": values, "particle_energies": values[..., 0]}
    options = {"energies": np.zeros(1), "cutoff": 1.0, "box_length": 5.0}
    made = make_snapshots(**arrays, **options, species=species)
    for name in arrays:
        np.testing.assert_array_equal(getattr(made, name).ravel(), [1, 0])
    with pytest.raises(ValueError, match=r"positions must be finite; .* the first at \[0, 1, 0\]"):
        make_snapshots(**arrays, **options, species=np.zeros((1, 2), int))


def test_large_energies_keep_their_spread(rng):
    """float32 has steps of 0.06 at 1e6, which would round a spread of 0.1 away."""
    positions = rng.uniform(0, 5, (50, 3, 1))
    energies = -1e6 + 0.1 * rng.normal(size=50)
    snapshots = make_snapshots(
        positions, energies, np.sin(positions), 1.0, box_length=5.0, particle_energies=positions[..., 0]
    )
    np.testing.assert_array_equal(snapshots.targets()["energy"], energies)
    np.testing.assert_array_equal(snapshots.particle_energies, positions[..., 0])
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


def test_pad_neighbors(full):
    width = full.neighbors.shape[-1]
    neighbors, images = pad_neighbors(full.neighbors, width + 2, full.images)
    padded = replace(full, neighbors=neighbors, images=images)
    np.testing.assert_array_equal(padded.neighbors[..., :width], full.neighbors)
    np.testing.assert_array_equal(padded.images[..., :width, :], full.images)
    assert np.all(neighbors[..., width:] == -1) and not images[..., width:, :].any()
    np.testing.assert_array_equal(pad_neighbors(full.neighbors, width + 2), neighbors)
