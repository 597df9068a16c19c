"""The neural operator on scattered points against direct sums, and what it does not depend on."""

import keras
import numpy as np
import pytest

from lrc_keras.models import build_point_operator
from lrc_keras.ops import quadrature_weights

BOX = (2.0, 3.0)


def make(dim=2, num_modes=(5, 3), box=BOX, num_points=None, **options):
    """A small model whose biases are not zero."""
    keras.utils.set_random_seed(2)
    model = build_point_operator(num_points, dim, box, num_modes, **{"width": 4, "depth": 2, **options})
    rng = np.random.default_rng(3)
    model.set_weights([w + rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return model


def data(rng, count=30, channels=1, dtype="float64"):
    x = rng.uniform(0, 2, (2, count, 2))
    inputs = {"positions": x, "values": rng.normal(size=(2, count, channels)), "weights": rng.uniform(0, 1, (2, count))}
    return {name: value.astype(dtype) for name, value in inputs.items()}


def test_one_block_is_the_direct_sum(rng):
    """W v + b + (1/V) Σ_n φ̂(k_n) exp(i k_n·x_i) Σ_j w_j v_j exp(−i k_n·x_j), in NumPy."""
    model, inputs = make(depth=1, dtype="float64", in_channels=2, out_channels=3), data(rng, channels=2)

    def dense(name, values):
        return values @ model.get_layer(name).kernel.numpy() + model.get_layer(name).bias.numpy()

    numbers = np.stack(np.meshgrid([-2, -1, 0, 1, 2], [-1, 0, 1], indexing="ij"), -1).reshape(-1, 2)
    multiplier = model.get_layer("convolution_0").multiplier
    k = 2 * np.pi * numbers / np.array(BOX)
    matrices = multiplier(k.reshape(5, 3, 2)).numpy().reshape(15, 4, 4)
    waves = np.exp(1j * inputs["positions"] @ k.T)  # (B, N, modes)
    v = dense("lift", inputs["values"])
    modes = np.einsum("bnm,bn,bnc->bmc", waves.conj(), inputs["weights"], v)
    far = np.einsum("bnm,moc,bmc->bno", waves, matrices, modes) / 6.0
    assert np.abs(far.imag).max() < 1e-12  # pairs of modes are conjugate
    hidden = keras.activations.gelu(dense("hidden", dense("pointwise_0", v) + far.real)).numpy()
    np.testing.assert_allclose(model(inputs), dense("output", hidden), atol=1e-11)  # rounding of 30 · 15 terms


def test_points_in_another_order_are_the_same_points(rng):
    model, inputs, order = make(dtype="float64"), data(rng), rng.permutation(30)
    permuted = {name: value[:, order] for name, value in inputs.items()}
    np.testing.assert_allclose(model(permuted), model(inputs).numpy()[:, order], atol=1e-11)


def test_it_commutes_with_translations(rng):
    model, inputs = make(dtype="float64"), data(rng)
    moved = {**inputs, "positions": inputs["positions"] + [0.37, -5.1]}
    np.testing.assert_allclose(model(moved), model(inputs), atol=1e-11)


def test_padded_points_change_nothing(rng):
    model, inputs = make(dtype="float64"), data(rng)
    padding = {"positions": ((0, 0), (0, 5), (0, 0)), "values": ((0, 0), (0, 5), (0, 0)), "weights": ((0, 0), (0, 5))}
    padded = {name: np.pad(value, padding[name]) for name, value in inputs.items()}
    np.testing.assert_allclose(model(padded)[:, :30], model(inputs), atol=1e-11)


def test_the_answer_at_a_point_does_not_depend_on_the_other_points():
    """A smooth function seen at 200 and at 900 points, of another density: their first ten are common."""
    model, rng = make(1, 7, 2 * np.pi, dtype="float64"), np.random.default_rng(0)
    common, answers = rng.uniform(0, 2 * np.pi, (1, 10, 1)), []
    for count, clustered in ((200, False), (900, False), (900, True)):
        further = rng.beta(2, 2, (1, count, 1)) if clustered else rng.uniform(0, 1, (1, count, 1))
        x = np.concatenate([common, 2 * np.pi * further], axis=1)
        inputs = {"positions": x, "values": np.exp(np.sin(x)), "weights": quadrature_weights(x, 2 * np.pi, 21)}
        answers.append(model(inputs).numpy()[:, :10])
    spread = np.std(answers[1])
    # what is left are the modes above 10, of gelu's kinkless functions
    np.testing.assert_allclose(answers[0], answers[1], atol=2e-2 * spread)
    np.testing.assert_allclose(answers[2], answers[1], atol=2e-2 * spread)


@pytest.mark.parametrize("method", ["points", "finufft"])
def test_every_method_gives_the_same(method, rng):
    """The transforms of four layers have the tolerance 1e-6."""
    inputs = data(rng)
    expected = make(dtype="float64")(inputs).numpy()
    error = np.linalg.norm(make(dtype="float64", method=method)(inputs) - expected) / np.linalg.norm(expected)
    assert error < 1e-5


def test_trained_saved_and_loaded(tmp_path, rng):
    """Trained by `fit` on 30 points, loaded, and asked for 50."""
    model, inputs = make(num_points=None), data(rng, dtype="float32")
    model.compile(keras.optimizers.Adam(1e-2), "mse")
    losses = model.fit(inputs, np.sin(inputs["values"]), epochs=20, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    model.save(tmp_path / "operator.keras")
    loaded, more = keras.models.load_model(tmp_path / "operator.keras"), data(rng, 50, dtype="float32")
    np.testing.assert_array_equal(loaded(more), model(more))
    assert loaded(more).shape == (2, 50, 1)
