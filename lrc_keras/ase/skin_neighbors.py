"""Verlet's neighbour lists: one search for many steps of a moving cloud in a cell that may change."""

import numpy as np

from lrc_keras.arguments import check_flag, check_not_negative, check_positive
from lrc_keras.ops.neighbors import neighbor_list
from lrc_keras.ops.neighbors.search import heights


class SkinNeighbors:
    """Neighbour lists of a moving cloud, without a search at every step.

    Pairs nearer than R + skin are searched for once. At each step, those of them that are nearer than R now are the
    list. It is complete as long as

        σ (R + skin − 2 max_i |u_i|) > R,

    where H is the cell of the search, H' the one of now, σ the smallest singular value of H⁻¹H', and u_i the change of
    the fractional coordinates of point i since the search, times H. Points at x_i + u_i in the old cell are mapped to
    where they are now by H⁻¹H', and that shortens no distance by a factor less than σ. In a constant cell σ = 1: the
    list holds until a point has moved by half the skin. If it does not hold, there is a new search.

    Args:
        cutoff: radius R > 0.
        skin: width ≥ 0, in units of length. Without `images` it is cut so that R + skin is at most half of the smallest
            perpendicular height of the cell.
        half: whether each pair is listed once, see `ops.neighbor_list`.
        images: whether a point may see several images of a neighbour, in cells that are less than 2R high.

    Attributes: `searches`, how many there were.
    Raises: ValueError naming the argument.

    Example: a move by 0.1 needs no new search.
        >>> from lrc_keras.ase import SkinNeighbors
        >>> lists = SkinNeighbors(cutoff=1.0, skin=0.3)
        >>> lists.list([[0.2], [4.9], [2.5]], cell=[[5.0]])["neighbors"].tolist()
        [[1], [0], [-1]]
        >>> lists.list([[0.2], [5.0], [2.5]], cell=[[5.0]])["neighbors"].tolist(), lists.searches
        ([[1], [0], [-1]], 1)
    """

    def __init__(self, cutoff, skin, *, half=False, images=False):
        self.cutoff, self.skin = check_positive("cutoff", cutoff), check_not_negative("skin", skin)
        self.half, self.images = check_flag("half", half), check_flag("images", images)
        self.searches = 0
        self._fractions = np.empty((0, 1))  # of the search, in [0, 1]

    def list(self, positions, cell):
        """The neighbour list of one cloud, and the positions that it is for.

        Args:
            positions: (N, d), finite, anywhere in ℝ^d. They may be wrapped or not, and that may change between calls.
            cell: (d, d), rows are lattice vectors.

        Returns: dict of
            positions: (N, d) float64, moved by lattice vectors to where they are at most a skin outside of the cell;
            neighbors: (N, K) int32, ascending indices, then −1;
            images: (N, K, d) int32, the lattice vectors to add to x_j, for these positions; zero where padded.
        Raises: ValueError of `ops.neighbor_list`, such as that for a cell too small for the cutoff.
        """
        positions, cell = np.asarray(positions, np.float64), np.asarray(cell, np.float64)
        fractions = positions @ np.linalg.inv(cell)
        if not self._still_holds(fractions, cell):
            self._search(positions, fractions, cell)
        # Where points crossed a wall, or were wrapped, since the search, they are on the side where they were then.
        positions = positions - np.round(fractions - self._fractions) @ cell
        i, j, images = self._pairs
        near = np.sum((positions[i] - positions[j] - images @ cell) ** 2, axis=1) < self.cutoff**2
        neighbors, images = _padded(len(positions), i[near], j[near], images[near])
        return {"positions": positions, "neighbors": neighbors, "images": images}

    def _still_holds(self, fractions, cell):
        if fractions.shape != self._fractions.shape:
            return False
        change = fractions - self._fractions
        moved = np.linalg.norm((change - np.round(change)) @ self._cell, axis=1).max()
        shrinking = np.linalg.svd(np.linalg.solve(self._cell, cell), compute_uv=False).min()
        return shrinking * (self._reach - 2 * moved) > self.cutoff

    def _search(self, positions, fractions, cell):
        boxes = np.floor(fractions)
        positions = positions - boxes @ cell
        reach = self.cutoff + self.skin
        if self.images:
            neighbors, images = neighbor_list(positions[np.newaxis], cell, reach, half=self.half, images=True)
        else:
            reach = max(self.cutoff, min(reach, heights(cell).min() / 2))
            neighbors = neighbor_list(positions[np.newaxis], cell, reach, half=self.half)
        i, slot = np.nonzero(neighbors[0] >= 0)
        j = neighbors[0, i, slot]
        # The image that is nearest now is the one within R as long as the list holds.
        nearest = np.round((positions[i] - positions[j]) @ np.linalg.inv(cell))
        images = images[0, i, slot] if self.images else nearest
        self._pairs, self._reach, self._cell, self._fractions = (i, j, images), reach, cell, fractions - boxes
        self.searches += 1


def _padded(num_points, i, j, images):
    """Pairs sorted by i as padded arrays: neighbors (N, K) and images (N, K, d), int32."""
    count = np.bincount(i, minlength=num_points)
    slot = np.arange(len(i)) - (np.cumsum(count) - count)[i]
    neighbors = np.full((num_points, max(1, count.max())), -1, np.int32)
    neighbors[i, slot] = j
    shifts = np.zeros((*neighbors.shape, images.shape[1]), np.int32)
    shifts[i, slot] = images
    return neighbors, shifts
