"""Snapshots from atoms in ASE: extended XYZ, ASE databases and other formats of ASE, in groups of similar size."""

from importlib import import_module

import numpy as np

from lrc_keras.arguments import check_count, check_path, check_positive, is_listed
from lrc_keras.ops.cells import is_flat
from lrc_keras.ops.neighbors import check_cutoff
from lrc_keras.training.data.preparation import make_snapshots

GROWTH = 1.25  # of the sizes from one group to the next: at most a fifth of the particles of a group are padding
# these may change after a calculation: its energies are still those of the atoms
HARMLESS_CHANGES = {"initial_charges", "initial_magmoms"}


def read_atoms(
    path, cutoff, *, species, index=":", sources=None, sizes=None, half_list=False, cell_images=False, dtype="float32"
):
    """Snapshots from a file that ASE reads, such as extended XYZ (.xyz, .extxyz) or an ASE database (.db, .json).

    Args:
        path: of the file.
        index: which frames, as of `ase.io.read`: "::10", or the query of a database. Errors number these frames.
        cutoff, species, sources, sizes, half_list, cell_images, dtype: of `snapshots_of_atoms`.

    Returns: list of `Snapshots`, see `snapshots_of_atoms`.
    Raises: FileNotFoundError; ValueError naming the file and the frame; ImportError without the package ASE.
    """
    path = check_path("path", path)
    import_module("lrc_keras.ase")  # its error says how to install ASE
    from ase.io import read

    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file of atoms")
    try:
        frames = read(path, index=index)
    except Exception as error:  # every format has errors of its own
        raise ValueError(
            f"{path}: expected a file that ASE can read at index {index!r}; received {type(error).__name__}: {error}"
        ) from error
    frames = frames if isinstance(frames, list) else [frames]
    options = {"sources": sources, "sizes": sizes, "half_list": half_list, "cell_images": cell_images, "dtype": dtype}
    try:
        return snapshots_of_atoms(frames, cutoff, species=species, **options)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def snapshots_of_atoms(
    frames, cutoff, *, species, sources=None, sizes=None, half_list=False, cell_images=False, dtype="float32"
):
    """Snapshots from `ase.Atoms` with energies and forces, as `training_batches` takes them.

    Energies, forces and stresses are the results of the attached calculator, such as the `SinglePointCalculator` of a
    file, without the changes of ASE's constraints. Their units are kept. Either all frames have a stress or none.

    Clouds of several sizes are put into groups. All clouds of a group are padded to the size of the largest, with
    species −1 and zeros. The group of a cloud of N particles is ⌈log N / log 1.25⌉: at most a fifth of a group is
    padding, and clouds of 10 to 10,000 particles make at most 32 groups. A model is compiled once for each group.

    Args:
        frames: list of `ase.Atoms`, periodic in all directions.
        cutoff: radius R of the neighbour lists.
        species: chemical symbols of species 0, 1, ….
        sources: None; "initial_charges", those of the atoms; or a dict from chemical symbol to the source f, a number
            or C of them.
        sizes: list of the N to pad to; each cloud is padded to the next larger one. Default: groups as above.
        half_list, cell_images, dtype: of `make_snapshots`.

    Returns: list of `Snapshots` with cells and species, one for each group, by size. Within a group the frames keep
    their order.
    Raises: ValueError naming the argument, or the frame (from 0) and what is wrong with it; ImportError without ASE.

    Example: two frames of one element, the second twice as large.
        >>> from ase import Atoms
        >>> from ase.calculators.singlepoint import SinglePointCalculator
        >>> from lrc_keras.training import snapshots_of_atoms
        >>> frames = [Atoms(f"He{n}", np.eye(3)[:n], cell=[4, 4, 4], pbc=True) for n in (1, 2)]
        >>> for atoms in frames:
        ...     atoms.calc = SinglePointCalculator(atoms, energy=-1.0 * len(atoms), forces=np.zeros((len(atoms), 3)))
        >>> groups = snapshots_of_atoms(frames, cutoff=2.0, species=["He"])
        >>> [group.positions.shape for group in groups]
        [(1, 1, 3), (1, 2, 3)]
    """
    from lrc_keras.ase.particles import Particles

    check_positive("cutoff", cutoff)
    if not isinstance(frames, (list, tuple)) or len(frames) == 0:
        raise ValueError(f"frames must be a list of one or more ase.Atoms; received {frames!r}")
    inputs = {"species": (None,)} if sources is None else {"species": (None,), "sources": (None, _channels(sources))}
    particles, clouds = Particles(inputs, species, sources), []
    for number, atoms in enumerate(frames):
        try:
            cloud = _cloud(atoms, particles, cutoff, cell_images)
            if clouds and ("stresses" in cloud) != ("stresses" in clouds[0]):
                raise ValueError("stress must be known for all frames or for none; received another than frame 0")
        except ValueError as error:
            raise ValueError(f"frame {number}: {error}") from error
        clouds.append(cloud)
    counts = np.array([len(cloud["positions"]) for cloud in clouds])
    padded = _default_sizes(counts) if sizes is None else _given_sizes(counts, sizes)
    groups = [_padded([clouds[k] for k in np.flatnonzero(padded == size)], size) for size in np.unique(padded)]
    options = {"cutoff": cutoff, "half_list": half_list, "cell_images": cell_images, "dtype": dtype}
    return [make_snapshots(**group, **options) for group in groups]


