"""A training step of the point operator against the same network with every mode evaluated at every point.

    python experiments/examples/point_operator/timing.py [--out results/drawn]

*Plain* is one complex matrix exp(−i k·x) of all modes and points, and two products with it, in every layer. Both sides
run in turn in one process; times are medians of five after one step apart. The record goes to `--out`.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import keras
import numpy as np
import tensorflow as tf

from experiments.benchmarks.timing import median_times
from experiments.examples.options import make_folder
from experiments.machine import machine
from experiments.records import write_record
from experiments.running.options import Parser
from lrc_keras.layers import LongRangeConvolution
from lrc_keras.models import build_point_operator

SIDE = 2 * np.pi
CASES = [(dim, modes, count, "sums") for dim, modes in ((1, 25), (2, 13)) for count in (10**3, 10**4, 10**5)]
CASES += [(dim, modes, count, "points") for dim, modes in ((1, 1001), (2, 33)) for count in (10**3, 10**4)]
SIZES = {"width": 24, "depth": 4}


@keras.saving.register_keras_serializable(package="examples")
class EveryMode(LongRangeConvolution):
    """The same layer, with the weights of the same multiplier, by the matrix of all modes and all points."""

    def call(self, positions, sources=None, cell=None):
        numbers = np.reshape(self._numbers, (-1, self._numbers.shape[-1]))
        angles = tf.einsum("bnd,md->bnm", positions, tf.constant(2 * np.pi / SIDE * numbers, positions.dtype))
        waves = tf.complex(tf.cos(angles), tf.sin(angles))
        modes = tf.einsum("bnm,bnc->bmc", tf.math.conj(waves), tf.complex(sources, tf.zeros_like(sources)))
        width = sources.shape[-1]
        matrices = tf.reshape(self.multiplier(tf.constant(self._wavenumbers)), [-1, width, width])
        modes = tf.einsum("moc,bmc->bmo", matrices, modes) / SIDE ** positions.shape[-1]
        return tf.math.real(tf.einsum("bnm,bmo->bno", waves, modes))


def every_mode(model):
    """A copy of a point operator whose layers evaluate every mode at every point."""

    def other(layer):
        kind = EveryMode if isinstance(layer, LongRangeConvolution) else type(layer)
        return kind.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=other)
    copy.set_weights(model.get_weights())
    return copy


def measure(dim, modes, count, method, repeats=5):
    """Seconds of a training step on one cloud: a dict, and how far the first outputs of both sides differ."""
    rng = np.random.default_rng(0)
    inputs = {"positions": rng.uniform(0, SIDE, (1, count, dim)), "values": rng.normal(size=(1, count, 1))}
    inputs = {**inputs, "weights": np.full((1, count), SIDE**dim / count)}
    inputs = {name: tf.constant(value, tf.float32) for name, value in inputs.items()}
    keras.utils.set_random_seed(0)
    model = build_point_operator(count, dim, SIDE, modes, method=method, **SIZES)
    models = {"layer": model, "plain": every_mode(model)}
    outputs = [np.array(model(inputs)) for model in models.values()]
    difference = np.linalg.norm(outputs[0] - outputs[1]) / np.linalg.norm(outputs[1])
    for model in models.values():
        model.compile("adam", "mse", jit_compile=False)
    steps = [lambda model=model: model.train_on_batch(inputs, inputs["values"]) for model in models.values()]
    times = dict(zip(models, median_times(*steps, repeats=repeats), strict=True))
    case = {"dim": dim, "modes": modes, "points": count, "method": method}
    return {**case, **times, "difference": float(difference)}


def main(arguments=None):
    parser = Parser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/drawn"), help="folder of the record (%(default)s)")
    folder, results = parser.parse_args(arguments).out, []
    make_folder(parser, folder)
    for case in CASES:
        results.append(measure(*case))
        line = "d={dim} modes={modes} N={points} {method}: layer {layer:.3f} s, plain {plain:.3f} s"
        print(line.format(**results[-1]), flush=True)
    write_record(
        folder / "point_operator_timing.json", item="point_operator_timing", results=results, machine=machine()
    )


if __name__ == "__main__":
    main()
