"""The engine in plain TensorFlow: spread points to a grid, real FFT, interpolate.

    spread       b(ℓ) = Σ_j f_j w(x_j − x_ℓ)          points → grid
    interpolate  u_j = Σ_ℓ w(x_j − x_ℓ) b(ℓ)          grid → points

in d dimensions with the product window. The two are adjoint and share one stencil. Small clouds are transformed
together. Large ones are transformed one after the other and their points in blocks, so that memory does not grow with
B · N · W^d, except in a graph that does not know B: it stores the stencils of every batch if those of 16 clouds fit.
"""

import math

import keras
import tensorflow as tf

from lrc_keras.ops.spectra import hermitian_plane

FFT = {1: tf.signal.rfft, 2: tf.signal.rfft2d, 3: tf.signal.rfft3d}
INVERSE_FFT = {1: tf.signal.irfft, 2: tf.signal.irfft2d, 3: tf.signal.irfft3d}
ENTRIES = 2**24  # largest N · W^d · C of one block
SMALL = 2**13  # clouds are transformed together if C · max(G, N · W^d) is at most this, with G nodes of a grid
KEPT = 2**22  # stencils are stored for all transforms if B · N · W^d is at most this
ASSUMED_BATCH = 16  # B in KEPT where a graph does not know it, as in training


class PointsEngine:
    """Transforms on a `Grid`."""

    def __init__(self, grid):
        self.grid = grid

    def set_points(self, fractions, dtype):
        """Points s (B, N, d) float64 in fractional coordinates, anywhere in ℝ^d; dtype of the results."""
        return GriddedPoints(self.grid, fractions, tf.as_dtype(dtype))

    def cost(self, num_points):
        """Microseconds for one cloud on one core: the geometric mean of a forward pass and a training step (fitted)."""
        return 0.016 * num_points * self.grid.window.width ** len(self.grid.size) + 0.030 * math.prod(self.grid.size)


