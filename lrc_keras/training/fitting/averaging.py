"""The exponential average of the weights: looked at in tests, left alone by training."""

import keras


class AverageInTests(keras.callbacks.Callback):
    """Puts the optimiser's average in the model for every test and takes it out again, to the bit.

    The average w̄ ← a w̄ + (1 − a) w is Keras' own, `use_ema` of any optimiser: made inside the compiled step, and one of
    `optimizer.variables`, so that a checkpoint has it. Keras' callback for tests, `SwapEMAWeights`, is not used: it
    exchanges w and w̄ by sums and differences, whose rounding stays in w after every test.

    `fit` leaves the average in the model when it ends; this callback puts w back, as a run is many calls of `fit`.
    Wants an optimiser with `use_ema`, and a test at the end of the last epoch, as `validation_data` has.
    """

    def on_test_begin(self, logs=None):
        self.trained = [weight.numpy() for weight in self.model.trainable_variables]
        put_average(self.model)

    def on_test_end(self, logs=None):
        self._put_back()

    def on_train_end(self, logs=None):
        self._put_back()

    def _put_back(self):
        for weight, value in zip(self.model.trainable_variables, self.trained, strict=True):
            weight.assign(value)


def put_average(model):
    """Gives a compiled model the average of its weights; nothing without an average, and before the first step."""
    if model.optimizer.iterations.numpy() > 0:  # the average of no step is zero
        model.optimizer.finalize_variable_values(model.trainable_variables)
