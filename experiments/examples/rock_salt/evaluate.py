"""Compares the trained networks with GFN1-xTB: errors, charges, lattice constant, bulk modulus, phonons.

    python experiments/examples/rock_salt/evaluate.py [--out results/rock_salt]

reads the weights that `train.py` has written to OUT, of one network or all, and writes `OUT/evaluation.json`. The
committed record is `records/evaluation.json`.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np

from experiments.examples.rock_salt.networks import MODELS, charges, frames, load, trained
from experiments.examples.rock_salt.properties import LENGTHS, crystal_properties
from experiments.examples.rock_salt.structures import SPECIES, crystal
from experiments.examples.rock_salt.train import errors
from experiments.running.options import Parser
from lrc_keras.ase import ForceFieldCalculator
from lrc_keras.files import write_whole

SHOWN = 400  # charges in the picture, of all configurations


def groups():
    """The test set by number of ions and kind: dict of `Snapshots`, such as "64 melt"."""
    found = {}
    for purpose in ("test", "larger"):
        kinds = [(len(atoms), atoms.info["kind"]) for atoms in frames(purpose)]
        for snapshots in load(purpose, "float64"):
            count = snapshots.positions.shape[1]
            own = np.array([kind for number, kind in kinds if number == count])
            found |= {f"{count} {kind}": snapshots.rows(own == kind) for kind in np.unique(own)}
    return found


def spread(snapshots):
    """Deviation of the energies (meV an ion), root mean square of forces (eV/Å), deviation of stresses (eV/Å³)."""
    energies = 1000 * snapshots.energies / snapshots.positions.shape[1]
    return {
        "energy": float(np.std(energies)),
        "forces": snapshots.force_scale,
        "stress": float(np.sqrt(np.mean(np.square(snapshots.stresses - snapshots.stresses.mean(axis=0))))),
    }


def compare_charges(name, folder, reference):
    """Learned charges against the charges of GFN1-xTB (S, N) in e, on the test set of 64 ions."""
    (snapshots,) = load("test", "float64")
    found = charges(trained(name, folder, snapshots.cells), snapshots.inputs())
    sodium = snapshots.species == SPECIES.index("Na")
    rows = np.random.default_rng(0).choice(found.size, SHOWN, replace=False)
    result = {"shown": [values.ravel()[rows].tolist() for values in (found, reference)]}
    for symbol, rows in (("Na", sodium), ("Cl", ~sodium)):
        result[symbol] = {"mean": float(found[rows].mean()), "deviation": float(found[rows].std())}
        if found[rows].std() > 1e-6:  # charges for each element are all equal
            result[symbol]["correlation"] = float(np.corrcoef(found[rows], reference[rows])[0, 1])
    return result


def properties(name, folder, lengths):
    """The `crystal_properties` of a network, for cells of the given lengths."""
    found = {}
    for length in lengths:
        cells = crystal((2, 2, length), LENGTHS[-1]).cell[:]
        calculator = ForceFieldCalculator(trained(name, folder, cells), species=SPECIES)
        for key, compute in crystal_properties(calculator, (length,)):
            found[key] = found.get(key) or compute()
    return found


def main(arguments=None):
    """Evaluates the networks that are trained. Returns 0."""
    parser = Parser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/rock_salt"), help="folder (%(default)s)")
    options = parser.parse_args(arguments)
    names = [name for name in MODELS if (options.out / f"{name}.weights.h5").is_file()]
    if not names:
        parser.error(f"--out must be a folder with weights of train.py; received {options.out}")
    reference = np.array([atoms.calc.results["charges"] for atoms in frames("test")])
    sodium = np.array([atoms.numbers == 11 for atoms in frames("test")])
    tests = groups()
    record = {
        "spread": {key: spread(snapshots) for key, snapshots in tests.items()},
        "errors": {name: {} for name in names},
        "charges": {
            "GFN1-xTB": {
                symbol: {"mean": float(reference[rows].mean()), "deviation": float(reference[rows].std())}
                for symbol, rows in (("Na", sodium), ("Cl", ~sodium))
            }
        },
        "properties": {},
    }
    for name in names:
        for key, snapshots in tests.items():
            record["errors"][name][key] = errors(trained(name, options.out, snapshots.cells), snapshots)
            print(name, key, record["errors"][name][key], flush=True)
        if name != "short-range":
            record["charges"][name] = compare_charges(name, options.out, reference)
            print(name, {key: record["charges"][name][key] for key in SPECIES}, flush=True)
        record["properties"][name] = properties(name, options.out, (4, 12))
        print(name, record["properties"][name]["equation of state"], flush=True)
        write_whole(options.out / "evaluation.json", json.dumps(record, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
