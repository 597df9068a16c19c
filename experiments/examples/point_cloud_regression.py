"""Regression on point clouds that no local model can learn: the layer in a functional Keras model of one's own.

    python experiments/examples/point_cloud_regression.py [--out results/drawn] [--quick]

A cloud is N independent points with charges q = ±1 in a periodic square. The target of a point is a nonlinear function
of a long-range potential,

    y_i = tanh(φ_i/σ),    φ_i = Σ_{j≠i} ψ(x_i − x_j) q_j,    ψ = screened Coulomb, Eq. (7),    σ = 1/(2√μ).

Two models are trained by plain `compile` and `fit`. Both see the charges within the cutoff R; one has a
`LongRangeConvolution` besides. Since the charges beyond R are independent of those within, the error of every model
of the points within R has a lower bound, which is computed and drawn too.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from data_gen import ScreenedCoulomb, nearest_image
from experiments.examples.options import read_options
from figures.plotting.style import BLUE, GREY, VERMILION, house_style, save_figure
from lrc_keras.layers import LongRangeConvolution, ScreenedCoulombMultiplier
from lrc_keras.ops import displacement, neighbor_list

KERNEL = ScreenedCoulomb(mu=0.3)
BOX_LENGTH, CUTOFF, NUM_MODES = 10.0, 1.5, 31
UNIT = 0.5 / np.sqrt(KERNEL.mu)  # σ
COLORS = {"local": VERMILION, "long-range": BLUE}


@dataclass(frozen=True)
class Settings:
    """Numbers of points in a cloud, of clouds and of epochs."""

    num_points: int = 64
    num_training: int = 512
    num_test: int = 128
    epochs: int = 30


FULL, QUICK = Settings(), Settings(num_points=32, num_training=256, num_test=32, epochs=6)


def make_clouds(count, num_points, seed):
    """Random clouds and their targets.

    Returns: positions (S, N, 2), charges (S, N, 1) and targets y (S, N, 1), float32; and the matrices ψ(x_i − x_j),
        (S, N, N) float64, zero for i = j.
    """
    rng = np.random.default_rng(seed)
    positions = rng.uniform(0, BOX_LENGTH, (count, num_points, 2))
    charges = rng.choice([-1.0, 1.0], (count, num_points, 1))
    separation = positions[:, :, None] - positions[:, None]
    matrices = KERNEL.value(separation, (BOX_LENGTH, BOX_LENGTH))
    matrices[:, range(num_points), range(num_points)] = 0  # ψ(0) is infinite, and a point does not act on itself
    targets = np.tanh(matrices @ charges / UNIT)
    return *(values.astype(np.float32) for values in (positions, charges, targets)), matrices


def bound_of_local_models(positions, charges, targets, matrices, draws=200, seed=0):
    """The error of E(y_i | charges within R, all positions): no model of the points within R has a smaller one.

    Args: as `make_clouds` returns them; `draws` of the signs beyond R, over which the expectation is a mean. The true
        signs are one more draw, so that the mean square is (1 + 1/draws) times that of the expectation itself.

    Returns: root mean square over all points, a float.
    """
    rng, squares = np.random.default_rng(seed), []
    for cloud, q, y, matrix in zip(positions, charges, targets, matrices, strict=True):
        far = np.linalg.norm(nearest_image(cloud[:, None] - cloud, BOX_LENGTH), axis=-1) >= CUTOFF
        near = np.where(far, 0, matrix) @ q
        drawn = rng.choice([-1.0, 1.0], (len(q), draws))
        expected = np.tanh((near + np.where(far, matrix, 0) @ drawn) / UNIT).mean(axis=1, keepdims=True)
        squares.append(np.mean((y - expected) ** 2))
    return float(np.sqrt(np.mean(squares) / (1 + 1 / draws)))


class NeighborSum(keras.layers.Layer):
    """h_i = Σ_j (1 − r_ij²/R²)² f_θ(r_ij, log r_ij, q_j) over the neighbours of i, and f_θ a small network.

    Input: positions (B, N, 2), charges (B, N, 1), neighbors (B, N, K) int32, −1 pads. Output: (B, N, units).
    """

    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.network = keras.Sequential([keras.layers.Dense(units, "silu"), keras.layers.Dense(units, "silu")])

    def build(self, positions_shape, charges_shape, neighbors_shape):
        self.network.build((None, *neighbors_shape[1:], 3))
        self.built = True

    def call(self, positions, charges, neighbors):
        real = neighbors >= 0
        rows = tf.maximum(neighbors, 0)
        separation = displacement(positions[:, :, None], tf.gather(positions, rows, batch_dims=1), BOX_LENGTH)
        squared = tf.where(real, tf.reduce_sum(separation**2, axis=-1), CUTOFF**2)[..., None]
        r = tf.sqrt(squared + 1e-6)
        messages = self.network(tf.concat([r, tf.math.log(r), tf.gather(charges, rows, batch_dims=1)], axis=-1))
        return tf.reduce_sum(messages * (1 - squared / CUTOFF**2) ** 2, axis=2)  # padding has r = R, weight zero


def build_model(num_points, long_range):
    """Positions, charges and neighbours to a number for every point, with or without a long-range layer."""
    positions = keras.Input((num_points, 2), name="positions")
    charges = keras.Input((num_points, 1), name="charges")
    neighbors = keras.Input((num_points, None), dtype="int32", name="neighbors")
    features = [charges, NeighborSum()(positions, charges, neighbors)]
    if long_range:
        multiplier = ScreenedCoulombMultiplier(
            channels=4, initial_inverse_length=(0.5, 1.0, 2.0, 4.0), initial_amplitude=0.1
        )
        features.append(LongRangeConvolution(multiplier, NUM_MODES, BOX_LENGTH)(positions, charges))
    hidden = keras.layers.Dense(32, "silu")(keras.layers.Concatenate()(features))
    hidden = keras.layers.Dense(32, "silu")(hidden)
    return keras.Model([positions, charges, neighbors], keras.layers.Dense(1)(hidden))


def train(model, training, test, epochs):
    """Errors on the test clouds after every epoch, a list of floats in units of y, and predictions (S, N, 1)."""
    (inputs, targets), batch_size = training, 16
    rate = keras.optimizers.schedules.CosineDecay(5e-3, epochs * -(-len(targets) // batch_size))
    model.compile(keras.optimizers.Adam(rate), "mse", metrics=[keras.metrics.RootMeanSquaredError(name="error")])
    history = model.fit(inputs, targets, batch_size, epochs, validation_data=test, verbose=0)
    return history.history["val_error"], model.predict(test[0], verbose=0)


def run(settings, seed=0):
    """Trains both models; a dict of targets, and of predictions and errors by the model's name, in units of y."""
    clouds = [make_clouds(n, settings.num_points, (seed, n)) for n in (settings.num_training, settings.num_test)]
    sets = [([x, q, neighbor_list(x, BOX_LENGTH, CUTOFF)], y) for x, q, y, _ in clouds]
    results = {"targets": sets[1][1], "bound": bound_of_local_models(*clouds[1]), "curves": {}, "predictions": {}}
    for name in COLORS:
        keras.utils.set_random_seed(seed)
        model = build_model(settings.num_points, long_range=name == "long-range")
        results["curves"][name], results["predictions"][name] = train(model, *sets, settings.epochs)
    return results


