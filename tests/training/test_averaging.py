import keras
import numpy as np
import pytest

from lrc_keras.training import SOAP, compile_for_forces, evaluation_batches
from lrc_keras.training.fitting.averaging import AverageInTests, put_average


class Record(keras.callbacks.Callback):
    """The weights after every step."""

    def __init__(self):
        super().__init__()
        self.weights = []

    def on_train_batch_end(self, batch, logs=None):
        self.weights.append([w.numpy() for w in self.model.trainable_variables])


@pytest.mark.parametrize(("optimizer", "jit_compile"), [(keras.optimizers.Adam, True), (SOAP, False)])
def test_average_is_tested_and_put_and_leaves_the_training_alone(
    optimizer, jit_compile, toy_snapshots, toy_force_field
):
    """Against w̄ ← a w̄ + (1 − a) w by hand, with w̄ = w after the first step, in the compiled step as well."""
    batches = evaluation_batches(toy_snapshots, 5)
    averaged, plain = toy_force_field(), toy_force_field()
    compile_for_forces(averaged, optimizer(1e-2, use_ema=True, ema_momentum=0.8), jit_compile=jit_compile)
    compile_for_forces(plain, optimizer(1e-2), jit_compile=jit_compile)
    put_average(averaged)  # before the first step there is none
    record, plain_record = Record(), Record()
    for _ in range(2):  # the second call goes on from the weights, not from the average
        options = {"epochs": 2, "shuffle": False, "verbose": 0, "validation_data": batches}
        history = averaged.fit(batches, callbacks=[AverageInTests(), record], **options).history
        plain.fit(batches, callbacks=[plain_record], **options)
    for steps in zip(record.weights, plain_record.weights, strict=True):
        for a, b in zip(*steps, strict=True):
            # the two steps are compiled apart: sums of float64 in another order
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)

    expected = record.weights[0]
    for weights in record.weights[1:]:
        expected = [0.8 * a + 0.2 * w for a, w in zip(expected, weights, strict=True)]
    for weight, last in zip(averaged.trainable_variables, record.weights[-1], strict=True):
        np.testing.assert_array_equal(weight.numpy(), last)
    put_average(averaged)
    for weight, value in zip(averaged.trainable_variables, expected, strict=True):
        # 16 steps of one rounding each
        np.testing.assert_allclose(weight.numpy(), value, rtol=1e-13, atol=1e-15)
    result = averaged.evaluate(batches, verbose=0, return_dict=True)
    assert history["val_forces_relative_error"][-1] == result["forces_relative_error"]
