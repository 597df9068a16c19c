"""The one-dimensional experiments of Section 5.1.

python experiments/run_1d.py table1 --preset demo
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

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
    networks = (options.network,) if options.network else NETWORKS
    cells = table1_cells(options.preset, options.mu, networks, options.seed)
    print(f"{options.item}, preset {options.preset}: {PRESET_NOTES[options.preset]}", flush=True)
    failed = run_cells(cells, folders, options.jobs)
    _draw(options.item, options.preset, folders.out)
    if failed:
        print(f"not finished: {', '.join(failed)}; the same command continues them", file=sys.stderr)
        return EXIT_FAILED
    return 0


def _draw(item, preset, out):
    """Table and pictures, in a process of its own: drawing knows the records alone."""
    command = [sys.executable, "-m", "figures", item, "--preset", preset]
    command += ["--records", str(out.resolve()), "--out", str(out.resolve() / "drawn")]
    subprocess.run(command, cwd=ROOT, check=False)


def _parser():
    presets = "\n".join(f"  {name:6} {note}" for name, note in PRESET_NOTES.items())
    parser = argparse.ArgumentParser(
        description="One-dimensional experiments of the paper, Section 5.1.",
        epilog=f"presets:\n{presets}\n\n"
        "A cell whose record is in the output folder is skipped; a killed one continues from its last checkpoint.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("item", choices=["table1"], help="table or figure of the paper")
    parser.add_argument("--preset", choices=list(PRESETS), default="demo", help="how much of Section 5 (default: demo)")
    parser.add_argument("--mu", type=_positive(float), nargs="+", help="only these inverse interaction lengths")
    parser.add_argument("--network", choices=NETWORKS, help="only this network (default: both)")
    parser.add_argument("--seed", type=int, nargs="+", default=[0], help="of weights and shuffling (default: 0)")
    parser.add_argument(
        "--jobs", type=_positive(int), default=os.cpu_count(), help="processes side by side (default: one a core)"
    )
    parser.add_argument("--out", default="results", help="output folder (default: results)")
    return parser


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
