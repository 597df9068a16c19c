"""Command line: `python -m data_gen --help`."""

import sys

from .commands import inspect_file, verify_file
from .generate_command import generate_file

COMMANDS = {"generate": generate_file, "inspect": inspect_file, "verify": verify_file}


def main(arguments=None):
    """Runs the command line; options without a command are those of `generate`.

    Returns: the exit code: 0; 1 when `verify` finds a difference; 2 for an error; 130 when interrupted.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if arguments and arguments[0] in COMMANDS:
        return COMMANDS[arguments[0]](arguments[1:], f"python -m data_gen {arguments[0]}")
    return generate_file(arguments, "python -m data_gen")


if __name__ == "__main__":
    sys.exit(main())
