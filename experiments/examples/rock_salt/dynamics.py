"""Molecular dynamics of the melt with a trained network, by ASE: density at pressure zero, and the energy's drift.

    python experiments/examples/rock_salt/dynamics.py [--model latent] [--picoseconds 10] [--out results/rock_salt]

The melt begins as a configuration of the test set, at another temperature and of another potential. So it first has two
picoseconds at constant volume, by a chain of Nosé–Hoover thermostats. Then, for the given time, it has a pressure of
zero, by the barostat of Martyna, Tobias and Klein. At last it moves for a fifth of the time at constant energy and
volume. The script writes `OUT/dynamics.json` and `OUT/dynamics.xyz`, a configuration every picosecond. With
`--check`, tblite computes their energies and forces, and the script prints the network's errors there.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
from ase import units
from ase.io import read
from ase.md.nose_hoover_chain import IsotropicMTKNPT, NoseHooverChainNVT
from ase.md.verlet import VelocityVerlet

from experiments.examples.options import positive
from experiments.examples.rock_salt.generate import text_of
from experiments.examples.rock_salt.networks import CUTOFF, MODELS, OPTIONS, frames, trained
from experiments.examples.rock_salt.structures import SPECIES, thermal_momenta
from experiments.examples.rock_salt.train import errors
from experiments.running.options import Parser
from lrc_keras.ase import ForceFieldCalculator
from lrc_keras.files import write_whole
from lrc_keras.training import snapshots_of_atoms

TEMPERATURE, TIME_STEP, EVERY = 1200.0, 2.0, 10  # K; fs; steps between two rows of the record
LARGEST_SIDE = 18.0  # Å, for the number of modes; a melt of 64 ions at pressure zero was up to 15.9 Å


def start():
    """A melt of 64 ions of the test set in a cubic cell of the same volume, with velocities."""
    atoms = [atoms for atoms in frames("test") if atoms.info["kind"] == "melt"][-1]
    atoms.calc = None
    atoms.set_cell(np.eye(3) * atoms.get_volume() ** (1 / 3), scale_atoms=True)
    momenta = thermal_momenta(atoms, TEMPERATURE, np.random.default_rng(0))
    atoms.set_momenta(momenta - momenta.mean(axis=0))
    return atoms


def density(atoms):
    """g/cm³."""
    return float(atoms.get_masses().sum() / atoms.get_volume() / (units.kg / units.m**3) / 1000)


def move(atoms, dynamics, conserved, picoseconds, kept=None):
    """Runs dynamics. Returns: dict of lists, a row every `EVERY` steps; energies in meV an ion since the start."""
    rows = {"time": [], "density": [], "temperature": [], "conserved": []}
    steps = round(1000 * picoseconds / TIME_STEP)

    def watch():
        if (side := atoms.cell.lengths().max()) > LARGEST_SIDE:
            raise RuntimeError(
                f"the cell must stay below {LARGEST_SIDE} Å, which has enough modes; received {side:.1f} Å"
            )
        number = dynamics.get_number_of_steps()
        rows["time"].append(number * TIME_STEP / 1000)
        rows["density"].append(density(atoms))
        rows["temperature"].append(float(atoms.get_temperature()))
        rows["conserved"].append(1000 * float(conserved()) / len(atoms))
        if kept is not None and number and number % round(1000 / TIME_STEP) == 0:
            kept.append(atoms.copy())

    dynamics.attach(watch, interval=EVERY)
    dynamics.run(steps)
    rows["conserved"] = [value - rows["conserved"][0] for value in rows["conserved"]]
    return rows


def run(calculator, picoseconds):
    """All parts of the dynamics. Returns: (record, configurations at pressure zero)."""
    atoms, kept, began = start(), [], time.perf_counter()
    atoms.calc = calculator
    options = {"temperature_K": TEMPERATURE, "tdamp": 100 * units.fs}
    thermostat = NoseHooverChainNVT(atoms, TIME_STEP * units.fs, **options)
    record = {"NVT": move(atoms, thermostat, thermostat.get_conserved_energy, min(2, picoseconds))}
    barostat = IsotropicMTKNPT(atoms, TIME_STEP * units.fs, pressure_au=0.0, pdamp=1000 * units.fs, **options)
    record["NPT"] = move(atoms, barostat, barostat.get_conserved_energy, picoseconds, kept)
    verlet = VelocityVerlet(atoms, TIME_STEP * units.fs)
    record["NVE"] = move(atoms, verlet, atoms.get_total_energy, picoseconds / 5)
    return {**record, "seconds": time.perf_counter() - began}, kept


def check(force_field, configurations):
    """Errors of a network on its own configurations, labelled by tblite; see `errors`."""
    from experiments.examples.rock_salt.generate import labelled, tblite

    calculator = tblite()
    found = [labelled(atoms, calculator) for atoms in configurations]
    (snapshots,) = snapshots_of_atoms(found, CUTOFF, species=SPECIES, dtype="float64", **OPTIONS)
    return {"spread": snapshots.force_scale, **errors(force_field, snapshots)}


def drift(rows):
    """Slope of the conserved energy, meV an ion and picosecond, and its deviation from the line, meV an ion."""
    slope, constant = np.polyfit(rows["time"], rows["conserved"], 1)
    return float(slope), float(np.std(np.array(rows["conserved"]) - slope * np.array(rows["time"]) - constant))


def main(arguments=None):
    """Runs the dynamics, or checks what a run has left. Returns 0."""
    parser = Parser(description=__doc__)
    parser.add_argument("--model", choices=MODELS, default="latent", help="(%(default)s)")
    parser.add_argument("--picoseconds", type=positive(float), default=10.0, help="(%(default)s)")
    parser.add_argument("--check", action="store_true", help="only compare what the last run kept with tblite")
    parser.add_argument("--out", type=Path, default=Path("results/rock_salt"), help="folder (%(default)s)")
    options = parser.parse_args(arguments)
    path, kept = options.out / "dynamics.json", options.out / "dynamics.xyz"
    needed = [path, kept] if options.check else [options.out / f"{options.model}.weights.h5"]
    if missing := [file for file in needed if not file.is_file()]:
        parser.error(f"--out must be a folder with {missing[0].name}; received {options.out}")
    before = json.loads(path.read_text()) if options.check else {}
    model = before.get("model", options.model)
    force_field = trained(model, options.out, np.eye(3) * LARGEST_SIDE)
    if options.check:
        record = {**before, "check": check(force_field, read(kept, index=":"))}
        print(record["check"])
    else:
        record, configurations = run(ForceFieldCalculator(force_field, species=SPECIES), options.picoseconds)
        write_whole(kept, text_of(configurations))
        late = slice(len(record["NPT"]["time"]) // 2, None)
        for name in ("density", "temperature"):
            print(name, np.mean(record["NPT"][name][late]), "±", np.std(record["NPT"][name][late]))
        for part in ("NPT", "NVE"):
            print(part, "drift {:.3g} meV an ion and ps, deviation {:.3g} meV an ion".format(*drift(record[part])))
        print(f"{record['seconds']:.0f} s")
    write_whole(path, json.dumps({"model": model, **record}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
