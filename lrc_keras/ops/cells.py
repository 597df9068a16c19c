"""Periodic cells: fractional coordinates of positions, wavenumbers of modes, and the nearest image.

A cell is a matrix H (d, d) whose rows are the lattice vectors; a box with sides is a diagonal H. Points have fractional
coordinates s = x H⁻¹, modes have wavenumbers k = 2π n H⁻ᵀ, and the volume is |det H|. The transforms use only s.
Fractional coordinates are float64, because the error of float32 coordinates grows in proportion to the number of modes.
"""

import itertools
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from lrc_keras.arguments import is_listed
from lrc_keras.ops.torus import check_box_length
from lrc_keras.ops.torus import nearest_image as nearest_image_in_box

SMALLEST_ANGLE = 1e-6  # a cell is flat if |det H| is at most this fraction of the product of its vectors' lengths


def check_cell(box_length, dim=None):
    """Converts a box or cell to floats: one side, a list of d sides, or a list of d lattice vectors.

    Raises: ValueError naming `box_length` for any other value, for another dimension than `dim`, or for a flat cell.
    """
    if not _is_matrix(box_length):
        sides = check_box_length(box_length, dim)
        if len(sides) > 3:
            raise ValueError(f"box_length must have at most 3 sides; received {box_length!r}")
        return list(sides) if is_listed(box_length) else sides[0]
    try:
        matrix = np.array(box_length, np.float64)
    except (TypeError, ValueError):
        matrix = np.array([[np.nan]])
    if matrix.ndim != 2 or matrix.shape != (dim or len(matrix),) * 2 or len(matrix) > 3:
        raise ValueError(
            f"box_length must be one side, d sides or a matrix of d lattice vectors, d = {dim or '1, 2 or 3'}; "
            f"received {box_length!r}"
        )
    if is_flat(matrix):
        raise ValueError(f"box_length must be finite and linearly independent lattice vectors; received {box_length!r}")
    return matrix.tolist()


def lattice_vectors(box_length, dim):
    """The matrix (d, d) float64 of one side, d sides or d lattice vectors. Raises: as `check_cell`."""
    checked = np.array(check_cell(box_length, dim))
    return checked if checked.ndim == 2 else np.diag(np.broadcast_to(checked, dim))


def is_flat(matrix):
    """Whether lattice vectors (d, d), a NumPy array, are linearly dependent or not finite."""
    lengths = np.prod(np.linalg.norm(matrix, axis=1))
    return not (np.all(np.isfinite(matrix)) and abs(np.linalg.det(matrix)) > SMALLEST_ANGLE * lengths)


def reduced(vectors):
    """A basis of short vectors of the same lattice, Minkowski-reduced: (d, d) → (d, d) float64.

    No vector becomes shorter by multiples of the sums and differences of the others, Gauss' reduction for d = 2.
    """
    vectors, dim = np.array(vectors, np.float64), len(vectors)
    signs = [np.array(row) for row in itertools.product((-1, 0, 1), repeat=dim) if any(row)]
    shorter = True
    while shorter:
        shorter = False
        for axis, row in itertools.product(range(dim), signs):
            other = row @ vectors
            changed = vectors[axis] - np.round(vectors[axis] @ other / (other @ other)) * other
            # not by rounding alone, which may go back and forth
            if row[axis] == 0 and changed @ changed < (1 - 1e-12) * (vectors[axis] @ vectors[axis]):
                vectors[axis] = changed
                shorter = True
    return vectors


class Cell(NamedTuple):
    """One cell for all clouds of a batch, or one cell for each cloud.

    Attributes:
        inverse: H⁻¹ (d, d) or (B, d, d) float64; a NumPy array for a fixed cell, else a tensor.
        volume: V = |det H|, () or (B,) float64.
    """

    inverse: Any
    volume: Any

    @classmethod
    def fixed(cls, box_length, dim, periodic=True):
        """The cell of a box or of lattice vectors that `check_cell` accepts, as NumPy arrays. See `of`."""
        with tf.init_scope():  # computes values even while a graph is traced
            vectors = tf.constant(lattice_vectors(box_length, dim), tf.float64)
            return cls(*(value.numpy() for value in cls.of(vectors, periodic)))

    @classmethod
    def of(cls, vectors, periodic=True):
        """The cell of lattice vectors (…, d, d), a tensor. An isolated cloud (not periodic) uses the `padded` cell."""
        vectors = tf.cast(vectors, tf.float64)
        return cls(*_inverse(vectors if periodic else padded(vectors)))

    def fractional(self, positions):
        """s = x H⁻¹: positions (B, N, d) float → (B, N, d) float64."""
        positions = tf.cast(positions, tf.float64)
        if isinstance(self.inverse, np.ndarray) and np.all(self.inverse == np.diag(np.diag(self.inverse))):
            return positions * np.diag(self.inverse)
        return tf.matmul(positions, self.inverse)

    def wavenumbers(self, numbers):
        """k = 2π n H⁻ᵀ: mode numbers (…, d) → (…, d) or (B, …, d) float64, NumPy for a fixed cell."""
        if isinstance(self.inverse, np.ndarray):
            return 2 * np.pi * numbers @ self.inverse.T
        flat = tf.constant(2 * np.pi * np.reshape(numbers, [-1, numbers.shape[-1]]))
        return tf.reshape(tf.matmul(flat, self.inverse, transpose_b=True), [-1, *numbers.shape])


