"""SOAP as a Keras optimizer: compilation, saving, configuration, schedules and unusual gradients."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.training.soap import SOAP
from tests.training.soap_reference import RATE, SQUARE, numpy_soap, optimizer, run, tf_gradient

RNG = np.random.default_rng(8)


def two_weight_step(soap, weight, bias):
    def step():
        g = tf.cast(tf_gradient(tf.cast(weight.value, "float64"), soap.iterations), weight.dtype)
        soap.apply([g, tf.sin(bias.value)], [weight, bias])

    return step


@pytest.mark.parametrize("dtype, graph, xla", [("float64", 1e-10, 2e-5), ("float32", 1e-6, 2e-4)])
def test_eager_graph_and_xla_agree(dtype, graph, xla):
    """20 steps of 1/64; XLA's own `eigh` iterates to 1e-6 in any dtype, and the first bases come from it."""
    results = []
    for options in (None, {}, {"jit_compile": True}):
        weight, bias = keras.Variable(SQUARE, dtype=dtype), keras.Variable(SQUARE[0], dtype=dtype)
        soap = optimizer()
        soap.build([weight, bias])
        step = two_weight_step(soap, weight, bias)
        step = step if options is None else tf.function(step, **options)
        for _ in range(20):
            step()
        assert soap.iterations.numpy() == 20
        results.append(np.vstack([weight.numpy(), bias.numpy()]))
    assert np.abs(results[0][:5] - SQUARE).max() > 0.1
    np.testing.assert_allclose(results[1], results[0], rtol=0, atol=graph)
    np.testing.assert_allclose(results[2], results[0], rtol=0, atol=xla)


def test_restored_state_resumes_exactly():
    straight = run(optimizer(), keras.Variable(SQUARE, dtype="float64"), 17)
    first, weight = optimizer(), keras.Variable(SQUARE, dtype="float64")
    run(first, weight, 8)
    second, copy = optimizer(), keras.Variable(weight.numpy(), dtype="float64")
    second.build([copy])
    for new, old in zip(second.variables, first.variables, strict=True):
        new.assign(old)
    assert np.array_equal(run(second, copy, 9), straight)


def small_model():
    keras.utils.set_random_seed(1)
    layers = [keras.Input((3,)), keras.layers.Dense(16, activation="tanh"), keras.layers.Dense(1)]
    return keras.Sequential(layers)


def test_fit_under_xla_and_saved_model_continues(tmp_path):
    x = RNG.normal(size=(64, 3)).astype("float32")
    y = np.sin(x.sum(1, keepdims=True))
    model = small_model()
    schedule = keras.optimizers.schedules.ExponentialDecay(0.03, 50, 0.9)
    soap = SOAP(schedule, global_clipnorm=1.0, use_ema=True)
    model.compile(optimizer=soap, loss="mse", jit_compile=True)
    losses = model.fit(x, y, batch_size=64, epochs=60, shuffle=False, verbose=0).history["loss"]
    assert losses[-1] < 0.2 * losses[0]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.optimizer.iterations.numpy() == 60
    for m in (model, again):
        m.fit(x, y, batch_size=64, epochs=12, shuffle=False, verbose=0)
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-5)


def test_config_round_trip():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 50, 0.9)
    options = dict(beta_1=0.8, beta_2=0.9, shampoo_beta=0.7, epsilon=1e-6, refresh_interval=4, max_side=64)
    options |= dict(weight_decay=0.1, clipnorm=1.0, use_ema=True, ema_momentum=0.9, name="mine")
    again = keras.optimizers.deserialize(keras.optimizers.serialize(SOAP(schedule, **options)))
    assert isinstance(again, SOAP)
    config = again.get_config()
    assert {name: config[name] for name in options} == options
    assert config["learning_rate"]["config"] == schedule.get_config()
    plain = SOAP()
    assert plain.get_config() == SOAP.from_config(plain.get_config()).get_config()
    assert plain.get_config()["shampoo_beta"] is None
    of_numpy = SOAP(**{name: np.float32(0.5) for name in ("beta_1", "beta_2", "shampoo_beta", "epsilon")},
                    refresh_interval=np.int64(4), max_side=np.int32(64))  # fmt: skip
    config = json.loads(json.dumps(of_numpy.get_config()))
    assert config["beta_1"] == config["epsilon"] == 0.5 and config["max_side"] == 64


def test_learning_rate_schedule_stops_the_step():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([4], [RATE, 0.0])
    scheduled = run(optimizer(learning_rate=schedule), keras.Variable(SQUARE, dtype="float64"), 9)
    plain = run(optimizer(), keras.Variable(SQUARE, dtype="float64"), 5)
    np.testing.assert_allclose(scheduled, plain, rtol=0, atol=1e-11)


def test_gradient_accumulation_is_one_step():
    plain, gathered = (keras.Variable(SQUARE, dtype="float64") for _ in range(2))
    one, two = optimizer(), optimizer(gradient_accumulation_steps=2)
    for t in range(8):
        g = tf_gradient(plain.value, t)
        one.apply([g], [plain])
        two.apply([0.5 * g], [gathered])
        two.apply([1.5 * g], [gathered])
    np.testing.assert_allclose(gathered.numpy(), plain.numpy(), rtol=0, atol=1e-10)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # Keras' own, and what this test is about
def test_weight_without_gradient_stays():
    weight, idle = (keras.Variable(SQUARE, dtype="float64") for _ in range(2))
    soap = optimizer()
    soap.build([weight, idle])
    group = soap._groups[0]
    for t in range(8):
        if t == 5:
            parts = [group.momentum, group.velocity, *group.factors]
            before = [idle.numpy().copy(), *(part.numpy()[1].copy() for part in parts)]
        g = tf_gradient(weight.value, t)
        soap.apply([g, g if t < 5 else None], [weight, idle])
        if t == 5:  # no refresh in this step, which would sort the velocity
            for was, part in zip(before, [idle, *parts], strict=True):
                assert np.array_equal(part.numpy() if part is idle else part.numpy()[1], was)
    np.testing.assert_allclose(weight.numpy(), numpy_soap(SQUARE, 8), rtol=0, atol=1e-11)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_zero_gradients_do_no_harm(jit_compile):
    weight = keras.Variable(SQUARE[:, :3], dtype="float32")
    soap = SOAP(refresh_interval=1)
    soap.build([weight])
    step = tf.function(lambda: soap.apply([tf.zeros((5, 3))], [weight]), jit_compile=jit_compile)
    for _ in range(4):
        step()
    assert np.array_equal(weight.numpy(), SQUARE[:, :3].astype("float32"))
    assert all(np.isfinite(variable.numpy()).all() for variable in soap.variables)


def test_unknown_argument():
    with pytest.raises(ValueError, match="momentum"):
        SOAP(momentum=0.9)
