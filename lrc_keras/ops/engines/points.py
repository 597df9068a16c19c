"""The engine in plain TensorFlow: spread points to a grid, real FFT, interpolate.

    spread       b(ℓ) = Σ_j f_j w(x_j − x_ℓ)          points → grid
    interpolate  u_j = Σ_ℓ w(x_j − x_ℓ) b(ℓ)          grid → points

in d dimensions with the product window. The two are adjoint and share one stencil. Clouds are processed one after the
other and points in blocks, so that memory does not grow with B · N · W^d.
"""

import math

import tensorflow as tf

from lrc_keras.ops.spectra import hermitian_plane

FFT = {1: tf.signal.rfft, 2: tf.signal.rfft2d, 3: tf.signal.rfft3d}
INVERSE_FFT = {1: tf.signal.irfft, 2: tf.signal.irfft2d, 3: tf.signal.irfft3d}
ENTRIES = 2**24  # largest N · W^d · C of one block
KEPT = 2**22  # stencils are stored for all transforms if B · N · W^d is at most this


class PointsEngine:
    """Transforms on a `Grid`."""

    def __init__(self, grid):
        self.grid = grid

    def set_points(self, fractions, dtype):
        """Points s (B, N, d) float64 in fractional coordinates, anywhere in ℝ^d; dtype of the results."""
        return GriddedPoints(self.grid, fractions, tf.as_dtype(dtype))

    def cost(self, num_points):
        """Microseconds for one cloud and one channel, both directions, on one core (fitted to measurements)."""
        return 0.012 * num_points * self.grid.window.width ** len(self.grid.size) + 0.009 * math.prod(self.grid.size)


