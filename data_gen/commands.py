"""The commands `generate`, `inspect` and `verify` of `python -m data_gen`; each returns its exit code."""

import argparse
import math
import sys
import time
from pathlib import Path

from .descriptions import KERNEL_NAMES
from .drawing import check_picture, save_snapshot
from .generate import generate
from .inspection import inspection_lines, known_box, verify_snapshots
from .kernels import Mixture
from .reading import SnapshotFileError, one_line, read_snapshots
from .sampling import check_points

EXIT_DIFFERENT, EXIT_ERROR, EXIT_INTERRUPTED = 1, 2, 130
POINTS_PER_CELL = 2  # in every experiment of the paper

DESCRIPTION = """
Make random snapshots of particles in a periodic box, with their energies and forces.

commands:
  python -m data_gen [generate] OPTIONS    make a file (this page)
  python -m data_gen inspect FILE          what is in a file, and a picture of it
  python -m data_gen verify FILE           make part of a file again and compare
"""

EXAMPLES = """
examples (the data of the paper):
  Table 1, one interaction length, 20 points:
    python -m data_gen --kernel screened_coulomb --mu 0.5 --box 5 --cells 10 \\
        --min-distance 0.05 --snapshots 1000 --seed 0 --out table1.h5
  Table 2, two interaction lengths, 200 points:
    python -m data_gen --kernel screened_coulomb --mu 5 0.5 --alpha 0.5 0.5 --box 50 --cells 100 \\
        --min-distance 0.05 --snapshots 1000 --seed 0 --out table2.h5
  Figure 8, two dimensions, 450 points:
    python -m data_gen --kernel screened_coulomb --mu 10 1 --alpha 0.9 0.1 --box 15 15 --cells 15 \\
        --min-distance 0.05 --snapshots 10000 --workers 2 --seed 0 --out figure8.h5
  Table 6, three dimensions, 54 points:
    python -m data_gen --dimension 3 --kernel exponential --mu 5 --box 3 --cells 3 \\
        --min-distance 0.1 --snapshots 1000 --seed 0 --out table6.h5

The number of points is (points per cell) x (cells along each side, multiplied), or that of --points. The same
arguments give the same file, byte for byte, whatever --workers is. The file holds positions (S, N, d), energies
(S,), forces (S, N, d) and perhaps potentials (S, N), and in its attributes all that is needed to make it again.
"""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line; the usage is for --help."""

    def error(self, message):
        self.exit(EXIT_ERROR, f"{self.prog}: error: {message} (--help explains the options)\n")


def one_or_all(values):
    """[5.0] -> 5.0, which stands for every dimension; more than one is kept."""
    return values[0] if len(values) == 1 else values


def generate_parser(prog):
    """The options of `generate`."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = Parser(prog=prog, description=DESCRIPTION, epilog=EXAMPLES, formatter_class=raw, allow_abbrev=False)
    numbers, counts = {"type": float, "nargs": "+"}, {"type": int, "metavar": "COUNT"}
    option = parser.add_argument_group("kernel").add_argument
    option("--kernel", required=True, choices=sorted(KERNEL_NAMES), help="interaction between two particles")
    option("--mu", required=True, **numbers, metavar="MU", help="inverse interaction lengths, one or more")
    option("--alpha", **numbers, metavar="ALPHA", help="weight of each mu; may be left out for a single mu (weight 1)")
    text = "screened_coulomb only: closed form (default) or smoothed Fourier sum"
    option("--method", choices=("exact", "spectral"), help=text)
    text = "length of the Gaussian smoothing for --method spectral (default: 0.005 in 1-D, else by the box)"
    option("--smoothing", type=float, metavar="LENGTH", help=text)
    points = parser.add_argument_group("points")
    option = points.add_argument
    text = "1, 2 or 3 (default: as many as --box or --cells name, else 1)"
    option("--dimension", type=int, choices=(1, 2, 3), help=text)
    text = "side of the periodic box; one number, or one for each dimension"
    option("--box", required=True, **numbers, metavar="LENGTH", help=text)
    where = points.add_mutually_exclusive_group(required=True)
    text = "cells along each side, with equally many points in each; one number, or one for each dimension"
    where.add_argument("--cells", **counts, nargs="+", help=text)
    where.add_argument("--points", **counts, help="points uniform in the whole box, without cells")
    option("--points-per-cell", **counts, help=f"points in every cell (default {POINTS_PER_CELL})")
    text = "no two points are closer than this; 0 allows any distance"
    option("--min-distance", required=True, type=float, metavar="LENGTH", help=text)
    option = parser.add_argument_group("output").add_argument
    option("--snapshots", required=True, **counts, help="number of configurations")
    option("--seed", type=int, default=0, help="number that names the random data set (default 0)")
    option("--potentials", action="store_true", help="store the local potentials too")
    option("--workers", default=1, **counts, help="processes side by side (default 1); same bytes")
    option("--out", required=True, metavar="FILE", help="HDF5 file to write; its folder is made if need be")
    option("--force", action="store_true", help="replace FILE if it is there already")
    text = "show a progress bar even if standard error is not a terminal"
    option("--progress", action="store_true", help=text)
    return parser


