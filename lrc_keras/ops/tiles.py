"""Spread and interpolate tile by tile: what `ops.gridding` does point by point, for large clouds.

The grid is cut into tiles of T₁×…×T_d nodes, and every point belongs to the tile of its first node. All that the points of
one tile touch lies within E = T + W − 1 nodes per dimension, and there the product window is a matrix product,

    b(e₁, …, e_d) = Σ_p [A₁(e₁, p) ⋯ A_{d−1}(e_{d−1}, p)] · [f_p A_d(p, e_d)],

of small dense factors A_k(e, p) = w(distance of node e from point p). The tiles overlap by W − 1 nodes and are added by
shifted dense sums, so nothing is scattered. One sort serves both directions and all channels.

Shapes are fixed beforehand, so that XLA can compile everything: each tile has room for P = `capacity` points, and N/P spare
groups of the same size take what is over. More are never needed, however uneven the cloud.
"""

import itertools
import math

import tensorflow as tf

from lrc_keras.ops.gridding import first_node

KEPT = 2**25  # factors of up to so many numbers are kept; beyond, they are made again where they are needed
BLOCK = 2**23  # and then so many at a time
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


class TileStencil:
    """The points of one call sorted into the tiles of a `TileGeometry`, and their window factors."""

    def __init__(self, points, geometry):
        self.geometry, self.points, self.grid = geometry, points, geometry.grid
        tile, shifts = geometry.locate(points)
        self._sort(tile)
        shifts = self._to_groups(shifts)
        self._own = self._make_part(shifts[: self.num_tiles], geometry.num_tiles)
        self._spare = self._make_part(shifts[self.num_tiles :], geometry.spare)

    def _make_part(self, shifts, groups):
        """How to apply a product to the factors of some groups: (product, values) → product(values, outer, last)."""
        windows, groups = self.geometry.windows, groups * (self.points.shape[0] or 1)
        size = math.prod(self.geometry.extent[:-1]) * self.geometry.capacity  # numbers in the factor of one group
        if groups * size <= KEPT:
            factors = windows(shifts)
            return lambda product, values: product(values, *factors)
        step = max(1, BLOCK // size)
        blocks = [slice(start, start + step) for start in range(0, groups, step)]
        return lambda product, values: _in_blocks(
            lambda shifts, values: product(values, *windows(shifts)), (shifts, values), blocks
        )

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
        self.tile_of_spare = tf.minimum(tf.searchsorted(last_spare, tf.range(num_spare), side="right"), num_tiles - 1)

        place = tf.range(num_points) - tf.gather(bounds, tile)
        level = place // geometry.capacity
        group = tf.where(level == 0, tile, num_tiles + tf.gather(last_spare - over, tile) + level - 1)
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

    def _to_groups(self, values):
        """(B, N, K) → (groups, capacity, K), zero where a slot is empty."""
        return tf.reshape(
            self._to_slots(tf.reshape(values, [-1, values.shape[-1]])), [-1, self.geometry.capacity, values.shape[-1]]
        )

    def spread(self, strengths):
        """Points to grid: strengths (B, N, C) real → (B, C, G1, …, Gd)."""
        channels = strengths.shape[-1]
        groups = tf.transpose(self._to_groups(strengths), [0, 2, 1])[:, :, tf.newaxis]  # (Q, C, 1, P)

        def product(groups, outer, last):
            right = tf.reshape(groups * last[:, tf.newaxis], [-1, channels * last.shape[1], last.shape[2]])
            return tf.matmul(outer, right, transpose_b=True)  # (Q, E₁⋯E_{d−1}, C·E_d)

        tiles = self._own(product, groups[: self.num_tiles])
        spare = self._spare(product, groups[self.num_tiles :])
        tiles = tf.tensor_scatter_nd_add(tiles, self.tile_of_spare[:, tf.newaxis], spare)
        last = self.geometry.extent[-1]
        return self.geometry.add_overlaps(tf.reshape(tiles, [-1, tiles.shape[1], channels, last]))

    def interpolate(self, grid):
        """Grid to points: (B, C, G1, …, Gd) → (B, N, C) real."""
        channels = grid.shape[1]
        tiles = self.geometry.take_overlaps(grid)

        def product(tiles, outer, last):
            values = tf.reshape(tf.matmul(tiles, last), [-1, channels, outer.shape[1], outer.shape[2]])
            return tf.reduce_sum(values * outer[:, tf.newaxis], axis=2)  # (Q, C, P)

        values = [self._own(product, tiles), self._spare(product, tf.gather(tiles, self.tile_of_spare))]
        values = tf.transpose(tf.concat(values, axis=0), [0, 2, 1])
        values = self._to_points(tf.reshape(values, [-1, channels]))
        return tf.reshape(values, [tf.shape(grid)[0], -1, channels])


def _in_blocks(function, inputs, blocks):
    """function(*inputs) by blocks of rows, one after the other, keeping nothing but the inputs for the derivative.

    The derivative runs the function again, block by block, and can be differentiated again (`tf.recompute_grad` cannot).

    Args:
        function: tensors of equally many rows → one tensor of as many.
        inputs: tuple of such tensors.
        blocks: slices of the rows.
    """

    def one_after_the_other(work):
        results = []
        for block in blocks:
            with tf.control_dependencies(results[-1] if results else []):
                results.append(work(block))
        return [tf.concat(parts, axis=0) if len(parts) > 1 else parts[0] for parts in zip(*results, strict=True)]

    @tf.custom_gradient
    def run(*inputs):
        def gradient(upstream):
            def derivative(block):
                with tf.GradientTape() as tape:
                    again = [tf.identity(values[block]) for values in inputs]
                    tape.watch(again)
                    result = function(*again)
                return tape.gradient(result, again, output_gradients=upstream[block])

            return one_after_the_other(derivative)

        (result,) = one_after_the_other(lambda block: [function(*(values[block] for values in inputs))])
        return result, gradient

    return run(*inputs)


def _cheapest_tile(grid, num_points, tile_size=None, capacity=None):
    """Cost, tile and capacity of least cost, among tiles that divide the grid and capacities that vector units like."""
    sizes = [[t for t in range(4, 65) if size % t == 0] or [size] for size in grid.size]
    tiles = [tile_size] if tile_size else itertools.product(*sizes)
    return min(
        (_tile_cost(grid, num_points, t, p), t, p) for t in tiles for p in ([capacity] if capacity else CAPACITIES)
    )


def _tile_cost(grid, num_points, tile_size, capacity):
    """Numbers moved: some five passes over the factors, eight over the tiles and three over the spare groups (measured)."""
    extent = [t + grid.window.width - 1 for t in tile_size]
    num_tiles = math.prod(g // t for g, t in zip(grid.size, tile_size, strict=True))
    spare = max(1, num_points // capacity)
    slots = (num_tiles + spare) * capacity
    return slots * (5 * math.prod(extent[:-1]) + 4 * extent[-1]) + (8 * num_tiles + 3 * spare) * math.prod(extent)


def point_cost(grid, num_points):
    """Numbers moved by `ops.gridding`, in the same units (measured)."""
    return 30 * num_points * grid.window.width**grid.dim
