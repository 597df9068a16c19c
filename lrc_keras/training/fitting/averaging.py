"""The exponential average of the weights: used in tests, and left out of the training steps."""

import keras


class AverageInTests(keras.callbacks.Callback):
    """Puts the optimiser's average into the model for every test, and puts the trained weights back, to the bit.

    The average w̄ ← a w̄ + (1 − a) w is Keras' own, `use_ema` of any optimiser. It is updated in the compiled step and
    belongs to `optimizer.variables`, so that a checkpoint has it. Keras' callback for tests, `SwapEMAWeights`, is not
    used: it exchanges w and w̄ by sums and differences, whose rounding stays in w after every test.

    `fit` leaves the average in the model when it ends. A run is many calls of `fit`, so this callback puts w back.
    It needs an optimiser with `use_ema`, and a test at the end of the last epoch, as with `validation_data`.
    """

    def on_test_begin(self, logs=None):
        self.trained = [weight.numpy() for weight in self.model.trainable_variables]
        put_average(self.model)

    def on_test_end(self, logs=None):
        for weight, value in zip(self.model.trainable_variables, self.trained, strict=True):
            weight.assign(value)

    on_train_end = on_test_end


def put_average(model):
    """Gives a compiled model the average of its weights, if its optimiser has one and a step was taken."""
    if model.optimizer.iterations.numpy() > 0:  # before the first step the average is zero
        model.optimizer.finalize_variable_values(model.trainable_variables)
