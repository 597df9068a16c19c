"""`python -m data_gen inspect FILE` and `verify FILE`, and what all commands share."""

import argparse
import math
import sys

from .drawing import check_picture, save_snapshot
from .inspection import inspection_lines, known_box
from .opening import read_snapshots
from .reading import SnapshotFileError, one_line
from .verification import verify_snapshots

EXIT_DIFFERENT, EXIT_ERROR = 1, 2


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line; the usage is for --help."""

    def error(self, message):
        self.exit(EXIT_ERROR, f"{self.prog}: error: {message} (--help explains the options)\n")


def one_or_all(values):
    """[5.0] -> 5.0, which stands for every dimension; more than one is kept."""
    return values[0] if len(values) == 1 else values


def inspect_file(arguments, prog):
    """Runs `inspect`; returns the exit code."""
    parser = Parser(prog=prog, description="What is in a file of snapshots.", allow_abbrev=False)
    parser.add_argument("file", metavar="FILE", help="HDF5 file of data_gen or of the paper's authors")
    parser.add_argument("--radius", type=float, metavar="R", help="count the neighbours within this distance")
    parser.add_argument("--box", type=float, nargs="+", metavar="LENGTH", help="the box, for a file that does not say")
    parser.add_argument("--snapshot", type=int, default=0, metavar="I", help="the one to draw, from 0 (default 0)")
    parser.add_argument("--out", metavar="PICTURE", help="draw the snapshot and the force histogram (.png, .pdf, .svg)")
    options = parser.parse_args(arguments)
    try:
        if options.out is not None:
            check_picture(options.out)
    except ValueError as error:
        parser.error(str(error))
    if options.radius is not None and not 0 < options.radius < math.inf:
        parser.error(f"--radius must be a positive number; received {options.radius:g}")
    if options.snapshot < 0:
        parser.error(f"--snapshot must be at least 0; received {options.snapshot}")
    try:
        snapshots = read_snapshots(options.file)
        sides = known_box(snapshots, None if options.box is None else one_or_all(options.box))
        if options.snapshot >= len(snapshots.energies):
            raise ValueError(f"--snapshot must be in 0…{len(snapshots.energies) - 1}; received {options.snapshot}")
        for line in inspection_lines(snapshots, sides, options.radius):
            print(line)
        if options.out:
            save_snapshot(options.out, snapshots, options.snapshot, sides)
            print(f"drew snapshot {options.snapshot} in {options.out}")
    except (ValueError, OSError) as error:
        _stop(parser, options.file, error)
    return 0


def verify_file(arguments, prog):
    """Runs `verify`; returns the exit code: 0, 1 for a difference, 2 when the file cannot be recomputed."""
    parser = Parser(
        prog=prog,
        description="Make some snapshots of a file again, from its attributes alone, and compare: positions bit by "
        "bit, energies and forces to rounding. Exit code 1 when they differ, 2 when they cannot be made again.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="HDF5 file of data_gen")
    parser.add_argument("--sample", type=int, default=20, metavar="N", help="number of snapshots (default 20)")
    options = parser.parse_args(arguments)
    if options.sample < 1:
        parser.error(f"--sample must be at least 1; received {options.sample}")
    try:
        indices, deviations, difference = verify_snapshots(read_snapshots(options.file), options.sample)
    except (ValueError, RuntimeError, OSError) as error:
        _stop(parser, options.file, error)
    if difference:
        print(f"{options.file}: {difference}", file=sys.stderr)
        return EXIT_DIFFERENT
    rest = ", ".join(f"{name} {f'to {worst:.0e}' if worst else 'equal'}" for name, worst in deviations.items())
    print(f"{options.file}: {len(indices)} snapshots made again from the attributes: positions equal, {rest}")
    return 0


def _stop(parser, path, error):
    message = one_line(error)
    named = isinstance(error, (SnapshotFileError, OSError))  # these say which file
    parser.error(message if named else f"{path}: {message}")