def _cloud(atoms, particles, cutoff, cell_images):
    """Arrays of one frame, by the argument of `make_snapshots`."""
    from ase import Atoms

    if not isinstance(atoms, Atoms) or len(atoms) == 0:
        raise ValueError(f"atoms must be ase.Atoms, one or more; received {atoms!r}")
    cell = np.array(atoms.cell)
    if not all(atoms.pbc):
        raise ValueError(f"atoms.pbc must be True in all directions; received {atoms.pbc.tolist()}")
    if is_flat(cell):
        raise ValueError(f"atoms.cell must be finite and have a volume; received {cell.tolist()}")
    if not cell_images:
        check_cutoff(cell.tolist(), cutoff, 3, name="atoms.cell")
    # the results of a calculator are those of its own atoms: these may have been moved since
    changes = set(atoms.calc.check_state(atoms)) if hasattr(atoms.calc, "check_state") else {"calc"}
    results = {} if changes - HARMLESS_CHANGES else atoms.calc.results
    for name in ("energy", "forces"):
        if name not in results:
            raise ValueError(
                f"atoms must have a calculator that holds {name} for them as they are; received {atoms.calc!r} with "
                f"{sorted(results)}"
            )
    cloud = {"positions": atoms.positions, "cells": cell, "energies": results["energy"], "forces": results["forces"]}
    if "stress" in results:
        cloud["stresses"] = _matrix(results["stress"])
    cloud = {name: np.array(values, np.float64) for name, values in cloud.items()}
    if cloud["energies"].shape != () or cloud["forces"].shape != (len(atoms), 3):
        shapes = f"{cloud['energies'].shape} and {cloud['forces'].shape}"
        raise ValueError(f"energy and forces must have shapes () and ({len(atoms)}, 3); received {shapes}")
    for name, values in cloud.items():
        if not np.all(np.isfinite(values)):
            raise ValueError(f"{name} must be finite; received {np.sum(~np.isfinite(values))} NaN or infinite values")
    return {**cloud, **particles.inputs(atoms)}


def _matrix(stress):
    """A stress (3, 3) from itself or from ASE's order xx, yy, zz, yz, xz, xy."""
    stress = np.asarray(stress, np.float64)
    if stress.shape == (6,):
        return stress[[[0, 5, 4], [5, 1, 3], [4, 3, 2]]]
    if stress.shape != (3, 3):
        raise ValueError(f"stress must have shape (6,) or (3, 3); received {stress.shape}")
    return stress


def _channels(sources):
    return np.size(next(iter(sources.values()))) if isinstance(sources, dict) and sources else 1


def _default_sizes(counts):
    """The N that each cloud is padded to: (F,) int → (F,), the largest of its group."""
    groups = np.ceil(np.log(counts) / np.log(GROWTH))
    return np.array([np.max(counts[groups == group]) for group in groups])


def _given_sizes(counts, sizes):
    sizes = np.unique([check_count("sizes", size) for size in (sizes if is_listed(sizes) else [None])])
    if len(sizes) == 0 or np.max(counts) > sizes[-1]:
        number = int(np.argmax(counts))
        raise ValueError(f"sizes must reach up to {counts[number]}, as of frame {number}; received {sizes.tolist()}")
    return sizes[np.searchsorted(sizes, counts)]


def _padded(clouds, size):
    """Arrays of one group; padding has species −1 and zeros."""

    def pad(name, values):
        if name not in ("positions", "forces", "species", "sources"):
            return values
        widths = [(0, size - len(values)), *[(0, 0)] * (values.ndim - 1)]
        return np.pad(values, widths, constant_values=-1 if name == "species" else 0)

    return {name: np.stack([pad(name, cloud[name]) for cloud in clouds]) for name in clouds[0]}
