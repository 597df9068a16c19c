"""Streams of batches: the same wherever they start, from arrays, groups and files."""

import numpy as np
import pytest
import tensorflow as tf

import data_gen
from lrc_keras.training import (
    SnapshotFile,
    Snapshots,
    cloud_shape,
    evaluation_batches,
    force_scale,
    load_snapshots,
    make_snapshots,
    num_snapshots,
    training_batches,
)
from lrc_keras.training.data.batches import check_snapshots


def numbered(count, first=0, size=3):
    """Snapshots whose energy is their number."""
    zeros = np.zeros((count, size, 1), "float32")
    return Snapshots(zeros, zeros.astype("int32"), first + np.arange(count, dtype="float32"), zeros)


def energies(dataset, batches):
    return [targets["energy"].numpy().tolist() for _, targets in dataset.take(batches)]


@pytest.fixture
def groups():
    """60 snapshots of clouds of three sizes: numbers below 30, 50 and 60."""
    return [numbered(30, 0, 3), numbered(20, 30, 4), numbered(10, 50, 5)]


@pytest.fixture
def path(tmp_path, line_snapshots):
    positions = line_snapshots(7)
    arrays = (positions, -1e6 + 0.1 * np.arange(7.0), np.sin(positions), {"box_length": 5.0}, positions[..., 0])
    data_gen.write_snapshots(tmp_path / "snapshots.h5", data_gen.Snapshots(*arrays))
    return tmp_path / "snapshots.h5"


def test_every_snapshot_once_an_epoch_in_full_batches():
    stream = sum(energies(training_batches(numbered(10), 4, seed=3), 5), [])
    assert len(stream) == 20
    assert sorted(stream[:10]) == sorted(stream[10:]) == list(range(10))
    assert stream[:10] != stream[10:]
    assert stream != sum(energies(training_batches(numbered(10), 4, seed=4), 5), [])


def test_the_order_of_an_epoch():
    """Written down, since a run that goes on after an update must go on in the same order."""
    orders = [tf.random.experimental.stateless_shuffle(tf.range(10), seed=[3, epoch]) for epoch in range(2)]
    expected = np.concatenate(orders).reshape(5, 4).tolist()
    assert energies(training_batches(numbered(10), 4, seed=3), 5) == expected
    assert energies(training_batches([numbered(10)], 4, seed=3), 5) == expected


@pytest.mark.parametrize("seen, batches", [(12, 3), (40, 10)])
def test_the_stream_continues_where_it_was_left(seen, batches):
    whole = energies(training_batches(numbered(10), 4, seed=3), 15)
    assert energies(training_batches(numbered(10), 4, seed=3, seen=seen), 5) == whole[batches : batches + 5]


def test_evaluation_sees_all_in_order(groups):
    assert energies(evaluation_batches(numbered(5), 2), 9) == [[0, 1], [2, 3], [4]]
    batches = evaluation_batches(groups, 16)
    assert batches.cardinality() == 5 and sum(energies(batches, 9), []) == list(range(60))
    assert [x["positions"].shape for x, _ in batches] == [(16, 3, 1), (14, 3, 1), (16, 4, 1), (4, 4, 1), (10, 5, 1)]


def group_of(batch):
    """The group of all snapshots of a batch."""
    found = set(np.digitize(batch, [30, 50]).tolist())
    assert len(found) == 1
    return found.pop()


def test_groups_take_turns_by_their_share(groups):
    turns = [group_of(batch) for batch in energies(training_batches(groups, 4, seed=1), 60)]
    assert np.bincount(turns).tolist() == [30, 20, 10]
    for step in range(60):  # as many batches as the share of each group, up to one
        ahead = np.bincount(turns[:step], minlength=3) - step * np.array([3, 2, 1]) / 6
        assert np.max(np.abs(ahead)) <= 1


def test_every_group_is_a_stream_of_its_own(groups):
    batches = energies(training_batches(groups, 4, seed=1), 60)
    for number, group in enumerate(groups):
        own = [batch for batch in batches if group_of(batch) == number]
        assert own == energies(training_batches(group, 4, seed=1), len(own))


@pytest.mark.parametrize("steps", [1, 7, 60, 61, 143])
def test_groups_continue_where_they_were_left(groups, steps):
    whole = energies(training_batches(groups, 4, seed=1), 150)
    assert energies(training_batches(groups, 4, seed=1, seen=4 * steps), 7) == whole[steps : steps + 7]


