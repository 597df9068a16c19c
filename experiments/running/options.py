"""The command line of `run_1d.py`, `run_2d.py` and `run_3d.py`: all tables and figures have the same options."""

import argparse
import sys

from experiments.paper.items import label_text
from experiments.paper.settings import PRESETS
from lrc_keras.machine import usable_cores
from lrc_keras.recipes import RECIPES

STRATEGIES = ("none", "mirrored", "multiworker")
ABOUT_RECORDS = (
    "A cell is one training, which is one number of a table or figure. A cell whose record is in the output folder is "
    "skipped; a cell that was killed continues from its last checkpoint."
)


class UsageError(ValueError):
    """Options that do not fit, or an output folder that cannot be written. The message is one line."""


class Parser(argparse.ArgumentParser):
    """A parser whose description keeps its lines, and whose errors are one line."""

    def __init__(self, **options):
        print_any_letter()
        super().__init__(**{"formatter_class": argparse.RawDescriptionHelpFormatter, **options})

    def error(self, message):
        # argparse prints its usage as well; one line is easier to read, and --help is there for the rest
        self.exit(2, f"{self.prog}: error: {message}\n")


def print_any_letter():
    """Prints "?" for a letter that the terminal does not have, such as λ. It is no reason to stop."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")


def make_parser(description, items, reports):
    """A command for each item, for each report, and `all`; see `command.main` for the arguments."""
    parser = Parser(description=description)
    commands = parser.add_subparsers(dest="item", required=True, metavar="item", help="table or figure of the paper")
    notes = {item.name: (item.title, [f"  {preset:11} {item.words(preset)}" for preset in PRESETS]) for item in items}
    notes["all"] = (f"all of {', '.join([*notes, *reports])}", ["  see the help of each item"])
    for name, (title, lines) in notes.items():
        epilog = "\n".join(["presets:", *lines, "", ABOUT_RECORDS])
        add = commands.add_parser(name, help=title, description=f"{title}.", epilog=epilog).add_argument
        add("--preset", choices=PRESETS, default="demo", help="how much of Section 5 (default: demo)")
        text = "another recipe than the preset's, from Glorot's weights; its records go to the folder PRESET-RECIPE"
        add("--recipe", choices=list(RECIPES), help=text)
        add("--seeds", "--seed", type=_seed, nargs="+", default=[0], help="of weights and shuffling (default: 0)")
        text = f"only cells with these labels: {_example(items, name)}"
        add("--only", nargs="+", default=[], metavar="KEY=VALUE[,VALUE...]", help=text)
        add("--task", type=_task, default=(1, 1), metavar="I/N", help="only share I of N of the cells, for job arrays")
        add("--list", action="store_true", help="print which cells are done and which are missing, and train nothing")
        text = f"processes side by side (default: one a core, {usable_cores()} here; take 1 for a GPU)"
        add("--jobs", type=_jobs, help=text)
        text = (
            "train each cell on all devices of this machine (mirrored) or on several machines (multiworker: the same "
        )
        text += "command on each of them, which TF_CONFIG names), one cell after the other"
        add("--strategy", choices=STRATEGIES, default="none", help=text)
        add("--out", type=_folder, default="results", help="output folder (default: results)")
    for name, (title, _) in reports.items():
        add = commands.add_parser(name, help=title, description=f"{title}. No training, a few seconds.").add_argument
        add("--seed", type=_seed, default=0, help="of the snapshot (default: 0)")
        add("--out", type=_folder, default="results", help="output folder (default: results)")
    return parser


def _example(items, name):
    """ "mu=0.5 network=short": a value of each label of the item, or of the first one for `all`."""
    item = next((item for item in items if item.name == name), items[0])
    return " ".join(f"{key}={label_text(value)}" for key, value in item.cells("paper")[0].labels)


def _checked(text, right, expected):
    if not right:
        raise argparse.ArgumentTypeError(f"expected {expected}; received {text!r}")
    return text


def _is_number(text, least=0):
    return text.isascii() and text.isdecimal() and least <= int(text) < 2**63  # int() takes more, such as "٣" and "1_0"


def _seed(text):
    right = _is_number(text) and int(text) < 2**32  # NumPy's global generator, which Keras seeds, takes no more
    return int(_checked(text, right, "an integer from 0 to 2**32 − 1"))


def _folder(text):
    return _checked(text, text and "\0" not in text, "the name of a folder")


def _jobs(text):
    return int(_checked(text, _is_number(text, 1), "a positive integer"))


def _task(text):
    index, _, count = text.partition("/")
    right = _is_number(index, 1) and _is_number(count) and int(index) <= int(count)
    _checked(text, right, "I/N with 1 ≤ I ≤ N, for example 2/8")
    return int(index), int(count)
