"""Command line: `python -m figures table1 --preset quick`, `... learning_curve RUN.csv --out FILE`, `... summary`.

Every command reads records and draws before it writes. An error in the input is reported in one line on standard error,
with exit code 2.
"""

import json
import sys
from pathlib import Path

from experiments.paper import ITEMS
from experiments.paper.reports import ALIASING, FIGURE3, FIGURE7_RIGHT
from experiments.paper.sizes import SizeFigure
from experiments.records import RecordError
from experiments.running.options import Parser
from figures.compare import compare, comparison_text
from figures.logs import read_logs, read_notes
from figures.plotting import learning_curves, plots, recipes, reports
from figures.plotting.idea import draw_idea
from figures.plotting.style import check_format, render, save_figure
from figures.results import fill_readme
from figures.strategies import pairs_of, savings_text
from figures.summary import summarize, to_text
from figures.tables import read_table
from figures.text import to_latex, to_markdown
from lrc_keras.files import write_whole

KINDS = ("png", "pdf")  # of every picture
# command: (help text, function that draws a folder of records)
DRAWINGS = {
    "figure3": (FIGURE3.title, reports.draw_figure3),
    "figure7_right": (FIGURE7_RIGHT.title, reports.draw_figure7_right),
    "aliasing": (ALIASING.title, reports.draw_aliasing),
}


def folder_of_drawings(options):
    """The folder that was asked for, or `drawn` beside the records, where the experiments draw as well."""
    return options.out or options.records / "drawn"


def markdown_page(root, name, preset):
    """The `Table` of an item and its page: values, snapshots saved where sizes are compared, and notes."""
    table = read_table(root, name, preset)
    savings = savings_text(pairs_of(table)) if isinstance(table.item, SizeFigure) else ""
    return table, to_markdown(table, savings, read_notes(root, name, preset))


def run_item(options):
    """Writes a table or a figure of the paper as Markdown, LaTeX and pictures, and prints the Markdown."""
    root, preset, out = options.records, options.preset, folder_of_drawings(options)
    table, text = markdown_page(root, options.command, preset)
    item, name = table.item, f"{options.command}_{preset}"
    if isinstance(item, SizeFigure) and "kernel" in item.row_keys:
        pictures = {"": plots.draw_by_kernel(table)}
    elif isinstance(item, SizeFigure):
        times = reports.read_times(item.beside, root) if item.beside and item.beside.exists(root) else None
        pictures = {"": plots.draw_by_alpha(table, times)}
    elif item.truth:
        pictures = {"": plots.draw_inverse_lengths(table)}
    else:
        pictures = {"": plots.draw_table_errors(table), "_curves": learning_curves.draw_table_curves(table)}
    contents = {f"{name}.md": text, f"{name}.tex": to_latex(table, name)}
    contents |= {f"{name}{end}.{kind}": render(figure, kind) for end, figure in pictures.items() for kind in KINDS}
    for file, content in contents.items():
        write_whole(out / file, content)
    print(text, end="")


def run_drawing(options):
    """Writes a drawing of `DRAWINGS`."""
    _save(DRAWINGS[options.command][1](options.records), folder_of_drawings(options) / options.command)


def run_recipes(options):
    """Writes the comparison of recipes as a picture and as Markdown, and prints the Markdown."""
    tables = recipes.read_recipes(options.records, options.presets)
    text, figure = recipes.recipes_markdown(tables), recipes.draw_recipes(tables)
    _save(figure, folder_of_drawings(options) / "recipes")
    write_whole(folder_of_drawings(options) / "recipes.md", text)
    print(text, end="")


def run_curves(options):
    """Draws learning curves of trainings."""
    check_format(options.out)
    save_figure(learning_curves.draw_learning_curves(read_logs(options.file, options.label)), options.out)


def run_summary(options):
    """Prints the values of all records as text or as JSON."""
    summary = summarize(options.records, options.preset)
    as_json = json.dumps(summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    print(as_json if options.json else to_text(summary), end="")


def run_compare(options):
    """Prints two sets of records side by side. Returns 1 when cells disagree."""
    rows, alone = compare(*options.records)
    print(comparison_text(rows, alone), end="")
    return int(any(row[-1] for row in rows))


def run_readme(options):
    """Updates the results table of a README. With --check, returns 1 when it is not up to date."""
    if fill_readme(options.readme, options.records, options.check) or not options.check:
        return 0
    print(f"{options.readme}: the results table differs from the records in {options.records}", file=sys.stderr)
    return 1


def _save(figure, path, kinds=KINDS):
    save_figure(figure, *(f"{path}.{kind}" for kind in kinds))


def make_parser():
    """The parser, with one command per item of `ITEMS` and per drawing, and the commands that read several items."""
    parser = Parser(prog="python -m figures", description="Draws tables and figures from result records.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="item")
    records = {"--records": {"default": Path("results"), "help": "folder of records (default: %(default)s)"}}
    out = {"--out": {"help": "folder of pictures and pages (default: drawn, in the folder of records)"}}
    picture = {"--out": {"default": Path("figures/drawn"), "help": "folder of the picture (default: %(default)s)"}}
    file = {"--out": {"required": True, "help": "a .png, .pdf or .svg file"}}

    def add(name, function, text, paths):
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=function)
        for option, settings in paths.items():
            command.add_argument(option, type=Path, **settings)
        return command

    for name, item in ITEMS.items():
        command = add(name, run_item, item.caption, records | out)
        command.add_argument("--preset", required=True, help="folder of the records, for example quick")
    for name, (text, _) in DRAWINGS.items():
        add(name, run_drawing, text, records | out)
    command = add("idea", None, "picture of the method: points, modes, multiplier, points", picture)
    command.set_defaults(run=lambda options: _save(draw_idea(), options.out / "idea", ("png", "svg", "pdf")))
    text = "comparison of recipes: error of Table 1 against snapshots seen"
    command = add("recipes", run_recipes, text, records | out)
    command.add_argument("--presets", nargs="+", default=["quick", "paper"], help="default: quick paper")
    text = "error, loss and learning rate of trainings, from records or from the CSV files of running ones"
    command = add("learning_curve", run_curves, text, file)
    command.add_argument("file", nargs="+", type=Path, help="records (.json) or CSV files")
    command.add_argument("--label", nargs="+", help="one label per file (default: its name)")
    command = add("summary", run_summary, "all values and the paper's, from the best preset of each item", records)
    command.add_argument("--preset", help="use only this preset (default: the most complete of each item)")
    command.add_argument("--json", action="store_true", help="print JSON")
    text = "compare two folders of records: cells whose means differ by more than three standard errors"
    command = add("compare", run_compare, text, {})
    command.add_argument("--records", type=Path, nargs=2, required=True, metavar=("A", "B"), help="folders of records")
    own = {"--records": {"default": Path("experiments/records"), "help": "folder of records (default: %(default)s)"}}
    command = add("readme", run_readme, "update the results table of a README", own)
    command.add_argument("--readme", type=Path, default=Path("experiments/README.md"), help="default: %(default)s")
    command.add_argument(
        "--check", action="store_true", help="only check; exit code 1 when the table is not up to date"
    )
    return parser


def main(arguments=None):
    """Runs a command and returns its exit code.

    The code is 1 when `readme --check` finds an old table or `compare` finds different cells, and 2 after an error.
    """
    options = make_parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except (RecordError, OSError) as error:
        print(f"python -m figures: error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
