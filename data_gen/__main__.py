"""The command line, `python -m data_gen`: the commands `generate`, `inspect` and `verify`."""

import argparse
import importlib.util
import math
import sys
import time

from .arguments import one_line
from .dataset import KERNEL_NAMES, generate
from .inspection import check_picture, inspection_lines, known_box, save_snapshot, verify_snapshots
from .kernels.interactions import Mixture
from .snapshots import SnapshotFileError, open_snapshots, read_in_parts

PROG = "python -m data_gen"
DESCRIPTION = """
Make random snapshots of particles in a periodic box, with their energies and forces.

commands:
  python -m data_gen [generate] OPTIONS    make a file (this page)
  python -m data_gen inspect FILE          what is in a file, and a picture of it
  python -m data_gen verify FILE           make part of a file again and compare
"""
EXAMPLES = """
examples (Table 2 with 200 points on a line, Table 6 with 54 points in space):
  python -m data_gen --kernel screened_coulomb --mu 5 0.5 --alpha 0.5 0.5 --box 50 --cells 100 \\
      --min-distance 0.05 --snapshots 10000 --workers 2 --out table2.h5
  python -m data_gen --dimension 3 --kernel exponential --mu 5 --box 3 --cells 3 \\
      --min-distance 0.1 --snapshots 1000 --out table6.h5

The same arguments give the same file, byte for byte, for any --workers. The file holds positions (S, N, d), energies
(S,), forces (S, N, d), with --potentials potentials (S, N), and in its attributes all that is needed to make it again.
"""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line; the usage is for --help."""

    def error(self, message):
        self.exit(2, f"{self.prog}: error: {message} (--help explains the options)\n")


def main(arguments=None):
    """Runs the command line; options without a command are those of `generate`.

    Returns: the exit code: 0; 1 when `verify` finds a difference; 2 for an error; 130 when interrupted.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0].startswith("-"):
        arguments.insert(0, "generate")
    parser = Parser(prog=PROG, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    _add_generate(commands)
    _add_inspect_and_verify(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print(f"\n{PROG} {options.command}: stopped; nothing was written", file=sys.stderr)
        return 130
    except (ValueError, OSError, RuntimeError, ArithmeticError, MemoryError, ImportError) as error:
        named = options.command == "generate" or isinstance(error, (SnapshotFileError, OSError, ImportError))
        hint = "; --force replaces a file" if "overwrite is off" in str(error) else ""
        parser.error(("" if named else f"{options.file}: ") + one_line(error) + hint)


def _add_generate(commands):
    style = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}
    parser = commands.add_parser("generate", description=DESCRIPTION, epilog=EXAMPLES, **style)
    parser.set_defaults(run=_generate)
    count, length = {"type": int, "metavar": "COUNT"}, {"type": float, "metavar": "LENGTH"}
    option = parser.add_argument_group("kernel").add_argument
    option("--kernel", required=True, choices=sorted(KERNEL_NAMES), help="interaction between two particles")
    option("--mu", required=True, type=float, nargs="+", help="inverse interaction lengths, one or more")
    option("--alpha", type=float, nargs="+", help="weight of each mu; may be left out for a single mu (weight 1)")
    option("--method", choices=("exact", "spectral"), help="of screened_coulomb: exact (default) or smoothed, Eq. (8)")
    option(
        "--smoothing", **length, help="of --method spectral (default: 0.005 in 1-D, side/256 in 2-D, side/30 in 3-D)"
    )
    points = parser.add_argument_group("points", "A single --box or --cells stands for every dimension.")
    option = points.add_argument
    option("--dimension", type=int, choices=(1, 2, 3), help="default: the number of values of --box or --cells")
    option("--box", dest="box_length", required=True, **length, nargs="+", help="side of the periodic box")
    where = points.add_mutually_exclusive_group(required=True)
    where.add_argument("--cells", **count, nargs="+", help="cells along a side, with equally many points in each")
    where.add_argument("--points", dest="num_points", **count, help="points uniform in the whole box, without cells")
    option("--points-per-cell", **count, help="points in every cell (default 2)")
    option("--min-distance", required=True, **length, help="no two points are closer; 0 allows any distance")
    option = parser.add_argument_group("output").add_argument
    option("--snapshots", dest="num_snapshots", required=True, **count, help="number of configurations")
    option("--seed", type=int, default=0, help="number that names the random data set (default 0)")
    option("--potentials", action="store_true", help="store the local potentials too")
    option("--workers", default=1, **count, help="number of processes (default 1)")
    option("--out", dest="path", required=True, metavar="FILE", help="HDF5 file to write; missing folders are made")
    option("--force", dest="overwrite", action="store_true", help="replace an existing FILE")
    option("--progress", action="store_true", help="show a progress bar also where there is no terminal")


def _generate(options):
    started = time.monotonic()
    if options.num_points is not None and options.points_per_cell is not None:
        raise ValueError("--points-per-cell is for --cells only")
    kernel, others = _kernel(options), ("command", "run", "kernel", "mu", "alpha", "method", "smoothing")
    settings = {name: _one_or_all(value) for name, value in vars(options).items() if name not in others}
    if options.cells is not None and options.points_per_cell is None:
        settings["points_per_cell"] = 2  # as in every experiment of the paper
    path = generate(kernel=kernel, **settings | {"progress": options.progress or _can_show_progress()})
    with open_snapshots(path) as file:
        total, num_points, dimension = file.shape
    size, seconds = path.stat().st_size / 1e6, time.monotonic() - started
    print(f"wrote {total} snapshots of {num_points} points in {dimension}-D to {path} ({size:.1f} MB, {seconds:.1f} s)")
    return 0


def _can_show_progress():
    """The bar needs a terminal, and the package rich, which Keras brings."""
    return sys.stderr.isatty() and importlib.util.find_spec("rich") is not None


def _kernel(options):
    """The kernel of the options. Raises: ValueError when they contradict each other."""
    settings = {name: getattr(options, name) for name in ("method", "smoothing") if getattr(options, name) is not None}
    if settings and options.kernel != "screened_coulomb":
        raise ValueError("--method and --smoothing are for --kernel screened_coulomb only")
    if "smoothing" in settings and options.method != "spectral":
        raise ValueError("--smoothing is for --method spectral only")
    kernels = [KERNEL_NAMES[options.kernel](mu, **settings) for mu in options.mu]
    if options.alpha is None and len(kernels) == 1:
        return kernels[0]
    if len(alpha := options.alpha or []) != len(kernels):
        received = f"{len(alpha)} weights for {len(kernels)} inverse lengths"
        raise ValueError(f"--alpha must name one weight for each --mu; received {received}")
    return Mixture(kernels, alpha)


def _one_or_all(values):
    """A single value stands for every dimension: [5.0] -> 5.0."""
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def _add_inspect_and_verify(commands):
    parser = commands.add_parser("inspect", description="What is in a file of snapshots.", allow_abbrev=False)
    parser.set_defaults(run=_inspect)
    parser.add_argument("file", metavar="FILE", help="HDF5 file of data_gen or of the paper's authors")
    parser.add_argument("--radius", type=float, metavar="R", help="count the neighbours within this distance")
    parser.add_argument("--box", type=float, nargs="+", metavar="LENGTH", help="the box, for a file that has none")
    parser.add_argument("--snapshot", type=int, default=0, metavar="I", help="the one to draw, from 0 (default 0)")
    parser.add_argument("--out", metavar="PICTURE", help="draw the snapshot and a histogram (.png, .pdf, .svg)")
    text = "Make snapshots of a file again from its attributes and compare. Exit code 1 when they differ, 2 for errors."
    parser = commands.add_parser("verify", description=text, allow_abbrev=False)
    parser.set_defaults(run=_verify)
    parser.add_argument("file", metavar="FILE", help="HDF5 file of data_gen")
    parser.add_argument("--sample", type=int, default=20, metavar="N", help="number of snapshots (default 20)")


def _inspect(options):
    picture = None if options.out is None else check_picture(options.out)
    if options.radius is not None and not 0 < options.radius < math.inf:
        raise ValueError(f"--radius must be a positive number; received {options.radius:g}")
    with open_snapshots(options.file) as file:
        if not 0 <= options.snapshot < file.shape[0]:
            raise ValueError(f"--snapshot must be in 0…{file.shape[0] - 1}; received {options.snapshot}")
        sides = known_box(file, _one_or_all(options.box))
        for line in inspection_lines(file, sides, options.radius):
            print(line)
        if options.out is not None:
            save_snapshot(picture, file, options.snapshot, sides)
            print(f"drew snapshot {options.snapshot} in {options.out}")
    return 0


def _verify(options):
    if options.sample < 1:
        raise ValueError(f"--sample must be at least 1; received {options.sample}")
    with open_snapshots(options.file) as file:
        for _ in read_in_parts(file):  # also those that are not made again may be damaged
            pass
        indices, deviations, difference = verify_snapshots(file, options.sample)
    if difference:
        print(f"{options.file}: {difference}", file=sys.stderr)
        return 1
    rest = ", ".join(f"{name} {f'to {worst:.0e}' if worst else 'equal'}" for name, worst in deviations.items())
    print(f"{options.file}: {len(indices)} snapshots made again from the attributes: positions equal, {rest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
