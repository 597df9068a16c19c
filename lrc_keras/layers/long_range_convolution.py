"""The long-range convolutional layer: Algorithm 1 of the paper."""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_flag, is_listed
from lrc_keras.layers.convolution_inputs import as_inputs, check_inside, check_shapes
from lrc_keras.layers.multipliers import FourierMultiplier, as_complex, take_policy
from lrc_keras.ops.arguments import as_tensor, dimension, working_precision
from lrc_keras.ops.cells import Cell, check_cell
from lrc_keras.ops.modes import check_num_modes, mode_grid, resolve_dim
from lrc_keras.ops.plans import NufftPlan
from lrc_keras.ops.spectra import hermitian_half


@keras.saving.register_keras_serializable(package="lrc_keras")
class LongRangeConvolution(keras.layers.Layer):
    """All-to-all convolution u_i = Σ_{j≠i} φ_θ(x_i − x_j) f_j over a periodic point cloud, in nearly linear time.

    Eq. (1) and Algorithm 1: a type 1 transform, a product with the trainable multiplier φ̂_θ(k), a type 2 transform.

        u_i = (1/V) Σ_n φ̂(k_n) exp(i k_n·x_i) Σ_j f_j exp(−i k_n·x_j)  −  φ(0) f_i,   φ(0) = (1/V) Σ_n φ̂(k_n).

    Derivatives of every order by positions, sources, weights and the cell are transforms too (Section 4.3). They agree
    with the derivatives of these sums to the tolerance.

    Args:
        multiplier: `FourierMultiplier`, φ̂_θ.
        num_modes: Fourier modes per dimension (the paper's L_FFT), one number or d of them.
        box_length: the periodic cell: one side L, d sides, or a matrix (d, d) whose rows are the lattice vectors. None:
            the cell is an input.
        tolerance: relative l² error of a transform in [1e-16, 1), for the accurate window.
        window: "accurate" (oversampled Kaiser–Bessel) or "paper" (Appendix B: Gaussian, grid = modes; odd modes only).
        subtract_self: whether to subtract the term j = i, as Eq. (2) does.
        subtract_mean: whether to omit the mode k = 0, which adds the constant (1/V) φ̂(0) Σ_j f_j to every u_i. No force
            depends on this constant. It is about a hundred times larger than the variation of u between points, so
            that networks with input u train better without it.
        method: "auto", "points", "sums" or "finufft", see `NufftPlan`. Models with "finufft" run without XLA.
        periodic: False for an isolated cloud within the cell. The transform then uses a larger cell, whose images are
            farther away than any two points, and `num_modes` refers to it. The kernel must vanish beyond the cell's
            diameter, as that of `CoulombMultiplier(truncation=…)` does.

    Input: positions (B, N, d) float, anywhere in ℝ^d, or within the cell for an isolated cloud; sources (B, N, C_in)
    real, or None for ones; cell (B, d, d) or (d, d) with lattice vectors as rows, if `box_length` is None. Padding
    points have source 0 and finite positions, and their output has no meaning.
    Output: (B, N, C_out), float64 for a float64 policy, else float32. Without a matrix multiplier, C_in is 1, C_out is
    C_in with one kernel for all sources, or each of C_in = C_out sources has its own kernel.
    A multiplier that several layers share stays shared in a saved model, but not after `clone_model` and `to_json`.
    Raises: ValueError or TypeError naming the argument.

    Example:
        >>> from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier
        >>> multiplier = ScreenedCoulombMultiplier(channels=2, initial_inverse_length=(0.5, 2.0))
        >>> layer = LongRangeConvolution(multiplier, num_modes=15, box_length=(10.0, 8.0))
        >>> positions = np.random.default_rng(0).uniform(0, 8, (4, 20, 2)).astype("float32")
        >>> charges = np.ones((4, 20, 1), dtype="float32")
        >>> layer(positions, charges).shape, layer.count_params()
        (TensorShape([4, 20, 2]), 4)
        >>> np.allclose(layer(positions), layer(positions, charges))  # default sources are ones
        True
    """

    def __init__(
        self,
        multiplier,
        num_modes,
        box_length=None,
        tolerance=1e-6,
        window="accurate",
        subtract_self=True,
        subtract_mean=False,
        method="auto",
        periodic=True,
        **kwargs,
    ):
        if not isinstance(multiplier, FourierMultiplier):
            raise ValueError(f"multiplier must be a FourierMultiplier; received {multiplier!r}")
        box_length = None if box_length is None else check_cell(box_length)
        subtract_self = check_flag("subtract_self", subtract_self)
        subtract_mean = check_flag("subtract_mean", subtract_mean)
        periodic = check_flag("periodic", periodic)
        plan = NufftPlan(
            num_modes, tolerance=tolerance, window=window, method=method, dim=resolve_dim(num_modes, box_length)
        )  # checks the arguments; `build` makes the plan, when the dimension is known
        super().__init__(autocast=False, **kwargs)  # autocast would round positions to the compute dtype
        take_policy(multiplier, self._precision)
        self.multiplier = multiplier
        self.num_modes = list(map(int, num_modes)) if is_listed(num_modes) else int(num_modes)
        self.box_length = box_length
        self.tolerance = plan.tolerance
        self.window = window
        self.subtract_self = subtract_self
        self.subtract_mean = subtract_mean
        self.method = method
        self.periodic = periodic
        self.supports_jit = method != "finufft"

    @property
    def _precision(self):
        """The dtype of the computation and of the output."""
        return working_precision(self.compute_dtype)

    def build(self, positions_shape, sources_shape=None, cell_shape=None):
        dim = dimension(positions_shape)
        shape = check_num_modes(self.num_modes, dim)
        self.plan = NufftPlan(shape, tolerance=self.tolerance, window=self.window, method=self.method)
        numbers = mode_grid(shape)
        zero = np.all(numbers == 0, axis=-1)
        # A multiplier that is singular at k = 0 would give NaN gradients: evaluate it at n = (1, …, 1).
        self._numbers = np.where(zero[..., np.newaxis], 1, numbers) if self.subtract_mean else numbers
        self._kept = (~zero).astype(self._precision)
        self._cell = None  # an input
        if self.box_length is not None:
            self._cell = Cell.fixed(self.box_length, dim, self.periodic)
            self._inside = None if self.periodic else Cell.fixed(self.box_length, dim)
            self._wavenumbers = self._cell.wavenumbers(self._numbers).astype(self._precision)
        if not self.multiplier.built:  # Keras builds it first when it loads a saved layer
            self.multiplier.build((*shape, dim))
        self.built = True

    def call(self, positions, sources=None, cell=None):
        positions, sources, cell = self._check(positions, sources, cell)
        lattice = self._cell if cell is None else Cell.of(cell, self.periodic)
        kernel = self._kernel(lattice)  # φ̂/V
        transform = self.plan.set_points(lattice.fractional(positions), self._precision)
        modes = transform.type1(sources)  # lines 2–5
        modes = self._multiply(kernel, modes)  # line 6
        values = transform.type2(modes)  # lines 7–9
        values.set_shape([*positions.shape[:2], self._num_channels(sources.shape[-1], self.plan.dim)])
        return values - self._self_interaction(kernel, sources) if self.subtract_self else values

    def _check(self, positions, sources, cell):
        """Checks the inputs and converts them to tensors. Raises: ValueError or TypeError naming the input."""
        positions, sources, cell = as_inputs(self.box_length, positions, sources, cell)
        if positions.shape[-1] != self.plan.dim:
            raise ValueError(
                f"positions must have dimension {self.plan.dim}, as when the layer was built; "
                f"received {positions.shape[-1]}"
            )
        self._num_channels(sources.shape[-1], self.plan.dim)
        if not self.periodic:
            positions = check_inside(positions, (self._inside if cell is None else Cell.of(cell)).fractional(positions))
        return positions, tf.cast(sources, self._precision), cell

    def _kernel(self, lattice):
        """φ̂(k)/V on all modes, real or complex: ([B,] C, M1, …, Md) or ([B,] C_out, C_in, M1, …, Md)."""
        dim = self.plan.dim
        fixed = lattice is self._cell
        wavenumbers = self._wavenumbers if fixed else lattice.wavenumbers(self._numbers)
        if not fixed and not lattice.volume.shape.rank:  # one cell (d, d) for the whole batch
            wavenumbers = wavenumbers[0]
        wavenumbers = tf.cast(wavenumbers, self._precision)
        values = as_tensor("multiplier", self.multiplier(wavenumbers))
        expected = self.multiplier.compute_output_shape(self._numbers.shape)
        if values.dtype.real_dtype != self._precision:
            raise TypeError(f"multiplier must return {self._precision}; received {values.dtype.name}")
        batch = values.shape.rank - len(expected)  # number of batch axes: 1 with a cell per snapshot, else 0
        if not 0 <= batch <= wavenumbers.shape.rank - dim - 1 or tuple(values.shape[batch:]) != expected:
            raise ValueError(
                f"multiplier must return shape {expected}, channels last"
                f"{'' if len(expected) > dim + 1 else ', or a matrix with in_channels given'}; "
                f"received {tuple(values.shape)}"
            )
        if len(lattice.volume.shape) and not batch:  # values that do not depend on the cell
            values, batch = values[tf.newaxis], 1
        volume = tf.cast(lattice.volume, self._precision)
        volume = tf.reshape(volume, [-1, *[1] * (values.shape.rank - 1)] if volume.shape.rank else [])
        values = values / (as_complex(volume) if values.dtype.is_complex else volume)
        order = [*range(batch), *range(batch + dim, values.shape.rank), *range(batch, batch + dim)]
        values = tf.transpose(values, order)
        return values * tf.cast(self._kept, values.dtype) if self.subtract_mean else values

    def _multiply(self, kernel, modes):
        """v̂(k) = φ̂(k) F(k), line 6: for one number per channel or a C_out × C_in matrix at every mode."""
        half = as_complex(hermitian_half(kernel, self.plan.num_modes))
        if not self._is_matrix:
            return half * modes
        letters = "xyz"[: self.plan.dim]
        return tf.einsum(f"{self._batch(kernel)}oi{letters},bi{letters}->bo{letters}", half, modes)

    def _self_interaction(self, kernel, sources):
        """φ(0) f_i with φ(0) = (1/V) Σ_n φ̂(k_n): (B, N, C_out)."""
        at_zero = tf.reduce_sum(tf.math.real(kernel), axis=list(range(-self.plan.dim, 0)))
        if self._is_matrix:
            return tf.einsum(f"{self._batch(kernel)}oi,bni->bno", at_zero, sources)
        return (at_zero[:, tf.newaxis] if self._batch(kernel) else at_zero) * sources

    @property
    def _is_matrix(self):
        return self.multiplier.in_channels is not None

    def _batch(self, kernel):
        """Einsum letter of the batch axis of the kernel, or "" if the kernel has none."""
        return "b" if kernel.shape.rank > self.plan.dim + 1 + self._is_matrix else ""

    def _num_channels(self, received, dim):
        """C_out for C_in channels of sources. Raises: ValueError when C_in does not fit the multiplier."""
        shape = self.multiplier.compute_output_shape((1,) * dim + (dim,))[dim:]
        fitting = {shape[-1]} if self._is_matrix else {1} if self.multiplier.feeds_several else {1, shape[0]}
        if received is not None and received not in fitting and (shape != (1,) or received == 0):
            raise ValueError(
                f"sources must have {' or '.join(map(str, sorted(fitting)))} channels for this multiplier; "
                f"received {received}"
            )
        return received if shape == (1,) else shape[0]

    def compute_output_shape(self, positions_shape, sources_shape=None, cell_shape=None):
        dim = dimension(positions_shape)
        check_shapes(self.box_length, positions_shape, sources_shape, cell_shape)
        return (*positions_shape[:-1], self._num_channels(1 if sources_shape is None else sources_shape[-1], dim))

    def compute_output_spec(self, positions, sources=None, cell=None):
        if (dtype := keras.backend.standardize_dtype(positions.dtype)) not in ("float32", "float64"):
            raise TypeError(f"positions must be float32 or float64; received {dtype}")
        shapes = (None if tensor is None else tensor.shape for tensor in (positions, sources, cell))
        return keras.KerasTensor(self.compute_output_shape(*shapes), dtype=self._precision)

    def get_config(self):
        # Keras marks a multiplier as shared between layers only when it is serialised for the second time
        keras.saving.serialize_keras_object(self.multiplier)
        return {
            **super().get_config(),
            "multiplier": keras.saving.serialize_keras_object(self.multiplier),
            "num_modes": self.num_modes,
            "box_length": self.box_length,
            "tolerance": self.tolerance,
            "window": self.window,
            "subtract_self": self.subtract_self,
            "subtract_mean": self.subtract_mean,
            "method": self.method,
            "periodic": self.periodic,
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "multiplier": keras.saving.deserialize_keras_object(config["multiplier"])})
