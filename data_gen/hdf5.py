"""The HDF5 schema of a snapshot file: the interface between the data and whatever learns from them.

Datasets, float64:   positions (S, N, d)    energies (S,)    forces (S, N, d)
Attributes:          schema_version and dimension, integers; box_length (d,) float64. A generated file also
                     says all that is needed to make it again: kernel (JSON), mu, alpha, min_distance, cells,
                     points_per_cell, seed.

The files of the paper's authors are read as well: `points`, `potential` and `forces`, where d = 1 has no last
axis, `potential` may be (S, 1), and there are no attributes. (Their screened Coulomb data carry the factor 4π
of Eq. (23); the numbers are returned as they are.)
"""

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from .arguments import check_sides

SCHEMA_VERSION = 1


class SnapshotFileError(ValueError):
    """A file that does not hold snapshots: names file, dataset, what was expected and received."""


@dataclass(frozen=True, eq=False)
class Snapshots:
    """S configurations of N particles in d dimensions.

    Attributes:
        positions: (S, N, d) float64, in the unit of the box.
        energies: (S,) float64.
        forces: (S, N, d) float64, F_j = −∂U/∂x_j.
        attributes: what is known about them; `box_length`, (d,), is required to write a file.
    """

    positions: np.ndarray
    energies: np.ndarray
    forces: np.ndarray
    attributes: dict = field(default_factory=dict)


def write_snapshots(path, snapshots, *, overwrite=False):
    """Writes `snapshots` to `path`, all or nothing; `schema_version` and `dimension` are filled in.

    Raises: ValueError for shapes that do not fit, a NaN or an infinity, or a missing box_length;
        FileExistsError unless `overwrite`; OSError when the folder cannot be written.
    """
    arrays = {name: np.asarray(getattr(snapshots, name)) for name in ("positions", "energies", "forces")}
    problem = _problem(arrays, {name: name for name in arrays})
    if problem:
        raise ValueError(f"snapshots: {problem}")
    if "box_length" not in snapshots.attributes:
        raise ValueError(f"snapshots: attributes must name box_length; received {sorted(snapshots.attributes)}")
    with create_snapshot_file(path, arrays["positions"].shape, snapshots.attributes, overwrite=overwrite) as datasets:
        for name, values in arrays.items():
            datasets[name][...] = values


@contextlib.contextmanager
def create_snapshot_file(path, shape, attributes, *, overwrite=False):
    """A file for positions of `shape` (S, N, d): a context that yields its datasets by name, to fill.

    It is written under a temporary name in the same folder, and takes its own name when the context ends
    without an error: half a file never has the real name. It holds no time stamps: equal data, equal bytes.

    Raises: FileExistsError unless `overwrite`; OSError, before anything is written, when `path` cannot be.
    """
    path = Path(path)
    if path.is_dir() or (path.exists() and not overwrite):
        reason = "it is a folder" if path.is_dir() else "it is there already, and overwrite is off"
        raise FileExistsError(f"path must be free for a new file; received {path}: {reason}")
    dimension = shape[-1]
    attributes = {
        **attributes,
        "schema_version": SCHEMA_VERSION,
        "dimension": dimension,
        "box_length": check_sides(attributes["box_length"], dimension),
    }
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
    except OSError as error:
        kind = NotADirectoryError if isinstance(error, FileExistsError) else type(error)  # a file as a folder
        raise kind(f"path must lie in a folder that can be written; received {path}: {error}") from error
    try:
        with h5py.File(partial, "w") as file:
            for name in sorted(attributes):  # a fixed order is part of equal bytes
                file.attrs[name] = attributes[name]
            yield {
                name: file.create_dataset(name, shape=size, dtype="<f8", track_times=False)
                for name, size in (("positions", shape), ("energies", shape[:1]), ("forces", shape))
            }
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_snapshots(path):
    """The snapshots of a file, wholly checked. Their attributes are numbers, strings and arrays.

    Raises: FileNotFoundError; SnapshotFileError when the file is not HDF5, is cut off, lacks a dataset, has
        another schema version, or holds shapes that do not fit, a NaN or an infinity.
    """
    path = Path(path)
    with open(path, "rb"):  # a missing or forbidden file speaks for itself
        pass
    try:
        with h5py.File(path, "r") as file:
            return _read(file)
    except SnapshotFileError as error:
        raise SnapshotFileError(f"{path}: {error}") from None
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise SnapshotFileError(
            f"{path}: expected a whole HDF5 file; received one that HDF5 cannot read ({error})"
        ) from error


def _read(file):
    theirs = "positions" not in file and "points" in file
    stored = {"positions": "positions", "energies": "energies", "forces": "forces"}
    if theirs:
        stored = {"positions": "points", "energies": "potential", "forces": "forces"}
    attributes = {
        name: value.item() if np.ndim(value) == 0 and hasattr(value, "item") else value
        for name, value in file.attrs.items()
    }
    arrays = {}
    for name, key in stored.items():
        if not isinstance(file.get(key), h5py.Dataset):
            raise SnapshotFileError(f"expected a dataset {key!r}; received {', '.join(sorted(file)) or 'nothing'}")
        arrays[name] = file[key][()]
    if not theirs and attributes.get("schema_version") != SCHEMA_VERSION:
        version = attributes.get("schema_version")
        raise SnapshotFileError(f"expected the attribute schema_version = {SCHEMA_VERSION}; received {version!r}")
    if theirs:
        arrays = {name: _with_last_axis(name, values) for name, values in arrays.items()}
    problem = _problem(arrays, stored) or (None if theirs else _attribute_problem(attributes, arrays["positions"]))
    if problem:
        raise SnapshotFileError(problem)
    return Snapshots(**{name: values.astype(np.float64) for name, values in arrays.items()}, attributes=attributes)


def _with_last_axis(name, values):
    if name == "energies":
        return values[:, 0] if np.ndim(values) == 2 and values.shape[1] == 1 else values
    return values[..., None] if np.ndim(values) == 2 else values


def _problem(arrays, stored):
    """What is wrong with the three arrays, in one sentence, or None; `stored` has their names in the file."""
    for name, values in arrays.items():
        kind = np.asarray(values).dtype
        if kind.kind != "f":
            return f"dataset {stored[name]!r}: expected real floating-point numbers; received {kind}"
    shape = arrays["positions"].shape
    if len(shape) != 3 or 0 in shape or shape[2] > 3:
        return f"dataset {stored['positions']!r}: expected shape (S, N, d) with d = 1, 2 or 3; received {shape}"
    for name, expected in (("energies", shape[:1]), ("forces", shape)):
        if arrays[name].shape != expected:
            return f"dataset {stored[name]!r}: expected shape {expected}; received {arrays[name].shape}"
    for name, values in arrays.items():
        if not np.all(np.isfinite(values)):
            place = tuple(int(index) for index in np.argwhere(~np.isfinite(values))[0])
            return f"dataset {stored[name]!r}: expected finite numbers; received {values[place]} at {place}"
    return None


def _attribute_problem(attributes, positions):
    dimension = positions.shape[2]
    if attributes.get("dimension") != dimension:
        return f"attribute 'dimension': expected {dimension}; received {attributes.get('dimension')!r}"
    try:
        check_sides(attributes.get("box_length"), dimension)
    except ValueError as error:
        return f"attribute 'box_length': {error}"
    return None
