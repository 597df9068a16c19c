"""Neighbour lists as sets of entries, and cells for their tests."""

import numpy as np

# heights of about 3, 4 and 2.5
TRICLINIC = {
    1: [[3.0]],
    2: [[3.2, 0.4], [-1.1, 4.1]],
    3: [[3.4, 0.3, -0.5], [1.2, 4.4, 0.2], [-0.7, 0.9, 3.1]],
}


def entries(neighbors, shifts=None):
    """The entries (i, j) or (i, j, *n) of one snapshot, after a check that they are sorted and padded."""
    real = neighbors >= 0
    assert neighbors.dtype == np.int32 and np.all(np.diff(real.astype(int), axis=-1) <= 0)
    assert np.all(neighbors[~real] == -1)
    assert all(np.all(np.diff(row[keep]) >= 0) for row, keep in zip(neighbors, real, strict=True))
    i, k = np.nonzero(real)
    if shifts is None:
        return [(int(a), int(b)) for a, b in zip(i, neighbors[i, k], strict=True)]
    assert shifts.dtype == np.int32 and np.all(shifts[~real] == 0)
    return [(int(a), int(b), *n) for a, b, n in zip(i, neighbors[i, k], shifts[i, k].tolist(), strict=True)]


def both_ends(pairs):
    """Entries, each seen from the other end as well."""
    return pairs + [(j, i, *(-n for n in shift)) for i, j, *shift in pairs]


def assert_same(received, expected):
    assert len(received) == len(set(received))
    assert set(received) == set(expected)
