"""What all tests share: a quiet TensorFlow, a seeded generator, tolerances by dtype, one generic layer check."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")  # some tests compare bits, which sums on a GPU do not repeat
if "PYTEST_XDIST_WORKER" in os.environ:  # two processes share two cores: one thread each is faster than two
    os.environ.update(dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), "1"))

import numpy as np
import pytest

# Rounding of a sum of some hundred terms of size one, with room for the order of summation.
TOLERANCE = {"float32": 2e-5, "float64": 1e-12}


def pytest_collection_modifyitems(items):
    """The longest tests come first, so that no process waits for one at the end."""
    items.sort(key=lambda item: "blocks_run" not in item.nodeid)


@pytest.fixture(scope="session", autouse=True)
def exact_products():
    """Else GPUs round the factors to ten bits. The process that hands out the tests need not import TensorFlow."""
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)


@pytest.fixture
def rng():
    return np.random.default_rng(20221026)


@pytest.fixture
def tolerance():
    return TOLERANCE


@pytest.fixture
def central_difference():
    """Gradient by central differences of a function that takes a float64 batch, (B, …) → (B,), at one array, (1, …).

    All displaced arrays are one batch. With step h = 1e-5 and functions of size one the error is about h² = 1e-10 plus
    rounding 1e-16/h = 1e-11.
    """

    def gradient(function, array, step=1e-5):
        steps = step * np.eye(array.size).reshape(-1, *array.shape[1:])
        above, below = np.split(np.array(function(np.concatenate([array + steps, array - steps]))), 2)
        return (above - below).reshape(array.shape) / (2 * step)

    return gradient


@pytest.fixture
def check_layer(tmp_path):
    """Shape, weights, configuration round trip, .keras save and load, no gradient missing."""
    import keras
    import tensorflow as tf

    def check(layer, inputs, output_shape, num_trainable):
        tensors = [keras.ops.convert_to_tensor(value) for value in inputs]
        output = layer(*tensors)
        assert output.shape == output_shape
        assert layer.compute_output_shape(*(t.shape for t in tensors)) == output_shape
        assert len(layer.trainable_weights) == num_trainable

        clone = type(layer).from_config(layer.get_config())
        assert clone.get_config() == layer.get_config()

        specs = [keras.Input(t.shape[1:], batch_size=t.shape[0], dtype=t.dtype) for t in tensors]
        model = keras.Model(specs, layer(*specs))
        model.save(tmp_path / "layer.keras")
        loaded = keras.models.load_model(tmp_path / "layer.keras")
        np.testing.assert_array_equal(loaded(tensors), model(tensors))

        with tf.GradientTape() as tape:
            # a plain sum could have a zero derivative by symmetry
            loss = tf.reduce_sum(tf.square(layer(*tensors)))
        gradients = tape.gradient(loss, layer.trainable_variables)
        assert all(g is not None and np.all(np.isfinite(g)) for g in gradients)

    return check


@pytest.fixture
def line_snapshots(rng):
    """Points on a line: two in each cell of 0.5 (as Table 1), none closer than 0.05. (S, N) → (S, N, 1) float64."""

    def make(num_snapshots, box_length=5.0):
        cells = round(box_length / 0.5)
        snapshots = []
        while len(snapshots) < num_snapshots:
            first = rng.uniform(0.03, 0.17, cells)
            second = first + rng.uniform(0.06, 0.28, cells)
            points = np.arange(cells) * 0.5 + np.stack([first, second])
            snapshots.append(points.T.reshape(-1, 1))
        return np.array(snapshots)

    return make
