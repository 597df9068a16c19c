"""Command line: `python -m figures table1 --preset quick`, `... curves RECORD.json --out FILE`, `... idea`.

Anything wrong with the input is one line on standard error and exit code 2.
"""

import argparse
import sys
from pathlib import Path

from figures.benchmarks import draw_aliasing, draw_figure7_right, read_benchmark
from figures.figure3 import draw_figure3, read_figure3
from figures.idea import draw_idea
from figures.learning_curve import draw_learning_curves, read_learning_curves
from figures.markdown import to_markdown
from figures.output import check_format, save_figure, write_whole
from figures.plots import draw_curves, draw_table_curves, draw_table_errors
from figures.recipes import draw_recipes, read_recipes
from figures.records import RecordError, read_record, read_records
from figures.tables import LAYOUTS, build_table

# command: what it is, the record it is drawn from, and how
BENCHMARKS = {
    "figure7_right": ("Figure 7 right: wall time against the number of points", "direct", draw_figure7_right),
    "aliasing": ("error of the paper's window, mode by mode", "aliasing", draw_aliasing),
}


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        # argparse prints its usage as well; one line is easier to read, and --help is there for the rest.
        self.exit(2, f"{self.prog}: error: {message}\n")


def make_parser():
    """The parser: a command for every table in `LAYOUTS`, the figures, `curves` and `idea`."""
    parser = _Parser(prog="python -m figures", description="Draws tables and figures from result records.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="item")
    for item, layout in LAYOUTS.items():
        command = commands.add_parser(item, help=layout.title, description=layout.title)
        command.add_argument("--preset", required=True, help="folder of the records, for example quick")
        command.add_argument("--records", type=Path, default=Path("results"), help="default: %(default)s")
        command.add_argument("--out", type=Path, default=Path("figures/drawn"), help="default: %(default)s")
        command.set_defaults(run=_run_table)
    command = commands.add_parser("curves", help="learning curves of any records")
    command.add_argument("record", nargs="+", type=Path, help="JSON files")
    command.add_argument("--out", type=Path, required=True, help="a .png, .pdf or .svg file")
    command.set_defaults(run=_run_curves)
    command = commands.add_parser("learning_curve", help="error, loss and rate from the CSV files of runs, also live")
    command.add_argument("log", nargs="+", type=Path, help="CSV files")
    command.add_argument("--label", nargs="+", help="one for each file (default: its name)")
    command.add_argument("--out", type=Path, required=True, help="a .png, .pdf or .svg file")
    command.set_defaults(run=_run_learning_curve)
    command = commands.add_parser("recipes", help="recipes side by side: error of Table 1 against snapshots seen")
    command.add_argument("--presets", nargs="+", default=["quick", "paper"], help="default: quick paper")
    command.add_argument("--records", type=Path, default=Path("results"), help="default: %(default)s")
    command.add_argument("--out", type=Path, default=Path("figures/drawn"), help="default: %(default)s")
    command.set_defaults(run=_run_recipes)
    command = commands.add_parser("idea", help="the picture of the method: points, modes, multiplier, points")
    command.add_argument("--out", type=Path, default=Path("figures/drawn"), help="default: %(default)s")
    command.set_defaults(run=_run_idea)
    command = commands.add_parser("figure3", help="Figure 3: force contributions of all particles to one")
    command.add_argument("--records", type=Path, default=Path("results"), help="default: %(default)s")
    command.add_argument("--out", type=Path, default=Path("figures/drawn"), help="default: %(default)s")
    command.set_defaults(run=_run_figure3)
    for name, (title, _, _) in BENCHMARKS.items():
        command = commands.add_parser(name, help=title, description=title)
        command.add_argument("--records", type=Path, default=Path("results"), help="default: %(default)s")
        command.add_argument("--out", type=Path, default=Path("figures/drawn"), help="default: %(default)s")
        command.set_defaults(run=_run_benchmark)
    return parser


def _run_benchmark(options):
    _, record, draw = BENCHMARKS[options.command]
    _save_all(draw(read_benchmark(options.records, record)), options.out, options.command, "png", "pdf")


def _run_figure3(options):
    _save_all(draw_figure3(read_figure3(options.records)), options.out, "figure3", "png", "pdf")


def _run_recipes(options):
    _save_all(draw_recipes(read_recipes(options.records, options.presets)), options.out, "recipes", "png", "pdf")


def _run_table(options):
    table = build_table(options.command, read_records(options.records, options.command, options.preset))
    name = f"{options.command}_{options.preset}"
    # Everything is made before anything is written, so that an error leaves no half of the files.
    text, errors, curves = to_markdown(table), draw_table_errors(table), draw_table_curves(table)
    write_whole(options.out / f"{name}.md", text)
    _save_all(errors, options.out, name, "png", "pdf")
    _save_all(curves, options.out, f"{name}_curves", "png", "pdf")
    print(text, end="")


def _run_curves(options):
    check_format(options.out)
    save_figure(draw_curves([read_record(path) for path in options.record]), options.out)


def _run_learning_curve(options):
    check_format(options.out)
    save_figure(draw_learning_curves(read_learning_curves(options.log, options.label)), options.out)


def _run_idea(options):
    _save_all(draw_idea(), options.out, "idea", "png", "svg", "pdf")


def _save_all(figure, folder, name, *kinds):
    save_figure(figure, *(folder / f"{name}.{kind}" for kind in kinds))


def main(arguments=None):
    """Runs a command.

    Args:
        arguments: list of strings, `sys.argv[1:]` when None.

    Returns:
        0, or 2 after an error message of one line.
    """
    options = make_parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without "±" is no reason to stop
    try:
        options.run(options)
    except (RecordError, OSError) as error:
        print(f"python -m figures: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