def draw(results):
    """Prediction against target of both models, and their errors while they learned: a `Figure`.

    Errors are root mean squares over the test clouds, in units of the spread: the standard deviation of the targets.
    """
    spread, targets = np.std(results["targets"]), results["targets"].ravel()
    with house_style():
        figure = Figure(figsize=(11.5, 3.9), layout="constrained")
        *panels, curves = figure.subplots(1, 3, width_ratios=(1, 1, 1.15))
        for axes, (name, color) in zip(panels, COLORS.items(), strict=True):
            axes.plot(targets, results["predictions"][name].ravel(), ".", color=color, markersize=2, alpha=0.35,
                      markeredgewidth=0, rasterized=True)  # fmt: skip
            axes.plot([-1, 1], [-1, 1], color=GREY, linewidth=0.8)
            axes.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), aspect="equal", xlabel="target", ylabel="prediction")
            axes.set_title(f"{name}: error {results['curves'][name][-1] / spread:.1%} of the spread", color=color)
        for name, curve in results["curves"].items():
            curves.plot(range(1, len(curve) + 1), np.array(curve) / spread, color=COLORS[name], label=name)
        curves.axhline(results["bound"] / spread, color=GREY, linestyle="--", linewidth=1.2)
        curves.annotate(f"no model of the points within R = {CUTOFF:g} is below", (1, results["bound"] / spread),
                        (0, -4), textcoords="offset points", va="top", color=GREY, fontsize=9)  # fmt: skip
        lowest = min(min(curve) for curve in results["curves"].values()) / spread
        curves.set(yscale="log", ylim=(lowest / 2, 1.3), xlabel="epoch", ylabel="error on test clouds, of the spread")
        curves.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        curves.legend(loc="center right")
    return figure


def main(arguments=None):
    """Runs the example, prints what it reached, writes the picture, and returns the results of `run`."""
    path, quick = read_options(__doc__, "point_cloud_regression.png", arguments)
    results = run(QUICK if quick else FULL)
    spread = np.std(results["targets"])
    for name, curve in results["curves"].items():
        print(f"{name:10}  error on test clouds {curve[-1] / spread:6.1%} of the spread of the targets")
    print(f"{'bound':10}  {results['bound'] / spread:6.1%}, for models of the points within {CUTOFF:g}")
    save_figure(draw(results), path)
    print(path)
    return results


if __name__ == "__main__":
    main()
