"""The networks of Section 4: the pyramids f_θ and g_θ, and the residual fitting network F."""

import keras
import numpy as np

from lrc_keras.arguments import check_count, check_flag, check_natural, is_count


def check_widths(widths):
    """Converts units of each layer to a tuple of ints. Raises: ValueError."""
    values = list(widths) if isinstance(widths, (list, tuple)) else []
    if not values or not all(map(is_count, values)):
        raise ValueError(f"widths must be a sequence of positive integers; received {widths!r}")
    return tuple(int(w) for w in values)


def known_to_keras(name, kind, identifier):
    """Looks up an activation or initializer in Keras. Raises: ValueError naming the argument."""
    try:
        return kind.get(identifier)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a function or a name known to Keras; received {identifier!r}") from error


@keras.saving.register_keras_serializable(package="lrc_keras")
class Pyramid(keras.layers.Layer):
    """Fully connected layers whose widths double: f_θ of Eqs. (11) and (14) with tanh, g_θ of Eq. (15).

    Args:
        widths: units of each layer; the paper's are 2, 4, 8, 16, 32.
        activation: after every layer.
        num_kinds: number of kinds of inputs, or None. Each kind has its own bias in every layer, and all kinds share
            the kernels. For ions of two kinds this learned as well as one network per pair of kinds, in a quarter of
            the time.

    Input: (..., C) float, and with `num_kinds` kinds (...) int from 0. Output: (..., widths[-1]). Kernels start Glorot
    normal, biases zero.

    Saving keeps whether the whole network is frozen, but not the `trainable` of single layers in it.
    Raises: ValueError naming the argument, also when kinds are missing or not expected.

    Example:
        >>> from lrc_keras.layers import Pyramid
        >>> Pyramid(widths=(2, 4, 8))(np.zeros((5, 3), dtype="float32")).shape
        TensorShape([5, 8])
    """

    def __init__(self, widths=(2, 4, 8, 16, 32), activation="tanh", num_kinds=None, **kwargs):
        widths = check_widths(widths)
        activation = known_to_keras("activation", keras.activations, activation)
        num_kinds = None if num_kinds is None else check_count("num_kinds", num_kinds)
        super().__init__(**kwargs)
        self.widths = widths
        self.activation = activation
        self.num_kinds = num_kinds

    def build(self, inputs_shape, kinds_shape=None):
        options = {"kernel_initializer": "glorot_normal", "dtype": self.dtype_policy, "trainable": self.trainable}
        self.dense = [
            keras.layers.Dense(width, self.activation, name=f"dense_{i}", **options)
            for i, width in enumerate(self.widths)
        ]
        for layer in self.dense:
            # kinds are one-hot inputs, whose rows of the kernel are the biases of the kinds
            layer.build((*inputs_shape[:-1], inputs_shape[-1] + (self.num_kinds or 0)))
            inputs_shape = layer.compute_output_shape(inputs_shape)
        self.built = True

    def adapt(self, inputs, kinds=None):
        """Scales untrained kernels to the inputs, so that training starts without saturated or constant units.

        - The first layer gets whitened inputs Σ^{−1/2} (u − mean) with their covariance Σ. Nearly equal channels, such
          as those of two similar Fourier multipliers, then differ from the first step on.
        - Layer by layer, each kernel is divided by the largest |pre-activation|. Glorot's rule assumes inputs of size
          one, but the normalised inverse distance of a close pair is about 20. Mishkin and Matas 2016
          (arXiv:1511.06422) divide by the deviation instead of the largest value.

        Args:
            inputs: (…, C) float, without padding.
            kinds: (…) int, with `num_kinds`.

        Raises: ValueError when there are no inputs, when some are not finite, or when `kinds` does not fit.
        """
        self._check_kinds(kinds)
        if kinds is not None and not (np.min(kinds, initial=0) >= 0 and np.max(kinds, initial=0) < self.num_kinds):
            raise ValueError(f"kinds must be from 0 to {self.num_kinds - 1}; received {np.unique(kinds)}")
        rows = _finite_rows(inputs)
        if not self.built:
            self.build(rows.shape)
        decorrelate(self.dense[0], rows)
        kinds = None if kinds is None else np.eye(self.num_kinds)[np.ravel(kinds)]
        for layer in self.dense:
            rows = rows if kinds is None else np.concatenate([rows, kinds], axis=-1)
            scale(layer, rows)
            rows = np.asarray(layer(rows))

    def call(self, inputs, kinds=None):
        self._check_kinds(kinds)
        rows = _rows(inputs)
        if self.num_kinds is not None:
            kinds = keras.ops.one_hot(keras.ops.reshape(kinds, (-1,)), self.num_kinds, dtype=rows.dtype)
        for layer in self.dense:
            rows = layer(rows if self.num_kinds is None else keras.ops.concatenate([rows, kinds], axis=-1))
        return keras.ops.reshape(rows, (*keras.ops.shape(inputs)[:-1], self.widths[-1]))

    def _check_kinds(self, kinds):
        if (kinds is None) != (self.num_kinds is None):
            received = "none" if kinds is None else "kinds"
            raise ValueError(
                f"kinds must be given if and only if the pyramid has num_kinds; "
                f"received {received} for num_kinds={self.num_kinds}"
            )

    def compute_output_shape(self, inputs_shape, kinds_shape=None):
        return (*inputs_shape[:-1], self.widths[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "widths": list(self.widths),
            "activation": keras.activations.serialize(self.activation),
            "num_kinds": self.num_kinds,
        }


@keras.saving.register_keras_serializable(package="lrc_keras")
class ResidualFitting(keras.layers.Layer):
    """The fitting network F of Eqs. (12), (16), (17): dense layers with identity skips, then one linear unit.

    Args:
        depth: number of hidden layers; the paper has 6. With 0, F is linear, and the short-range energy is a sum over
            pairs.
        width: units of each hidden layer; the paper has 32. A layer with input of the same width has the skip
            h + tanh(Wh + b).
        activation: of the hidden layers.
        output_bias: whether the last unit has a bias, which changes the energies by a constant but no force.

    Input: (..., C) float. Output: (..., 1), the energy of each particle. Kernels start Glorot normal, biases zero.

    Saving keeps whether the whole network is frozen, but not the `trainable` of single layers in it.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import ResidualFitting
        >>> ResidualFitting()(np.zeros((4, 50, 96), dtype="float32")).shape
        TensorShape([4, 50, 1])
    """

    def __init__(self, depth=6, width=32, activation="tanh", output_bias=True, **kwargs):
        depth, width = check_natural("depth", depth, bits=31), check_count("width", width)
        activation = known_to_keras("activation", keras.activations, activation)
        output_bias = check_flag("output_bias", output_bias)
        super().__init__(**kwargs)
        self.depth = depth
        self.width = width
        self.output_bias = output_bias
        self.activation = activation

    def build(self, input_shape):
        options = {"kernel_initializer": "glorot_normal", "dtype": self.dtype_policy, "trainable": self.trainable}
        self.hidden = [
            keras.layers.Dense(self.width, self.activation, name=f"hidden_{i}", **options) for i in range(self.depth)
        ]
        self.output_unit = keras.layers.Dense(1, use_bias=self.output_bias, name="output_unit", **options)
        for layer in [*self.hidden, self.output_unit]:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.built = True

    def adapt(self, inputs):
        """Scales the untrained first kernel to the inputs, as `Pyramid.adapt` does. The other layers have skips.

        Args:
            inputs: (…, C) float, without padding.

        Raises: ValueError when there are no inputs, or when some are not finite.
        """
        rows = _finite_rows(inputs)
        if not self.built:
            self.build(rows.shape)
        if self.hidden:
            scale(self.hidden[0], rows)

    def call(self, inputs):
        rows = _rows(inputs)
        for layer in self.hidden:
            outputs = layer(rows)
            rows = rows + outputs if rows.shape[-1] == self.width else outputs
        return keras.ops.reshape(self.output_unit(rows), (*keras.ops.shape(inputs)[:-1], 1))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 1)

    def get_config(self):
        return {
            **super().get_config(),
            "depth": self.depth,
            "width": self.width,
            "output_bias": self.output_bias,
            "activation": keras.activations.serialize(self.activation),
        }


