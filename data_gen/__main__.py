"""Command line: `python -m data_gen --help`."""

import sys

from .commands import EXIT_ERROR, EXIT_INTERRUPTED, generate_file, inspect_file, verify_file

COMMANDS = {"generate": generate_file, "inspect": inspect_file, "verify": verify_file}


def main(arguments=None):
    """Runs the command line; options without a command are those of `generate`.

    Returns: the exit code: 0; 1 when `verify` finds a difference; 2 for an error; 130 when interrupted.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    prog = "python -m data_gen"
    if arguments and not arguments[0].startswith("-") and arguments[0] not in COMMANDS:
        print(
            f"{prog}: error: command must be one of {', '.join(COMMANDS)}; received {arguments[0]!r}", file=sys.stderr
        )
        return EXIT_ERROR
    if not arguments or arguments[0] not in COMMANDS:
        return generate_file(arguments, prog)
    try:
        return COMMANDS[arguments[0]](arguments[1:], f"{prog} {arguments[0]}")
    except KeyboardInterrupt:
        print(f"\n{prog} {arguments[0]}: stopped", file=sys.stderr)
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
