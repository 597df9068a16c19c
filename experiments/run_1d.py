"""The one-dimensional experiments: Table 1 of Section 5.1, and Figure 3.

python experiments/run_1d.py table1 --preset demo
python experiments/run_1d.py figure3
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from experiments import figure3
from experiments.jobs import run_cells
from experiments.records import Folders
from experiments.settings import NETWORKS, PRESET_NOTES, PRESETS, table1_cells

EXIT_FAILED, EXIT_USAGE = 1, 2


def main(arguments=None):
    options = _parser().parse_args(arguments)
    folders = Folders(options.out)
    try:
        folders.check_writable()
    except OSError as error:
        print(f"run_1d.py: error: {error}", file=sys.stderr)
        return EXIT_USAGE
    return options.run(options, folders)


def _table(options, folders):
    networks = (options.network,) if options.network else NETWORKS
    cells = table1_cells(options.preset, options.mu, networks, options.seed)
    print(f"{options.item}, preset {options.preset}: {PRESET_NOTES[options.preset]}", flush=True)
    failed = run_cells(cells, folders, options.jobs)
    _draw(folders.out, options.item, "--preset", options.preset)
    if failed:
        print(f"not finished: {', '.join(failed)}; the same command continues them", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _figure3(options, folders):
    results = figure3.run(folders, options.seed)
    for row in results["rows"]:
        print(
            f"mu = {row['mu']:g}: {row['share_beyond_cutoff']:.2%} of the absolute force on x_{figure3.PARTICLE} comes "
            f"from beyond {figure3.CUTOFF:g}"
        )
    return EXIT_FAILED if _draw(folders.out, "figure3") else 0


def _draw(out, *item):
    """Table and pictures, in a process of its own: drawing knows the records alone. Returns its exit code."""
    command = [sys.executable, "-m", "figures", *item]
    command += ["--records", str(out.resolve()), "--out", str(out.resolve() / "drawn")]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _parser():
    parser = argparse.ArgumentParser(description="One-dimensional experiments of the paper.")
    items = parser.add_subparsers(dest="item", required=True, metavar="item", help="table or figure of the paper")
    presets = "\n".join(f"  {name:6} {note}" for name, note in PRESET_NOTES.items())
    table = items.add_parser(
        "table1",
        help="Table 1: error against the interaction length",
        description="Table 1 of the paper, Section 5.1.",
        epilog=f"presets:\n{presets}\n\n"
        "A cell whose record is in the output folder is skipped; a killed one continues from its last checkpoint.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    table.add_argument("--preset", choices=list(PRESETS), default="demo", help="how much of Section 5 (default: demo)")
    table.add_argument("--mu", type=_positive(float), nargs="+", help="only these inverse interaction lengths")
    table.add_argument("--network", choices=NETWORKS, help="only this network (default: both)")
    table.add_argument("--seed", type=int, nargs="+", default=[0], help="of weights and shuffling (default: 0)")
    table.add_argument(
        "--jobs", type=_positive(int), default=os.cpu_count(), help="processes side by side (default: one a core)"
    )
    table.set_defaults(run=_table)
    figure = items.add_parser(
        "figure3",
        help="Figure 3: force contributions of all particles to one",
        description="Figure 3 of the paper, Section 3.1: no training, a few seconds.",
    )
    figure.add_argument("--seed", type=_seed, default=0, help="of the snapshot (default: 0)")
    figure.set_defaults(run=_figure3)
    for item in (table, figure):
        item.add_argument("--out", default="results", help="output folder (default: results)")
    return parser


def _seed(text):
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"expected an integer from 0 to 2**63 − 1; received {text!r}")
    return int(text)


def _positive(kind):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"expected a positive {kind.__name__}; received {text!r}")
        return value

    return parse


if __name__ == "__main__":
    sys.exit(main())
