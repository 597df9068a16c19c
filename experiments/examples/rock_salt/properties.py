"""Properties of the crystal by any ASE calculator: lattice constant, bulk modulus, and phonons along [100].

    python experiments/examples/rock_salt/properties.py [--out results/rock_salt]

computes them by tblite, in cells that are 2 × 2 conventional cells wide, and writes `OUT/tblite.json`. A step that is
done is not done again. The committed record is `records/tblite.json`.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
from ase import units
from ase.eos import EquationOfState

from experiments.examples.options import make_folder
from experiments.examples.rock_salt.structures import LATTICE_CONSTANT, SPECIES, crystal
from experiments.running.options import Parser
from lrc_keras.files import write_whole

LENGTHS = np.linspace(0.97, 1.03, 7) * LATTICE_CONSTANT
POLARISATIONS = {"longitudinal": 2, "transverse": 0}  # the axis of the displacements; waves run along axis 2


def equation_of_state(calculator, repeats=(2, 2, 2)):
    """Birch and Murnaghan's equation through the energies at seven lattice constants.

    Returns: {"lattice_constant": Å, "bulk_modulus": GPa}.
    """
    volumes, energies = [], []
    for length in LENGTHS:
        atoms = crystal(repeats, length)
        atoms.calc = calculator
        volumes.append(atoms.get_volume())
        energies.append(atoms.get_potential_energy())
    volume, _, modulus = EquationOfState(volumes, energies, eos="birchmurnaghan").fit()
    return {
        "lattice_constant": float((volume / np.prod(repeats)) ** (1 / 3)),
        "bulk_modulus": float(modulus / units.GPa),
    }


def phonons(calculator, length, polarisation, step=0.01):
    """Frequencies of the waves along [100] that fit into `length` conventional cells, by moving planes of ions.

    The ions of one element in one plane are moved by `step` Å. With Φ_ts(z), the change of the force on an ion t in the
    plane at z over −step, the dynamical matrix is

        D_ts(q) = Σ_z Φ_ts(z) cos(qz) / √(m_t m_s),   q = 2πm / (length a), m = 0 … length.

    The cosine takes the mean of z and −z, where forces of second order in the step are opposite. At q = 0 the field of
    the charges is missing, and both optical waves are the transverse one.

    Args:
        calculator: of ASE.
        length: number of conventional cells along the wave. The crystal is 2 × 2 of them wide.
        polarisation: of `POLARISATIONS`.

    Returns: dict of lists: "q" in units of 2π/a, where 1 is the X point, "acoustic" and "optical" in THz. An imaginary
    frequency is given as a negative one.
    """
    axis = POLARISATIONS[polarisation]
    atoms = crystal((2, 2, length))
    atoms.calc = calculator
    plane = np.round(2 * atoms.positions[:, 2] / LATTICE_CONSTANT).astype(int)
    kinds = np.array([SPECIES.index(symbol) for symbol in atoms.get_chemical_symbols()])
    masses = [atoms.get_masses()[kinds == kind][0] for kind in (0, 1)]
    q = np.arange(length + 1) / length
    cosines = np.cos(np.pi * q[:, None] * np.arange(2 * length))
    resting = atoms.get_forces()[:, axis]  # not zero: the networks do not know the symmetry of the crystal
    dynamical = np.empty((len(q), 2, 2))
    for moved in (0, 1):
        displaced = atoms.copy()
        displaced.calc = calculator
        displaced.positions[(kinds == moved) & (plane == 0), axis] += step
        forces = displaced.get_forces()[:, axis] - resting
        for kind in (0, 1):
            mean = [forces[(kinds == kind) & (plane == number)].mean() for number in range(2 * length)]
            dynamical[:, kind, moved] = cosines @ mean / (-step * np.sqrt(masses[kind] * masses[moved]))
    squares = np.linalg.eigvalsh((dynamical + dynamical.transpose(0, 2, 1)) / 2)
    frequencies = np.sign(squares) * np.sqrt(np.abs(squares)) * 1000 * units.fs / (2 * np.pi)  # THz
    return {"q": q.tolist(), "acoustic": frequencies[:, 0].tolist(), "optical": frequencies[:, 1].tolist()}


def crystal_properties(calculator, lengths):
    """Yields every property as a pair of its name and a function that computes it; phonons for each of `lengths`."""
    yield "equation of state", lambda: equation_of_state(calculator)
    for length in lengths:
        for polarisation in POLARISATIONS:
            yield f"{polarisation} {length}", lambda n=length, p=polarisation: phonons(calculator, n, p)


def main(arguments=None):
    """Computes the properties of the crystal by tblite. Returns 0."""
    from experiments.examples.rock_salt.generate import tblite

    parser = Parser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/rock_salt"), help="folder (%(default)s)")
    options = parser.parse_args(arguments)
    make_folder(parser, options.out)
    path = options.out / "tblite.json"
    record = json.loads(path.read_text()) if path.exists() else {}
    for name, compute in crystal_properties(tblite(), lengths=(4,)):
        if name not in record:
            record[name] = compute()
            write_whole(path, json.dumps(record, indent=1) + "\n")
        print(name, record[name], flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
