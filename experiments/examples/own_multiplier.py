"""A multiplier of one's own: a few lines that say what φ̂(k) may look like, and the data say which it is.

    python experiments/examples/own_multiplier.py [--out results/drawn] [--quick]

The data are local potentials U_i = Σ_{j≠i} ψ(x_i − x_j) of `data_gen`, with ψ(r) = exp(−μr) in two dimensions. None of
the ready-made multipliers has its transform, which is a Yukawa kernel to a power,

    ψ̂(k) = (2π/μ²) (1 + |k|²/μ²)^(−3/2),

so one is written here whose three numbers, the amplitude, the inverse length and the power, are learned. Learned and
true kernel are drawn in Fourier space, and in space by the same inverse transform over the modes of the box.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
from matplotlib.figure import Figure

import data_gen
from experiments.examples.options import read_options
from figures.plotting.style import BLACK, BLUE, GREEN, GREY, VERMILION, house_style, save_figure
from lrc_keras.layers import FourierMultiplier, LongRangeConvolution
from lrc_keras.ops.modes import wavenumbers

MU = 1.2
KERNEL = data_gen.Exponential(MU)
BOX_LENGTH, NUM_MODES = (12.0, 12.0), (61, 61)
TRUTH = {"amplitude": 2 * np.pi / MU**2, "inverse_length": MU, "power": 1.5}


@dataclass(frozen=True)
class Settings:
    """Numbers of snapshots, of cells along each side with one point in each, and of epochs."""

    num_training: int = 128
    num_test: int = 32
    cells: int = 12
    epochs: int = 30


FULL, QUICK = Settings(), Settings(num_training=64, num_test=8, cells=6, epochs=30)


@keras.saving.register_keras_serializable(package="examples")
class YukawaPower(FourierMultiplier):
    """φ̂(k) = β (1 + |k|²/λ²)^(−p) with trainable β, λ and p: Yukawa's kernel for p = 1, exp(−λr) in 2-D for p = 3/2."""

    def build(self, input_shape):
        # Yukawa's kernel of about the right size: the mean potential is nearly φ̂(0) N/V
        self.amplitude = self.add_channel_weight("amplitude", [3.0])
        self.inverse_length = self.add_channel_weight("inverse_length", [2.0])
        self.power = self.add_channel_weight("power", [1.0])

    def call(self, wavenumbers):
        squared = self.squared_norm(wavenumbers)
        return self.amplitude * (1 + squared / self.inverse_length**2) ** -self.power


def make_potentials(count, cells, seed):
    """Positions (S, N, 2) and local potentials (S, N, 1), float32, of snapshots with N = cells²; 0.1 apart or more."""
    with tempfile.TemporaryDirectory() as folder:
        path = data_gen.generate(
            Path(folder) / "snapshots.h5",
            kernel=KERNEL,
            box_length=BOX_LENGTH,
            cells=cells,
            points_per_cell=1,
            min_distance=0.1,
            num_snapshots=count,
            seed=seed,
            potentials=True,
        )
        snapshots = data_gen.read_snapshots(path)
    return snapshots.positions.astype(np.float32), snapshots.potentials[..., None].astype(np.float32)


