"""Spread and interpolate tile by tile: what `ops.gridding` does point by point, for large clouds.

The grid is cut into tiles of T₁×…×T_d nodes, and every point belongs to the tile of its first node. All that the points
of one tile touch lies within E = T + W − 1 nodes per dimension, and there the product window is a matrix product,

    b(e₁, …, e_d) = Σ_p [A₁(e₁, p) ⋯ A_{d−1}(e_{d−1}, p)] · [f_p A_d(p, e_d)],

of small dense factors A_k(e, p) = w(distance of node e from point p). The tiles overlap by W − 1 nodes and are added by
shifted dense sums, so nothing is scattered. One sort serves both directions and all channels.

Shapes are fixed beforehand, so that XLA can compile everything: each tile has room for P = `capacity` points, and N/P
spare groups of the same size take what is over. More are never needed, however uneven the cloud.
"""

import itertools
import math

import tensorflow as tf

from lrc_keras.ops.gridding import first_node

CAPACITIES = (8, 16, 24, 32, 48, 64, 96, 128, 192, 256)


class TileGeometry:
    """What is fixed before the points are known: tiles, capacity, and the compiled inner functions.

    Args:
        grid: `Grid`.
        num_points: N.
        tile_size, capacity: d node counts T that divide the grid's, and P; default the cheapest for a uniform cloud.
    """

    def __init__(self, grid, num_points, tile_size=None, capacity=None):
        self.grid, self.dim = grid, grid.dim
        self.cost, self.tile_size, self.capacity = _cheapest_tile(grid, num_points, tile_size, capacity)
        self.tiles = tuple(g // t for g, t in zip(grid.size, self.tile_size, strict=True))
        self.extent = tuple(t + grid.window.width - 1 for t in self.tile_size)
        self.num_tiles = math.prod(self.tiles)
        self.spare = max(1, num_points // self.capacity)
        compiled = {"jit_compile": True, "reduce_retracing": True, "autograph": False}
        self._compiled_windows = tf.function(self._windows, **compiled)
        self._compiled_slopes = tf.function(self._slopes, **compiled)
        self.add_overlaps = tf.function(self._add_overlaps, **compiled)
        self.take_overlaps = tf.function(self._take_overlaps, **compiled)

    def locate(self, points):
        """Tile of every point's first node, and how far node 0 of that tile lies from the point, in grid spacings.

        Both come from one rounding: computed twice, as compilers may, two results could disagree by a node.

        Args:
            points: (B, N, d) float.

        Returns: tile numbers over batch and grid (B, N) int32, shifts (B, N, d) with the points' derivative.
        """
        tile, shifts = tf.range(tf.shape(points)[0])[:, tf.newaxis], []
        for axis, size in enumerate(self.grid.size):
            first, z = first_node(points, self.grid, axis)
            node = tf.math.floormod(first, size)
            tile = tile * self.tiles[axis] + node // self.tile_size[axis]
            shifts.append(z - tf.cast(node % self.tile_size[axis], z.dtype))
        return tile, tf.stack(shifts, axis=-1)

    def windows(self, shifts):
        """Factors of every group: shifts (Q, P, d) → A₁⋯A_{d−1} (Q, E₁⋯E_{d−1}, P) and A_d (Q, E_d, P).

        The derivative evaluates the windows again, which is cheap: kept, the steps of Horner's rule would be ten times
        the size of the factors.
        """

        @tf.custom_gradient
        def factors(shifts):
            return self._compiled_windows(shifts), lambda *upstream: self._compiled_slopes(shifts, *upstream)

        return factors(shifts)

    def _slopes(self, shifts, outer_upstream, last_upstream):
        with tf.GradientTape() as tape:
            tape.watch(shifts)
            factors = self._windows(shifts)
        return tape.gradient(factors, shifts, output_gradients=[outer_upstream, last_upstream])

    def _windows(self, shifts):
        outer = tf.ones_like(shifts[:, tf.newaxis, :, 0])
        for axis in range(self.dim):
            nodes = tf.range(self.extent[axis], dtype=shifts.dtype)[:, tf.newaxis]
            factor = self.grid.window.values(nodes + shifts[:, tf.newaxis, :, axis])  # (Q, E, P)
            if axis < self.dim - 1:
                table = outer[:, :, tf.newaxis] * factor[:, tf.newaxis]
                outer = tf.reshape(table, [-1, table.shape[1] * table.shape[2], self.capacity])
        return outer, factor

    def _add_overlaps(self, values):
        """Tiles with their overlaps → grid: (B·tiles, E₁⋯E_{d−1}, C, E_d) → (B, C, G1, …, Gd)."""
        channels = values.shape[2]
        values = tf.reshape(values, [-1, *self.tiles, *self.extent[:-1], channels, self.extent[-1]])
        values = tf.transpose(values, [0, 2 * self.dim, *range(1, 2 * self.dim), 2 * self.dim + 1])
        for axis in range(self.dim):
            along, shifts = 2 + self.dim + axis, -(-self.extent[axis] // self.tile_size[axis])
            missing = [[0, 0]] * (2 + 2 * self.dim)
            missing[along] = [0, shifts * self.tile_size[axis] - self.extent[axis]]
            parts = tf.split(tf.pad(values, missing), shifts, axis=along)
            values = tf.add_n([tf.roll(part, shift, axis=2 + axis) for shift, part in enumerate(parts)])
        order = [axis for k in range(self.dim) for axis in (2 + k, 2 + self.dim + k)]
        return tf.reshape(tf.transpose(values, [0, 1, *order]), [-1, channels, *self.grid.size])

    def _take_overlaps(self, grid):
        """Grid → tiles with their overlaps, the adjoint: (B, C, G1, …, Gd) → (B·tiles, C·E₁⋯E_{d−1}, E_d)."""
        channels = grid.shape[1]
        cut = [size for pair in zip(self.tiles, self.tile_size, strict=True) for size in pair]
        values = tf.reshape(grid, [-1, channels, *cut])
        even, odd = [2 + 2 * k for k in range(self.dim)], [3 + 2 * k for k in range(self.dim)]
        values = tf.transpose(values, [0, *even, 1, *odd])
        for axis in range(self.dim):
            along, shifts = 2 + self.dim + axis, -(-self.extent[axis] // self.tile_size[axis])
            rolled = tf.concat([tf.roll(values, -shift, axis=1 + axis) for shift in range(shifts)], axis=along)
            index = [slice(None)] * (2 + 2 * self.dim)
            index[along] = slice(0, self.extent[axis])
            values = rolled[tuple(index)]
        return tf.reshape(values, [-1, channels * math.prod(self.extent[:-1]), self.extent[-1]])


def _cheapest_tile(grid, num_points, tile_size=None, capacity=None):
    """Cost, tile and capacity of least cost, among tiles that divide the grid and capacities that vector units like."""
    sizes = [[t for t in range(4, 65) if size % t == 0] or [size] for size in grid.size]
    tiles = [tile_size] if tile_size else itertools.product(*sizes)
    return min(
        (_tile_cost(grid, num_points, t, p), t, p) for t in tiles for p in ([capacity] if capacity else CAPACITIES)
    )


def _tile_cost(grid, num_points, tile_size, capacity):
    """Numbers moved: five passes over the factors, eight over the tiles, three over the spare groups (measured)."""
    extent = [t + grid.window.width - 1 for t in tile_size]
    num_tiles = math.prod(g // t for g, t in zip(grid.size, tile_size, strict=True))
    spare = max(1, num_points // capacity)
    slots = (num_tiles + spare) * capacity
    return slots * (5 * math.prod(extent[:-1]) + 4 * extent[-1]) + (8 * num_tiles + 3 * spare) * math.prod(extent)


def point_cost(grid, num_points):
    """Numbers moved by `ops.gridding`, in the same units (measured)."""
    return 30 * num_points * grid.window.width**grid.dim
