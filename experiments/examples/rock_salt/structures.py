"""Cells to be computed: strained and rattled crystals, and melts of a classical model potential.

The model potential of the melts is that of Born and Mayer, charges ±1 and A_ij exp((s_i + s_j − r)/ρ), with the numbers
of Fumi and Tosi for NaCl (J. Phys. Chem. Solids 25, 31, 1964) and without their dispersion. It serves to draw
configurations that a melt may have. Their energies and forces are computed by quantum mechanics afterwards.
"""

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.constraints import FixCom
from ase.md.langevin import Langevin

from data_gen import nearest_image
from experiments.examples.ewald import ewald_energies_and_forces

LATTICE_CONSTANT = 5.46  # Å, that of GFN1-xTB in a cell of 64 atoms
SPECIES = ("Na", "Cl")
CLOSEST = 2.0  # Å, about the shortest distance in the melts
COULOMB = units.Hartree * units.Bohr  # e²/4πε₀ in eV Å
RANGE, RADII = 0.317, {"Na": 1.170, "Cl": 1.585}  # ρ and s_i, Å
STRENGTH = {("Na", "Na"): 0.2637, ("Cl", "Na"): 0.2110, ("Na", "Cl"): 0.2110, ("Cl", "Cl"): 0.1582}  # A_ij, eV
REACH = 5.0  # Å: exp(−(5 − 3.2)/0.317) = 0.003 of the repulsion at contact is left


def crystal(repeats, lattice_constant=LATTICE_CONSTANT):
    """The perfect crystal: `ase.Atoms` of 8 n₁n₂n₃ atoms in conventional cells repeated (n₁, n₂, n₃) times."""
    return bulk("NaCl", "rocksalt", a=lattice_constant, cubic=True).repeat(repeats)


def strained(atoms, size, rng):
    """A copy under a random symmetric strain, whose components are normal with deviation `size`."""
    strain = rng.normal(scale=size, size=(3, 3))
    atoms = atoms.copy()
    atoms.set_cell(atoms.cell[:] @ (np.eye(3) + (strain + strain.T) / 2), scale_atoms=True)
    return atoms


def distorted_crystals(repeats, count, rng):
    """`count` crystals, a list of `ase.Atoms`.

    The lattice constant is 5.15 to 5.85 Å, the strain 2 %. Every component of a position is moved by a normal number,
    whose deviation is 0 to 0.3 Å and the same in a crystal. A crystal with ions closer than `CLOSEST` is drawn again:
    their forces would be most of the forces of the data.
    """
    found = []
    while len(found) < count:
        atoms = strained(crystal(repeats, rng.uniform(5.15, 5.85)), 0.02, rng)
        atoms.positions += rng.normal(scale=rng.uniform(0, 0.3), size=atoms.positions.shape)
        distances = atoms.get_all_distances(mic=True)
        if np.min(distances[np.triu_indices(len(atoms), 1)]) > CLOSEST:
            found.append(atoms)
    return found


def thermal_momenta(atoms, temperature, rng):
    """Momenta of Maxwell and Boltzmann at a temperature in K: (N, 3), in ASE's units."""
    return rng.normal(size=(len(atoms), 3)) * np.sqrt(atoms.get_masses() * units.kB * temperature)[:, None]


def melts(repeats, count, rng, *, melting=500, between=60):
    """`count` configurations of one trajectory of a melt, a list of `ase.Atoms`.

    The trajectory has a volume of 21 to 34 Å³ an atom. It begins as a crystal at 4,000 K, for `melting` steps of 2 fs.
    Then it has a temperature of 900 to 2,500 K, and a configuration is taken every `between` steps. A random strain of
    2 % makes the cubic cells triclinic.
    """
    atoms = crystal(repeats, (8 * rng.uniform(21, 34)) ** (1 / 3))
    atoms.calc = BornMayer()
    atoms.set_constraint(FixCom())
    atoms.set_momenta(thermal_momenta(atoms, 4000, rng))
    options = {"timestep": 2 * units.fs, "friction": 0.02 / units.fs, "fixcm": False, "rng": rng}
    with Langevin(atoms, temperature_K=4000, **options) as dynamics:
        dynamics.run(melting)
    found = []
    with Langevin(atoms, temperature_K=rng.uniform(900, 2500), **options) as dynamics:
        dynamics.run(between)
        for _ in range(count):
            dynamics.run(between)
            plain = Atoms(atoms.symbols, atoms.positions, cell=atoms.cell, pbc=True)
            found.append(strained(plain, 0.02, rng))
    return found


class BornMayer(Calculator):
    """Energy (eV) and forces (eV/Å) of ions ±1 that repel at close range, in rectangular cells; see the module."""

    implemented_properties = ["energy", "forces"]

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        symbols, sides = self.atoms.get_chemical_symbols(), self.atoms.cell.lengths()
        charges = np.array([1.0 if symbol == "Na" else -1.0 for symbol in symbols])
        energies, forces = ewald_energies_and_forces(self.atoms.positions[None], charges, sides, tolerance=1e-4)
        separation = nearest_image(self.atoms.positions[:, None] - self.atoms.positions, sides)
        distance = np.linalg.norm(separation, axis=-1)
        np.fill_diagonal(distance, np.inf)
        strength = np.array([[STRENGTH[a, b] for b in symbols] for a in symbols])
        contact = np.add.outer(*[[RADII[symbol] for symbol in symbols]] * 2)
        near = np.where(distance < REACH, strength * np.exp((contact - distance) / RANGE), 0.0)
        repulsion = np.sum((near / (RANGE * distance))[..., None] * separation, axis=1)
        self.results = {
            "energy": COULOMB * float(energies[0]) + float(np.sum(near)) / 2,
            "forces": COULOMB * forces[0] + repulsion,
        }
