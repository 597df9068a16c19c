"""Speed and memory of the transform, the layer and a training step.

    python experiments/benchmark_scaling.py transform    the layer forward against FINUFFT; energy and forces; memory
    python experiments/benchmark_scaling.py xla          the layer with XLA and without, on a GPU if there is one
    python experiments/benchmark_scaling.py scaling      cost against the number of points at constant density
    python experiments/benchmark_scaling.py layer        training shapes, against a transform for every particle
    python experiments/benchmark_scaling.py training     one training step, against the plain composition
    python experiments/benchmark_scaling.py workers      a training step on 1, 2, 4, … processes, one thread each
    python experiments/benchmark_scaling.py direct       Figure 7 right: the layer and the direct sum against N
    python experiments/benchmark_scaling.py aliasing     error of the paper's window, mode by mode

Every case runs in a process of its own, and its numbers are printed. All but `xla` run on the processor. The record is
<out>/benchmarks/<name>.json. A case that fails is reported and left out. Then a record that has more cases is kept.
"""

import importlib.util
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments.benchmarks import aliasing, layer, points, training, transform, workers, xla
from experiments.benchmarks.timing import in_processes
from experiments.machine import machine
from experiments.records import RecordError, read_record, write_record
from experiments.running.folders import Folders
from experiments.running.jobs import set_environment
from experiments.running.options import Parser, UsageError

# name: (module with a function `measure`, its cases)
BENCHMARKS = {
    "transform": (transform, transform.CASES),
    "xla": (xla, xla.CASES),
    "scaling": (points, points.SCALING),
    "layer": (layer, layer.CASES),
    "training": (training, training.CASES),
    "workers": (workers, workers.cases()),
    "direct": (points, points.DIRECT),
    "aliasing": (aliasing, [()]),
}


def main(arguments=None):
    parser = Parser(description=__doc__)
    parser.add_argument("what", choices=sorted(BENCHMARKS))
    parser.add_argument("--out", default="results", help="output folder of records (default: results)")
    options = parser.parse_args(arguments)
    folders = Folders(options.out)
    try:
        folders.check_writable()
    except UsageError as error:
        parser.error(str(error))
    module, cases = BENCHMARKS[options.what]
    if options.what in ("transform", "scaling") and not importlib.util.find_spec("finufft"):
        parser.error(f"{options.what} needs FINUFFT: pip install '.[fast]'")
    set_environment()  # of the trainings
    if options.what != "xla":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    rows, code = [], 0
    for case in cases:
        try:
            row = in_processes(module.measure, *case)
        except RuntimeError as error:
            print(error, file=sys.stderr, flush=True)
            code = 1
            continue
        except KeyboardInterrupt:
            code = 130  # what a shell expects of a command that was interrupted
            break
        rows.append(row)
        numbers = [
            (name, value) for name, value in row.items() if name == "case" or not isinstance(value, (dict, list))
        ]
        words = [f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in numbers]
        print(", ".join(words), flush=True)
    path = folders.out / "benchmarks" / f"{options.what}.json"
    if code and _cases_in(path, f"benchmark_{options.what}") > len(rows):
        print(f"{path}: the record that is there is kept, since it has more cases", file=sys.stderr)
    elif rows:
        write_record(path, item=f"benchmark_{options.what}", machine=machine(), results=rows)
    return code


def _cases_in(path, item):
    """The number of cases of a record, 0 without a whole one."""
    try:
        return len(read_record(path, item).results)
    except RecordError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
