"""Molecular dynamics with a trained force field, by ASE: what `smooth_cutoff` does for the energy.

    python experiments/examples/molecular_dynamics.py [--out results/drawn] [--quick]

Two full-range networks learn the forces of ψ(r) = exp(−μr), μ = 5, in the box of Table 6: 54 particles, which repel
each other, in [0, 3]³. One is the paper's; its descriptor jumps where a neighbour crosses R = 1. The other has
`smooth_cutoff`. From the same start both then move the particles at constant energy (velocity Verlet, mass one), and so
do the true forces. A force is the derivative of the energy everywhere but at a jump, so that the energy of the paper's
network is not conserved, however short the time step. Lengths, energies and temperatures (kT) are in the kernel's
units.
"""

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import keras
import numpy as np
from matplotlib.figure import Figure

try:
    from lrc_keras.ase import ForceFieldCalculator
except ImportError as error:  # which says how to install it
    if __name__ != "__main__":
        raise
    sys.exit(str(error))
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.md.verlet import VelocityVerlet

import data_gen
from experiments.examples.options import read_options
from experiments.paper.three_dimensions import TABLE6
from experiments.running.data import generate_snapshots, make_kernel
from figures.plotting.style import BLACK, BLUE, GREY, VERMILION, house_style, save_figure
from lrc_keras.models import ForceField, adapt, build_full_range_model
from lrc_keras.training import Stage, load_snapshots, named, train

SYSTEM = replace(TABLE6.system, mu=(5.0,))
KERNEL = make_kernel(SYSTEM)
LOOKS = {
    "paper's cutoff": {"color": VERMILION},
    "smooth_cutoff": {"color": BLUE},
    "true forces": {"color": BLACK, "linestyle": "--", "linewidth": 1.2},
}


@dataclass(frozen=True)
class Settings:
    """Snapshots and epochs of the training; time of a run, its time steps, and kT of the first velocities."""

    num_training: int = 400
    epochs: int = 25
    num_modes: int = 15
    duration: float = 8.0
    time_steps: tuple[float, ...] = (0.16, 0.08, 0.04, 0.02)
    start_temperature: float = 0.05
    scan_points: int = 401


FULL = Settings()
QUICK = Settings(num_training=16, epochs=1, num_modes=7, duration=0.32, scan_points=21)


class TrueForces(Calculator):
    """Energy and forces of the kernel itself."""

    implemented_properties = ["energy", "forces"]

    def calculate(self, atoms=None, *args, **kwargs):
        super().calculate(atoms, *args, **kwargs)
        energies, forces = data_gen.energy_and_forces(self.atoms.positions[np.newaxis], SYSTEM.box_length, KERNEL)
        self.results = {"energy": float(energies[0]), "forces": forces[0]}


def make_snapshots(count, seed, folder):
    """`Snapshots` of the system of Table 6."""
    path = generate_snapshots(Path(folder) / f"{seed}.h5", SYSTEM, count, seed)
    return load_snapshots(path, SYSTEM.box_length, SYSTEM.cutoff, SYSTEM.dim, half_list=True)


def make_force_field(settings, smooth_cutoff, dtype, scale=1.0):
    model = build_full_range_model(
        SYSTEM.num_points,
        SYSTEM.dim,
        SYSTEM.box_length,
        SYSTEM.cutoff,
        settings.num_modes,
        half_list=True,
        smooth_cutoff=smooth_cutoff,
        dtype=dtype,
    )
    return ForceField(model, scale=scale)


def trained(settings, smooth_cutoff, training, test, seed):
    """A network trained in float32, the same in float64, which has the digits to see a drift; and its test error."""
    keras.utils.set_random_seed(seed)
    force_field = make_force_field(settings, smooth_cutoff, "float32", training.force_scale)
    adapt(force_field.energy_model, training.take(100).inputs())
    recipe = named("fast", stages=(Stage(settings.epochs, 8),))
    curve = train(force_field, recipe, training, test, seed=seed, reports=4, jit_compile=settings is FULL)
    force_field.fit_reference_energies(training.inputs(), training.energies)
    precise = make_force_field(settings, smooth_cutoff, "float64", training.force_scale)
    precise.set_weights(force_field.get_weights())
    return precise, curve["test_error"][-1]


def start(positions, temperature, seed):
    """Atoms of mass one at rest as a whole, with normal velocities of the given kT."""
    velocities = np.random.default_rng(seed).normal(size=positions.shape)
    velocities -= velocities.mean(axis=0)
    velocities *= np.sqrt(temperature * velocities.size / np.sum(velocities**2))
    atoms = Atoms(f"X{len(positions)}", positions, cell=SYSTEM.box_length, pbc=True, masses=np.ones(len(positions)))
    atoms.set_velocities(velocities)
    return atoms


def simulate(calculator, atoms, time_step, duration):
    """Runs a copy of the atoms at constant energy: time, total energy and kT after every step, and the shortest
    distance of two atoms that was met."""
    atoms = atoms.copy()
    atoms.calc = calculator
    rows, nearest = [], [np.inf]

    def watch():
        kinetic = atoms.get_kinetic_energy()
        rows.append((atoms.get_potential_energy() + kinetic, 2 * kinetic / (3 * len(atoms))))
        distances = atoms.get_all_distances(mic=True)
        nearest[0] = min(nearest[0], distances[distances > 0].min())

    with VelocityVerlet(atoms, timestep=time_step) as dynamics:
        dynamics.attach(watch)
        dynamics.run(round(duration / time_step))
    energy, temperature = np.array(rows).T
    return {
        "time": time_step * np.arange(len(rows)), "energy": energy, "temperature": temperature, "nearest": nearest[0]
    }  # fmt: skip


