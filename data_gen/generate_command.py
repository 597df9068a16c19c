"""`python -m data_gen generate …`, or without the word: one file of snapshots."""

import sys
import time
from pathlib import Path

from .generate import generate
from .generate_options import build_parser, kernel_from_options, points_from_options
from .reading import one_line
from .sampling import check_points


def generate_file(arguments, prog):
    """Runs the command; returns the exit code."""
    parser = build_parser(prog)
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
        return 130
    made = check_points(**points)
    print(
        f"wrote {options.snapshots} snapshots of {made['num_points']} points in {len(made['box_length'])}-D to {path} "
        f"({path.stat().st_size / 1e6:.1f} MB, {time.monotonic() - started:.1f} s)"
    )
    return 0
