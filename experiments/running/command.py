"""From a command line to trained cells and a drawn item: the common part of `run_1d.py`, `run_2d.py` and `run_3d.py`.

This process does not import TensorFlow: cells are trained in workers (`jobs`), and the drawing needs records only. With
a `--strategy` this process trains, and then imports it (`distribution`).
"""

import os
import subprocess
import sys

from experiments import ROOT
from experiments.running.data import check_snapshots, data_files
from experiments.running.distribution import check_strategy, make_strategy, run_in_turn
from experiments.running.estimates import duration, estimate, measured_speeds, total_words
from experiments.running.folders import Folders, has_weights, is_done
from experiments.running.jobs import run_cells
from experiments.running.options import UsageError, make_parser
from experiments.running.selection import select, share
from lrc_keras.machine import usable_cores

OWN_RECORDS = ROOT / "experiments" / "records"


def main(description, items, reports=None, arguments=None):
    """Runs a command and returns its exit code: 0, 1 when something is not finished, or 130 after Ctrl-C.

    Bad arguments exit with 2.

    Args:
        description: of the script.
        items: of `experiments.paper`.
        reports: {name: (title, function of folders and seed that returns lines)}, figures without training.
        arguments: list of str; default those of the process.
    """
    reports = reports or {}
    parser = make_parser(description, items, reports)
    options = parser.parse_args(arguments)
    folders = Folders(options.out)
    try:
        if options.item in reports:
            folders.check_writable()
            return _report(reports[options.item], folders, options.item, options.seed)
        if options.preset == "paper_start" and options.recipe not in (None, "paper"):
            raise UsageError(
                "--preset paper_start is the recipe of the paper, from weights that are fitted to the data: leave "
                f"--recipe out; received --recipe {options.recipe}"
            )
        check_strategy(options.strategy, options.jobs, os.environ)
        chosen = _choose([item for item in items if options.item in (item.name, "all")], options)
        if not options.list:
            folders.check_writable()
        plan = Plan(chosen, folders)
        if options.list:
            print("\n".join(plan.lines()))
            return 0
        return _train_and_draw(plan, options, reports)
    except UsageError as error:
        return parser.error(str(error))
    except (ValueError, RuntimeError, OSError) as error:
        print(f"{parser.prog}: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command continues what was running", file=sys.stderr)
        return 130  # what a shell expects of a command that was interrupted


class Plan:
    """The cells that are done, and those that are missing, cheapest first by the estimates.

    `chosen` is a list of (item, its cells); a cell may belong to two items.

    Raises: ValueError naming the record or the data file that has other settings, or is not readable.
    """

    def __init__(self, chosen, folders):
        self.chosen, self.folders = chosen, folders
        speeds = measured_speeds(folders.out, OWN_RECORDS)
        cells = {cell.title: cell for _, cells in chosen for cell in cells}
        self.done = {title for title, cell in cells.items() if is_done(cell, folders)}
        # A small phase is trained only when a cell is to start from it, and before cells that cost the same. It is done
        # when its weights are there: records are copied without them.
        needed = [cell.small_phase for title, cell in cells.items() if title not in self.done and cell.small_phase]
        small = {cell.title: cell for cell in needed}
        self.done -= set(small)
        self.done |= {title for title, cell in small.items() if has_weights(cell, folders)}
        cells = {**small, **cells}
        self.seconds = {title: estimate(cell, speeds) for title, cell in cells.items()}
        self.cells = sorted(cells.values(), key=lambda cell: self.seconds[cell.title] or float("inf"))
        self.missing = [cell for cell in self.cells if cell.title not in self.done]
        for path, *what in {file[0]: file for cell in self.missing for file in data_files(cell, folders)}.values():
            if path.exists():
                check_snapshots(path, *what)

    def lines(self):
        """A line for each cell, and the total."""
        width = max((len(cell.title) for cell in self.cells), default=0)
        words = {cell.title: f"missing  {duration(self.seconds[cell.title])}" for cell in self.missing}
        return [*(f"{cell.title:{width}}  {words.get(cell.title, 'done')}" for cell in self.cells), self.total()]

    def total(self):
        """ "3 of 10 cells missing, 12.3 min in one process"."""
        count = f"{len(self.missing)} of {len(self.cells)} cells missing"
        seconds = [self.seconds[cell.title] for cell in self.missing]
        return f"{count}, {total_words(seconds)} in one process" if self.missing else count


def _choose(items, options):
    """List of (item, its cells) after `--only` and `--task`; items without a cell are left out."""
    seeds = tuple(dict.fromkeys(options.seeds))
    chosen = [(item, item.cells(options.preset, options.recipe, seeds)) for item in items]
    every = {cell.title: cell for _, cells in chosen for cell in cells}
    wanted = {cell.title for cell in share(select(list(every.values()), options.only), *options.task)}
    chosen = [(item, [cell for cell in cells if cell.title in wanted]) for item, cells in chosen]
    return [(item, cells) for item, cells in chosen if cells]


def _train_and_draw(plan, options, reports):
    """Trains the missing cells and draws every item as soon as its last cell has ended, finished or failed.

    Of the workers of a cluster only the chief draws and reports what it has done. Returns: the exit code.
    """
    run, how = run_cells, options.jobs or usable_cores()
    if options.strategy != "none":
        run, how = run_in_turn, make_strategy(options.strategy)
        from lrc_keras.training.fitting.workers import is_chief

        if not is_chief(how):
            return int(bool(run(plan.missing, plan.folders, how)))
    codes = []
    # figures without training belong to `all`, once for all tasks
    if options.item == "all" and not options.only and options.task[0] == 1:
        codes = [_report(report, plan.folders, name, options.seeds[0]) for name, report in reports.items()]
    for item, _ in plan.chosen:
        print(f"{item.name}, preset {options.preset}: {item.words(options.preset, options.recipe)}")
    for cell in plan.cells:
        if cell.title in plan.done:
            print(f"{cell.title}  done before: {plan.folders.record(cell)}")
    print(plan.total(), flush=True)
    undrawn = [(item, {cell.title for cell in cells} - plan.done) for item, cells in plan.chosen]

    def draw_ended(cell=None):
        for item, titles in list(undrawn):
            titles.discard(cell and cell.title)
            if not titles:
                undrawn.remove((item, titles))
                folder = item.folder(options.preset, options.recipe)
                codes.append(_draw(plan.folders.out, item.drawing, "--preset", folder))

    draw_ended()
    failed = run(plan.missing, plan.folders, how, draw_ended)
    if failed:
        words = "the same command tries them again; one that diverged starts anew without its files in checkpoints/"
        print(f"not finished: {', '.join(failed)}; {words}", file=sys.stderr)
    return int(bool(failed or any(codes)))


def _report(report, folders, name, seed):
    for line in report[1](folders, seed):
        print(line, flush=True)
    return int(_draw(folders.out, name) != 0)


def _draw(out, *item):
    """Draws table and pictures in another process. Returns its exit code."""
    command = [sys.executable, "-m", "figures", *item]
    command += ["--records", str(out.resolve()), "--out", str(out.resolve() / "drawn")]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
