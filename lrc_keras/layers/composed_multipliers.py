"""Fourier multipliers built from others: linear combinations and gradients."""

import keras
import tensorflow as tf

from lrc_keras.layers.multipliers import FourierMultiplier, as_complex, build_inner


def check_multiplier(name, value):
    """Raises: ValueError naming the argument when it is not a `FourierMultiplier`."""
    if not isinstance(value, FourierMultiplier):
        raise ValueError(f"{name} must be a FourierMultiplier; received {value!r}")
    return value


@keras.saving.register_keras_serializable(package="lrc_keras")
class SumMultiplier(FourierMultiplier):
    """φ̂(k) = Σ_t w_t φ̂_t(k), a linear combination of other multipliers (Section 2.2), with trainable w per channel.

    Args:
        terms: list of `FourierMultiplier` with the same channels. With `trainable=False` they are fixed functions.

    Weight: `coefficients` w (terms, C), initially 1.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import CoulombMultiplier, GaussianMultiplier, SumMultiplier
        >>> multiplier = SumMultiplier([CoulombMultiplier(0.5), GaussianMultiplier()])
        >>> multiplier(np.ones((5, 1), dtype="float32")).shape
        TensorShape([5, 1])
    """

    def __init__(self, terms, **kwargs):
        if not isinstance(terms, (list, tuple)) or not terms:
            raise ValueError(f"terms must be a list of multipliers; received {terms!r}")
        # shapes for d = 1; for other d only those of gradients differ, which the next line compares
        shapes = {check_multiplier("terms", term).compute_output_shape((1, 1)) for term in terms}
        slopes = {term.feeds_several for term in terms}
        if len(shapes) > 1 or len(slopes) > 1:
            names = [type(term).__name__ for term in terms]
            raise ValueError(f"terms must have the same channels; received {names} of shapes {shapes}")
        super().__init__(channels=terms[0].channels, in_channels=terms[0].in_channels, **kwargs)
        self.terms = list(terms)

    def build(self, input_shape):
        for term in self.terms:
            build_inner(term, self.dtype_policy, input_shape)
        self.coefficients = self.add_weight(
            name="coefficients",
            shape=(len(self.terms), self.compute_output_shape(input_shape)[len(input_shape) - 1]),
            initializer="ones",
        )

    def call(self, wavenumbers):
        values = [tf.convert_to_tensor(term(wavenumbers)) for term in self.terms]
        weights = tf.convert_to_tensor(self.coefficients)  # (terms, C)
        weights = weights if self.in_channels is None else weights[..., tf.newaxis]
        if any(v.dtype.is_complex for v in values):
            values, weights = [as_complex(v) for v in values], as_complex(weights)
        return sum(weight * v for weight, v in zip(tf.unstack(weights), values, strict=True))

    def compute_output_shape(self, input_shape):
        return self.terms[0].compute_output_shape(input_shape)

    @property
    def feeds_several(self):
        return self.terms[0].feeds_several

    def get_config(self):
        config = super().get_config()
        del config["channels"], config["in_channels"]
        return {**config, "terms": [keras.saving.serialize_keras_object(term) for term in self.terms]}

    @classmethod
    def from_config(cls, config):
        terms = [keras.saving.deserialize_keras_object(term) for term in config["terms"]]
        return cls(**{**config, "terms": terms})


@keras.saving.register_keras_serializable(package="lrc_keras")
class GradientMultiplier(FourierMultiplier):
    """ik φ̂(k): the gradient ∇u = Σ_j ∇φ(x − x_j) f_j of another multiplier's field, with d channels per kernel.

    Eq. (19) uses it as φ′. Output channel c·d + a is the derivative of kernel c along axis a.

    Args:
        multiplier: `FourierMultiplier` φ̂ of C kernels, or of a C_out × C_in matrix.

    Output: complex (…, C · d) or (…, C_out · d, C_in). `channels` is the number of kernels. Sources have one channel,
    or C_in if the multiplier is a matrix. In one dimension a single kernel takes any number of channels.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.layers import GradientMultiplier, ScreenedCoulombMultiplier
        >>> multiplier = GradientMultiplier(ScreenedCoulombMultiplier(1))
        >>> multiplier(np.ones((5, 5, 2), dtype="float32")).shape
        TensorShape([5, 5, 2])
    """

    feeds_several = True

    def __init__(self, multiplier, **kwargs):
        check_multiplier("multiplier", multiplier)
        super().__init__(channels=multiplier.channels, in_channels=multiplier.in_channels, **kwargs)
        self.multiplier = multiplier

    def build(self, input_shape):
        build_inner(self.multiplier, self.dtype_policy, input_shape)

    def call(self, wavenumbers):
        values = tf.convert_to_tensor(self.multiplier(wavenumbers))
        matrix = 0 if self.in_channels is None else 1
        wavenumbers = wavenumbers[(..., tf.newaxis, slice(None), *[tf.newaxis] * matrix)]  # (…, 1, d[, 1])
        values = tf.expand_dims(values, axis=-1 - matrix)  # (…, C, 1[, C_in])
        imaginary = tf.complex(tf.zeros_like(wavenumbers), wavenumbers)
        slopes = imaginary * as_complex(values)  # (…, C, d[, C_in])
        leading = slopes.shape.rank - 2 - matrix
        channels = slopes.shape[leading] * slopes.shape[leading + 1]
        shape = [tf.shape(slopes)[:leading], [channels], slopes.shape[leading + 2 :]]
        return tf.reshape(slopes, tf.concat(shape, axis=0))

    def compute_output_shape(self, input_shape):
        shape = self.multiplier.compute_output_shape(input_shape)
        axis = len(input_shape) - 1
        return (*shape[:axis], shape[axis] * input_shape[-1], *shape[axis + 1 :])

    def get_config(self):
        config = super().get_config()
        del config["channels"], config["in_channels"]
        return {**config, "multiplier": keras.saving.serialize_keras_object(self.multiplier)}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "multiplier": keras.saving.deserialize_keras_object(config["multiplier"])})
