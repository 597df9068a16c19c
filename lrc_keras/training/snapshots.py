"""Snapshots from HDF5 to training batches: read, check against the model, list the neighbours once, stream."""

from dataclasses import dataclass, fields

import h5py
import numpy as np
import tensorflow as tf

from lrc_keras.ops.arguments import check_count, check_natural, check_path, real_array
from lrc_keras.ops.neighbors import check_cutoff, neighbor_list
from lrc_keras.ops.pair_lists import pair_list
from lrc_keras.ops.torus import check_box_length

DATASETS = ("positions", "energies", "forces")


@dataclass(frozen=True)
class Snapshots:
    """Arrays of S snapshots: positions (S, N, d), neighbors (S, N, K) int32, energies (S,), forces (S, N, d).

    With `pairs` (S, P, 2) int32, from `ops.pair_list`, models train about twice as fast.
    """

    positions: np.ndarray
    neighbors: np.ndarray
    energies: np.ndarray
    forces: np.ndarray
    pairs: np.ndarray | None = None

    def __len__(self):
        return len(self.positions)

    @property
    def force_scale(self):
        """Root-mean-square of a force component, in the units of the file."""
        return float(np.sqrt(np.mean(np.square(self.forces, dtype=np.float64))))

    def take(self, count):
        """The first `count` snapshots; fewer when there are not so many."""
        count = check_natural("count", count)
        arrays = (getattr(self, field.name) for field in fields(self))
        return Snapshots(*(values if values is None else values[:count] for values in arrays))


def load_snapshots(path, box_length, cutoff, dim, max_neighbors=None, dtype="float32"):
    """Reads an HDF5 file of snapshots and lists the neighbours of every point and the pairs of every snapshot.

    Args:
        path: file with the datasets positions (S, N, d), energies (S,), forces (S, N, d) and the attribute box_length.
        box_length, dim: of the model that will see the snapshots; the file must have the same.
        cutoff: interaction radius R of the neighbour lists.
        max_neighbors: padded width K; default the largest number of neighbours in the file.
        dtype: of the arrays returned.

    Raises: FileNotFoundError; ValueError naming file, dataset, what was expected and what was received.
    """
    path = check_path("path", path)
    if dtype not in ("float32", "float64"):
        raise ValueError(f"dtype must be 'float32' or 'float64'; received {dtype!r}")
    check_cutoff(box_length, cutoff, check_count("dim", dim))
    if max_neighbors is not None:
        check_count("max_neighbors", max_neighbors)
    arrays, file_box = _read(path)
    positions, energies, forces = (arrays[name] for name in DATASETS)
    if positions.ndim != 3 or forces.shape != positions.shape or energies.shape != positions.shape[:1]:
        raise ValueError(
            f"{path}: expected positions (S, N, d), energies (S,) and forces (S, N, d); received "
            f"{positions.shape}, {energies.shape}, {forces.shape}"
        )
    if positions.shape[-1] != dim:
        raise ValueError(f"{path}: expected snapshots in {dim} dimension(s); received {positions.shape[-1]}")
    expected_box = check_box_length(box_length, dim)
    if file_box is None or not np.array_equal(np.broadcast_to(file_box, dim), expected_box):
        raise ValueError(f"{path}: expected snapshots in a box of {expected_box}; received {file_box}")
    for name, values in arrays.items():
        if not np.all(np.isfinite(values)):
            raise ValueError(f"{path}: dataset {name!r} holds NaN or infinite values")
    neighbors = neighbor_list(positions, expected_box, cutoff, max_neighbors)
    return Snapshots(
        positions.astype(dtype), neighbors, energies.astype(dtype), forces.astype(dtype), pair_list(neighbors)
    )


