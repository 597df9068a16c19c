"""The options of `python -m data_gen generate`, and the arguments they stand for."""

import argparse

from .commands import Parser, one_or_all
from .descriptions import KERNEL_NAMES
from .kernels import Mixture

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


def build_parser(prog):
    """The options of `generate`."""
    parser = Parser(
        prog=prog,
        description=DESCRIPTION,
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
        help="length of the Gaussian smoothing for --method spectral (default: 0.005 in 1-D, else by the box)",
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
    where = points.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--cells",
        type=int,
        nargs="+",
        metavar="COUNT",
        help="cells along each side, with equally many points in each; one number, or one for each dimension",
    )
    where.add_argument("--points", type=int, metavar="COUNT", help="points uniform in the whole box, without cells")
    points.add_argument(
        "--points-per-cell",
        type=int,
        metavar="COUNT",
        help=f"points in every cell (default {POINTS_PER_CELL})",
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
    output.add_argument("--potentials", action="store_true", help="store the local potentials too")
    output.add_argument(
        "--workers", type=int, default=1, metavar="COUNT", help="processes side by side (default 1); same bytes"
    )
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


def points_from_options(options):
    """The arguments of `generate` about the points.

    Raises: ValueError when they contradict each other.
    """
    cells = None if options.cells is None else one_or_all(options.cells)
    if cells is None and options.points_per_cell is not None:
        raise ValueError("--points-per-cell is for --cells only")
    return {
        "box_length": one_or_all(options.box),
        "cells": cells,
        "points_per_cell": None if cells is None else _default(options.points_per_cell, POINTS_PER_CELL),
        "num_points": options.points,
        "min_distance": options.min_distance,
        "dimension": options.dimension,
    }


def _default(value, otherwise):
    return otherwise if value is None else value  # 0 is an answer, if a wrong one
