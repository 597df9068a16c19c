"""A neural operator on scattered points, trained and tested on other points for every function.

    python experiments/examples/point_operator/run.py [--out results/drawn] [--quick]

Burgers' equation in one dimension and a nonlinear Poisson equation in two. The README beside this file has the results.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import keras
import numpy as np

from experiments.examples.options import read_options
from experiments.examples.point_operator.networks import build_fno, build_pointwise
from experiments.examples.point_operator.picture import draw
from experiments.examples.point_operator.problems import at_points, random_field, solve
from experiments.machine import machine
from experiments.records import write_record
from figures.plotting.style import save_figure
from lrc_keras.models import build_point_operator
from lrc_keras.ops import quadrature_weights
from lrc_keras.training import SOAP

SIDE = 2 * np.pi
DIMENSIONS = {"burgers": 1, "poisson_boltzmann": 2}


@dataclass(frozen=True)
class Settings:
    """Sizes of a problem's network and of its training."""

    num_points: int  # N in training
    num_modes: int  # that the layers act on
    exact_modes: int  # that the quadrature weights integrate exactly
    width: int
    depth: int
    num_training: int
    num_test: int
    epochs: int
    jit_compile: bool = True


FULL = {
    "burgers": Settings(1024, 25, 33, 24, 4, 1024, 96, 40),
    "poisson_boltzmann": Settings(2048, 9, 13, 16, 3, 512, 48, 30),
}
QUICK = {
    "burgers": Settings(128, 9, 17, 8, 2, 64, 16, 8, jit_compile=False),
    "poisson_boltzmann": Settings(256, 5, 7, 8, 2, 32, 8, 2, jit_compile=False),
}


def random_points(count, num_points, dim, rng, clustered=False):
    """Independent points (S, N, d) in [0, 2π)^d, uniform; or with the density 1 + 0.8 cos(x − a) in each coordinate."""
    points = rng.uniform(0, SIDE, (count, num_points, dim))
    if clustered:
        # invert the distribution x + 0.8 sin x by a fixed-point iteration, and move its top to a random place
        x = points.copy()
        for _ in range(60):  # where points are thin, what is off becomes 0.9 times in each step
            x -= (x + 0.8 * np.sin(x) - points) / 2
        points = (x + rng.uniform(0, SIDE, (count, 1, dim))) % SIDE
    return points


def make_inputs(fields, points, exact_modes):
    """Inputs of the point operator, float32, for fields on the grid that are seen at some points."""
    weights = quadrature_weights(points, SIDE, exact_modes)
    inputs = {"positions": points, "values": at_points(fields, points), "weights": weights}
    return {name: value.astype(np.float32) for name, value in inputs.items()}


def relative_error(predicted, true):
    """Mean over the functions of ‖û − u‖/‖u‖, both (S, N, 1), l² over the points."""
    return float(np.mean(np.linalg.norm(predicted - true, axis=1) / np.linalg.norm(true, axis=1)))


def relative_loss(true, predicted):
    """‖û − u‖²/‖u‖² of every function: (S, N, 1) twice → (S,)."""
    ops = keras.ops
    return ops.sum(ops.square(predicted - true), axis=(1, 2)) / ops.sum(ops.square(true), axis=(1, 2))


def train(model, inputs, targets, settings, batch_size=16):
    """Trains by SOAP under a cosine rate and gives the seconds. With Adam the errors are over twice as large."""
    rate = keras.optimizers.schedules.CosineDecay(3e-3, settings.epochs * (len(targets) // batch_size))
    model.compile(SOAP(rate), relative_loss, jit_compile=settings.jit_compile)
    start = time.perf_counter()
    model.fit(inputs, targets.astype(np.float32), batch_size, settings.epochs, verbose=0)
    return time.perf_counter() - start


def run(problem, settings, seed=0):
    """Trains all networks of a problem: a dict of errors by network, by number of points, and what is drawn."""
    dim, rng = DIMENSIONS[problem], np.random.default_rng(seed)
    training, test = (random_field(problem, count, rng) for count in (settings.num_training, settings.num_test))
    answers, expected = solve(problem, training), solve(problem, test)
    points = random_points(len(training), settings.num_points, dim, rng)
    inputs, targets = make_inputs(training, points, settings.exact_modes), at_points(answers, points)
    keras.utils.set_random_seed(seed)
    sizes = {"width": settings.width, "depth": settings.depth}
    operator = build_point_operator(None, dim, SIDE, settings.num_modes, **sizes)
    seconds = {"operator": train(operator, inputs, targets, settings)}

    errors = {}
    for name, count, clustered in [
        ("a quarter of the points", settings.num_points // 4, False),
        ("four times the points", settings.num_points * 4, False),
        ("clustered points", settings.num_points, True),
        ("as in training", settings.num_points, False),
    ]:
        seen = random_points(len(test), count, dim, rng, clustered)
        given, true = make_inputs(test, seen, settings.exact_modes), at_points(expected, seen)
        predicted = operator.predict(given, 8, verbose=0)
        errors[name] = relative_error(predicted, true)
        if clustered:
            plain = {**given, "weights": np.full_like(given["weights"], SIDE**dim / count)}
            errors["clustered points, equal weights"] = relative_error(operator.predict(plain, 8, verbose=0), true)

    pointwise, values = build_pointwise(**sizes), {"values": inputs["values"]}
    seconds["without the layer"] = train(pointwise, values, targets, settings)
    without = pointwise.predict({"values": given["values"]}, 8, verbose=0)
    errors["without the layer"] = relative_error(without, true)
    if dim == 1:
        nodes = training.shape[-1]
        given_nodes, true_nodes, test_nodes, test_true = (
            fields[..., np.newaxis].astype(np.float32) for fields in (training, answers, test, expected)
        )
        fno = build_fno(nodes, settings.num_modes // 2, **sizes)
        seconds["FNO on the grid"] = train(fno, {"values": given_nodes}, true_nodes, settings)
        errors["FNO on the grid"] = relative_error(fno.predict({"values": test_nodes}, 8, verbose=0), test_true)
    last = {"points": seen, "given": given["values"], "true": true, "predicted": predicted, "without": without}
    return {"errors": errors, "seconds": seconds, "shown": {name: np.ravel(values[0]) for name, values in last.items()}}


def main(arguments=None):
    """Runs both problems, prints their errors, writes the picture and a record beside it, and returns the results."""
    path, quick = read_options(__doc__, "point_operator.png", arguments)
    results = {}
    for problem, settings in (QUICK if quick else FULL).items():
        results[problem] = run(problem, settings)
        for name, error in results[problem]["errors"].items():
            print(f"{problem:18} {name:32} {error:8.2%}", flush=True)
    stored = {problem: {key: values[key] for key in ("errors", "seconds")} for problem, values in results.items()}
    write_record(path.with_suffix(".json"), item="point_operator", results=stored, machine=machine())
    save_figure(draw(results), path)
    print(path)
    return results


if __name__ == "__main__":
    main()
