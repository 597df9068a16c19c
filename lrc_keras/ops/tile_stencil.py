"""The points of one call sorted into tiles: spread and interpolate by small matrix products (see `ops.tiles`)."""

import math

import tensorflow as tf

KEPT = 2**25  # factors of up to so many numbers are kept; beyond, they are made again where they are needed
BLOCK = 2**23  # and then so many at a time


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
        *starts, last = range(0, groups, step)
        # the last block is open: where the size of the batch is not known yet, it takes what the others leave
        blocks = [*(slice(start, start + step) for start in starts), slice(last, None)]
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

    The derivative runs the function again, block by block, and can be differentiated again (`tf.recompute_grad`
    cannot).

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
