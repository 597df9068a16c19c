"""Speed and memory of the transform, the layer and a training step.

    python experiments/benchmark_scaling.py transform    the layer forward against FINUFFT; energy and forces; memory
    python experiments/benchmark_scaling.py scaling      cost against the number of points at constant density
    python experiments/benchmark_scaling.py layer        training shapes, against a transform for every particle
    python experiments/benchmark_scaling.py training     one training step, against the plain composition
    python experiments/benchmark_scaling.py workers      a training step on 1, 2, 4, … processes, one thread each
    python experiments/benchmark_scaling.py direct       Figure 7 right: the layer and the direct sum against N
    python experiments/benchmark_scaling.py aliasing     error of the paper's window, mode by mode

Every case runs in a process of its own. The last line of the output is the record's results as JSON.
"""

import argparse
import itertools
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments.benchmarks import layer as of_layer
from experiments.benchmarks import points, timing
from experiments.benchmarks import training as of_training
from experiments.benchmarks import transform as of_transform
from experiments.benchmarks import workers as of_workers
from experiments.machine import machine
from experiments.paper.reports import growth
from experiments.paper.settings import NETWORKS
from experiments.records import write_record
from experiments.running.folders import Folders


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(BENCHMARKS))
    dims, methods = (1, 2, 3), of_transform.METHODS
    parser.add_argument("--dim", type=int, choices=dims, nargs="+", default=dims, help="only these dimensions")
    parser.add_argument("--method", choices=methods, nargs="+", default=methods, help="of the transform (default: all)")
    parser.add_argument("--out", default="results", help="output folder of records (default: results)")
    options = parser.parse_args(arguments)
    folders = Folders(options.out)
    try:
        folders.check_writable()
    except OSError as error:
        print(f"benchmark_scaling.py: error: {error}", file=sys.stderr)
        return 2
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    results = BENCHMARKS[options.what](options)
    path = folders.out / "benchmarks" / f"{options.what}.json"
    write_record(path, item=f"benchmark_{options.what}", machine=machine(), results=results)
    print(json.dumps(results))
    return 0


def transform(options):
    cases = itertools.product(of_transform.CASES, of_transform.TOLERANCES, options.method)
    return [_in_a_process("transform", *case, *rest) for case, *rest in cases if case[0] in options.dim]


def scaling(options):
    results = []
    for dim in options.dim:
        rows = [_in_a_process("points", "layer", dim, count) for count in points.SCALING_COUNTS]
        results.append({"case": [dim], "slope": growth(rows), "rows": rows})
        print(f"d = {dim}: time grows as N^{results[-1]['slope']:.2f} above N = 10^4", flush=True)
    return results


def layer(options):
    return [_in_a_process("layer", *case) for case in of_layer.LAYER_CASES if case[2] in options.dim]


def training(options):
    cases = itertools.product(of_training.SYSTEMS, NETWORKS)
    return [_shown(of_training.measure(system, network)) for system, network in cases if system.dim in options.dim]


def workers(options):
    results = []
    for system in (system for system in of_workers.SYSTEMS if system.dim in options.dim):
        rows = [_shown(of_workers.measure(system, count)) for count in of_workers.worker_counts()]
        results += [{**row, "speed_up": rows[0]["step_ms"] / row["step_ms"]} for row in rows]
    return results


def direct(options):
    return [_in_a_process("points", kind, 1, n) for kind, counts in points.DIRECT_COUNTS.items() for n in counts]


def aliasing(options):
    return timing.in_a_process("aliasing")


def _in_a_process(module, *case):
    return _shown(timing.in_a_process(module, *case))


def _shown(row):
    """The row, of which the numbers are printed."""
    values = {name: value for name, value in row.items() if not isinstance(value, dict)}
    words = [f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()]
    print(", ".join(words), flush=True)
    return row


BENCHMARKS = {run.__name__: run for run in (transform, scaling, layer, training, workers, direct, aliasing)}

if __name__ == "__main__":
    sys.exit(main())