class GriddedPoints:
    """The stencils of points: nodes and window values, stored for small batches and else computed for each block.

    Let ξ = G (s mod 1) be the coordinate in grid spacings, ℓ = ⌈ξ − W/2⌉ and z = ℓ − ξ ∈ [−W/2, 1 − W/2). Nodes
    ℓ, …, ℓ + W − 1 lie at z, …, z + W − 1 from the point. ξ is computed in float64, because on a large grid its
    fraction would lose digits in float32.
    """

    def __init__(self, grid, fractions, dtype):
        self.grid, self.dtype = grid, dtype
        self.entries = grid.window.width ** len(grid.size)  # W^d nodes of one point
        position = (fractions - tf.floor(fractions)) * tf.constant(grid.size, tf.float64)
        first = tf.math.ceil(position - grid.window.width / 2)
        self._places = tf.cast(first, tf.int32), tf.cast(first - position, dtype)  # ℓ and z, (B, N, d)
        points = fractions.shape[:2].num_elements()  # None where the graph does not know it
        self._kept = points is not None and points * self.entries <= KEPT
        if self._kept:
            self._places = self._stencil(*self._places)

    def type1(self, strengths):
        """Real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd): spread, FFT, deconvolve."""
        dim = len(self.grid.size)

        def one_cloud(cloud):
            spectrum = FFT[dim](self._spread(*cloud), fft_length=self.grid.size)
            return self.grid.crop(spectrum) * tf.cast(self.grid.deconvolution, spectrum.dtype)

        shape = (strengths.shape[-1], *self.grid.deconvolution.shape)
        dtype = tf.complex64 if self.dtype == tf.float32 else tf.complex128
        return _cloud_by_cloud(one_cloud, (*self._places, strengths), tf.TensorSpec(shape, dtype))

    def type2(self, modes):
        """Half spectrum (B, C, H1, …, Hd) → real field at the points (B, N, C): deconvolve, FFT, interpolate."""
        dim = len(self.grid.size)

        def one_cloud(cloud):
            *places, modes = cloud
            if dim > 1:  # FFT libraries differ in how they read a plane n_d = 0 that is not Hermitian
                modes = hermitian_plane(modes, self.grid.num_modes)
            spectrum = self.grid.pad(modes * tf.cast(self.grid.deconvolution, modes.dtype))
            # TensorFlow's inverse FFT divides by the number of nodes
            grid = INVERSE_FFT[dim](spectrum, fft_length=self.grid.size) * math.prod(self.grid.size)
            return self._interpolate(*places, grid)

        shape = (self._places[0].shape[1], modes.shape[1])
        return _cloud_by_cloud(one_cloud, (*self._places, modes), tf.TensorSpec(shape, self.dtype))

    def _stencil(self, first, offset):
        """Stencils of points (…, d): flat node indices (…, W^d) int32 and window values (…, W^d)."""
        nodes, weights = tf.zeros_like(first[..., :1]), tf.ones_like(offset[..., :1])
        steps = tf.range(self.grid.window.width)
        for axis, size in enumerate(self.grid.size):
            node = tf.math.floormod(first[..., axis, tf.newaxis] + steps, size)  # (…, W)
            values = self.grid.window.values(offset[..., axis, tf.newaxis] + tf.cast(steps, offset.dtype))
            nodes = _outer(nodes * size, node, tf.add)
            weights = _outer(weights, values, tf.multiply)
        return nodes, weights

    def _spread(self, *cloud):
        """Spreads one cloud: places and strengths (N, C) → (C, G1, …, Gd)."""
        channels, num_nodes = _size(cloud[-1], 1), math.prod(self.grid.size)

        def add(grid, block):
            *places, strengths = block
            nodes, weights = places if self._kept else self._stencil(*places)
            weighted = tf.reshape(weights[..., tf.newaxis] * strengths[:, tf.newaxis], [-1, channels])  # (n · W^d, C)
            return grid + tf.math.unsorted_segment_sum(weighted, tf.reshape(nodes, [-1]), num_nodes)

        grid = tf.zeros([num_nodes, channels], self.dtype)
        if self._at_once(cloud[-1].shape):
            grid = add(grid, cloud)
        else:
            grid = tf.foldl(add, self._blocks(cloud, cloud[-1].shape[1]), grid, parallel_iterations=1)
        return tf.reshape(tf.transpose(grid), [channels, *self.grid.size])

    def _interpolate(self, *cloud):
        """Interpolates at the points of one cloud: places and grid (C, G1, …, Gd) → (N, C)."""
        *places, grid = cloud
        channels = _size(grid, 0)
        flat = tf.transpose(tf.reshape(grid, [channels, -1]))  # (G, C)

        def read(block):
            nodes, weights = block if self._kept else self._stencil(*block)
            return tf.einsum("nw,nwc->nc", weights, tf.gather(flat, nodes))

        if self._at_once((places[0].shape[0], grid.shape[0])):
            return read(places)
        blocks = self._blocks(places, grid.shape[0])
        values = tf.map_fn(read, blocks, fn_output_signature=self.dtype, parallel_iterations=1)
        return tf.reshape(values, [-1, channels])[: tf.shape(places[0])[0]]

    def _block_size(self, channels):
        return max(1, ENTRIES // ((channels or 4) * self.entries))

    def _at_once(self, shape):
        """Whether values of shape (N, C) fit in one block."""
        return shape[0] is not None and shape[0] <= self._block_size(shape[1])

    def _blocks(self, arrays, channels):
        """Splits arrays (N, …) into blocks (⌈N/n⌉, n, …), one if N = 0. The last block is padded with zeros."""
        size, points = self._block_size(channels), arrays[0].shape[0]
        if points is None:
            points = tf.maximum(1, tf.shape(arrays[0])[0])  # `map_fn` needs a block
            size = tf.minimum(points, size)
        count = -(-points // size)
        blocks = []
        for array in arrays:
            padded = tf.pad(array, [[0, count * size - tf.shape(array)[0]]] + [[0, 0]] * (array.shape.rank - 1))
            rest = [_size(array, axis) for axis in range(1, array.shape.rank)]
            blocks.append(tf.reshape(padded, [count, size, *rest]))
        return tuple(blocks)


def _cloud_by_cloud(function, arrays, signature):
    """Applies a function to one cloud after the other, so that memory holds one grid at a time."""
    if arrays[0].shape[0] == 1:
        return function(tuple(array[0] for array in arrays))[tf.newaxis]
    clouds = tuple(map(_not_empty, arrays))
    return tf.map_fn(function, clouds, fn_output_signature=signature, parallel_iterations=1)[: _size(arrays[0], 0)]


def _not_empty(array):
    """Adds an entry of zeros if the first axis is empty: `map_fn` cannot stack no results of unknown shape."""
    if array.shape[0]:
        return array
    return tf.pad(array, [[0, tf.maximum(0, 1 - tf.shape(array)[0])]] + [[0, 0]] * (array.shape.rank - 1))


def _size(tensor, axis):
    """The length of an axis: an int if it is static, else a tensor."""
    return tf.shape(tensor)[axis] if tensor.shape[axis] is None else tensor.shape[axis]


def _outer(left, right, combine):
    """Combines all pairs of entries of the last axes: (…, A) and (…, W) → (…, A·W)."""
    table = combine(left[..., tf.newaxis], right[..., tf.newaxis, :])
    return tf.reshape(table, tf.concat([tf.shape(table)[:-2], [table.shape[-2] * table.shape[-1]]], axis=0))
