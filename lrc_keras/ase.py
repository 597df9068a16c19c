"""A trained force field as a calculator of ASE: its optimisers, molecular dynamics and analysis."""

import numpy as np
import tensorflow as tf

from lrc_keras.models import ForceField
from lrc_keras.ops.arguments import check_flag, check_not_negative
from lrc_keras.ops.neighbors import check_cutoff, neighbor_list
from lrc_keras.ops.pair_lists import pair_list
from lrc_keras.ops.torus import check_box_length

try:
    from ase.calculators.calculator import Calculator, all_changes
except ImportError as error:
    raise ImportError("lrc_keras.ase needs the package ASE: pip install 'lrc_keras[ase]'") from error


class ForceFieldCalculator(Calculator):
    """Energy and forces of a `ForceField` for `ase.Atoms` in the periodic box that it was built for.

    Units are those of the training data: what ASE prints as eV, Å and eV/Å is the model's energy, length and energy
    per length, nothing is converted. Masses and time steps are the user's, in ASE's rule F = m a. Precision is the
    model's: float32 energies carry seven digits, too few to see the drift of molecular dynamics.

    Properties: energy and free_energy (the same), float; forces (N, 3) float64; energies (N,) of the particles where
    the model gives them. No stress: the box is part of the model. In d < 3 dimensions the first d coordinates are the
    points, and forces along the others are zero.

    Args:
        force_field: `ForceField`. After a change of its weights call `reset()`.
        box_length, cutoff: side L of the box, one number or d of them, and radius R of the neighbour lists, in units of
            length. Default those of the model's layer `short_range_descriptor`, which other values must agree with.
        skin: width ≥ 0, in units of length, by which the search for neighbours goes beyond R. It is repeated when an
            atom has moved by half of it; see `SkinNeighbors`. More makes fewer searches and longer lists to sift.
        pairs: whether to give each pair of neighbours once, which takes less time, to a model with the input "pairs".
        **kwargs: of `ase.calculators.calculator.Calculator`.

    Raises: ValueError naming the argument. A calculation raises ValueError when the atoms are not what the model was
        built for: their number, `cell`, `pbc`, or positions that are not finite.

    Example:
        >>> from ase import Atoms
        >>> from lrc_keras.ase import ForceFieldCalculator
        >>> from lrc_keras.models import ForceField, build_short_range_model
        >>> force_field = ForceField(build_short_range_model(2, dim=3, box_length=3.0, cutoff=1.0))
        >>> atoms = Atoms("X2", [[0.1, 0, 0], [2.9, 0, 0]], cell=[3, 3, 3], pbc=True)
        >>> atoms.calc = ForceFieldCalculator(force_field)
        >>> forces = atoms.get_forces()
        >>> bool(abs(forces[0, 0]) > 0 and abs(forces.sum()) < 1e-6)
        True
    """

    implemented_properties = ["energy", "free_energy", "forces"]

    def __init__(self, force_field, box_length=None, cutoff=None, skin=0.3, pairs=True, **kwargs):
        inputs = _functional_inputs(force_field)
        self.num_points, self.dim = inputs["positions"].shape[1:]
        self.neighbors = SkinNeighbors(*_geometry(force_field.energy_model, self.dim, box_length, cutoff), skin)
        self.use_pairs = check_flag("pairs", pairs) and "pairs" in inputs
        super().__init__(**kwargs)
        if "particle_energies" in force_field.compute_output_shape({"positions": (1, self.num_points, self.dim)}):
            self.implemented_properties = [*self.implemented_properties, "energies"]
        # neighbours and pairs come and go: one trace for any number of them
        signature = {"positions": tf.TensorSpec((1, self.num_points, self.dim), inputs["positions"].dtype)}
        signature["neighbors"] = tf.TensorSpec((1, self.num_points, None), tf.int32)
        if self.use_pairs:
            signature["pairs"] = tf.TensorSpec((1, None, 2), tf.int32)
        self._dtype = inputs["positions"].dtype
        self._compute = tf.function(force_field.__call__, input_signature=[signature], autograph=False)

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Computes everything at once; called by ASE. See the class for what is raised."""
        atoms = self.atoms if atoms is None else atoms
        self._check_atoms(atoms)
        super().calculate(atoms, properties, system_changes)
        positions = atoms.positions[:, : self.dim]
        neighbors = self.neighbors.list(positions)[np.newaxis]
        inputs = {"positions": tf.constant(positions[np.newaxis], self._dtype), "neighbors": tf.constant(neighbors)}
        if self.use_pairs:
            inputs["pairs"] = tf.constant(pair_list(neighbors))
        outputs = {name: value[0].numpy() for name, value in self._compute(inputs).items()}
        forces = np.zeros((len(atoms), 3))
        forces[:, : self.dim] = outputs["forces"]
        self.results = {"energy": float(outputs["energy"]), "free_energy": float(outputs["energy"]), "forces": forces}
        if "particle_energies" in outputs:
            self.results["energies"] = outputs["particle_energies"].astype(np.float64)

    def _check_atoms(self, atoms):
        if len(atoms) != (self.num_points or len(atoms)) or len(atoms) == 0:
            raise ValueError(f"atoms must be {self.num_points or 'one or more'}, as the model's; received {len(atoms)}")
        sides, dim = self.neighbors.sides, self.dim
        cell, box = np.array(atoms.cell), np.zeros((3, 3))
        box[range(dim), range(dim)] = sides
        box[dim:, dim:] = cell[dim:, dim:]  # along the other axes any cell will do
        # a cell that was written to a file and read again has lost some digits
        if not np.allclose(cell, box, rtol=0, atol=1e-6 * min(sides)):
            raise ValueError(
                f"atoms.cell must be the model's box, sides {tuple(map(float, sides))} along the first {dim} axes; "
                f"received {cell.tolist()}"
            )
        if not all(atoms.pbc[:dim]):
            raise ValueError(f"atoms.pbc must be True along the first {dim} axes; received {atoms.pbc.tolist()}")
        if not np.all(np.isfinite(atoms.positions)):
            wrong = int(np.sum(~np.isfinite(atoms.positions)))
            raise ValueError(f"atoms.positions must be finite; received {wrong} NaN or infinite values")


class SkinNeighbors:
    """Neighbour lists of a moving cloud, without a search at every step (Verlet's list).

    Pairs closer than R + skin are searched for once. As long as no atom has moved by half the skin since, no other pair
    can have come closer than R. Those of them that are within R now are the list: the paper's descriptor jumps at R,
    so that neighbours beyond it must not be in it.

    Args:
        sides: d sides of the box, none shorter than 2R.
        cutoff: radius R.
        skin: width ≥ 0; taken as L/2 − R where R + skin is more than half of the shortest side.

    Raises: ValueError naming the argument.
    """

    def __init__(self, sides, cutoff, skin):
        skin = check_not_negative("skin", skin)
        self.sides, self.cutoff = np.array(sides), float(cutoff)
        self.reach = min(self.cutoff + skin, min(sides) / 2)
        self.searches = 0
        self._searched = np.empty((0, len(sides)))

    def list(self, positions):
        """Positions (N, d) float → (N, K) int32, ascending indices, then −1, as of `ops.neighbor_list`."""
        positions = np.asarray(positions, np.float64)
        if not self._still_holds(positions):
            self._candidates = neighbor_list(positions[np.newaxis], tuple(self.sides), self.reach)[0]
            self._searched = positions.copy()
            self.searches += 1
        separation = self._nearest(positions[:, np.newaxis] - positions[np.maximum(self._candidates, 0)])
        near = (self._candidates >= 0) & (np.sum(separation**2, axis=-1) < self.cutoff**2)
        width = max(1, int(near.sum(axis=1).max()))
        to_the_front = np.argsort(~near, axis=1, kind="stable")[:, :width]
        return np.take_along_axis(np.where(near, self._candidates, -1), to_the_front, axis=1)

    def _still_holds(self, positions):
        if len(positions) != len(self._searched):
            return False
        moved = self._nearest(positions - self._searched)
        return 4 * np.max(np.sum(moved**2, axis=-1)) < (self.reach - self.cutoff) ** 2

    def _nearest(self, difference):
        return difference - self.sides * np.round(difference / self.sides)


def _functional_inputs(force_field):
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField; received {force_field!r}")
    inputs = getattr(force_field.energy_model, "input", None)
    if not isinstance(inputs, dict) or not {"positions", "neighbors"} <= set(inputs):
        raise ValueError(
            "force_field must have a functional energy model with the inputs 'positions' and 'neighbors'; "
            f"received {force_field.energy_model!r} with {inputs!r}"
        )
    if others := set(inputs) - {"positions", "neighbors", "pairs"}:
        raise ValueError(f"force_field must need positions and neighbors alone; received one with {sorted(others)}")
    return inputs


def _geometry(energy_model, dim, box_length, cutoff):
    """Sides of the box and cutoff as given, or else of the model's descriptor, with which given ones must agree."""
    layer = next((layer for layer in energy_model.layers if layer.name == "short_range_descriptor"), None)
    own = None if layer is None else {"box_length": check_box_length(layer.box_length, dim), "cutoff": layer.cutoff}
    given = {"box_length": None if box_length is None else check_box_length(box_length, dim), "cutoff": cutoff}
    for name, value in given.items():
        if value is None and own is None:
            raise ValueError(f"{name} must be given for a model without a layer 'short_range_descriptor'")
        if value is not None and own is not None and value != own[name]:
            raise ValueError(f"{name} must be the model's own, {own[name]}; received {value}")
    geometry = given if own is None else own
    return check_cutoff(geometry["box_length"], geometry["cutoff"], dim), geometry["cutoff"]