def pull(calculator, atoms, length, count):
    """Moves atom 0 by `length` along x: path, change of the energy less the work of the forces, and the places where a
    neighbour crosses R."""
    atoms = atoms.copy()
    atoms.calc = calculator
    path, origin = np.linspace(0, length, count), atoms.positions[0].copy()
    energies, forces, inside = [], [], []
    for moved in path:
        atoms.positions[0] = origin + [moved, 0, 0]
        energies.append(atoms.get_potential_energy())
        forces.append(atoms.get_forces()[0, 0])
        inside.append(atoms.get_distances(0, range(1, len(atoms)), mic=True) < SYSTEM.cutoff)
    work = np.cumsum([0, *((np.array(forces[1:]) + forces[:-1]) / 2 * np.diff(path))])
    crossings = path[1:][np.any(np.diff(np.array(inside), axis=0), axis=1)]
    return path, np.array(energies) - energies[0] + work, crossings


def run(settings, seed=0):
    """Trains both networks and moves the atoms: {name: {"test_error", "runs": {time step: ...}, "pull"}}."""
    with tempfile.TemporaryDirectory() as folder:
        training, test = (make_snapshots(n, seed + k, folder) for k, n in enumerate((settings.num_training, 16)))
    atoms = start(test.positions[0].astype(np.float64), settings.start_temperature, seed)
    results = {}
    for name in LOOKS:
        if name == "true forces":
            calculator, error = TrueForces(), 0.0
        else:
            force_field, error = trained(settings, name == "smooth_cutoff", training, test, seed)
            calculator = ForceFieldCalculator(force_field)
        results[name] = {
            "test_error": error,
            "runs": {step: simulate(calculator, atoms, step, settings.duration) for step in settings.time_steps},
            "pull": pull(calculator, atoms, 0.5, settings.scan_points),
        }
    return results


def roughness(trajectory):
    """Root mean square of the change of the total energy since the start, per particle."""
    return float(np.sqrt(np.mean((trajectory["energy"] - trajectory["energy"][0]) ** 2))) / SYSTEM.num_points


def draw(results):
    """Total energy and temperature along a run, the jumps as one atom is pulled, and what a shorter time step gives."""
    with house_style():
        figure = Figure(figsize=(10.5, 7.2), layout="constrained")
        (energy, pulled), (steps, temperature) = figure.subplots(2, 2)
        time_steps = list(next(iter(results.values()))["runs"])
        shown = time_steps[-1]
        for name, look in LOOKS.items():
            runs, (path, missing, crossings) = results[name]["runs"], results[name]["pull"]
            trajectory = runs[shown]
            drift = (trajectory["energy"] - trajectory["energy"][0]) / SYSTEM.num_points
            energy.plot(trajectory["time"], drift, label=name, **look)
            temperature.plot(trajectory["time"], trajectory["temperature"], **look)
            pulled.plot(path, missing, **look)
            steps.plot(time_steps, [roughness(runs[step]) for step in time_steps], marker="o", **look)
        for place in crossings:
            pulled.axvline(place, color=GREY, linewidth=0.6, alpha=0.5, zorder=0)
        square = roughness(results["smooth_cutoff"]["runs"][time_steps[0]]) * 0.4
        steps.plot(time_steps, [square * (step / time_steps[0]) ** 2 for step in time_steps], ":", color=GREY)
        steps.annotate("Δt²", (time_steps[1], square * (time_steps[1] / time_steps[0]) ** 2), (4, -12),
                       textcoords="offset points", color=GREY)  # fmt: skip
        energy.set(xlabel="time", ylabel="(E − E₀) / N", title=f"total energy, Δt = {shown:g}")
        pulled.set(xlabel="distance moved by one atom", ylabel="energy − work of the forces",
                   title="one atom pulled; grey: a neighbour crosses R")  # fmt: skip
        steps.set(xscale="log", yscale="log", xlabel="time step Δt", ylabel="r.m.s. of (E − E₀) / N",
                  title="total energy against the time step")  # fmt: skip
        steps.set_xticks(time_steps, [f"{step:g}" for step in time_steps])
        steps.minorticks_off()
        temperature.set(xlabel="time", ylabel="kT", title=f"kinetic temperature, Δt = {shown:g}", ylim=(0, None))
        figure.legend(*energy.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def main(arguments=None):
    """Runs the example, prints what it found, writes the picture, and returns the results of `run`."""
    path, quick = read_options(__doc__, "molecular_dynamics.png", arguments)
    results = run(QUICK if quick else FULL)
    for name, result in results.items():
        print(
            f"{name}: relative error of the test forces {result['test_error']:.3f}; total energy off by, per particle,"
        )
        print(*(f"  Δt = {step:<5g} {roughness(run):.1e}" for step, run in result["runs"].items()), sep="\n")
        nearest = min(run["nearest"] for run in result["runs"].values())
        print(f"  no two atoms closer than {nearest:.3f} (training data: {SYSTEM.min_distance})")
    save_figure(draw(results), path)
    print(path)
    return results


if __name__ == "__main__":
    main()
