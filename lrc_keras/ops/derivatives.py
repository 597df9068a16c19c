"""Derivatives that are given as rules, instead of TensorFlow's of every operation inside."""

import functools

import tensorflow as tf

FORWARD_MODE = (
    "forward-mode derivatives (tf.autodiff.ForwardAccumulator) of a Fourier transform need eager code, not tf.function"
)


def values_of(tensor):
    """The same values without a derivative, for the inside of a `tf.custom_gradient`, whose rule has it.

    In a graph TensorFlow's forward mode does not see the rule and would return zeros. It meets an operation here that
    raises a LookupError, and whose result nobody reads.
    """
    if not tf.executing_eagerly():
        tf.raw_ops.PreventGradient(input=tensor, message=FORWARD_MODE)
    return tf.stop_gradient(tensor)


def linear(adjoint):
    """Decorator of a function that is linear in its first argument: its gradient is `adjoint`, and the other way round.

    TensorFlow's own derivatives of slices end at the second order where XLA compiles them.
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