def _read(path):
    """Datasets as float64 and the box, from a file that may be damaged or something else."""
    try:
        with h5py.File(path, "r") as file:
            missing = [name for name in DATASETS if name not in file]
            if missing:
                raise ValueError(f"{path}: expected the datasets {DATASETS}; missing {missing}")
            return {name: file[name][...].astype(np.float64) for name in DATASETS}, file.attrs.get("box_length")
    except FileNotFoundError:
        raise FileNotFoundError(f"{path}: no such file of snapshots") from None
    except (OSError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: not a readable HDF5 file of snapshots ({error})") from error


def pad_neighbors(neighbors, width):
    """Neighbour lists (S, N, K) with more padding: (S, N, width). Data sets that share a model share its width.

    Raises: ValueError naming the argument, when the lists are wider already.
    """
    neighbors = real_array("neighbors", neighbors)
    if neighbors.ndim != 3:
        raise ValueError(f"neighbors must have shape (snapshots, points, neighbours); received {neighbors.shape}")
    if check_count("width", width) < neighbors.shape[-1]:
        raise ValueError(f"width must be at least {neighbors.shape[-1]}, that of the lists; received {width}")
    return np.pad(neighbors, [(0, 0), (0, 0), (0, width - neighbors.shape[-1])], constant_values=-1)


def training_batches(snapshots, batch_size, seed, seen=0, part=(0, 1)):
    """An endless stream of shuffled batches, the same for the same seed wherever it starts.

    Epoch after epoch, each in an order of its own, cut into batches that may reach across an epoch's end: every batch
    is full and every snapshot is seen once an epoch.

    Args:
        snapshots: `Snapshots`.
        batch_size: B.
        seed: of the orders.
        seen: snapshots consumed before; a resumed run continues exactly there.
        part: (index, count) of one of `count` equal shares of every batch, rows in order; `count` must divide B.

    Returns: tf.data.Dataset of ({"positions", "neighbors"}, {"energy", "forces"}).
    """
    check_snapshots("snapshots", snapshots)
    batch_size = check_count("batch_size", batch_size)
    seed, seen = check_natural("seed", seed), check_natural("seen", seen)
    index, shares = part
    if batch_size % shares or not 0 <= index < shares:
        raise ValueError(f"part must be (index, count), of a count that divides {batch_size}; received {part!r}")
    rows_of_share = slice(index * batch_size // shares, (index + 1) * batch_size // shares)
    count = len(snapshots)
    table = _tensors(snapshots)

    def shuffled(epoch):
        order = tf.random.experimental.stateless_shuffle(tf.range(count), seed=[tf.cast(seed, tf.int64), epoch])
        return tf.data.Dataset.from_tensor_slices(order)

    def gather(rows):
        return tf.nest.map_structure(lambda values: tf.gather(values, rows[rows_of_share]), table)

    order = tf.data.Dataset.counter(seen // count).flat_map(shuffled).skip(seen % count)
    return _quiet(order.batch(batch_size, drop_remainder=True).map(gather)).prefetch(2)


def evaluation_batches(snapshots, batch_size):
    """All snapshots once, in order, in batches of at most `batch_size`."""
    check_snapshots("snapshots", snapshots)
    batch_size = check_count("batch_size", batch_size)
    return _quiet(tf.data.Dataset.from_tensor_slices(_tensors(snapshots)).batch(batch_size))


def check_snapshots(name, snapshots):
    """Raises: ValueError when they are not `Snapshots`, or none."""
    if not isinstance(snapshots, Snapshots):
        raise ValueError(f"{name} must be Snapshots; received {snapshots!r}")
    if len(snapshots) == 0:
        raise ValueError(f"{name} must hold at least one snapshot; received none")


def _tensors(snapshots):
    inputs = {"positions": tf.constant(snapshots.positions), "neighbors": tf.constant(snapshots.neighbors)}
    if snapshots.pairs is not None:
        inputs["pairs"] = tf.constant(snapshots.pairs)
    return inputs, {"energy": tf.constant(snapshots.energies), "forces": tf.constant(snapshots.forces)}


def _quiet(dataset):
    """Feeding small batches needs one thread; more would take cores from the cells running beside."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    return dataset.with_options(options)
