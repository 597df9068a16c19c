"""A data set: its parameters, the attributes of its file, and the making of that file."""

import contextlib
import dataclasses
import hashlib
import json
import re
import sys

import numpy as np

from .arguments import check_count, check_flag, check_points, is_real, not_finite
from .kernels.energies import energy_and_forces, probe_kernel
from .kernels.interactions import Exponential, Mixture, ScreenedCoulomb, check_kernel, terms
from .positions import sample_positions
from .workers import check_picklable, results_in_order
from .writing import write_chunks

CHUNK_BYTES = 2**24  # of snapshots that are made at a time; a process holds a few chunks
EVERY_NUMBER = {"threshold": sys.maxsize, "floatmode": "unique", "linewidth": 75, "suppress": False, "formatter": None}
LONGEST_DESCRIPTION = 1000  # of a user's kernel; longer ones are described by a digest
KERNEL_NAMES = {"exponential": Exponential, "screened_coulomb": ScreenedCoulomb}


@dataclasses.dataclass(frozen=True)
class Dataset:
    """The parameters of a data set, checked; they define its snapshots and the attributes of its file.

    Args:
        kernel: ψ, an object with `value` and `gradient`, see `data_gen.kernels.interactions`.
        box_length, min_distance, seed, cells, points_per_cell, num_points, dimension: of `sample_positions`.
        potentials: whether the local potentials U_j of Eq. (2) are part of the data set.

    Attributes: the arguments without `dimension`; `box_length` is d floats, `cells` d ints or None, `num_points` N.
    Raises: ValueError naming the argument, or what a method of the kernel returned; what the kernel itself raises.

    Example: how one data set differs from another.
        >>> from data_gen import Dataset, Exponential
        >>> parameters = {"kernel": Exponential(1.0), "box_length": 5.0, "num_points": 20, "min_distance": 0.05}
        >>> Dataset(seed=1, **parameters).difference(Dataset(seed=0, **parameters).attributes())
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
    dimension: dataclasses.InitVar[int | None] = None

    def __post_init__(self, dimension):
        points = (self.box_length, self.cells, self.points_per_cell, self.num_points, self.min_distance, dimension)
        checked = {"seed": check_count("seed", self.seed, minimum=0), **check_points(*points)}
        checked["potentials"] = check_flag("potentials", self.potentials)
        check_kernel(self.kernel)
        for _, part in terms(self.kernel):
            probe_kernel(part, np.array(checked["box_length"]))
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def snapshots(self, first, count):
        """`count` snapshots from number `first` on: a dict of positions (count, N, d), energies (count,), forces
        (count, N, d) and, if they are part of the data set, potentials (count, N); float64.

        Raises: ValueError when the kernel gives a NaN or an infinity; RuntimeError as `sample_positions`.
        """
        points = (self.box_length, self.cells, self.points_per_cell, self.min_distance, self.seed)
        num_points = self.num_points if self.cells is None else None
        positions = sample_positions(count, *points, first_snapshot=first, num_points=num_points)
        results = energy_and_forces(positions, self.box_length, self.kernel, potentials=self.potentials)
        arrays = {"positions": positions, **dict(zip(("energies", "forces", "potentials"), results, strict=False))}
        for name, values in arrays.items():
            if place := not_finite(values):
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
        """One sentence about the first of `attributes`, a dict, that is not as in this data set; None if all are.

        Attributes do not say how many snapshots a file holds, nor whether it holds local potentials.
        """
        for name, expected in self.attributes().items():
            received = attributes.get(name)
            if not np.array_equal(expected, received):
                return f"attribute {name!r}: expected {expected}; received {received!r}"
        return None

    @classmethod
    def from_attributes(cls, attributes, potentials=False, kernel=None):
        """The data set of a generated file, from its `attributes`; `potentials` says whether it holds them, and
        `kernel`, if given, stands in place of that of the attributes, which cannot describe a user's own.

        Raises: ValueError naming the attribute that is missing or wrong.
        """
        names = ["kernel", "box_length", "min_distance", "seed"]
        names += ["cells", "points_per_cell"] if "cells" in attributes else ["num_points"]
        if missing := [name for name in names if name not in attributes]:
            raise ValueError(f"attribute {missing[0]!r}: expected it, as in every file of `generate`; received none")
        parameters = {name: attributes[name] for name in names}
        try:
            parameters["kernel"] = kernel_from_json(parameters["kernel"]) if kernel is None else kernel
            dataset = cls(potentials=potentials, dimension=len(parameters["box_length"]), **parameters)
        except (ValueError, TypeError) as error:
            raise ValueError(f"attributes: {error}") from error
        if kernel is None and (difference := dataset.difference(attributes)):
            raise ValueError(difference)
        return dataset


def generate(path, *, num_snapshots, workers=1, chunk_size=64, progress=False, overwrite=False, **parameters):
    """Makes a data set and writes it to `path`; see `data_gen.snapshots` for the format. Returns the path.

    The same arguments give the same file, byte for byte, for any `chunk_size` and `workers`. A run that fails or is
    stopped leaves no file behind; the next run to the same path removes what a killed run leaves.

    Args:
        path, num_snapshots: the file to write, whose missing folders are made; S ≥ 1.
        workers: number of processes. With more than one the kernel must be picklable, and a script needs
            `if __name__ == "__main__":` around the call, as for every use of `multiprocessing`.
        chunk_size: largest number of snapshots that a process makes at a time; fewer if they are large.
        progress, overwrite: whether to show a progress bar on standard error, and to replace an existing file.
        parameters: of the `Dataset`.

    Raises: before any work as `Dataset`, TypeError for an unknown argument, and FileExistsError or OSError for the
        path; later as `Dataset.snapshots`, and RuntimeError when a worker is killed.

    Example:
        >>> from data_gen import Exponential, generate, read_snapshots
        >>> path = generate("snapshots.h5", kernel=Exponential(mu=1.0), box_length=5.0, cells=10,
        ...                 points_per_cell=2, min_distance=0.05, num_snapshots=4, seed=0)
        >>> read_snapshots(path).forces.shape
        (4, 20, 1)
    """
    total, workers = check_count("num_snapshots", num_snapshots), check_count("workers", workers)
    size = min(check_count("chunk_size", chunk_size), -(-total // workers))  # work for every worker
    progress, dataset = check_flag("progress", progress), Dataset(**parameters)
    numbers = dataset.num_points * (2 * len(dataset.box_length) + 1)  # of one snapshot
    size = min(size, max(1, CHUNK_BYTES // (8 * numbers)))
    jobs = ((first, min(size, total - first)) for first in range(0, total, size))
    if workers == 1:
        chunks = (dataset.snapshots(*job) for job in jobs)
    else:
        check_picklable(dataset.kernel, workers)
        chunks = results_in_order(dataset.snapshots, jobs, workers)
    with contextlib.closing(chunks):
        if progress:
            from rich.console import Console
            from rich.progress import track

            chunks = track(chunks, "snapshots", -(-total // size), auto_refresh=False, console=Console(stderr=True))
        shape = (total, dataset.num_points, len(dataset.box_length))
        return write_chunks(path, shape, dataset.attributes(), chunks, overwrite=overwrite)


def kernel_to_json(kernel):
    """A kernel as one line of JSON, the same for equal kernels.

    A user's own kernel is described by module and class, such as `my_module.Gaussian`, and by its `repr`, if its class
    defines one, or else by its attributes without a leading underscore. Memory addresses are left out. A long text is
    replaced by its digest.

    Example:
        >>> from data_gen import Exponential, kernel_to_json
        >>> kernel_to_json(Exponential(2.0))
        '{"name": "exponential", "mu": 2.0}'
    """
    check_kernel(kernel)
    return json.dumps(_describe(kernel), default=_describe)


def kernel_from_json(text):
    """The kernel that `kernel_to_json` described. Raises: ValueError when `text` describes none of this package.

    Example:
        >>> from data_gen import kernel_from_json
        >>> kernel_from_json('{"name": "exponential", "mu": 2.0}')
        Exponential(mu=2.0)
    """
    try:
        kernel = json.loads(text, object_hook=_build)
        check_kernel(kernel)
        return kernel
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        received = f"{text!r:.200} ({error!s:.200})"
        raise ValueError(f"kernel must be a description of a kernel as JSON; received {received}") from error


def mu_and_alpha(kernel):
    """The inverse lengths μ_m and weights α_m of a kernel, two lists; parts without a number `mu` are left out."""
    parts = [(getattr(part, "mu", None), weight) for weight, part in terms(kernel)]
    parts = [(float(mu), weight) for mu, weight in parts if is_real(mu) and np.isfinite(float(mu))]
    return [mu for mu, _ in parts], [weight for _, weight in parts]


def _describe(kernel):
    if type(kernel) is Mixture:
        return {"name": "mixture", "weights": kernel.weights, "kernels": kernel.kernels}
    for name, kind in KERNEL_NAMES.items():
        if type(kernel) is kind:
            without = "smoothing" if getattr(kernel, "method", None) == "exact" else None  # the exact kernel has none
            return {"name": name, **{field: value for field, value in vars(kernel).items() if field != without}}
    name = f"{type(kernel).__module__}.{type(kernel).__qualname__}"
    state = kernel
    if type(kernel).__repr__ is object.__repr__:  # attributes with a leading underscore may change, as caches do
        state = {key: value for key, value in getattr(kernel, "__dict__", {}).items() if not key.startswith("_")}
    with np.printoptions(**EVERY_NUMBER):
        text = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(state))
    if text == "{}":
        return {"name": name}
    if len(text) > LONGEST_DESCRIPTION:
        return {"name": name, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return {"name": name, "repr": text}


def _build(fields):
    name, kinds = fields.pop("name"), {"mixture": Mixture, **KERNEL_NAMES}
    if name not in kinds:
        raise ValueError(f"kernel must be mixture or one of {sorted(KERNEL_NAMES)}; received {name!r}")
    return kinds[name](**fields)