def add_vectors(numbers, cell):
    """Σ_a n_a h_a for lattice vectors h_a: (B, N, K, d) numbers → (B, N, K, d). `cell` is as in `nearest_image`.

    XLA fuses a sum with the neighbouring operations. A product of such small matrices is slower.
    """
    vectors = _vectors(cell, numbers)[:, tf.newaxis, tf.newaxis]
    return sum(numbers[..., a, tf.newaxis] * vectors[..., a, :] for a in range(numbers.shape[-1]))


def nearest_image(difference, cell):
    """The periodic image of a displacement that is reduced to the cell.

    The result is the nearest image if that is shorter than half of the smallest height of the cell.

    Args:
        difference: (B, N, K, d) float.
        cell: a box or cell that `check_cell` accepts, or lattice vectors (B, d, d) of the dtype of `difference`.

    Returns: (B, N, K, d). Derivatives treat the number of subtracted lattice vectors as a constant.
    """
    if not tf.is_tensor(cell) and not _is_matrix(cell):
        return nearest_image_in_box(difference, cell)
    inverse = tf.cast(_inverse(tf.cast(_vectors(cell, difference), tf.float64))[0], difference.dtype)
    fractions = add_vectors(difference, inverse)
    return difference - add_vectors(tf.stop_gradient(tf.round(fractions)), cell)


def padded(vectors):
    """Enlarges a cell (…, d, d) until periodic images of an isolated cloud are farther away than its own points.

    Every lattice vector is lengthened so that the cell's height along it grows by the longest diagonal D.
    """
    inverse, _ = _inverse(vectors)
    signs = np.array(list(itertools.product([1.0], *[[-1.0, 1.0]] * (vectors.shape[-1] - 1))))
    diagonal = tf.reduce_max(tf.norm(tf.matmul(signs, vectors), axis=-1), axis=-1)  # (…,)
    heights = 1 / tf.norm(inverse, axis=-2)  # (…, d)
    return vectors * (1 + diagonal[..., tf.newaxis] / heights)[..., tf.newaxis]


def _vectors(cell, like):
    """Lattice vectors (B, d, d), or (1, d, d) for a fixed box or cell, in the dtype of `like` (…, d)."""
    if not tf.is_tensor(cell) and not _is_matrix(cell):
        cell = np.diag(check_box_length(cell, like.shape[-1]))
    vectors = tf.convert_to_tensor(cell, like.dtype)
    return vectors if vectors.shape.rank == 3 else vectors[tf.newaxis]


def _inverse(vectors):
    """H⁻¹ (…, d, d) and |det H| (…,) of H (…, d, d) by cross products. They have derivatives of every order."""
    dim = vectors.shape[-1]
    missing = [[0, 0]] * (vectors.shape.rank - 2) + [[0, 3 - dim]] * 2
    a, b, c = tf.unstack(tf.pad(vectors, missing) + np.diag([0.0] * dim + [1.0] * (3 - dim)), axis=-2)
    columns = tf.stack([tf.linalg.cross(b, c), tf.linalg.cross(c, a), tf.linalg.cross(a, b)], axis=-1)
    determinant = tf.reduce_sum(a * columns[..., 0], axis=-1)
    return columns[..., :dim, :dim] / determinant[..., tf.newaxis, tf.newaxis], tf.abs(determinant)


def _is_matrix(box_length):
    """Whether `box_length` has the form of lattice vectors: an array with two axes, or a list of lists."""
    if isinstance(box_length, (list, tuple)):
        return len(box_length) > 0 and all(isinstance(row, (list, tuple, np.ndarray)) for row in box_length)
    return getattr(box_length, "ndim", 0) == 2
