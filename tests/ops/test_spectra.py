import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops.modes import half_mode_numbers
from lrc_keras.ops.spectra import from_half_spectrum, hermitian_half, to_half_spectra


def complex_normal(rng, *shape):
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


@pytest.mark.parametrize("num_modes", [(5,), (4,), (3, 4), (4, 3), (3, 4, 2)])
def test_round_trips(num_modes, rng):
    modes = complex_normal(rng, 2, *num_modes)
    real, imaginary = to_half_spectra(tf.constant(modes), num_modes)
    both = from_half_spectrum(real, num_modes) + 1j * from_half_spectrum(imaginary, num_modes)
    # an even count keeps half of its lone mode −M/2 on each side
    keep = tuple(slice(1 - m % 2, None) for m in num_modes)
    np.testing.assert_allclose(both.numpy()[(..., *keep)], modes[(..., *keep)], atol=1e-14)


def test_the_hermitian_half_of_an_even_multiplier_is_its_half():
    values = np.array([9.0, 4.0, 1.0, 0.0, 1.0, 4.0, 9.0])
    np.testing.assert_array_equal(hermitian_half(tf.constant(values), (7,)), [0, 1, 4, 9])
    np.testing.assert_array_equal(hermitian_half(tf.constant(1j * values), (7,)), [0, 0, 0, 0])
    # M = 4: the lone mode −2 is shared between −2 and 2
    np.testing.assert_array_equal(hermitian_half(tf.constant([4.0, 1.0, 0.0, 1.0]), (4,)), [0, 1, 2])


@pytest.mark.parametrize("num_modes", [(5,), (4,), (3, 4), (4, 3, 2)])
@pytest.mark.parametrize("function", [from_half_spectrum, hermitian_half])
def test_derivatives_are_adjoints(function, num_modes, rng):
    """For linear L and TensorFlow's convention for complex numbers: Re ⟨L a, b⟩ = Re ⟨a, L* b⟩, and L** = L."""
    shape = num_modes if function is hermitian_half else tuple(map(len, half_mode_numbers(num_modes)))
    a = tf.constant(complex_normal(rng, *shape))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(a)
        result = function(a, num_modes)
        b = tf.constant(complex_normal(rng, *result.shape))
        tape.watch(b)
        adjoint = tape.gradient(result, a, output_gradients=b)
    left = tf.reduce_sum(tf.math.real(tf.math.conj(b) * result))
    np.testing.assert_allclose(left, tf.reduce_sum(tf.math.real(tf.math.conj(adjoint) * a)), rtol=1e-12)
    np.testing.assert_allclose(tape.gradient(adjoint, b, output_gradients=a), result, atol=1e-13)
