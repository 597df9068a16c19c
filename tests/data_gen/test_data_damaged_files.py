"""Damaged files: whatever is done to one, reading it ends in an error that names it, or in the same numbers."""

import math

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_gen import Exponential, SnapshotFileError, generate, read_snapshots

SETTINGS = {"kernel": Exponential(2.0), "box_length": (3.0, 4.0), "min_distance": 0.05, "num_points": 5, "seed": 1}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file of 4 kB and a place for its damaged copies."""
    folder = tmp_path_factory.mktemp("damaged")
    path = generate(folder / "whole.h5", **SETTINGS, num_snapshots=7, potentials=True)
    return path.read_bytes(), read_snapshots(path), folder / "damaged.h5"


def _same(one, other):
    if one.arrays().keys() != other.arrays().keys() or one.attributes.keys() != other.attributes.keys():
        return False
    arrays = (np.array_equal(values, other.arrays()[name]) for name, values in one.arrays().items())
    return all(arrays) and all(np.array_equal(value, other.attributes[name]) for name, value in one.attributes.items())


def test_truncated_at_any_byte(whole):
    content, _, path = whole
    for length in [*range(0, len(content), 17), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(SnapshotFileError, match=r"damaged\.h5: expected a whole HDF5 file"):
            read_snapshots(path)


def test_truncated_and_filled_up_again(whole):
    """The length is right, the end is zeros: a file whose last blocks never reached the disk."""
    content, data, path = whole
    for length in range(0, len(content), 97):
        path.write_bytes(content[:length].ljust(len(content), b"\0"))
        try:
            assert _same(read_snapshots(path), data)
        except SnapshotFileError as error:
            assert "damaged.h5: " in str(error)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_a_changed_byte_never_changes_a_number_in_silence(whole, place, flip):
    content, data, path = whole
    damaged = bytearray(content)
    damaged[int(place * len(content))] ^= flip
    path.write_bytes(damaged)
    try:
        assert _same(read_snapshots(path), data)  # a byte that holds nothing
    except SnapshotFileError as error:
        assert "damaged.h5: " in str(error)


@settings(deadline=None, max_examples=30, derandomize=True)
@given(place=st.floats(0, 1, exclude_max=True), bytes_=st.binary(min_size=2, max_size=64))
def test_foreign_bytes_inside(whole, place, bytes_):
    content, data, path = whole
    start = int(place * len(content))
    path.write_bytes((content[:start] + bytes_ + content[start + len(bytes_) :])[: len(content)])
    try:
        assert _same(read_snapshots(path), data)
    except SnapshotFileError as error:
        assert "damaged.h5: " in str(error)


def test_other_readers_meet_the_checksum_too(whole):
    """A plain h5py reader, which checks nothing of ours, must not get a changed force."""
    content, data, path = whole
    first = data.forces.astype("<f8").tobytes()[:16]
    place = content.index(first)
    path.write_bytes(content[:place] + bytes([first[0] ^ 1]) + content[place + 1 :])
    with h5py.File(path, "r") as file, pytest.raises(OSError, match="filter|checksum|Fletcher"):
        file["forces"][()]
    with pytest.raises(SnapshotFileError, match=r"damaged\.h5: dataset 'forces': expected whole data"):
        read_snapshots(path)


SHAPES = {"positions": (7, 5, 2), "energies": (7,), "forces": (7, 5, 2), "potentials": (7, 5)}


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    name=st.sampled_from(sorted(SHAPES)),
    shape=st.lists(st.integers(0, 7), max_size=4).map(tuple),
    kind=st.sampled_from(["f8", "f4", "i8", "c16", "S3", "?"]),
    poison=st.sampled_from([0.5, math.nan, math.inf, -math.inf]),
)
def test_a_dataset_of_another_shape_or_type(whole, name, shape, kind, poison):
    content, _, path = whole
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        del file[name]
        if kind == "f8" and poison != 0.5:
            shape = SHAPES[name]
        values = np.full(shape, poison if kind[0] in "fc" else 1).astype(kind)
        file[name] = values
    if shape == SHAPES[name] and kind[0] == "f" and math.isfinite(poison):
        assert getattr(read_snapshots(path), name).shape == shape
        return
    # Another shape of the positions is seen at whichever dataset then does not fit them.
    named = r"\w+" if name == "positions" else name
    with pytest.raises(SnapshotFileError, match=rf"damaged\.h5: dataset '{named}': expected"):
        read_snapshots(path)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    name=st.sampled_from(["schema_version", "dimension", "box_length"]),
    value=st.sampled_from([None, 0, -1, 1.5j, True, "2", b"x", math.nan, [1, 2, 3], [[2.0]], [-1.0, 1.0], ["a", "b"]]),
)
def test_an_attribute_of_another_value_or_type(whole, name, value):
    content, _, path = whole
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        del file.attrs[name]
        if value is not None:
            file.attrs[name] = value
    with pytest.raises(SnapshotFileError, match=rf"damaged\.h5: .*attribute '?{name}'?"):
        read_snapshots(path)


def test_groups_links_and_empty_values_in_place_of_data(whole):
    content, _, path = whole
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        del file["forces"]
        file.create_group("forces")
    with pytest.raises(SnapshotFileError, match="dataset 'forces': expected an array of numbers"):
        read_snapshots(path)
    with h5py.File(path, "r+") as file:
        del file["forces"]
        file["forces"] = h5py.SoftLink("/nowhere")
    with pytest.raises(SnapshotFileError, match="dataset 'forces': expected whole data; received an error"):
        read_snapshots(path)
    with h5py.File(path, "r+") as file:
        del file["forces"]
        file["forces"] = h5py.Empty("f8")
    with pytest.raises(SnapshotFileError, match="dataset 'forces': expected"):
        read_snapshots(path)
    with pytest.raises(SnapshotFileError, match="received a folder"):
        read_snapshots(path.parent)


def test_a_size_that_no_memory_holds(whole):
    content, _, path = whole
    path.write_bytes(content)
    with h5py.File(path, "r+") as file:
        del file["forces"]
        huge = file.create_dataset("forces", (2**40, 5, 2), "f8", chunks=(2**10, 5, 2))
        huge[0] = 1.0
    with pytest.raises(SnapshotFileError, match="dataset 'forces': expected .* numbers; .* never written"):
        read_snapshots(path)
