"""Verlet neighbour lists: one search for many steps of a moving cloud in a cell that may change."""

import numpy as np

from lrc_keras.arguments import check_flag, check_not_negative, check_positive, cloud_array, real_array
from lrc_keras.ops.cells import is_flat
from lrc_keras.ops.neighbors import check_cutoff, neighbor_list
from lrc_keras.ops.neighbors.search import heights


class SkinNeighbors:
    """Neighbour lists of a moving cloud, without a search at every step.

    A search finds all pairs within R + skin. At each step, the list consists of those pairs that are within R. It is
    complete as long as

        σ (R + skin − 2 max_i |u_i|) > R,

    where H is the cell of the search, H' the present cell, σ the smallest singular value of H⁻¹H', and u_i the change
    of the fractional coordinates of point i since the search, times H. The matrix H⁻¹H' maps x_i + u_i to the present
    position, and it multiplies distances by at least σ. In a constant cell σ = 1, and the list is complete until a
    point has moved by half the skin. Otherwise there is a new search.

    Args:
        cutoff: radius R > 0.
        skin: width ≥ 0, in units of length. Without `images`, R + skin is limited to half of the smallest height of the
            cell.
        half: whether each pair is listed once, see `ops.neighbor_list`.
        images: whether to list all images within R, for cells with a height below 2R.

    Attributes: `searches`, the number of searches.
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
        self._fractions = None  # fractional coordinates at the search, in [0, 1]

    def list(self, positions, cell):
        """The neighbour list of one cloud, and the positions to which it refers.

        Args:
            positions: (N, d), finite, anywhere in ℝ^d. Points may be wrapped differently at each call.
            cell: (d, d) with lattice vectors as rows.

        Returns: dict of
            positions: (N, d) float64, moved by lattice vectors into the cell or less than a skin outside;
            neighbors: (N, K) int32, ascending indices, then −1;
            images: (N, K, d) int32, lattice vectors to add to x_j for these positions, zero for padding.
        Raises: ValueError naming the argument, also for a cell that is too small, see `ops.neighbor_list`.
        """
        positions, cell = _checked(positions, cell)
        fractions = positions @ np.linalg.inv(cell)
        if not self._still_holds(fractions, cell):
            self._search(positions, fractions, cell)
        # Undo wrapping and crossings of the boundary since the search.
        positions = positions - np.round(fractions - self._fractions) @ cell
        i, j, images = self._pairs
        near = np.sum((positions[i] - positions[j] - images @ cell) ** 2, axis=1) < self.cutoff**2
        neighbors, images = _padded(len(positions), i[near], j[near], images[near])
        return {"positions": positions, "neighbors": neighbors, "images": images}

    def _still_holds(self, fractions, cell):
        if self._fractions is None or fractions.shape != self._fractions.shape:
            return False
        change = fractions - self._fractions
        moved = np.linalg.norm((change - np.round(change)) @ self._cell, axis=1).max(initial=0)
        shrinking = np.linalg.svd(np.linalg.solve(self._cell, cell), compute_uv=False).min()
        return shrinking * (self._reach - 2 * moved) > self.cutoff

    def _search(self, positions, fractions, cell):
        boxes = np.floor(fractions)
        positions = positions - boxes @ cell
        reach = self.cutoff + self.skin
        if self.images:
            neighbors, images = neighbor_list(positions[np.newaxis], cell, reach, half=self.half, images=True)
        else:
            check_cutoff(cell.tolist(), self.cutoff, len(cell), name="cell")
            reach = max(self.cutoff, min(reach, heights(cell).min() / 2))
            neighbors = neighbor_list(positions[np.newaxis], cell, reach, half=self.half)
        i, slot = np.nonzero(neighbors[0] >= 0)
        j = neighbors[0, i, slot]
        # The image within R remains the one that is nearest now, as long as the list is complete.
        nearest = np.round((positions[i] - positions[j]) @ np.linalg.inv(cell))
        images = images[0, i, slot] if self.images else nearest
        self._pairs, self._reach, self._cell, self._fractions = (i, j, images), reach, cell, fractions - boxes
        self.searches += 1


def _checked(positions, cell):
    """Positions (N, d) and cell (d, d) as float64 arrays. Raises: ValueError naming the argument."""
    cell = real_array("cell", cell).astype(np.float64)
    if cell.shape not in ((1, 1), (2, 2), (3, 3)) or is_flat(cell):
        raise ValueError(
            "cell must be a matrix of d finite and linearly independent lattice vectors, d = 1, 2 or 3; "
            f"received {cell.tolist()}"
        )
    positions = real_array("positions", positions)
    if positions.ndim != 2 or positions.shape[1] != len(cell):
        raise ValueError(f"positions must have shape (points, {len(cell)}) in this cell; received {positions.shape}")
    return cloud_array(positions[np.newaxis])[0], cell


def _padded(num_points, i, j, images):
    """Pairs sorted by i as padded arrays: neighbors (N, K) and images (N, K, d), int32."""
    count = np.bincount(i, minlength=num_points)
    slot = np.arange(len(i)) - (np.cumsum(count) - count)[i]
    neighbors = np.full((num_points, count.max(initial=1)), -1, np.int32)
    neighbors[i, slot] = j
    shifts = np.zeros((*neighbors.shape, images.shape[1]), np.int32)
    shifts[i, slot] = images
    return neighbors, shifts
