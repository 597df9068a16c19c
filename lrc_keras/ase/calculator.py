"""The ASE calculator of a force field or of a committee of force fields."""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress

from lrc_keras.ase.committee import Committee
from lrc_keras.ase.particles import Particles
from lrc_keras.ase.skin_neighbors import SkinNeighbors
from lrc_keras.ops.cells import is_flat

ROUNDING = 1e-10  # relative tolerance of a fixed cell, far below the strains for which energies are computed


class ForceFieldCalculator(Calculator):
    """Energy, forces and stress of a `ForceField` for `ase.Atoms`.

    Units are those of the training data and are not converted: ASE's eV and Å mean the model's energy and length.
    Masses and time steps must fit these units. Energies of float32 models have seven digits, too few to measure the
    energy drift of molecular dynamics.

    Properties: energy and free_energy (equal), float; forces (N, 3) float64; energies (N,) if the model returns
    particle energies; stress (6,) in ASE's order xx, yy, zz, yz, xz, xy and with its sign, if the force field has
    `stress=True`. In d < 3 dimensions the points are the first d coordinates. Forces and stresses along the others are
    zero, and the stress is per volume of the three-dimensional cell.

    Cells: a model with the input "cell" accepts any cell that is periodic along the first d axes. Without the input
    "images", all heights must be at least 2R. A model without the input "cell" accepts only its own cell.

    Several force fields with the same inputs and cutoff are a committee. Its results are means over the M members.
    `results` also has standard deviations (with divisor M): "energy_spread", float; "stress_spread" (6,); and
    "forces_spread" (N,), √(Σ_m |F_im − mean of F_i|² / M).

    Args:
        force_field: `ForceField`, or a list of them. Call `reset()` after their weights change.
        box_length, cutoff: cell and radius R of the neighbour lists, in units of length. Models without a
            `ShortRangeDescriptor` need them. Other values than those of the layer are an error.
        skin: width ≥ 0 beyond R of the neighbour search, in units of length, see `SkinNeighbors`. A larger skin means
            fewer searches but longer lists.
        species: chemical symbols of species 0, 1, …, for a model with the input "species". Other models accept atoms of
            any one element.
        sources: for a model with the input "sources": a dict from chemical symbol to source, one number or C numbers;
            or "initial_charges" to use those of the atoms. With a dict, several elements need no `species`.

    Raises: ValueError naming the argument. A calculation raises ValueError when the number, elements, `cell` or `pbc`
        of the atoms do not fit the model, or when positions are not finite.

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

    def __init__(self, force_field, box_length=None, cutoff=None, skin=0.3, *, species=None, sources=None):
        self.has_spread = isinstance(force_field, (list, tuple))
        models = Committee(force_field if self.has_spread else [force_field], box_length, cutoff)
        self.models = models
        shapes = {name: tuple(spec.shape[1:]) for name, spec in models.inputs.items()}
        self.particles = Particles(shapes, species, sources, models.num_species)
        self.neighbors = SkinNeighbors(models.cutoff, skin, half=models.half_list, images="images" in models.inputs)
        super().__init__()
        further = {"particle_energies": "energies", "stress": "stress"}
        given = [name for output, name in further.items() if output in models.outputs]
        self.implemented_properties = [*self.implemented_properties, *given]

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Computes all properties; called by ASE. Raises: see the class."""
        atoms = self.atoms if atoms is None else atoms
        if atoms is None:
            raise ValueError("atoms must be given before the first calculation and after reset(); received None")
        self._check_points(atoms)
        cell = self._cell(atoms)
        inputs = {"cell": cell, **self.particles.inputs(atoms)}
        outputs = self.models({**inputs, **self.neighbors.list(atoms.positions[:, : self.models.dim], cell)})
        super().calculate(atoms, properties, system_changes)  # keeps the atoms, to which the results belong
        members = [_as_results(output, cell, np.array(atoms.cell)) for output in outputs]
        self.results = {name: np.mean([member[name] for member in members], axis=0) for name in members[0]}
        self.results["energy"] = float(self.results["energy"])
        self.results["free_energy"] = self.results["energy"]
        if self.has_spread:
            self.results.update(_spreads(members))

    def _check_points(self, atoms):
        expected = self.models.num_points
        if len(atoms) != (expected or len(atoms)) or len(atoms) == 0:
            raise ValueError(
                f"atoms must be {expected or 'one or more'} in number for this model; received {len(atoms)}"
            )
        if not np.all(np.isfinite(atoms.positions)):
            wrong = int(np.sum(~np.isfinite(atoms.positions)))
            raise ValueError(f"atoms.positions must be finite; received {wrong} NaN or infinite values")

    def _cell(self, atoms):
        """The model's cell (d, d), or the cell of the atoms if it is an input."""
        dim, received = self.models.dim, np.array(atoms.cell)
        if not all(atoms.pbc[:dim]):
            raise ValueError(f"atoms.pbc must be True along the first {dim} axes; received {atoms.pbc.tolist()}")
        if np.any(received[:dim, dim:]) or np.any(received[dim:, :dim]):  # any cell is accepted along the other axes
            raise ValueError(
                f"atoms.cell must not couple the first {dim} axes, which are those of the model, with the others; "
                f"received {received.tolist()}"
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
                f"atoms.cell must be the cell of the model; received {received.tolist()}. If they differ only by "
                f"rounding, for example in a file, call atoms.set_cell({needed.tolist()})"
            )
        return own


def _as_results(outputs, cell, full_cell):
    """Results of one model in three dimensions, with ASE's names, float64."""
    (count, dim), results = outputs["forces"].shape, {"energy": np.float64(outputs["energy"])}
    results["forces"] = np.zeros((count, 3))
    results["forces"][:, :dim] = outputs["forces"]
    if "particle_energies" in outputs:
        results["energies"] = np.asarray(outputs["particle_energies"], np.float64)
    volume = abs(np.linalg.det(full_cell))
    if "stress" in outputs and volume > 0:  # otherwise ASE reports that the property is not available
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
