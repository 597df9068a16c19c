"""Order of pairs, and their division between the two points that minimises the longest list, in NumPy."""

import itertools

import numpy as np


def sort_pairs(i, j, shifts, num_points):
    """Sorts pairs by i, then j, then shifts."""
    order = np.lexsort((*shifts.T[::-1], i * num_points + j % num_points))
    return i[order], j[order], shifts[order]


def share_pairs(i, j, shifts, num_points, enough):
    """Swaps the two points of some pairs, so that the largest number of pairs with the same i is minimal.

    First each point gives pairs to points that have at least two fewer. Then `_lower` removes the remaining maxima.

    Args:
        i, j, shifts: P pairs of `find_pairs`.
        num_points: points of a snapshot, N.
        enough: a maximum that need not be lowered.
    """
    if len(i) == 0:
        return i, j, shifts
    i, j, shifts = sort_pairs(i, j, shifts, num_points)  # makes the result independent of the order of the search
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
    """Lowers the largest load by one, in place. Returns whether that is possible.

    A point with too many pairs gives one to its other end, which may give one of its own to the next point, and so on
    to a point with room. If no such chain exists, the points that chains reach have too many pairs among themselves,
    and the division is optimal. Reference: Venkateswaran, Minimizing maximum indegree, Discrete Appl. Math. 143 (2004)
    374. Here many points give at the same time.
    """
    most = np.max(load) - 1
    while np.any(load > most):
        crowded = np.any(load.reshape(-1, num_points) > most, axis=1)  # other snapshots remain unchanged
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
    """Length of the shortest chain from each point to a point with a load below `most`; −1 if there is none."""
    steps = np.where(load < most, 0, -1)
    for count in itertools.count(1):
        found = owner[(steps[owner] < 0) & (steps[other] == count - 1)]
        steps[found] = count
        if len(found) == 0 or np.all(steps[load > most] >= 0):
            return steps


def _give(owner, other, load, given):
    """Swaps a subset of the given pairs in place, in which each point gives at most one pair and takes at most one."""
    pick = np.empty_like(load)
    for end in (owner, other):
        pick[end[given]] = given
        given = given[pick[end[given]] == given]
    load[owner[given]] -= 1
    load[other[given]] += 1
    owner[given], other[given] = other[given], owner[given]