class GriddedPoints:
    """The stencils of points: nodes and window values, stored for small batches and else computed for each block.

    Let ξ = G (s mod 1) be the coordinate in grid spacings, ℓ = ⌈ξ − W/2⌉ and z = ℓ − ξ ∈ [−W/2, 1 − W/2). Nodes
    ℓ, …, ℓ + W − 1 lie at z, …, z + W − 1 from the point. ξ is computed in float64, because on a large grid its
    fraction would lose digits in float32.
    """

    def __init__(self, grid, fractions, dtype):
        self.grid, self.dtype = grid, dtype
        self.num_nodes = math.prod(grid.size)
        self.entries = grid.window.width ** len(grid.size)  # W^d nodes of one point
        position = (fractions - tf.floor(fractions)) * tf.constant(grid.size, tf.float64)
        first = tf.math.ceil(position - grid.window.width / 2)
        self._places = tf.cast(first, tf.int32), tf.cast(first - position, dtype)  # ℓ and z, (B, N, d)
        batch, count = fractions.shape[:2]
        batch = ASSUMED_BATCH if batch is None else batch
        self._kept = count is not None and batch * count * self.entries <= KEPT
        if self._kept:
            self._places = self._stencil(*self._places)

    def type1(self, strengths):
        """Real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd): spread, FFT, deconvolve."""
        dim = len(self.grid.size)

        def transform(clouds):
            spectrum = FFT[dim](self._spread(*clouds), fft_length=self.grid.size)
            return self.grid.crop(spectrum) * tf.cast(self.grid.deconvolution, spectrum.dtype)

        shape = (strengths.shape[-1], *self.grid.deconvolution.shape)
        dtype = tf.complex64 if self.dtype == tf.float32 else tf.complex128
        return self._clouds(transform, (*self._places, strengths), strengths.shape[-1], tf.TensorSpec(shape, dtype))

    def type2(self, modes):
        """Half spectrum (B, C, H1, …, Hd) → real field at the points (B, N, C): deconvolve, FFT, interpolate."""
        dim = len(self.grid.size)

        def transform(clouds):
            *places, modes = clouds
            if dim > 1:  # FFT libraries differ in how they read a plane n_d = 0 that is not Hermitian
                modes = hermitian_plane(modes, self.grid.num_modes)
            spectrum = self.grid.pad(modes * tf.cast(self.grid.deconvolution, modes.dtype))
            # TensorFlow's inverse FFT divides by the number of nodes
            grid = INVERSE_FFT[dim](spectrum, fft_length=self.grid.size) * self.num_nodes
            return self._interpolate(*places, grid)

        shape = (self._places[0].shape[1], modes.shape[1])
        return self._clouds(transform, (*self._places, modes), modes.shape[1], tf.TensorSpec(shape, self.dtype))

    def _clouds(self, transform, arrays, channels, signature):
        """Applies a function of batches to small clouds together and to large ones one after the other."""
        batch, count = arrays[0].shape[:2]
        known = count is not None and channels is not None
        small = known and channels * max(self.num_nodes, count * self.entries) <= SMALL
        if small or batch == 1:
            return transform(arrays)

        def one_cloud(cloud):
            return transform([array[tf.newaxis] for array in cloud])[0]

        clouds = tuple(map(_not_empty, arrays))
        results = tf.map_fn(one_cloud, clouds, fn_output_signature=signature, parallel_iterations=1)
        return results[: keras.ops.shape(arrays[0])[0]]

    def _stencil(self, first, offset):
        """Stencils of points (…, d): flat node indices (…, W^d) int32 and window values (…, W^d)."""
        nodes, weights = tf.zeros_like(first[..., :1]), tf.ones_like(offset[..., :1])
        steps = tf.range(self.grid.window.width)
        for axis, size in enumerate(self.grid.size):
            node = tf.math.floormod(first[..., axis, tf.newaxis] + steps, size)  # (…, W)
            values = self.grid.window.values(offset[..., axis, tf.newaxis] + tf.cast(steps, offset.dtype))
            nodes = _outer(nodes * size, node, tf.add)
            # XLA does not fuse through a matrix product, so it evaluates the window by point, not by node
            values = tf.matmul(values, tf.eye(self.grid.window.width, dtype=values.dtype))
            weights = _outer(weights, values, tf.multiply)
        return nodes, weights

    def _spread(self, *clouds):
        """Spreads: places and strengths (B, N, C) → (B, C, G1, …, Gd)."""
        batch, _, channels = keras.ops.shape(clouds[-1])

        def add(grid, block):
            *places, strengths = block
            nodes, weights = places if self._kept else self._stencil(*places)
            weighted = tf.reshape(weights[..., tf.newaxis] * strengths[:, :, tf.newaxis], [-1, channels])
            nodes = tf.reshape(self._of_all(nodes), [-1])
            return grid + tf.math.unsorted_segment_sum(weighted, nodes, batch * self.num_nodes)

        grid = tf.zeros([batch * self.num_nodes, channels], self.dtype)
        if self._at_once(*clouds[-1].shape[1:]):
            grid = add(grid, clouds)
        else:
            grid = tf.foldl(add, self._blocks(clouds, clouds[-1].shape[2]), grid, parallel_iterations=1)
        grid = tf.transpose(tf.reshape(grid, [batch, self.num_nodes, channels]), [0, 2, 1])
        return tf.reshape(grid, [batch, channels, *self.grid.size])

    def _of_all(self, nodes):
        """Nodes of one grid (B, …) → nodes of the B grids one after the other."""
        if nodes.shape[0] == 1:
            return nodes
        first = self.num_nodes * tf.range(keras.ops.shape(nodes)[0])
        return nodes + first[:, tf.newaxis, tf.newaxis]

    def _interpolate(self, *clouds):
        """Interpolates: places and grid (B, C, G1, …, Gd) → (B, N, C)."""
        *places, grid = clouds
        batch, channels, *_ = keras.ops.shape(grid)
        flat = tf.transpose(tf.reshape(grid, [batch, channels, self.num_nodes]), [0, 2, 1])
        flat = tf.reshape(flat, [-1, channels])  # (B · G, C)

        def read(block):
            nodes, weights = block if self._kept else self._stencil(*block)
            return tf.einsum("bnw,bnwc->bnc", weights, tf.gather(flat, self._of_all(nodes)))

        if self._at_once(places[0].shape[1], grid.shape[1]):
            return read(places)
        blocks = self._blocks(places, grid.shape[1])
        values = tf.map_fn(read, blocks, fn_output_signature=self.dtype, parallel_iterations=1)
        return tf.reshape(values, [1, -1, channels])[:, : tf.shape(places[0])[1]]

    def _block_size(self, channels):
        return max(1, ENTRIES // ((channels or 4) * self.entries))

    def _at_once(self, count, channels):
        """Whether the points of a cloud fit in one block."""
        return count is not None and count <= self._block_size(channels)

    def _blocks(self, arrays, channels):
        """Splits one cloud (1, N, …) into blocks (⌈N/n⌉, 1, n, …), one if N = 0. The last is padded with zeros."""
        size, points = self._block_size(channels), arrays[0].shape[1]
        if points is None:
            points = tf.maximum(1, tf.shape(arrays[0])[1])  # `map_fn` needs a block
            size = tf.minimum(points, size)
        count = -(-points // size)
        blocks = []
        for array in arrays:
            added = [[0, 0], [0, count * size - tf.shape(array)[1]]] + [[0, 0]] * (array.shape.rank - 2)
            blocks.append(tf.reshape(tf.pad(array, added), [count, 1, size, *keras.ops.shape(array)[2:]]))
        return tuple(blocks)


def _not_empty(array):
    """Adds an entry of zeros if the first axis is empty: `map_fn` cannot stack no results of unknown shape."""
    if array.shape[0]:
        return array
    return tf.pad(array, [[0, tf.maximum(0, 1 - tf.shape(array)[0])]] + [[0, 0]] * (array.shape.rank - 1))


def _outer(left, right, combine):
    """Combines all pairs of entries of the last axes: (…, A) and (…, W) → (…, A·W)."""
    table = combine(left[..., tf.newaxis], right[..., tf.newaxis, :])
    return tf.reshape(table, tf.concat([tf.shape(table)[:-2], [table.shape[-2] * table.shape[-1]]], axis=0))