def decorrelate(layer, rows):
    """Changes a dense layer so that it gets Σ^{−1/2} (u − mean) for its first C inputs u, and 0 for constant inputs.

    Args:
        layer: built `keras.layers.Dense` with at least C inputs and zero biases.
        rows: (n, C) float.
    """
    kernel, channels = np.array(layer.kernel), rows.shape[1]
    mean = np.mean(rows, axis=0, dtype=np.float64)
    centred = rows - mean
    variances, axes = np.linalg.eigh(centred.T @ centred / max(1, len(rows) - 1))
    varies = variances > 1e-10 * variances[-1]
    root = (axes * np.where(varies, np.where(varies, variances, 1) ** -0.5, 0)) @ axes.T
    kernel[:channels] = root @ kernel[:channels]
    layer.kernel.assign(kernel)
    layer.bias.assign(-mean @ kernel[:channels])


def scale(layer, rows):
    """Scales a dense layer so that its largest |pre-activation| for rows (n, C) is one, unless all are zero."""
    largest = np.max(np.abs(rows @ np.asarray(layer.kernel) + np.asarray(layer.bias)), initial=0)
    if largest > 0:
        layer.kernel.assign(layer.kernel / largest)
        layer.bias.assign(layer.bias / largest)


def _finite_rows(inputs):
    """(…, C) → (rows, C), a NumPy array. Raises: ValueError when there are no rows or numbers that are not finite."""
    rows = np.reshape(inputs, (-1, np.shape(inputs)[-1]))
    if not rows.size or not np.all(np.isfinite(rows)):
        received = f"{np.sum(~np.isfinite(rows))} NaN or infinite values in shape {np.shape(inputs)}"
        raise ValueError(f"inputs must be finite, and at least one row; received {received}")
    return rows


def _rows(inputs):
    """(…, C) → (rows, C), because XLA sums bias gradients over several batch axes many times slower than over one."""
    return keras.ops.reshape(inputs, (-1, inputs.shape[-1]))
