"""Pairs in order, and divided between their two points so that the longest list is as short as it can be, in NumPy."""

import itertools

import numpy as np


def sort_pairs(i, j, shifts, num_points):
    """Pairs in the order of i, then j, then shifts."""
    order = np.lexsort((*shifts.T[::-1], i * num_points + j % num_points))
    return i[order], j[order], shifts[order]


def share_pairs(i, j, shifts, num_points, enough):
    """The same pairs, some turned round, so that the largest number of pairs with the same i is as small as possible.

    First every point gives pairs to their other ends, as long as those have at least two fewer. Then see `_lower`.

    Args:
        i, j, shifts: P pairs as of `find_pairs`, in snapshots of `num_points`.
        enough: the largest number that need not be improved.
    """
    if len(i) == 0:
        return i, j, shifts
    i, j, shifts = sort_pairs(i, j, shifts, num_points)  # the result must not depend on the order of the search
    turned = (i + j) % 2 == 1
    owner, other = np.where(turned, j, i), np.where(turned, i, j)
    pairs_of_snapshot = np.bincount(i // num_points)
    load = np.bincount(owner, minlength=len(pairs_of_snapshot) * num_points)
    while len(given := np.flatnonzero(load[owner] >= load[other] + 2)):
        _give(owner, other, load, given)
    enough = max(enough, np.max(pairs_of_snapshot) / num_points)
    while np.max(load) > enough and _lower(owner, other, load, num_points):
        pass
    return owner, other, np.where((owner == i)[:, np.newaxis], shifts, -shifts)


def _lower(owner, other, load, num_points):
    """Changes the arrays in place until the largest load is one less. Returns whether that is possible.

    A point with too many pairs gives one to its other end, which may give one of its own to the next, until one has
    room. If no point with room can be reached in this way, those reached have too many pairs among themselves, and no
    other division is better. Reference: Venkateswaran, Minimizing maximum indegree, Discrete Appl. Math. 143 (2004)
    374; here many points give at once.
    """
    most = np.max(load) - 1
    while np.any(load > most):
        crowded = np.any(load.reshape(-1, num_points) > most, axis=1)  # the other snapshots are left as they are
        part = np.flatnonzero(crowded[owner // num_points])
        giver, taker = owner[part], other[part]
        steps = _steps_to_room(giver, taker, load, most)
        if np.any(steps[load > most] < 0):
            return False
        while True:
            given = np.flatnonzero(load[giver] > most)
            closer = steps[taker[given]] == steps[giver[given]] - 1
            given = given[closer & (load[taker[given]] <= most)]
            if len(given) == 0:
                break
            _give(giver, taker, load, given)
        owner[part], other[part] = giver, taker
    return True


def _steps_to_room(owner, other, load, most):
    """How many pairs must be given, point by point, until one with less than `most` takes the last; −1 if none can."""
    steps = np.where(load < most, 0, -1)
    for count in itertools.count(1):
        found = owner[(steps[owner] < 0) & (steps[other] == count - 1)]
        steps[found] = count
        if len(found) == 0 or np.all(steps[load > most] >= 0):
            return steps


def _give(owner, other, load, given):
    """Turns some of the given pairs round, in place: of each point the last one that it owns, and one that it takes."""
    pick = np.empty_like(load)
    for end in (owner, other):
        pick[end[given]] = given
        given = given[pick[end[given]] == given]
    load[owner[given]] -= 1
    load[other[given]] += 1
    owner[given], other[given] = other[given], owner[given]
