import h5py
import numpy as np
import pytest

from lrc_keras.training import Snapshots, evaluation_batches, load_snapshots, training_batches


@pytest.fixture
def write(tmp_path, line_snapshots):
    """Writes a small file of 6 snapshots, with changes, and returns its path."""

    def make(box_length=(5.0,), **changes):
        path = tmp_path / "snapshots.h5"
        positions = line_snapshots(6)
        arrays = {"positions": positions, "energies": np.arange(6.0), "forces": np.sin(positions), **changes}
        with h5py.File(path, "w") as file:
            for name, values in arrays.items():
                if values is not None:
                    file[name] = values
            if box_length is not None:
                file.attrs["box_length"] = box_length
        return path

    return make


def test_load(write):
    snapshots = load_snapshots(write(), 5.0, 1.5, 1)
    assert len(snapshots) == 6 and snapshots.positions.shape == (6, 20, 1)
    assert snapshots.positions.dtype == np.float32 and snapshots.neighbors.dtype == np.int32
    assert snapshots.force_scale == pytest.approx(np.sqrt(np.mean(snapshots.forces**2)))
    assert snapshots.pairs.shape[::2] == (6, 2) and np.sum(snapshots.pairs >= 0) == np.sum(snapshots.neighbors >= 0)
    assert len(snapshots.take(2)) == len(snapshots.take(2).pairs) == 2
    inputs, _ = next(iter(evaluation_batches(snapshots, 2)))
    np.testing.assert_array_equal(inputs["pairs"], snapshots.pairs[:2])


def numbered(count):
    """Snapshots whose energy is their number."""
    zeros = np.zeros((count, 3, 1), "float32")
    return Snapshots(zeros, zeros.astype("int32"), np.arange(count, dtype="float32"), zeros)


def energies(dataset, batches):
    return [targets["energy"].numpy().tolist() for _, targets in dataset.take(batches)]


def test_every_snapshot_once_an_epoch_in_full_batches():
    stream = sum(energies(training_batches(numbered(10), 4, seed=3), 5), [])
    assert len(stream) == 20
    assert sorted(stream[:10]) == sorted(stream[10:]) == list(range(10))
    assert stream[:10] != stream[10:]
    assert stream != sum(energies(training_batches(numbered(10), 4, seed=4), 5), [])


def test_the_stream_continues_where_it_was_left():
    whole = energies(training_batches(numbered(10), 4, seed=3), 8)
    assert energies(training_batches(numbered(10), 4, seed=3, seen=12), 5) == whole[3:]


def test_evaluation_sees_all_in_order():
    assert energies(evaluation_batches(numbered(5), 2), 9) == [[0, 1], [2, 3], [4]]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing.h5: no such file"):
        load_snapshots(tmp_path / "nothing.h5", 5.0, 1.5, 1)


@pytest.mark.parametrize("keep", [0, 10, 600, 2000])
def test_truncated_files_are_named(write, keep):
    path = write()
    content = path.read_bytes()
    assert len(content) > 2000
    path.write_bytes(content[:keep])
    with pytest.raises(ValueError, match="snapshots.h5: not a readable HDF5 file"):
        load_snapshots(path, 5.0, 1.5, 1)


def test_foreign_files_are_named(write, tmp_path):
    text = tmp_path / "text.h5"
    text.write_text("positions, energies, forces")
    with pytest.raises(ValueError, match="text.h5: not a readable HDF5 file"):
        load_snapshots(text, 5.0, 1.5, 1)
    with pytest.raises(ValueError, match=r"missing \['forces'\]"):
        load_snapshots(write(forces=None), 5.0, 1.5, 1)


def test_other_dimension_box_or_shape_is_named(write):
    with pytest.raises(ValueError, match=r"expected snapshots in 2 dimension\(s\); received 1"):
        load_snapshots(write(), (5.0, 5.0), 1.5, 2)
    with pytest.raises(ValueError, match=r"expected snapshots in a box of \(50.0,\); received \[5.\]"):
        load_snapshots(write(), 50.0, 1.5, 1)
    with pytest.raises(ValueError, match="in a box of .* received None"):
        load_snapshots(write(box_length=None), 5.0, 1.5, 1)
    with pytest.raises(ValueError, match=r"received \(6, 20, 1\), \(5,\)"):
        load_snapshots(write(energies=np.zeros(5)), 5.0, 1.5, 1)


def test_nan_and_overflow_are_named(write):
    with pytest.raises(ValueError, match="dataset 'energies' holds NaN"):
        load_snapshots(write(energies=np.full(6, np.nan)), 5.0, 1.5, 1)
    with pytest.raises(ValueError, match="max_neighbors must be at least"):
        load_snapshots(write(), 5.0, 1.5, 1, max_neighbors=3)
