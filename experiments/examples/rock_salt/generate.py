"""Makes the data of the example: energies, forces, stresses and charges by GFN1-xTB, with the package tblite.

    python experiments/examples/rock_salt/generate.py --out results/rock_salt [--only melt]

GFN1-xTB: Grimme, Bannwarth, Shushkov, J. Chem. Theory Comput. 13, 1989 (2017). The package samples the Γ point alone.

Every job is one file of `OUT/parts`, written whole. A job that has its file is not done again, so the script may be
killed at any moment and started again. A job depends on its own seed alone. When all jobs are done, the parts are
joined to one file for each purpose, such as `OUT/training.xyz.gz`.
"""

import gzip
import io
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read, write

from experiments.examples.options import make_folder
from experiments.examples.rock_salt.structures import distorted_crystals, melts
from experiments.running.options import Parser
from lrc_keras.files import write_whole

PURPOSES = ("training", "test", "larger")
KINDS = {"crystal": distorted_crystals, "melt": melts}
RESULTS = ("energy", "forces", "stress", "charges")


@dataclass(frozen=True)
class Job:
    """`count` configurations of one kind in one supercell, for one of `PURPOSES`; `number` is the seed's."""

    purpose: str
    kind: str
    repeats: tuple
    number: int
    count: int

    @property
    def name(self):
        """The name of its file, which orders the jobs in the joined file."""
        return f"{self.purpose}-{self.kind}-{'x'.join(map(str, self.repeats))}-{self.number:02}"

    def structures(self):
        """List of `ase.Atoms`, the same for the same job."""
        seed = [PURPOSES.index(self.purpose), list(KINDS).index(self.kind), *self.repeats, self.number]
        return KINDS[self.kind](self.repeats, self.count, np.random.default_rng(seed))


def all_jobs():
    """All jobs, in the order in which they are done: cells of 64 atoms, then tests in cells of 128 and 216."""
    jobs = [Job("test", kind, (2, 2, 2), number, 5) for number in range(4) for kind in KINDS]
    jobs += [Job("training", "crystal", (2, 2, 2), number, 6) for number in range(12)]
    jobs += [Job("training", "melt", (2, 2, 2), number, 6) for number in range(12)]
    jobs += [Job("larger", kind, (2, 2, 4), number, 1) for number in range(3) for kind in KINDS]
    return jobs + [Job("larger", kind, (3, 3, 3), number, 1) for number in range(1) for kind in KINDS]


def tblite():
    """The calculator of GFN1-xTB."""
    from tblite.ase import TBLite

    return TBLite(method="GFN1-xTB", verbosity=0)


def labelled(atoms, calculator):
    """The atoms with a `SinglePointCalculator` that holds the energy (eV), forces, stress and charges (e)."""
    atoms.calc = calculator
    calculator.calculate(atoms, list(RESULTS))
    atoms.calc = SinglePointCalculator(atoms, **{name: calculator.results[name] for name in RESULTS})
    return atoms


def run_job(job, folder, make_calculator=tblite):
    """Computes a job and writes its file, unless it is there. Returns: the path."""
    path = Path(folder) / f"{job.name}.xyz"
    if not path.exists():
        calculator = make_calculator()
        frames = [labelled(atoms, calculator) for atoms in job.structures()]
        for atoms in frames:
            atoms.info["kind"] = job.kind
        write_whole(path, text_of(frames))
    return path


def text_of(frames):
    """Frames as extended XYZ, bytes."""
    text = io.StringIO()
    write(text, frames, format="extxyz")
    return text.getvalue().encode()


def join(jobs, parts, folder):
    """Joins the parts of each purpose into one compressed file, the same bytes for the same parts."""
    for purpose in PURPOSES:
        paths = sorted(Path(parts) / f"{job.name}.xyz" for job in jobs if job.purpose == purpose)
        frames = [atoms for path in paths for atoms in read(path, index=":")]
        write_whole(Path(folder) / f"{purpose}.xyz.gz", gzip.compress(text_of(frames), mtime=0))


def main(arguments=None):
    """Does what is left to do. Returns 0."""
    parser = Parser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/rock_salt"), help="folder (%(default)s)")
    parser.add_argument("--only", default="", help="jobs whose name has this in it; nothing is joined then")
    options = parser.parse_args(arguments)
    parts = options.out / "parts"
    make_folder(parser, parts)
    jobs = [job for job in all_jobs() if options.only in job.name]
    if not jobs:
        parser.error(f"--only must be part of a job's name; received {options.only!r}")
    for number, job in enumerate(jobs, 1):
        run_job(job, parts)
        print(f"{number} of {len(jobs)}  {job.name}", flush=True)
    if not options.only:
        join(jobs, parts, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
