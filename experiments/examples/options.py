"""The options that all examples have."""

import math
from pathlib import Path

from experiments.running.options import Parser
from lrc_keras.files import make_writable


def read_options(description, picture, arguments=None):
    """Reads `--out` and `--quick`.

    Args:
        description: of the example, its own docstring.
        picture: name of the file that it draws.
        arguments: list of str; default those of the command line.

    Returns: (path of the picture, whether to be quick). The folder is made: where that fails, it fails before any work.
    """
    parser = Parser(description=description)
    parser.add_argument("--out", type=Path, default=Path("results/drawn"), help="folder of the picture (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see it run: small data, short training")
    options = parser.parse_args(arguments)
    make_folder(parser, options.out)
    return options.out / picture, options.quick


def positive(kind):
    """A type of `argparse`: a positive number of a kind, int or float."""

    def convert(text):
        if not 0 < (value := kind(text)) < math.inf:
            raise ValueError
        return value

    convert.__name__ = f"positive {kind.__name__}"  # argparse names it when it refuses a value
    return convert


def make_folder(parser, path):
    """Makes a folder that the option `--out` names, or ends the program with a line that says why it cannot."""
    try:
        make_writable(path)
    except OSError as error:
        parser.error(f"--out must be a folder that can be written; received {path} ({error.strerror})")
