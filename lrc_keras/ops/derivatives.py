"""Tools for functions with a hand-written gradient."""

import functools

import tensorflow as tf

FORWARD_MODE = (
    "forward-mode derivatives (tf.autodiff.ForwardAccumulator) of a Fourier transform need eager mode, not tf.function"
)


def values_of(tensor):
    """Stops the gradient of a tensor inside a `tf.custom_gradient`, whose own rule gives the gradient.

    In a graph, TensorFlow's forward mode ignores that rule and would return zeros without an error. The unused
    operation PreventGradient makes it raise a LookupError.
    """
    if not tf.executing_eagerly():
        tf.raw_ops.PreventGradient(input=tensor, message=FORWARD_MODE)
    return tf.stop_gradient(tensor)


def linear(adjoint):
    """Decorator: a function that is linear in its first argument gets `adjoint` as gradient, and vice versa.

    Under XLA, TensorFlow's own gradients of slices stop at the second order.
    """

    def decorate(function):
        @functools.wraps(function)
        def apply(values, *arguments):
            return _apply(function, adjoint, values, arguments)

        return apply

    return decorate


def _apply(function, adjoint, values, arguments):
    @tf.custom_gradient
    def run(values):
        def gradient(upstream):
            return _apply(adjoint, function, upstream, arguments)

        return function(values_of(values), *arguments), gradient

    return run(values)
