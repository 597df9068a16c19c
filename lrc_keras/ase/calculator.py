"""The calculator: what ASE asks of a force field, or of several."""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress

from lrc_keras.ase.committee import Committee
from lrc_keras.ase.particles import Particles
from lrc_keras.ase.skin_neighbors import SkinNeighbors
from lrc_keras.ops.cells import is_flat

ROUNDING = 1e-10  # of a fixed cell: far below the smallest strain of which anyone wants the energy


class ForceFieldCalculator(Calculator):
    """Energy, forces and stress of a `ForceField` for `ase.Atoms`.

    Units are those of the training data: what ASE prints as eV, Å and eV/Å is the model's energy, length and energy
    per length, nothing is converted. Masses and time steps are the user's, in ASE's rule F = m a. Precision is the
    model's: float32 energies carry seven digits, too few to see the drift of molecular dynamics.

    Properties: energy and free_energy (the same), float; forces (N, 3) float64; energies (N,) of the particles where
    the model gives them; stress (6,) in ASE's order xx, yy, zz, yz, xz, xy and with its sign, where the force field was
    made with `stress=True`. In d < 3 dimensions the first d coordinates are the points, forces and stresses along the
    others are zero, and the stress is per volume of the three-dimensional cell.

    Cells: a model with the input "cell" takes any cell that is periodic along its d axes. Without the input "images" no
    perpendicular height may be less than 2R. Any other model takes the cell that it was built for and no other.

    Several force fields with the same inputs and cutoff are a committee. Its results are the means over the M members,
    and `results` has further entries, the standard deviations over them (divided by M): "energy_spread", float;
    "stress_spread" (6,), one for each component; "forces_spread" (N,), √(Σ_m |F_im − mean of F_i|² / M).

    Args:
        force_field: `ForceField`, or a list of them. After a change of their weights call `reset()`.
        box_length, cutoff: cell and radius R of the neighbour lists, in units of length. Default those of the model's
            layer `short_range_descriptor`, which other values must agree with.
        skin: width ≥ 0, in units of length, by which the search for neighbours goes beyond R, see `SkinNeighbors`. More
            makes fewer searches and longer lists to sift.
        species: chemical symbols of species 0, 1, …, for a model with the input "species". A model without it knows one
            kind of particle, and takes atoms of any one element.
        sources: for a model with the input "sources": a dict from chemical symbol to the source, a number or C of them;
            or "initial_charges", those of the atoms. With a dict, several elements need no `species`.
        **kwargs: of `ase.calculators.calculator.Calculator`.

    Raises: ValueError naming the argument. A calculation raises ValueError when the atoms are not what the model was
        built for: their number, elements, `cell` or `pbc`, or positions that are not finite.

    Example:
        >>> from ase import Atoms
        >>> from lrc_keras.ase import ForceFieldCalculator
        >>> from lrc_keras.models import ForceField, build_short_range_model
        >>> force_field = ForceField(build_short_range_model(2, dim=3, box_length=None, cutoff=1.0), stress=True)
        >>> atoms = Atoms("X2", [[0.1, 0, 0], [2.9, 0, 0]], cell=[3, 3, 3], pbc=True)
        >>> atoms.calc = ForceFieldCalculator(force_field)
        >>> forces = atoms.get_forces()
        >>> bool(abs(forces[0, 0]) > 0 and abs(forces.sum()) < 1e-6), atoms.get_stress().shape
        (True, (6,))
    """

    implemented_properties = ["energy", "free_energy", "forces"]

    def __init__(self, force_field, box_length=None, cutoff=None, skin=0.3, *, species=None, sources=None, **kwargs):
        self.has_spread = isinstance(force_field, (list, tuple))
        models = Committee(force_field if self.has_spread else [force_field], box_length, cutoff)
        self.models = models
        shapes = {name: tuple(spec.shape[1:]) for name, spec in models.inputs.items()}
        self.particles = Particles(shapes, species, sources, models.num_species)
        self.neighbors = SkinNeighbors(models.cutoff, skin, half=models.half_list, images="images" in models.inputs)
        super().__init__(**kwargs)
        further = {"particle_energies": "energies", "stress": "stress"}
        given = [name for output, name in further.items() if output in models.outputs]
        self.implemented_properties = [*self.implemented_properties, *given]

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Computes everything at once; called by ASE. See the class for what is raised."""
        atoms = self.atoms if atoms is None else atoms
        self._check_points(atoms)
        cell = self._cell(atoms)
        inputs = {"cell": cell, **self.particles.inputs(atoms)}
        super().calculate(atoms, properties, system_changes)
        outputs = self.models({**inputs, **self.neighbors.list(atoms.positions[:, : self.models.dim], cell)})
        members = [_as_results(output, cell, np.array(atoms.cell)) for output in outputs]
        self.results = {name: np.mean([member[name] for member in members], axis=0) for name in members[0]}
        self.results["energy"] = float(self.results["energy"])
        self.results["free_energy"] = self.results["energy"]
        if self.has_spread:
            self.results.update(_spreads(members))

    def _check_points(self, atoms):
        expected = self.models.num_points
        if len(atoms) != (expected or len(atoms)) or len(atoms) == 0:
            raise ValueError(f"atoms must be {expected or 'one or more'}, as the model's; received {len(atoms)}")
        if not np.all(np.isfinite(atoms.positions)):
            wrong = int(np.sum(~np.isfinite(atoms.positions)))
            raise ValueError(f"atoms.positions must be finite; received {wrong} NaN or infinite values")

    def _cell(self, atoms):
        """The model's cell (d, d), or that of the atoms for a model that takes any."""
        dim, received = self.models.dim, np.array(atoms.cell)
        if not all(atoms.pbc[:dim]):
            raise ValueError(f"atoms.pbc must be True along the first {dim} axes; received {atoms.pbc.tolist()}")
        if np.any(received[:dim, dim:]) or np.any(received[dim:, :dim]):  # along the other axes any cell will do
            raise ValueError(
                f"atoms.cell must have vectors that are either within the first {dim} axes, which the model knows, or "
                f"without part in them; received {received.tolist()}"
            )
        cell = received[:dim, :dim]
        if self.models.cell is None:
            if is_flat(cell):
                raise ValueError(f"atoms.cell must be finite and have a volume; received {received.tolist()}")
            return cell
        own = self.models.cell
        if not np.max(np.abs(cell - own)) <= ROUNDING * np.max(np.abs(own)):
            needed = received.copy()
            needed[:dim, :dim] = own
            raise ValueError(
                f"atoms.cell must be that of the model, which is built for this cell alone; received "
                f"{received.tolist()}. If it is meant to be the same and has lost digits, as in a file: "
                f"atoms.set_cell({needed.tolist()})"
            )
        return own


def _as_results(outputs, cell, full_cell):
    """What one model gives, in three dimensions and under ASE's names, float64."""
    (count, dim), results = outputs["forces"].shape, {"energy": np.float64(outputs["energy"])}
    results["forces"] = np.zeros((count, 3))
    results["forces"][:, :dim] = outputs["forces"]
    if "particle_energies" in outputs:
        results["energies"] = np.asarray(outputs["particle_energies"], np.float64)
    volume = abs(np.linalg.det(full_cell))
    if "stress" in outputs and volume > 0:  # else ASE says that it is not available
        stress = np.zeros((3, 3))
        stress[:dim, :dim] = outputs["stress"] * (abs(np.linalg.det(cell)) / volume)
        results["stress"] = full_3x3_to_voigt_6_stress(stress)
    return results


def _spreads(members):
    """Standard deviations over the members; see `ForceFieldCalculator`."""
    deviations = {name: np.std([member[name] for member in members], axis=0) for name in members[0]}
    spreads = {
        "energy_spread": float(deviations["energy"]),
        "forces_spread": np.linalg.norm(deviations["forces"], axis=1),
    }
    if "stress" in deviations:
        spreads["stress_spread"] = deviations["stress"]
    return spreads
