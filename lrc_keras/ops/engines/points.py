"""Point by point on a grid: spread, real FFT, interpolate, in plain TensorFlow.

    spread       b(ℓ) = Σ_j f_j w(x_j − x_ℓ)          points → grid
    interpolate  u_j = Σ_ℓ w(x_j − x_ℓ) b(ℓ)          grid → points

in d dimensions with the product window. The two are adjoint: they share one stencil. Clouds are taken one after the
other and points in blocks, so that memory does not grow with B · N · W^d.
"""

import math

import tensorflow as tf

FFT = {1: tf.signal.rfft, 2: tf.signal.rfft2d, 3: tf.signal.rfft3d}
INVERSE_FFT = {1: tf.signal.irfft, 2: tf.signal.irfft2d, 3: tf.signal.irfft3d}
ENTRIES = 2**24  # numbers of a stencil at a time, N · W^d · C


class PointsEngine:
    """Transforms on a `Grid`, point by point.

    Args:
        grid: `Grid`.
    """

    def __init__(self, grid):
        self.grid = grid

    def set_points(self, fractions, dtype):
        """Points s (B, N, d) float64 in units of the cell's vectors, anywhere in ℝ^d; dtype of the results."""
        return GriddedPoints(self.grid, fractions, tf.as_dtype(dtype))

    def cost(self, num_points):
        """Microseconds for a cloud of so many points, one channel and both directions, on one core (measured)."""
        return 0.012 * num_points * self.grid.window.width ** len(self.grid.size) + 0.02 * math.prod(self.grid.size)