def true_modes():
    """ψ̂(k) on the modes of the box, (M1, M2): the integral over the box by a grid eight times as fine as the modes."""
    size = [8 * m for m in NUM_MODES]
    axes = [side * np.fft.fftfreq(n) for side, n in zip(BOX_LENGTH, size, strict=True)]
    values = KERNEL.value(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1), np.array(BOX_LENGTH))
    modes = np.fft.fftshift(np.fft.fft2(values).real * np.prod(BOX_LENGTH) / np.prod(size))
    return modes[tuple(slice(n // 2 - m // 2, n // 2 + (m + 1) // 2) for n, m in zip(size, NUM_MODES, strict=True))]


def along_a_side(modes, count=241):
    """φ(r) = (1/V) Σ_n φ̂(k_n) cos(k_n·r) at r = (r, 0), from 0 to half the box: r and φ(r), (count,) each."""
    r = np.linspace(0, BOX_LENGTH[0] / 2, count)
    k = wavenumbers(NUM_MODES, BOX_LENGTH)[:, 0, 0]
    return r, np.cos(np.outer(r, k)) @ modes.sum(axis=1) / np.prod(BOX_LENGTH)


def learned_modes(multiplier):
    """φ̂(k) of the multiplier as it is, (M1, M2)."""
    return np.array(multiplier(wavenumbers(NUM_MODES, BOX_LENGTH).astype(np.float32)))[..., 0]


class Watch(keras.callbacks.Callback):
    """Keeps the weights of the multiplier, by name, before training and after every epoch."""

    def __init__(self, multiplier):
        super().__init__()
        self.multiplier, self.numbers = multiplier, {name: [] for name in TRUTH}

    def on_train_begin(self, logs=None):
        for name, values in self.numbers.items():
            values.append(float(getattr(self.multiplier, name)[0]))

    def on_epoch_end(self, epoch, logs=None):
        self.on_train_begin()


def run(settings, seed=0):
    """Trains the multiplier on potentials; a dict of its numbers by epoch, modes at the start, learned and true, and
    the relative error of the test potentials after training."""
    training = make_potentials(settings.num_training, settings.cells, seed)
    test = make_potentials(settings.num_test, settings.cells, seed + 1)
    keras.utils.set_random_seed(seed)
    multiplier, batch_size = YukawaPower(), 8
    positions = keras.Input(training[0].shape[1:])
    model = keras.Model(positions, LongRangeConvolution(multiplier, NUM_MODES, BOX_LENGTH)(positions))
    start, watch = learned_modes(multiplier), Watch(multiplier)
    rate = keras.optimizers.schedules.CosineDecay(0.1, settings.epochs * settings.num_training // batch_size)
    # The gradients fall by orders of magnitude; with a longer memory of them the steps would fall far too.
    model.compile(keras.optimizers.Adam(rate, beta_2=0.9), "mse")
    model.fit(*training, batch_size, settings.epochs, verbose=0, callbacks=[watch])
    error = np.linalg.norm(model.predict(test[0], verbose=0) - test[1]) / np.linalg.norm(test[1])
    modes = {"start": start, "learned": learned_modes(multiplier), "truth": true_modes()}
    return {"numbers": watch.numbers, "modes": modes, "error": float(error)}


def kernel_error(modes, truth):
    """‖φ̂ − ψ̂‖ / ‖ψ̂‖ over all modes, which is the relative error of φ over the box."""
    return float(np.linalg.norm(modes - truth) / np.linalg.norm(truth))


def draw(results):
    """The kernel by modes, the kernel in space, and the three numbers on their way to the truth: a `Figure`.

    A kernel that is cut off at the last mode rings; where that takes φ(r) below zero a logarithmic axis has a gap.
    """
    k = np.linalg.norm(wavenumbers(NUM_MODES, BOX_LENGTH), axis=-1).ravel()
    order = np.argsort(k)[1:]  # k = 0 has no place on a logarithmic axis
    looks = {
        "start": {"color": GREY, "linestyle": ":"},
        "learned": {"color": BLUE},
        "truth": {"color": BLACK, "linestyle": "--", "linewidth": 1.2},
    }
    with house_style():
        figure = Figure(figsize=(11.5, 3.9), layout="constrained")
        fourier, space, numbers = figure.subplots(1, 3)
        for name, look in looks.items():
            fourier.plot(k[order], results["modes"][name].ravel()[order], label=name, **look)
            r, values = along_a_side(results["modes"][name])
            space.plot(r, np.where(values > 0, values, np.nan), label=name, **look)
        fourier.set(xscale="log", yscale="log", xlabel="|k|", ylabel="φ̂(k)", title="multiplier on the modes")
        space.set(yscale="log", xlabel="r", ylabel="φ(r)", title="kernel, from the same modes")
        fourier.legend(loc="lower left")
        for (name, values), color in zip(results["numbers"].items(), (BLUE, VERMILION, GREEN), strict=True):
            label = f"{name.replace('_', ' ')}: {values[-1]:.3f} (truth {TRUTH[name]:.3f})"
            numbers.plot(np.array(values) / TRUTH[name], color=color, label=label)
        numbers.axhline(1, color=BLACK, linestyle="--", linewidth=1.2)
        numbers.set(xlabel="epoch", ylabel="learned / truth", title="the three numbers", ylim=(0, None))
        numbers.legend(loc="lower right")
    return figure


def main(arguments=None):
    """Runs the example, prints what it reached, writes the picture, and returns the results of `run`."""
    path, quick = read_options(__doc__, "own_multiplier.png", arguments)
    results = run(QUICK if quick else FULL)
    for name, values in results["numbers"].items():
        print(f"{name:14}  start {values[0]:6.3f}  learned {values[-1]:6.3f}  truth {TRUTH[name]:6.3f}")
    start, learned = (kernel_error(results["modes"][name], results["modes"]["truth"]) for name in ("start", "learned"))
    print(f"kernel off by {start:.2%} at the start, by {learned:.2%} after training")
    print(f"potentials of test snapshots off by {results['error']:.2%}")
    save_figure(draw(results), path)
    print(path)
    return results


if __name__ == "__main__":
    main()
