"""The parameters of a data set: from arguments, to the attributes of a file, and back."""

from dataclasses import InitVar, dataclass

import numpy as np

from .arguments import check_count, check_flag
from .kernels.checks import check_kernel, probe_kernel
from .kernels.descriptions import kernel_from_json, kernel_to_json, mu_and_alpha
from .kernels.energies import energy_and_forces
from .kernels.interactions import terms
from .sampling.positions import check_points, sample_positions


@dataclass(frozen=True)
class Dataset:
    """The parameters of a data set, checked; they define its snapshots and the attributes of its file.

    Args:
        kernel: ψ, an object with `value` and `gradient`, see `data_gen.kernels.interactions`.
        box_length, min_distance, seed, cells, points_per_cell, num_points, dimension: of `sample_positions`.
        potentials: whether the local potentials U_j of Eq. (2) are part of the data set.

    Attributes: those of the arguments, with `box_length` a tuple of d floats, `cells` a tuple of d ints or None, and
        `num_points` N.

    Raises: ValueError naming the argument, or what a method of the kernel returned; NotImplementedError when the
        kernel does not support the dimension.

    Example: whether a file holds this data set.
        >>> from data_gen import Dataset, Exponential, generate, open_snapshots
        >>> parameters = {"kernel": Exponential(1.0), "box_length": 5.0, "num_points": 20, "min_distance": 0.05}
        >>> path = generate("snapshots.h5", num_snapshots=4, seed=0, **parameters)
        >>> with open_snapshots(path) as file:
        ...     Dataset(seed=1, **parameters).difference(file.attributes)
        "attribute 'seed': expected 1; received 0"
    """

    kernel: object
    box_length: tuple
    min_distance: float
    seed: int
    cells: tuple | None = None
    points_per_cell: int | None = None
    num_points: int | None = None
    potentials: bool = False
    dimension: InitVar[int | None] = None

    def __post_init__(self, dimension):
        checked = {"seed": check_count("seed", self.seed, minimum=0)}
        checked["potentials"] = check_flag("potentials", self.potentials)
        points = (self.box_length, self.cells, self.points_per_cell, self.num_points, self.min_distance, dimension)
        checked |= check_points(*points)
        check_kernel(self.kernel)
        for _, part in terms(self.kernel):
            probe_kernel(part, np.array(checked["box_length"]))
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def snapshots(self, first, count):
        """The arrays of `count` snapshots from number `first` on, by name, float64.

        Returns: dict of positions (count, N, d), energies (count,), forces (count, N, d), and potentials (count, N) if
            they are part of the data set.

        Raises: ValueError when the kernel gives a NaN or an infinity; RuntimeError as `sample_positions`.
        """
        points = (self.box_length, self.cells, self.points_per_cell, self.min_distance, self.seed)
        num_points = self.num_points if self.cells is None else None
        positions = sample_positions(count, *points, first_snapshot=first, num_points=num_points)
        results = energy_and_forces(positions, self.box_length, self.kernel, potentials=self.potentials)
        arrays = {"positions": positions, **dict(zip(("energies", "forces", "potentials"), results, strict=False))}
        for name, values in arrays.items():
            if not np.all(np.isfinite(values)):
                place = tuple(np.argwhere(~np.isfinite(values))[0])
                received = f"{values[place]} for snapshot {first + place[0]}"
                raise ValueError(f"kernel must give finite {name}; received {received}")
        return arrays

    def attributes(self):
        """The attributes of a file of this data set, numbers, texts and arrays by name; see `from_attributes`."""
        mu, alpha = mu_and_alpha(self.kernel)
        known = {"kernel": kernel_to_json(self.kernel), "mu": np.array(mu), "alpha": np.array(alpha)}
        known |= {"box_length": np.array(self.box_length), "min_distance": self.min_distance, "seed": self.seed}
        if self.cells is None:
            return known | {"num_points": self.num_points}
        return known | {"cells": np.array(self.cells), "points_per_cell": self.points_per_cell}

    def difference(self, attributes):
        """One sentence about the first of `attributes`, a dict, that is not as in this data set; None if all are."""
        for name, expected in self.attributes().items():
            received = attributes.get(name)
            if not np.array_equal(expected, received):
                return f"attribute {name!r}: expected {expected}; received {received!r}"
        return None

    @classmethod
    def from_attributes(cls, attributes, potentials=False, kernel=None):
        """The data set of a generated file.

        Args:
            attributes: of the file, as `read_snapshots` returns them.
            potentials: whether the file holds local potentials.
            kernel: ψ in place of that of the attributes, which cannot describe a user's own; or None.

        Raises: ValueError naming the attribute that is missing or wrong.
        """
        names = ["kernel", "box_length", "min_distance", "seed"]
        names += ["cells", "points_per_cell"] if "cells" in attributes else ["num_points"]
        for name in names:
            if name not in attributes:
                raise ValueError(f"attribute {name!r}: expected it, as in every file of `generate`; received none")
        parameters = {name: attributes[name] for name in names}
        try:
            parameters["kernel"] = kernel_from_json(parameters["kernel"]) if kernel is None else kernel
            dataset = cls(potentials=potentials, dimension=len(parameters["box_length"]), **parameters)
        except (ValueError, TypeError) as error:
            raise ValueError(f"attributes: {error}") from error
        difference = dataset.difference(attributes) if kernel is None else None
        if difference:
            raise ValueError(difference)
        return dataset
