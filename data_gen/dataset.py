"""The parameters of a data set: from arguments, to the attributes of a file, and back."""

from dataclasses import dataclass

import numpy as np

from .arguments import check_count, check_flag, check_kernel, probe_kernel
from .descriptions import kernel_from_json, kernel_to_json, mu_and_alpha
from .energies import energy_and_forces
from .kernels import Mixture
from .sampling import check_points, sample_positions


@dataclass(frozen=True)
class Dataset:
    """The parameters of a data set; made by `from_arguments` or `from_attributes`, which check them.

    Attributes:
        kernel: ψ, an object with `value` and `gradient`.
        box_length: d floats.
        cells, points_per_cell: d ints and an int, or None and None for points without cells.
        num_points: N.
        min_distance: δ_min, in the unit of the box.
        seed: names the random configurations.
        potentials: whether the local potentials U_j are part of it.
    """

    kernel: object
    box_length: tuple
    cells: tuple | None
    points_per_cell: int | None
    num_points: int
    min_distance: float
    seed: int
    potentials: bool = False

    def snapshots(self, first, count):
        """The datasets of `count` snapshots from number `first` on, by name, float64.

        Raises: ValueError when the kernel gives a NaN or an infinity, naming the snapshot; RuntimeError as
            `sample_positions`.
        """
        positions = sample_positions(
            count,
            self.box_length,
            self.cells,
            self.points_per_cell,
            self.min_distance,
            self.seed,
            dimension=len(self.box_length),
            first_snapshot=first,
            num_points=self.num_points if self.cells is None else None,
        )
        results = energy_and_forces(positions, self.box_length, self.kernel, potentials=self.potentials)
        names = ("energies", "forces", "potentials")[: len(results)]
        arrays = {"positions": positions, **dict(zip(names, results, strict=True))}
        for name, values in arrays.items():
            if not np.all(np.isfinite(values)):
                place = np.argwhere(~np.isfinite(values))[0]
                raise ValueError(
                    f"kernel must give finite {name}; received {values[tuple(place)]} for snapshot {first + place[0]}"
                )
        return arrays

    def attributes(self):
        """What a file says about itself: enough for `from_attributes`."""
        mu, alpha = mu_and_alpha(self.kernel)
        points = {"num_points": self.num_points}
        if self.cells is not None:
            points = {"cells": np.array(self.cells), "points_per_cell": self.points_per_cell}
        return {
            "box_length": np.array(self.box_length),
            "kernel": kernel_to_json(self.kernel),
            "mu": np.array(mu),
            "alpha": np.array(alpha),
            "min_distance": self.min_distance,
            "seed": self.seed,
            **points,
        }

    @classmethod
    def from_arguments(
        cls,
        *,
        kernel,
        box_length,
        cells,
        points_per_cell,
        num_points,
        min_distance,
        seed,
        dimension=None,
        potentials=False,
    ):
        """A data set whose arguments fit together; see `sample_positions` for the points.

        Raises: ValueError naming the argument, or what a method of the kernel returned; NotImplementedError when the
            kernel does not know the dimension.
        """
        seed = check_count("seed", seed, minimum=0)
        potentials = check_flag("potentials", potentials)
        points = check_points(box_length, cells, points_per_cell, num_points, min_distance, dimension)
        check_kernel(kernel)
        sides = np.array(points["box_length"])
        for _, part in kernel.terms() if type(kernel) is Mixture else ((1.0, kernel),):
            probe_kernel(part, sides)  # one that does not know this dimension or box says so now
        return cls(kernel=kernel, seed=seed, potentials=potentials, **points)

    @classmethod
    def from_attributes(cls, attributes, potentials=False, kernel=None):
        """The data set of a generated file.

        Args:
            attributes: of the file, as `read_snapshots` returns them.
            potentials: whether the file holds local potentials.
            kernel: ψ in place of what the attributes kernel, mu and alpha say, which are not looked at then; or None.

        Raises: ValueError naming the attribute that is missing or wrong, or the kernel when it is a user's own.
        """
        names = ["box_length", "min_distance", "seed"]
        names = names if kernel is not None else ["kernel", "mu", "alpha", *names]
        names += ["cells", "points_per_cell"] if "cells" in attributes else ["num_points"]
        for name in names:
            if name not in attributes:
                raise ValueError(
                    f"attribute {name!r}: expected it beside the data, to make them again; received none "
                    "(only files of `generate` can be recomputed)"
                )
        known = {name: attributes[name] for name in names}
        if kernel is None:
            kernel = _described_kernel(known.pop("kernel"), known.pop("mu"), known.pop("alpha"))
        points = {"cells": None, "points_per_cell": None, "num_points": None} | known
        points = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in points.items()}
        try:
            dataset = cls.from_arguments(
                kernel=kernel, dimension=len(points["box_length"]), potentials=potentials, **points
            )
        except (ValueError, TypeError) as error:
            raise ValueError(f"attributes: {error}") from error
        if not np.array_equal(attributes.get("num_points", dataset.num_points), dataset.num_points):
            raise ValueError(
                f"attribute 'num_points': expected {dataset.num_points}, as its cells times points_per_cell; received "
                f"{attributes['num_points']!r}"
            )
        return dataset


def _described_kernel(text, mu, alpha):
    """The kernel of these three attributes. Raises: ValueError naming the attribute."""
    if not isinstance(text, str):
        raise ValueError(f"attribute 'kernel': expected a JSON text; received {text!r}")
    try:
        kernel = kernel_from_json(text)
    except ValueError as error:
        raise ValueError(f"attribute 'kernel': a kernel of data_gen can be recomputed, no other ({error})") from error
    for (name, stored), values in zip((("mu", mu), ("alpha", alpha)), mu_and_alpha(kernel), strict=True):
        if not np.array_equal(stored, values):
            raise ValueError(f"attribute {name!r}: expected {values}, as its kernel; received {stored!r}")
    return kernel
