"""The small networks of Section 4: the pyramid f_θ, g_θ and the residual fitting network F."""

import keras
import numpy as np

from lrc_keras.arguments import check_count, check_flag, check_natural, is_count


def check_widths(widths):
    """Units of each layer as a tuple of ints. Raises: ValueError."""
    values = list(widths) if isinstance(widths, (list, tuple)) else []
    if not values or not all(map(is_count, values)):
        raise ValueError(f"widths must be a sequence of positive integers; received {widths!r}")
    return tuple(int(w) for w in values)


def known_to_keras(name, kind, identifier):
    """The activation or initializer that Keras knows by a name. Raises: ValueError naming the argument."""
    try:
        return kind.get(identifier)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a function or a name that Keras knows; received {identifier!r}") from error


@keras.saving.register_keras_serializable(package="lrc_keras")
class Pyramid(keras.layers.Layer):
    """Fully connected layers whose widths double: f_θ of Eqs. (11) and (14) with tanh, g_θ of Eq. (15).

    Args:
        widths: units of each layer; the paper's are 2, 4, 8, 16, 32.
        activation: after every layer.
        num_kinds: number of kinds of inputs, or None. Each kind then has a bias of its own in every layer; the kernels
            are shared. For ions of two kinds this learns as well as a network for each pair of kinds, in a quarter of
            its time.

    Input: (..., C), and kinds (...) integers from 0 where there are several. Output: (..., widths[-1]). Glorot normal
    weights, zero biases.

    Raises: ValueError when a width is not a positive integer.

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
        self.dense = [
            keras.layers.Dense(
                width, self.activation, kernel_initializer="glorot_normal", name=f"dense_{i}", dtype=self.dtype_policy
            )
            for i, width in enumerate(self.widths)
        ]
        for layer in self.dense:
            # the kinds as further inputs, one of which is 1: their rows of the kernel are the biases
            layer.build((*inputs_shape[:-1], inputs_shape[-1] + (self.num_kinds or 0)))
            inputs_shape = layer.compute_output_shape(inputs_shape)
        self.built = True

    def adapt(self, inputs, kinds=None):
        """Makes fresh kernels fit some inputs, so that no unit is saturated or idle when a training begins.

        - The first layer sees the inputs as u → Σ^{−1/2} (u − mean) with their covariance Σ: channels that are almost
          the same, as those of two similar Fourier multipliers are, differ from the first step on.
        - Layer by layer, each kernel is multiplied by the number that makes the largest |pre-activation| one. Glorot's
          rule assumes inputs of one size; the normalised inverse distance of a close pair is 20 times its deviation.
          (Layer by layer as in Mishkin and Matas 2016, arXiv:1511.06422, with the largest value for the deviation.)

        Args:
            inputs: (…, C) float, without padding.
            kinds: (…) integers where there are several.
        """
        rows = np.reshape(inputs, (-1, np.shape(inputs)[-1]))
        if not self.built:
            self.build(rows.shape)
        decorrelate(self.dense[0], rows)
        kinds = None if kinds is None else np.eye(self.num_kinds)[np.ravel(kinds)]
        for layer in self.dense:
            rows = rows if kinds is None else np.concatenate([rows, kinds], axis=-1)
            scale(layer, rows)
            rows = np.asarray(layer(rows))

    def call(self, inputs, kinds=None):
        rows = _rows(inputs)
        if self.num_kinds is not None:
            kinds = keras.ops.one_hot(keras.ops.reshape(kinds, (-1,)), self.num_kinds, dtype=rows.dtype)
        for layer in self.dense:
            rows = layer(rows if self.num_kinds is None else keras.ops.concatenate([rows, kinds], axis=-1))
        return keras.ops.reshape(rows, (*keras.ops.shape(inputs)[:-1], self.widths[-1]))

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
        depth: number of hidden layers; the paper has 6. With 0 F is linear, and what it makes of the short-range
            descriptor is a sum over pairs.
        width: units of each; the paper has 32. A layer whose input has the same width gets the skip h + tanh(Wh + b).
        activation: of the hidden layers.
        output_bias: whether the last unit has one. It shifts every energy by a constant, which no force sees.

    Input: (..., C). Output: (..., 1), the energy of each particle. Glorot normal weights, zero biases.

    Raises: ValueError when depth is not an integer from 0 on or width is not a positive one.

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
        options = {"kernel_initializer": "glorot_normal", "dtype": self.dtype_policy}
        self.hidden = [
            keras.layers.Dense(self.width, self.activation, name=f"hidden_{i}", **options) for i in range(self.depth)
        ]
        self.output_unit = keras.layers.Dense(1, use_bias=self.output_bias, name="output_unit", **options)
        for layer in [*self.hidden, self.output_unit]:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.built = True

    def adapt(self, inputs):
        """Scales the fresh first kernel to some inputs, as `Pyramid.adapt` does; the other layers have the skips.

        Args:
            inputs: (…, C) float, without padding.
        """
        rows = np.reshape(inputs, (-1, np.shape(inputs)[-1]))
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
    """Lets a dense layer see Σ^{−1/2} (u − mean) in place of its first C inputs u; what never varies, not at all.

    Args:
        layer: built `keras.layers.Dense` with C inputs or more, and zero biases.
        rows: (n, C) float.
    """
    kernel, channels = np.array(layer.kernel), rows.shape[1]
    variances, axes = np.linalg.eigh(np.cov(rows, rowvar=False, dtype=np.float64).reshape(channels, channels))
    varies = variances > 1e-10 * variances[-1]
    root = (axes * np.where(varies, np.where(varies, variances, 1) ** -0.5, 0)) @ axes.T
    kernel[:channels] = root @ kernel[:channels]
    layer.kernel.assign(kernel)
    layer.bias.assign(-np.mean(rows, axis=0, dtype=np.float64) @ kernel[:channels])


def scale(layer, rows):
    """Scales a dense layer so that its largest |pre-activation| for some rows (n, C) is one; not if all are zero."""
    largest = np.max(np.abs(rows @ np.asarray(layer.kernel) + np.asarray(layer.bias)), initial=0)
    if largest > 0:
        layer.kernel.assign(layer.kernel / largest)
        layer.bias.assign(layer.bias / largest)


def _rows(inputs):
    """(…, C) → (rows, C): XLA sums a bias gradient over several batch axes many times slower than over one."""
    return keras.ops.reshape(inputs, (-1, inputs.shape[-1]))
