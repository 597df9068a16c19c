"""Streams of batches: from arrays, from groups of clouds of several sizes, and from files larger than the memory."""

import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_count, check_natural
from lrc_keras.training.data.files import SnapshotFile
from lrc_keras.training.data.snapshots import Snapshots


def training_batches(snapshots, batch_size, seed, seen=0, part=(0, 1)):
    """An endless stream of shuffled batches. It depends on the seed alone, wherever it starts.

    Every epoch has an order of its own. The epochs follow each other without a gap and are cut into batches, so that
    every batch is full and every snapshot is seen once an epoch.

    With several groups each group has such a stream, and every batch comes from one group. Batch k of a group of n
    snapshots is due at (k + ½) / n, and batches come in the order in which they are due: a group with a third of all
    snapshots gives a third of the batches, evenly spread. If a run continues with another batch size, each group
    continues within two batches of where it was.

    Args:
        snapshots: `Snapshots`, `SnapshotFile`, or a list of them (groups).
        batch_size: B.
        seed: of the orders.
        seen: snapshots consumed before; a resumed run continues exactly there.
        part: (index, count) of one of `count` equal shares of every batch, rows in order; `count` must divide B.

    Returns: tf.data.Dataset of (inputs, targets), dicts as of `Snapshots.inputs` and `Snapshots.targets`.
    Raises: ValueError naming the argument.

    Example: batches of two from five snapshots.
        >>> from lrc_keras.training import make_snapshots, training_batches
        >>> positions = np.random.default_rng(0).uniform(0, 5, (5, 3, 1))
        >>> snapshots = make_snapshots(positions, np.arange(5.0), 0 * positions, cutoff=1.0, box_length=5.0)
        >>> inputs, targets = next(iter(training_batches(snapshots, batch_size=2, seed=0)))
        >>> sorted(inputs), targets["energy"].shape
        (['neighbors', 'positions'], TensorShape([2]))
    """
    groups = check_snapshots("snapshots", snapshots)
    batch_size = check_count("batch_size", batch_size)
    seed, seen = check_natural("seed", seed), check_natural("seen", seen)
    index, shares = part
    if not 0 <= index < shares or batch_size % shares:
        raise ValueError(f"part must be (index, count), of a count that divides {batch_size}; received {part!r}")
    share = slice(index * batch_size // shares, (index + 1) * batch_size // shares)
    if len(groups) == 1:
        return _in_one_thread(_shuffled_batches(groups[0], batch_size, seed, seen, share)).prefetch(2)
    turns = _turns([len(group) for group in groups])
    epochs, rest = divmod(seen // batch_size, len(turns))
    counts = epochs * np.array([len(group) for group in groups]) + np.bincount(turns[:rest], minlength=len(groups))
    streams = [
        _shuffled_batches(group, batch_size, seed, batch_size * int(count), share)
        for group, count in zip(groups, counts, strict=True)
    ]
    choice = tf.data.Dataset.from_tensor_slices(np.roll(turns, -rest)).repeat()
    return _in_one_thread(tf.data.Dataset.choose_from_datasets(streams, choice)).prefetch(2)


def evaluation_batches(snapshots, batch_size):
    """All snapshots once, in order, group after group, in batches of at most `batch_size` from one group.

    Args:
        snapshots: `Snapshots`, a `SnapshotFile`, or a list of them.
        batch_size: snapshots B of a batch.

    Returns: `tf.data.Dataset` of (inputs, targets), dicts of tensors (B, …).
    Raises: ValueError naming the argument.
    """
    groups = check_snapshots("snapshots", snapshots)
    batch_size = check_count("batch_size", batch_size)
    first, *others = [tf.data.Dataset.range(len(group)).batch(batch_size).map(_gather(group)) for group in groups]
    for batches in others:
        first = first.concatenate(batches)
    return _in_one_thread(first)


def check_snapshots(name, snapshots):
    """The groups as a list. Raises: ValueError when they are not snapshots, none, or do not fit together."""
    groups = list(snapshots) if isinstance(snapshots, (list, tuple)) else [snapshots]
    if not groups or not all(isinstance(group, (Snapshots, SnapshotFile)) for group in groups):
        kinds = sorted({f"{type(group).__module__}.{type(group).__qualname__}" for group in groups}) or "an empty list"
        raise ValueError(
            f"{name} must be Snapshots, a SnapshotFile or a list of them, as `load_snapshots` and other functions of "
            f"lrc_keras.training return them; received {kinds}"
        )
    if not all(map(len, groups)):
        raise ValueError(f"{name} must hold at least one snapshot, in every group; received none")
    kinds = [_kinds(group) for group in groups]
    for number, kind in enumerate(kinds):
        if kind != kinds[0]:
            raise ValueError(
                f"{name} must have the same arrays in all groups, {kinds[0]}; received {kind} in group {number}"
            )
    return groups


def num_snapshots(snapshots):
    """The number S of snapshots of all groups."""
    return sum(map(len, check_snapshots("snapshots", snapshots)))


def cloud_shape(snapshots):
    """(N, d) of the clouds; N is None where groups differ."""
    shapes = [first_snapshot(group)[0]["positions"].shape for group in check_snapshots("snapshots", snapshots)]
    sizes = {size for _, size, _ in shapes}
    return (sizes.pop() if len(sizes) == 1 else None), shapes[0][-1]


def force_scale(snapshots):
    """Root-mean-square of a force component of the real particles of all groups, in the units of the data.

    Raises: ValueError when `snapshots` are no `Snapshots`, `SnapshotFile` or list of them.
    """
    groups = check_snapshots("snapshots", snapshots)
    counts = [group.num_particles for group in groups]
    return float(np.sqrt(np.average([group.force_scale**2 for group in groups], weights=counts)))


def first_snapshot(group):
    """Inputs and targets of the first snapshot."""
    first = group.rows([0])
    return first.inputs(), first.targets()


def _turns(counts):
    """The group of each of Σ n batches, in which a group of n snapshots has n turns: see `training_batches`."""
    due = np.concatenate([(np.arange(count) + 0.5) / count for count in counts])
    return np.repeat(np.arange(len(counts)), counts)[np.argsort(due, kind="stable")]


def _shuffled_batches(group, batch_size, seed, seen, share):
    count = len(group)

    def shuffled(epoch):
        order = tf.random.experimental.stateless_shuffle(tf.range(count), seed=[tf.cast(seed, tf.int64), epoch])
        return tf.data.Dataset.from_tensor_slices(order)

    gather = _gather(group)
    order = tf.data.Dataset.counter(seen // count).flat_map(shuffled).skip(seen % count)
    return order.batch(batch_size, drop_remainder=True).map(lambda rows: gather(rows[share]))


def _gather(group):
    """A function from rows (B,) to the inputs and targets of a batch, as tensors."""
    if isinstance(group, Snapshots):
        table = tf.nest.map_structure(tf.constant, (group.inputs(), group.targets()))
        return lambda rows: tf.nest.map_structure(lambda values: tf.gather(values, rows), table)
    first = first_snapshot(group)
    dtypes = [values.dtype for values in tf.nest.flatten(first)]

    def read(rows):
        batch = group.rows(rows)
        return tf.nest.flatten((batch.inputs(), batch.targets()))

    def gather(rows):
        tensors = tf.numpy_function(read, [rows], dtypes)
        for tensor, values in zip(tensors, tf.nest.flatten(first), strict=True):
            tensor.set_shape([rows.shape[0], *values.shape[1:]])
        return tf.nest.pack_sequence_as(first, tensors)

    return gather


def _kinds(group):
    """What must be the same in all groups: names, types, and the sizes d and C, which no padding changes."""
    inputs, targets = first_snapshot(group)
    types = {name: values.dtype.name for name, values in {**inputs, **targets}.items()}
    return types, {name: inputs[name].shape[-1] for name in ("positions", "sources") if name in inputs}


def _in_one_thread(dataset):
    """Small batches need one thread; more would take cores from trainings that run at the same time."""
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    return dataset.with_options(options)
