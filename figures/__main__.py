"""Command line: `python -m figures table1 --preset quick`, `... curves RECORD.json --out FILE`, `... summary`.

Anything wrong with the input is one line on standard error and exit code 2.
"""

import argparse
import sys
from pathlib import Path

from figures import commands as run
from figures.layouts import LAYOUTS
from figures.records import RecordError


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        # argparse prints its usage as well; one line is easier to read, and --help is there for the rest.
        self.exit(2, f"{self.prog}: error: {message}\n")


def make_parser():
    """The parser: a command for every table and figure in `LAYOUTS`, the other drawings, `summary` and `readme`."""
    parser = _Parser(prog="python -m figures", description="Draws tables and figures from result records.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="item")
    records = _shared("--records", default="results", help="folder of records (default: %(default)s)")
    out = _shared("--out", default="figures/drawn", help="folder of the drawings (default: %(default)s)")
    file = _shared("--out", required=True, help="a .png, .pdf or .svg file")

    def add(name, function, text, *parents):
        command = commands.add_parser(name, help=text, description=text, parents=parents)
        command.set_defaults(run=function)
        return command

    for item, layout in LAYOUTS.items():
        command = add(item, run.run_item, layout.title, records, out)
        command.add_argument("--preset", required=True, help="folder of the records, for example quick")
    add("figure3", run.run_figure3, "Figure 3: force contributions of all particles to one", records, out)
    for name, (title, _, _) in run.BENCHMARKS.items():
        add(name, run.run_benchmark, title, records, out)
    add("idea", run.run_idea, "the picture of the method: points, modes, multiplier, points", out)
    text = "recipes side by side: error of Table 1 against snapshots seen"
    command = add("recipes", run.run_recipes, text, records, out)
    command.add_argument("--presets", nargs="+", default=["quick", "paper"], help="default: quick paper")
    command = add("curves", run.run_curves, "learning curves of any records", file)
    command.add_argument("record", nargs="+", type=Path, help="JSON files")
    text = "error, loss and rate from the CSV files of runs, also live"
    command = add("learning_curve", run.run_learning_curve, text, file)
    command.add_argument("log", nargs="+", type=Path, help="CSV files")
    command.add_argument("--label", nargs="+", help="one for each file (default: its name)")
    command = add("summary", run.run_summary, "all values beside the paper's, the best preset of each item", records)
    command.add_argument("--preset", help="only this one (default: the most complete of each item)")
    command.add_argument("--json", action="store_true", help="as JSON")
    command = add("readme", run.run_readme, "fills the results table of a README in", records)
    command.add_argument("--readme", type=Path, default=Path("README.md"), help="default: %(default)s")
    command.add_argument("--check", action="store_true", help="write nothing; exit code 1 when it is not up to date")
    return parser


def _shared(name, **options):
    """A path that several commands ask for."""
    parent = argparse.ArgumentParser(add_help=False)
    if "default" in options:
        options["default"] = Path(options["default"])
    parent.add_argument(name, type=Path, **options)
    return parent


def main(arguments=None):
    """Runs a command.

    Args:
        arguments: list of strings, `sys.argv[1:]` when None.

    Returns:
        0, 1 when `readme --check` finds an old table, or 2 after an error message of one line.
    """
    options = make_parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without "±" is no reason to stop
    try:
        return options.run(options) or 0
    except (RecordError, OSError) as error:
        print(f"python -m figures: error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
