"""Digests of snapshots, by which a checkpoint knows the data that it was trained on."""

import hashlib

import numpy as np

from lrc_keras.training.data.batches import check_snapshots, first_snapshot
from lrc_keras.training.data.files import SnapshotFile

# Positions may be wrapped, and lists padded, otherwise on another machine; the same energies and forces belong to them
NOT_COMPARED = ("positions", "neighbors", "images")


def digest_of_snapshots(snapshots):
    """A text that is the same for the same training data, and another one for other data.

    It is made of shapes, dtypes, targets, species, sources and cells. A `SnapshotFile` is not read as a whole: its
    shape, its attributes and the targets of its first snapshot are taken.

    Args:
        snapshots: `Snapshots`, a `SnapshotFile`, or a list of them.

    Example:
        >>> from lrc_keras.training import Snapshots
        >>> from lrc_keras.training.data.digests import digest_of_snapshots
        >>> zeros, lists = np.zeros((2, 3, 1)), np.full((2, 3, 1), -1)
        >>> data = [Snapshots(zeros, lists, np.full(2, energy), zeros) for energy in (1.0, 1.0, 2.0)]
        >>> digests = [digest_of_snapshots(snapshots) for snapshots in data]
        >>> digests[0] == digests[1], digests[0] == digests[2]
        (True, False)
    """
    digest = hashlib.sha256()
    for group in check_snapshots("snapshots", snapshots):
        if isinstance(group, SnapshotFile):
            attributes = {name: np.asarray(value).tolist() for name, value in sorted(group.attributes.items())}
            digest.update(repr((group.shape, attributes)).encode())
            arrays = first_snapshot(group)[1]
        else:
            arrays = {**group.inputs(), **group.targets()}
        for name in sorted({*arrays} - {*NOT_COMPARED}):
            digest.update(f"{name} {arrays[name].shape} {arrays[name].dtype}".encode())
            digest.update(np.ascontiguousarray(arrays[name]))
    return digest.hexdigest()[:16]
