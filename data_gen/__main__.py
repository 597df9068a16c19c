"""Command line: `python -m data_gen --help`."""

import argparse
import math
import sys
import time

from .arguments import check_cells, check_dimension
from .descriptions import KERNEL_NAMES
from .generate import generate
from .kernels import Mixture

EXAMPLES = """
examples (the data of the paper):
  Table 1, one interaction length, 20 points:
    python -m data_gen --kernel screened_coulomb --mu 0.5 --box 5 --cells 10 \\
        --min-distance 0.05 --snapshots 1000 --seed 0 --out table1.h5
  Table 2, two interaction lengths, 200 points:
    python -m data_gen --kernel screened_coulomb --mu 5 0.5 --alpha 0.5 0.5 --box 50 --cells 100 \\
        --min-distance 0.05 --snapshots 1000 --seed 0 --out table2.h5
  Table 6, three dimensions, 54 points:
    python -m data_gen --dimension 3 --kernel exponential --mu 5 --box 3 --cells 3 \\
        --min-distance 0.1 --snapshots 1000 --seed 0 --out table6.h5

The number of points is (points per cell) x (cells along each side, multiplied). The same arguments give the
same file, byte for byte. The file holds positions (S, N, d), energies (S,) and forces (S, N, d), and in its
attributes all that is needed to make it again.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message):  # one line; the usage is for --help
        self.exit(2, f"{self.prog}: error: {message} (--help explains the options)\n")


def build_parser():
    """The options of the command line."""
    parser = _Parser(
        prog="python -m data_gen",
        description="Make random snapshots of particles in a periodic box, with their energies and forces.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    kernel = parser.add_argument_group("kernel")
    kernel.add_argument(
        "--kernel", required=True, choices=sorted(KERNEL_NAMES), help="interaction between two particles"
    )
    kernel.add_argument(
        "--mu",
        required=True,
        type=float,
        nargs="+",
        metavar="MU",
        help="inverse interaction lengths, one or more",
    )
    kernel.add_argument(
        "--alpha",
        type=float,
        nargs="+",
        metavar="ALPHA",
        help="weights of the interactions, one for each mu; may be left out for a single mu (weight 1)",
    )
    kernel.add_argument(
        "--method",
        choices=("exact", "spectral"),
        help="screened_coulomb only: closed form (default) or smoothed Fourier sum",
    )
    kernel.add_argument(
        "--smoothing",
        type=float,
        metavar="LENGTH",
        help="length of the Gaussian smoothing for --method spectral (default 0.005)",
    )
    points = parser.add_argument_group("points")
    points.add_argument(
        "--dimension",
        type=int,
        choices=(1, 2, 3),
        help="1, 2 or 3 (default: as many as --box or --cells name, else 1)",
    )
    points.add_argument(
        "--box",
        required=True,
        type=float,
        nargs="+",
        metavar="LENGTH",
        help="side of the periodic box; one number, or one for each dimension",
    )
    points.add_argument(
        "--cells",
        required=True,
        type=int,
        nargs="+",
        metavar="COUNT",
        help="cells along each side; one number, or one for each dimension",
    )
    points.add_argument(
        "--points-per-cell", type=int, default=2, metavar="COUNT", help="points in every cell (default 2)"
    )
    points.add_argument(
        "--min-distance",
        type=float,
        required=True,
        metavar="LENGTH",
        help="no two points are closer than this; 0 allows any distance",
    )
    output = parser.add_argument_group("output")
    output.add_argument("--snapshots", required=True, type=int, metavar="COUNT", help="number of configurations")
    output.add_argument("--seed", type=int, default=0, help="number that names the random data set (default 0)")
    output.add_argument(
        "--out", required=True, metavar="FILE", help="HDF5 file to write; its folder is made if need be"
    )
    output.add_argument("--force", action="store_true", help="replace FILE if it is there already")
    output.add_argument(
        "--progress", action="store_true", help="show a progress bar even if standard error is not a terminal"
    )
    return parser


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


def main(arguments=None):
    """Runs the command line; returns the exit code: 0, 2 for an error, 130 when interrupted."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    box_length, cells = _one_or_all(options.box), _one_or_all(options.cells)
    started = time.monotonic()
    try:
        path = generate(
            options.out,
            kernel=kernel_from_options(options),
            box_length=box_length,
            cells=cells,
            points_per_cell=options.points_per_cell,
            min_distance=options.min_distance,
            num_snapshots=options.snapshots,
            seed=options.seed,
            dimension=options.dimension,
            progress=options.progress or sys.stderr.isatty(),
            overwrite=options.force,
        )
    except FileExistsError as error:
        parser.error(f"{error}; --force replaces a file")
    except (ValueError, RuntimeError, OSError, MemoryError) as error:
        parser.error(" ".join(str(error).split()) or type(error).__name__)
    except KeyboardInterrupt:
        print(f"\n{parser.prog}: stopped; {options.out} was not written", file=sys.stderr)
        return 130
    dimension = check_dimension(options.dimension, box_length=box_length, cells=cells)
    num_points = math.prod(check_cells(cells, dimension)) * options.points_per_cell
    print(
        f"wrote {options.snapshots} snapshots of {num_points} points in {dimension}-D to {path} "
        f"({path.stat().st_size / 1e6:.1f} MB, {time.monotonic() - started:.1f} s)"
    )
    return 0


def _one_or_all(values):
    return values[0] if len(values) == 1 else values


if __name__ == "__main__":
    sys.exit(main())
