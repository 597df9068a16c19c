"""Speed and memory of the transform, the layer and a training step.

    python experiments/benchmark_scaling.py transform    the layer forward against FINUFFT; energy and forces; memory
    python experiments/benchmark_scaling.py scaling      cost against the number of points at constant density
    python experiments/benchmark_scaling.py layer        training shapes, against a transform for every particle
    python experiments/benchmark_scaling.py training     one training step, against the plain composition
    python experiments/benchmark_scaling.py workers      a training step on 1, 2, 4, … processes, one thread each
    python experiments/benchmark_scaling.py direct       Figure 7 right: the layer and the direct sum against N
    python experiments/benchmark_scaling.py aliasing     error of the paper's window, mode by mode

Every case runs in a process of its own; the last line is the figures as one line of JSON.
"""

import argparse
import itertools
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from experiments.benchmarks import workers as of_workers
from experiments.benchmarks.layer import LAYER_CASES
from experiments.benchmarks.points import DIRECT_COUNTS, SCALING_COUNTS
from experiments.benchmarks.timing import in_a_process, machine
from experiments.benchmarks.training import CASES as TRAINING_CASES
from experiments.benchmarks.training import measure as measure_training
from experiments.benchmarks.transform import CASES as TRANSFORM_CASES
from experiments.benchmarks.transform import METHODS, TOLERANCES
from experiments.paper.reports import growth
from experiments.paper.settings import NETWORKS
from experiments.records import write_record
from experiments.running.folders import Folders


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(BENCHMARKS))
    parser.add_argument("--dim", type=int, choices=(1, 2, 3), nargs="+", help="only these dimensions")
    parser.add_argument("--method", choices=METHODS, nargs="+", default=METHODS, help="of the transform (default: all)")
    parser.add_argument("--out", default="results", help="output folder of records (default: results)")
    options = parser.parse_args(arguments)
    folders = Folders(options.out)
    try:
        folders.check_writable()
    except OSError as error:
        print(f"benchmark_scaling.py: error: {error}", file=sys.stderr)
        return 2
    dims = options.dim or (1, 2, 3)
    results = transform(dims, options.method) if options.what == "transform" else BENCHMARKS[options.what](dims)
    path = folders.out / "benchmarks" / f"{options.what}.json"
    write_record(path, item=f"benchmark_{options.what}", machine=machine(), results=results)
    print(json.dumps(results))
    return 0


def transform(dims, methods=METHODS):
    print(f"{'d':>2} {'N':>8} {'M':>8} {'tolerance':>9} {'method':>8} {'ours ms':>9} {'FINUFFT':>9} {'ratio':>6} "
          f"{'of two':>6} {'our error':>9} {'theirs':>9} {'of forces':>9} {'forces/energy':>13} {'GiB':>5} "
          f"{'forces':>6}")  # fmt: skip
    results = []
    for case, tolerance, method in itertools.product(TRANSFORM_CASES, TOLERANCES, methods):
        if case[0] not in dims:
            continue
        row = in_a_process("experiments.benchmarks.transform", [*case, tolerance, method])
        results.append(row)
        print(
            f"{case[0]:2} {case[1]:8} {case[2]:8} {tolerance:9.0e} {method:>8} {row['ours_ms']:9.1f} "
            f"{row['finufft_ms']:9.1f} {row['ratio']:6.2f} {row['ratio_two_channels']:6.2f} {row['our_error']:9.1e} "
            f"{row['finufft_error']:9.1e} {row['forces_error']:9.1e} {row['forces_over_energy']:13.2f} "
            f"{row['peak_gib']:5.2f} {row['peak_gib_with_forces']:6.2f}",
            flush=True,
        )
    return results


def scaling(dims):
    results = []
    for dim in dims:
        rows = [in_a_process("experiments.benchmarks.points", ["layer", dim, count]) for count in SCALING_COUNTS]
        for row in rows:
            print(f"d = {dim}  N = {row['points']:8}  {row['seconds'] * 1e3:9.2f} ms", flush=True)
        exponent = growth(rows)
        print(f"d = {dim}  slope of log time above 10^4: {exponent:.2f}", flush=True)
        results.append({"case": [dim], "slope": exponent, "rows": rows})
    return results


def layer(dims):
    results = []
    for case in (case for case in LAYER_CASES if case[2] in dims):
        row = in_a_process("experiments.benchmarks.layer", list(case))
        results.append(row)
        print(
            f"B {case[0]}, N {case[1]}, M {case[3]}^{case[2]}: {row['ours_ms']:.2f} ms forward and backward, "
            f"{row['each_particle_ms']:.1f} ms with a transform for every particle: {row['ratio']:.0f} times faster, "
            f"difference {row['difference']:.1e}",
            flush=True,
        )
    return results


def training(dims):
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    print(f"{'d':>2} {'N':>4} {'B':>2} {'network':>7} {'ours ms':>8} {'plain':>7} {'ratio':>6} {'per core':>8} "
          f"{'µs a pair':>9} {'plain':>6} {'gradient':>8} {'compile s':>9}")  # fmt: skip
    results = []
    for case in (case for case in TRAINING_CASES if case.dim in dims):
        for network in NETWORKS:
            row = measure_training(case, network)
            results.append(row)
            print(
                f"{case.dim:2} {row['case'][1]:4} {case.batch:2} {network:>7} {row['ours_ms']:8.2f} "
                f"{row['plain_ms']:7.2f} {row['wall_ratio']:6.2f} {row['core_ratio']:8.2f} "
                f"{row['ours_us_per_pair']:9.2f} {row['plain_us_per_pair']:6.2f} {row['gradient_difference']:8.1e} "
                f"{row['compile_seconds']:9.1f}",
                flush=True,
            )
    return results


def workers(dims):
    print(f"{'d':>2} {'N':>5} {'B':>3} {'workers':>7} {'ms a step':>9} {'speed-up':>8}")
    results = []
    for case in (case for case in of_workers.CASES if case.dim in dims):
        for count in of_workers.worker_counts():
            row = of_workers.measure(case, count)
            one = row if count == 1 else results[-1]
            row["speed_up"] = 1.0 if count == 1 else one["speed_up"] * one["step_ms"] / row["step_ms"]
            results.append(row)
            dim, points, batch = row["case"]
            print(f"{dim:2} {points:5} {batch:3} {count:7} {row['step_ms']:9.2f} {row['speed_up']:8.2f}", flush=True)
    return results


def direct(dims):
    results = []
    for kind, counts in DIRECT_COUNTS.items():
        for count in counts:
            row = in_a_process("experiments.benchmarks.points", [kind, 1, count])
            results.append(row)
            print(f"{kind:7} N = {count:8}  {row['seconds'] * 1e3:9.2f} ms", flush=True)
    return results


def aliasing(dims):
    return in_a_process("experiments.benchmarks.aliasing", [])


BENCHMARKS = {
    "transform": transform,
    "scaling": scaling,
    "layer": layer,
    "training": training,
    "workers": workers,
    "direct": direct,
    "aliasing": aliasing,
}

if __name__ == "__main__":
    sys.exit(main())