class GriddedPoints:
    """Where each point touches the grid.

    With ξ = G (s mod 1) the coordinate in grid spacings, ℓ = ⌈ξ − W/2⌉ and z = ℓ − ξ ∈ [−W/2, 1 − W/2): nodes ℓ, …,
    ℓ + W − 1 lie at z, …, z + W − 1 from the point. ξ is computed in float64: its integer part takes digits that float32
    does not have on a large grid.

    Attributes:
        first: ℓ (B, N, d) int32, not yet wrapped into the grid.
        offset: z (B, N, d) of the results' dtype.
    """

    def __init__(self, grid, fractions, dtype):
        self.grid, self.dtype = grid, dtype
        position = (fractions - tf.floor(fractions)) * tf.constant(grid.size, tf.float64)
        first = tf.math.ceil(position - grid.window.width / 2)
        self.first, self.offset = tf.cast(first, tf.int32), tf.cast(first - position, dtype)

    def type1(self, strengths):
        """Real strengths (B, N, C) → half spectrum, complex (B, C, H1, …, Hd): spread, FFT, deconvolve."""
        channels, dim = strengths.shape[-1], len(self.grid.size)

        def one_cloud(cloud):
            spectrum = FFT[dim](self._spread(*cloud), fft_length=self.grid.size)
            return self.grid.crop(spectrum) * tf.cast(self.grid.deconvolution, spectrum.dtype)

        shape = (channels, *self.grid.deconvolution.shape)
        return _cloud_by_cloud(one_cloud, (self.first, self.offset, strengths), shape, self._complex)

    def type2(self, modes):
        """Half spectrum, complex (B, C, H1, …, Hd) → real field at the points (B, N, C): deconvolve, FFT, interpolate."""
        channels, dim = modes.shape[1], len(self.grid.size)

        def one_cloud(cloud):
            first, offset, modes = cloud
            spectrum = self.grid.pad(modes * tf.cast(self.grid.deconvolution, modes.dtype))
            # TensorFlow's inverse divides by the number of nodes
            grid = INVERSE_FFT[dim](spectrum, fft_length=self.grid.size) * math.prod(self.grid.size)
            return self._interpolate(first, offset, grid)

        shape = (self.first.shape[1], channels)
        return _cloud_by_cloud(one_cloud, (self.first, self.offset, modes), shape, self.dtype)

    @property
    def _complex(self):
        return tf.complex64 if self.dtype == tf.float32 else tf.complex128

    def _stencil(self, first, offset):
        """Nodes and window values of some points (n, d): flat nodes (n, W^d) int32, weights (n, W^d)."""
        nodes, weights = tf.zeros_like(first[:, :1]), tf.ones_like(offset[:, :1])
        steps = tf.range(self.grid.window.width)
        for axis, size in enumerate(self.grid.size):
            node = tf.math.floormod(first[:, axis, tf.newaxis] + steps, size)  # (n, W)
            values = self.grid.window.values(offset[:, axis, tf.newaxis] + tf.cast(steps, offset.dtype))
            nodes = _outer(nodes * size, node, tf.add)
            weights = _outer(weights, values, tf.multiply)
        return nodes, weights

    def _spread(self, first, offset, strengths):
        """One cloud onto the grid: strengths (N, C) → (C, G1, …, Gd)."""
        channels, num_nodes = _size(strengths, 1), math.prod(self.grid.size)

        def add(grid, block):
            nodes, weights = self._stencil(*block[:2])
            weighted = weights[..., tf.newaxis] * block[2][:, tf.newaxis]  # (n, W^d, C)
            weighted, nodes = tf.reshape(weighted, [-1, channels]), tf.reshape(nodes, [-1])
            part = tf.math.unsorted_segment_sum(weighted, nodes, num_nodes)
            return part if grid is None else grid + part

        arrays = (first, offset, strengths)
        size = self._block_size(strengths.shape[1])
        if first.shape[0] is not None and first.shape[0] <= size:
            grid = add(None, arrays)
        else:
            zero = tf.zeros([num_nodes, channels], strengths.dtype)
            grid = tf.foldl(add, _in_blocks(arrays, size), zero, parallel_iterations=1)
        return tf.reshape(tf.transpose(grid), [channels, *self.grid.size])

    def _interpolate(self, first, offset, grid):
        """The grid at the points of one cloud, the adjoint: (C, G1, …, Gd) → (N, C)."""
        channels = _size(grid, 0)
        flat = tf.transpose(tf.reshape(grid, [channels, -1]))  # (G, C)

        def read(block):
            nodes, weights = self._stencil(*block)
            return tf.einsum("nw,nwc->nc", weights, tf.gather(flat, nodes))

        size = self._block_size(grid.shape[0])
        if first.shape[0] is not None and first.shape[0] <= size:
            return read((first, offset))
        blocks = _in_blocks((first, offset), size)
        values = tf.map_fn(read, blocks, fn_output_signature=self.dtype, parallel_iterations=1)
        return tf.reshape(values, [-1, channels])[: tf.shape(first)[0]]

    def _block_size(self, channels):
        return max(1, ENTRIES // ((channels or 4) * self.grid.window.width ** len(self.grid.size)))


def _cloud_by_cloud(function, arrays, shape, dtype):
    """function of one cloud over the leading axis of all arrays: a grid at a time is all that memory has to hold."""
    if arrays[0].shape[0] == 1:
        return function(tuple(array[0] for array in arrays))[tf.newaxis]
    signature = tf.TensorSpec(shape, dtype)
    return tf.map_fn(function, arrays, fn_output_signature=signature, parallel_iterations=1)


def _in_blocks(arrays, size):
    """Arrays (N, …) as blocks (⌈N/size⌉, size, …); what is missing in the last is zero and adds nothing."""
    count = -(-_size(arrays[0], 0) // size)
    blocks = []
    for array in arrays:
        missing = count * size - tf.shape(array)[0]
        padded = tf.pad(array, [[0, missing]] + [[0, 0]] * (array.shape.rank - 1))
        rest = [_size(array, axis) for axis in range(1, array.shape.rank)]
        blocks.append(tf.reshape(padded, [count, size, *rest]))
    return tuple(blocks)


def _size(tensor, axis):
    """The length of an axis: a number where the graph knows it, else a tensor."""
    return tf.shape(tensor)[axis] if tensor.shape[axis] is None else tensor.shape[axis]


def _outer(left, right, combine):
    """All pairs of the last axes: (n, A) and (n, W) → (n, A·W)."""
    table = combine(left[:, :, tf.newaxis], right[:, tf.newaxis])
    return tf.reshape(table, [-1, table.shape[1] * table.shape[2]])
