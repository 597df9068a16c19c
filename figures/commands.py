"""What every command does: reads records, draws, writes. Everything is made before anything is written."""

import sys

from figures.benchmarks import benchmark_path, draw_aliasing, draw_figure7_right, read_benchmark
from figures.figure3 import draw_figure3, read_figure3
from figures.idea import draw_idea
from figures.latex import to_latex
from figures.learning_curve import draw_learning_curves, read_learning_curves
from figures.markdown import to_markdown
from figures.output import check_format, save_figure, write_whole
from figures.plot_inverse_lengths import draw_inverse_lengths
from figures.plot_strategies import draw_figure7, draw_figure8
from figures.plots import draw_curves, draw_table_curves, draw_table_errors
from figures.readme import fill_readme
from figures.recipes import draw_recipes, read_recipes, recipes_markdown
from figures.records import read_notes, read_record
from figures.strategies import STRATEGY_ITEMS, pairs_of, savings_text, small_records
from figures.summary import summarize, to_json, to_text
from figures.tables import read_table

# command: what it is, the record it is drawn from, and how
BENCHMARKS = {
    "figure7_right": ("Figure 7 right: wall time against the number of points", "direct", draw_figure7_right),
    "aliasing": ("error of the paper's window, mode by mode", "aliasing", draw_aliasing),
}


def run_item(options):
    """A table or a figure of the paper: Markdown, which is printed too, LaTeX, and pictures."""
    item, root = options.command, options.records
    table = read_table(root, item, options.preset)
    paragraphs = []
    if item in STRATEGY_ITEMS:
        paragraphs.append(savings_text(pairs_of(table), small_records(root, item, options.preset)))
    text = to_markdown(table, *paragraphs, read_notes(root, item, options.preset))
    name = f"{item}_{options.preset}"
    latex, pictures = to_latex(table, name), _pictures(item, table, root)
    write_whole(options.out / f"{name}.md", text)
    write_whole(options.out / f"{name}.tex", latex)
    for ending, figure in pictures.items():
        _save_all(figure, options.out, f"{name}{ending}", "png", "pdf")
    print(text, end="")


def _pictures(item, table, root):
    """Endings of the files' names, and the figures."""
    if item == "figure7":
        times = read_benchmark(root, "direct") if benchmark_path(root, "direct").is_file() else None
        return {"": draw_figure7(table, times)}
    if item == "figure8":
        return {"": draw_figure8(table)}
    if table.layout.truth:
        return {"": draw_inverse_lengths(table)}
    return {"": draw_table_errors(table), "_curves": draw_table_curves(table)}


def run_benchmark(options):
    """A drawing of a benchmark record."""
    _, record, draw = BENCHMARKS[options.command]
    _save_all(draw(read_benchmark(options.records, record)), options.out, options.command, "png", "pdf")


def run_figure3(options):
    """Figure 3."""
    _save_all(draw_figure3(read_figure3(options.records)), options.out, "figure3", "png", "pdf")


def run_recipes(options):
    """Recipes side by side: a picture, and Markdown, which is printed too."""
    tables = read_recipes(options.records, options.presets)
    text, figure = recipes_markdown(tables), draw_recipes(tables)
    write_whole(options.out / "recipes.md", text)
    _save_all(figure, options.out, "recipes", "png", "pdf")
    print(text, end="")


def run_curves(options):
    """Learning curves of records."""
    check_format(options.out)
    save_figure(draw_curves([read_record(path) for path in options.record]), options.out)


def run_learning_curve(options):
    """Learning curves of CSV files."""
    check_format(options.out)
    save_figure(draw_learning_curves(read_learning_curves(options.log, options.label)), options.out)


def run_idea(options):
    """The picture of the method."""
    _save_all(draw_idea(), options.out, "idea", "png", "svg", "pdf")


def run_summary(options):
    """Prints everything that the records hold."""
    summary = summarize(options.records, options.preset)
    print(to_json(summary) if options.json else to_text(summary), end="")


def run_readme(options):
    """Fills the results table in; with --check 1 when it is not up to date."""
    if fill_readme(options.readme, options.records, options.check) or not options.check:
        return 0
    print(f"{options.readme}: the results table is not what the records of {options.records} say", file=sys.stderr)
    return 1


def _save_all(figure, folder, name, *kinds):
    save_figure(figure, *(folder / f"{name}.{kind}" for kind in kinds))