def test_another_batch_size_goes_on_within_two_batches(groups):
    """A stage of 75 batches of 4, then one with batches of 6, which is stopped and goes on."""
    second = energies(training_batches(groups, 6, seed=1, seen=300), 9)
    assert energies(training_batches(groups, 6, seed=1, seen=300 + 5 * 6), 4) == second[5:]
    first = energies(training_batches(groups, 4, seed=1), 75)
    for number, group in enumerate(groups):
        consumed = 4 * sum(group_of(batch) == number for batch in first)
        own = sum(energies(training_batches(group, 6, seed=1), 60), [])
        start = next(batch for batch in second if group_of(batch) == number)
        places = [place for place in range(0, len(own), 6) if own[place : place + 6] == start]
        assert min(abs(place - consumed) for place in places) <= 12


def test_shares_of_groups_make_the_batch(groups):
    whole = energies(training_batches(groups, 6, seed=1, seen=18), 8)
    shares = [energies(training_batches(groups, 6, seed=1, seen=18, part=(k, 3)), 8) for k in range(3)]
    assert [sum(rows, []) for rows in zip(*shares, strict=True)] == whole


def test_energies_keep_their_digits(path):
    snapshots = load_snapshots(path, 5.0, 1.5, 1)
    for batches in (training_batches(snapshots, 7, seed=0), evaluation_batches(snapshots, 7)):
        inputs, targets = next(iter(batches))
        assert targets["energy"].dtype == targets["particle_energies"].dtype == tf.float64
        assert inputs["positions"].dtype == targets["forces"].dtype == tf.float32
        spread = np.sort(targets["energy"].numpy() + 1e6)
        np.testing.assert_allclose(spread, 0.1 * np.arange(7.0), rtol=0, atol=1e-9)  # −10⁶ has steps of 1e-10


def test_batches_from_a_file_are_those_of_the_loaded(path):
    loaded, file = load_snapshots(path, 5.0, 1.5, 1, 20), SnapshotFile(path, 5.0, 1.5, 1, 20)
    for make in (
        lambda snapshots: training_batches(snapshots, 4, 3, seen=20, part=(1, 2)).take(6),
        lambda snapshots: training_batches([snapshots, snapshots], 4, 3, seen=20).take(6),
        lambda snapshots: evaluation_batches(snapshots, 3),
    ):
        assert make(file).element_spec == make(loaded).element_spec
        assert make(file).cardinality() == make(loaded).cardinality()
        for one, other in zip(make(file), make(loaded), strict=True):
            tf.nest.map_structure(np.testing.assert_array_equal, one, other)


def test_a_width_that_one_batch_exceeds(tmp_path):
    positions = np.tile(np.arange(5.0)[:, np.newaxis], (4, 1, 1))
    positions[2] *= 0.1
    arrays = (positions, np.zeros(4), np.zeros_like(positions), {"box_length": 5.0})
    data_gen.write_snapshots(tmp_path / "a.h5", data_gen.Snapshots(*arrays))
    batches = evaluation_batches(SnapshotFile(tmp_path / "a.h5", 5.0, 1.2, 1, max_neighbors=2), 1)
    assert len(list(batches.take(2))) == 2
    with pytest.raises(tf.errors.OpError, match="max_neighbors must be at least 4"):
        list(batches)


def test_what_all_groups_are_together(groups, rng):
    assert num_snapshots(groups) == 60 and num_snapshots(groups[0]) == 30
    assert cloud_shape(groups) == (None, 1) and cloud_shape(groups[1]) == (4, 1)
    assert check_snapshots("training", groups) == groups and check_snapshots("training", groups[0]) == groups[:1]
    forces = [rng.normal(size=(5, n, 2)) for n in (3, 7)]
    species = [np.array([[0, 1, -1]] * 5), np.zeros((5, 7), int)]
    parts = [
        make_snapshots(np.zeros_like(f), np.zeros(5), f, 1.0, box_length=5.0, species=s, max_neighbors=6)
        for f, s in zip(forces, species, strict=True)
    ]
    real = np.concatenate([f[s >= 0] for f, s in zip(forces, species, strict=True)])
    assert force_scale(parts) == pytest.approx(np.sqrt(np.mean(real**2)), rel=1e-6)
    assert force_scale(parts[0]) == pytest.approx(parts[0].force_scale)
