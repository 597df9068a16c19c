"""Spread and interpolate tile by tile: what `ops.gridding` does point by point, for large clouds.

The grid is cut into tiles of T₁×…×T_d nodes, and every point belongs to the tile of its first node. All that the points of
one tile touch lies within E = T + W − 1 nodes per dimension, and there the product window is a matrix product,

    b(e₁, …, e_d) = Σ_p [A₁(e₁, p) ⋯ A_{d−1}(e_{d−1}, p)] · [f_p A_d(p, e_d)],

of small dense factors A_k(e, p) = w(distance of node e from point p). The tiles overlap by W − 1 nodes and are added by
shifted dense sums, so nothing is scattered. One sort serves both directions and all channels.

Shapes are fixed beforehand, so that XLA can compile everything: each tile has room for `capacity` points, and some
spare groups of the same size take what is over. A cloud too uneven for that goes the way of `ops.gridding`.
"""

import itertools
import math

import tensorflow as tf

from lrc_keras.ops.gridding import first_node, make_point_stencil

SPARE = 8  # one spare group for so many tiles


class TileGeometry:
    """What is fixed before the points are known: tiles, capacity, and the compiled inner functions.

    Args:
        grid: `Grid`.
        num_points: N, for the capacity: mean plus one and a half deviations of a uniform cloud, in steps of 8.
        tile_size: d node counts T that divide the grid's; default the cheapest.
    """

    def __init__(self, grid, num_points, tile_size=None):
        self.grid, self.dim = grid, grid.dim
        self.tile_size = tile_size or _cheapest_tile(grid, num_points)
        self.tiles = tuple(g // t for g, t in zip(grid.size, self.tile_size, strict=True))
        self.extent = tuple(t + grid.window.width - 1 for t in self.tile_size)
        self.num_tiles = math.prod(self.tiles)
        self.capacity = _capacity(num_points / self.num_tiles)
        self.spare = max(1, self.num_tiles // SPARE)
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


class TileStencil:
    """The points of one call sorted into the tiles of a `TileGeometry`, and their window factors."""

    def __init__(self, points, geometry):
        self.geometry, self.points, self.grid = geometry, points, geometry.grid
        tile, shifts = geometry.locate(points)
        self._sort(tile)
        slots = self._to_groups(shifts)
        self.own = geometry.windows(slots[: self.num_tiles])
        self.spare = geometry.windows(slots[self.num_tiles :])

    def _sort(self, tile):
        """Gives every point a slot: group · capacity + place, groups being the tiles and then the spare ones."""
        geometry, batch = self.geometry, tf.shape(tile)[0]
        tile = tf.reshape(tile, [-1])
        num_points, num_tiles, num_spare = tf.size(tile), batch * geometry.num_tiles, batch * geometry.spare
        order = tf.argsort(tile)
        tile = tf.gather(tile, order)
        bounds = tf.searchsorted(tile, tf.range(num_tiles + 1))
        count = bounds[1:] - bounds[:-1]
        over = tf.maximum(0, (count - 1) // geometry.capacity)  # spare groups that each tile needs
        last_spare = tf.cumsum(over)
        self.fits = last_spare[-1] <= num_spare
        self.tile_of_spare = tf.minimum(tf.searchsorted(last_spare, tf.range(num_spare), side="right"), num_tiles - 1)

        place = tf.range(num_points) - tf.gather(bounds, tile)
        level = place // geometry.capacity
        group = tf.where(level == 0, tile, num_tiles + tf.gather(last_spare - over, tile) + level - 1)
        group = tf.minimum(group, num_tiles + num_spare - 1)  # wrong when it does not fit, and then not used
        slot = group * geometry.capacity + place % geometry.capacity
        self.num_tiles = num_tiles
        num_slots = (num_tiles + num_spare) * geometry.capacity
        self.slot_of_point = tf.scatter_nd(order[:, tf.newaxis], slot, [num_points])
        # number of the point in each slot, from 1; 0 is an empty slot
        self.point_of_slot = tf.scatter_nd(slot[:, tf.newaxis], order + 1, [num_slots])

    def _to_slots(self, values):
        """(B·N, K) → (slots, K), zero where a slot is empty."""

        @tf.custom_gradient
        def place(values):
            point = self.point_of_slot[:, tf.newaxis]
            placed = tf.gather(values, tf.maximum(self.point_of_slot - 1, 0))
            return tf.where(point > 0, placed, tf.zeros_like(placed)), self._to_points

        return place(values)

    def _to_points(self, values):
        """(slots, K) → (B·N, K), the adjoint."""

        @tf.custom_gradient
        def take(values):
            return tf.gather(values, self.slot_of_point), self._to_slots

        return take(values)

    def spread(self, strengths):
        """Points to grid: strengths (B, N, C) real → (B, C, G1, …, Gd)."""
        return tf.cond(self.fits, lambda: self._spread(strengths), lambda: self._by_point().spread(strengths))

    def interpolate(self, grid):
        """Grid to points: (B, C, G1, …, Gd) → (B, N, C) real."""
        return tf.cond(self.fits, lambda: self._interpolate(grid), lambda: self._by_point().interpolate(grid))

    def _by_point(self):
        return make_point_stencil(self.points, self.grid)

    def _to_groups(self, values):
        """(B, N, K) → (groups, capacity, K), zero where a slot is empty."""
        return tf.reshape(
            self._to_slots(tf.reshape(values, [-1, values.shape[-1]])), [-1, self.geometry.capacity, values.shape[-1]]
        )

    def _spread(self, strengths):
        channels = strengths.shape[-1]
        groups = tf.transpose(self._to_groups(strengths), [0, 2, 1])[:, :, tf.newaxis]  # (Q, C, 1, P)

        def matrix_product(groups, outer, last):
            right = tf.reshape(groups * last[:, tf.newaxis], [-1, channels * last.shape[1], last.shape[2]])
            return tf.matmul(outer, right, transpose_b=True)  # (Q, E₁⋯E_{d−1}, C·E_d)

        tiles = matrix_product(groups[: self.num_tiles], *self.own)
        spare = matrix_product(groups[self.num_tiles :], *self.spare)
        tiles = tf.tensor_scatter_nd_add(tiles, self.tile_of_spare[:, tf.newaxis], spare)
        return self.geometry.add_overlaps(tf.reshape(tiles, [-1, tiles.shape[1], channels, self.own[1].shape[1]]))

    def _interpolate(self, grid):
        channels = grid.shape[1]

        def matrix_product(tiles, outer, last):
            values = tf.reshape(tf.matmul(tiles, last), [-1, channels, outer.shape[1], outer.shape[2]])
            return tf.reduce_sum(values * outer[:, tf.newaxis], axis=2)  # (Q, C, P)

        tiles = self.geometry.take_overlaps(grid)
        own = matrix_product(tiles, *self.own)
        spare = matrix_product(tf.gather(tiles, self.tile_of_spare), *self.spare)
        values = tf.transpose(tf.concat([own, spare], axis=0), [0, 2, 1])
        values = self._to_points(tf.reshape(values, [-1, channels]))
        return tf.reshape(values, [tf.shape(grid)[0], -1, channels])


def _capacity(mean):
    """Room for the points of a tile: mean plus one and a half deviations, in steps of 8 for the vector units."""
    return 8 * math.ceil((mean + 1.5 * math.sqrt(mean) + 0.5) / 8)


def _cheapest_tile(grid, num_points):
    """The tile of least cost among those that divide the grid."""
    sizes = [[t for t in range(4, 65) if size % t == 0] or [size] for size in grid.size]
    return min(itertools.product(*sizes), key=lambda tile: tile_cost(grid, num_points, tile))


def tile_cost(grid, num_points, tile_size):
    """Numbers moved: some five passes over the factors and eight over the tiles with their overlaps (measured)."""
    extent = [t + grid.window.width - 1 for t in tile_size]
    num_tiles = math.prod(g // t for g, t in zip(grid.size, tile_size, strict=True))
    slots = num_tiles * (1 + 1 / SPARE) * _capacity(num_points / num_tiles)
    return slots * (5 * math.prod(extent[:-1]) + 4 * extent[-1]) + 8 * num_tiles * math.prod(extent)


def point_cost(grid, num_points):
    """Numbers moved by `ops.gridding`, in the same units (measured)."""
    return 30 * num_points * grid.window.width**grid.dim