def generate_file(arguments, prog):
    """Runs `generate`."""
    parser = generate_parser(prog)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        points = points_from_options(options)
        path = generate(
            options.out,
            kernel=kernel_from_options(options),
            **points,
            num_snapshots=options.snapshots,
            seed=options.seed,
            potentials=options.potentials,
            workers=options.workers,
            progress=options.progress or sys.stderr.isatty(),
            overwrite=options.force,
        )
    except FileExistsError as error:
        parser.error(str(error) if Path(options.out).is_dir() else f"{error}; --force replaces a file")
    except (ValueError, RuntimeError, ArithmeticError, OSError, MemoryError) as error:
        parser.error(one_line(error))
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: stopped; {options.out} was not written", file=sys.stderr)
        return EXIT_INTERRUPTED
    made = check_points(**points)
    print(
        f"wrote {options.snapshots} snapshots of {made['num_points']} points in {len(made['box_length'])}-D to {path} "
        f"({path.stat().st_size / 1e6:.1f} MB, {time.monotonic() - started:.1f} s)"
    )
    return 0


def kernel_from_options(options):
    """The kernel that `--kernel`, `--mu`, `--alpha`, `--method` and `--smoothing` describe.

    Raises: ValueError when they contradict each other.
    """
    settings = {name: getattr(options, name) for name in ("method", "smoothing") if getattr(options, name) is not None}
    if settings and options.kernel != "screened_coulomb":
        raise ValueError("--method and --smoothing are for --kernel screened_coulomb only")
    if "smoothing" in settings and options.method != "spectral":
        raise ValueError("--smoothing is for --method spectral only")
    kernels = [KERNEL_NAMES[options.kernel](mu, **settings) for mu in options.mu]
    alpha = options.alpha or [1.0]
    if len(alpha) != len(kernels):
        raise ValueError(
            f"--alpha must name one weight for each --mu; received {len(options.alpha or [])} weights for "
            f"{len(kernels)} inverse lengths"
        )
    return kernels[0] if options.alpha is None else Mixture(kernels, alpha)


def points_from_options(options):
    """The arguments of `generate` about the points.

    Raises: ValueError when they contradict each other.
    """
    cells = None if options.cells is None else one_or_all(options.cells)
    points_per_cell = options.points_per_cell
    if cells is None and points_per_cell is not None:
        raise ValueError("--points-per-cell is for --cells only")
    if cells is not None and points_per_cell is None:
        points_per_cell = POINTS_PER_CELL
    return {
        "box_length": one_or_all(options.box),
        "cells": cells,
        "points_per_cell": points_per_cell,
        "num_points": options.points,
        "min_distance": options.min_distance,
        "dimension": options.dimension,
    }


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
