"""From a command line to trained cells and a drawn item: the common part of `run_1d.py`, `run_2d.py` and `run_3d.py`.

This process does not import TensorFlow: cells are trained in workers (`jobs`), and the drawing needs records only. With
a `--strategy` this process trains, and then imports it (`distribution`).
"""

import os
import subprocess
import sys
from pathlib import Path

from experiments.running.data import check_snapshots, data_files
from experiments.running.distribution import StrategyError, check_strategy
from experiments.running.estimates import duration, estimate, measured_speeds, total_words
from experiments.running.folders import Folders, is_done
from experiments.running.jobs import run_cells
from experiments.running.options import make_parser
from experiments.running.selection import SelectionError, select, share

ROOT = Path(__file__).resolve().parents[2]
OWN_RECORDS = ROOT / "experiments" / "records"
EXIT_FAILED, EXIT_USAGE = 1, 2


def main(description, items, reports=None, arguments=None):
    """Runs a command and returns its exit code: 0, 1 when something is not finished, 2 for bad arguments.

    Args:
        description: of the script.
        items: of `experiments.paper`.
        reports: {name: (title, function of folders and seed that returns lines)}, figures without training.
        arguments: list of str; default those of the process.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without "λ" is no reason to stop
    reports = reports or {}
    parser = make_parser(description, items, reports)
    options = parser.parse_args(arguments)
    folders = Folders(options.out)
    items = [item for item in items if options.item in (item.name, "all")]
    try:
        if options.item not in reports:
            check_strategy(options.strategy, options.jobs, os.environ)
            chosen = _choose(items, options)
        if options.item in reports or not options.list:
            folders.check_writable()
    except (SelectionError, StrategyError, OSError) as error:
        return _say_error(parser, error, EXIT_USAGE)
    if options.item in reports:
        return _report(options.item, reports, folders, options.seed)
    try:
        plan = Plan(chosen, folders)
    except ValueError as error:
        return _say_error(parser, error, EXIT_FAILED)
    if options.list:
        print("\n".join(plan.lines()))
        return 0
    items = [item for item in items if item.name in plan.chosen]
    if options.strategy == "none":

        def train(cells, ended):
            return run_cells(cells, folders, options.jobs or os.cpu_count(), ended)

        return _run(items, plan, folders, options, reports, train)
    try:
        return _run_in_turn(items, plan, folders, options, reports)
    except (ValueError, RuntimeError, OSError) as error:
        return _say_error(parser, error, EXIT_FAILED)


class Plan:
    """The cells that are done, and those that are missing, cheapest first by the estimates.

    Args:
        chosen: {name of an item: its cells}; a cell may belong to two items.
        folders: `Folders`.

    Raises: ValueError naming the record or the data file that has other settings, or is not readable.
    """

    def __init__(self, chosen, folders):
        self.chosen, self.folders = chosen, folders
        speeds = measured_speeds(folders.out, OWN_RECORDS)
        cells = {cell.key: cell for cells in chosen.values() for cell in cells}
        self.done = {key for key, cell in cells.items() if is_done(cell, folders)}
        # a small phase is trained only when a cell is to start from it, and before cells that cost the same
        needed = [cell.small_phase for key, cell in cells.items() if key not in self.done and cell.small_phase]
        small = {cell.key: cell for cell in needed}
        self.done |= {key for key, cell in small.items() if is_done(cell, folders)}
        cells = {**small, **cells}
        self.seconds = {key: estimate(cell, speeds) for key, cell in cells.items()}
        unknown = float("inf")
        order = sorted(cells, key=lambda key: unknown if self.seconds[key] is None else self.seconds[key])
        self.cells = [cells[key] for key in order]
        self.missing = [cell for cell in self.cells if cell.key not in self.done]
        for path, *what in {file[0]: file for cell in self.missing for file in data_files(cell, folders)}.values():
            if path.exists():
                check_snapshots(path, *what)

    def lines(self):
        """A line for each cell, and the total."""
        width = max((len(cell.title) for cell in self.cells), default=0)
        words = {cell.key: f"missing  {duration(self.seconds[cell.key])}" for cell in self.missing}
        return [*(f"{cell.title:{width}}  {words.get(cell.key, 'done')}" for cell in self.cells), self.total()]

    def total(self):
        """ "3 of 10 cells missing, 12.3 min in one process"."""
        count = f"{len(self.missing)} of {len(self.cells)} cells missing"
        seconds = [self.seconds[cell.key] for cell in self.missing]
        return f"{count}, {total_words(seconds)} in one process" if self.missing else count


def _choose(items, options):
    """{name of an item: its cells} after `--only` and `--task`; items without a cell are left out."""
    seeds = tuple(dict.fromkeys(options.seeds))
    cells = {item.name: item.cells(options.preset, options.recipe, seeds) for item in items}
    every = {cell.key: cell for own in cells.values() for cell in own}
    wanted = {cell.key for cell in share(select(list(every.values()), options.only), *options.task)}
    chosen = {name: [cell for cell in own if cell.key in wanted] for name, own in cells.items()}
    return {name: own for name, own in chosen.items() if own}


def _run_in_turn(items, plan, folders, options, reports):
    """Trains on every worker of a cluster; only the chief draws and reports what it has done."""
    from experiments.running.distribution import make_strategy, run_in_turn

    strategy = make_strategy(options.strategy)
    from lrc_keras.training.fitting.workers import is_chief

    def train(cells, ended=lambda cell: None):
        return run_in_turn(cells, folders, strategy, ended)

    if not is_chief(strategy):
        return EXIT_FAILED if train(plan.missing) else 0
    return _run(items, plan, folders, options, reports, train)


def _run(items, plan, folders, options, reports, train):
    """Trains the missing cells and draws every item as soon as its last cell has ended, finished or failed.

    Args:
        train: function of cells and of a function that is called with each cell that ended; returns the titles of the
            cells that failed.

    Returns: the exit code.
    """
    codes = []
    # figures without training belong to `all`, once for all tasks
    if options.item == "all" and not options.only and options.task[0] == 1:
        codes = [_report(name, reports, folders, options.seeds[0]) for name in reports]
    for item in items:
        print(f"{item.name}, preset {options.preset}: {item.words(options.preset, options.recipe)}")
    for cell in plan.cells:
        if cell.key in plan.done:
            print(f"{cell.title}  done before: {folders.record(cell)}")
    print(plan.total(), flush=True)
    open_keys = {item.name: {cell.key for cell in plan.chosen[item.name]} - plan.done for item in items}

    def draw_ended():
        for item in items:
            if open_keys.get(item.name) == set():
                del open_keys[item.name]
                codes.append(_draw(folders.out, item.drawing, "--preset", item.folder(options.preset, options.recipe)))

    def ended(cell):
        for keys in open_keys.values():
            keys.discard(cell.key)
        draw_ended()

    draw_ended()
    failed = train(plan.missing, ended)
    if failed:
        print(f"not finished: {', '.join(failed)}; the same command continues them", file=sys.stderr)
    return EXIT_FAILED if failed or any(codes) else 0


def _report(name, reports, folders, seed):
    _, run = reports[name]
    for line in run(folders, seed):
        print(line, flush=True)
    return EXIT_FAILED if _draw(folders.out, name) else 0


def _draw(out, *item):
    """Draws table and pictures in another process. Returns its exit code."""
    command = [sys.executable, "-m", "figures", *item]
    command += ["--records", str(out.resolve()), "--out", str(out.resolve() / "drawn")]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _say_error(parser, error, code):
    print(f"{parser.prog}: error: {error}", file=sys.stderr)
    return code
