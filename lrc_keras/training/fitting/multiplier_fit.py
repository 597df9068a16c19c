"""A start for the multiplier from the data: variable projection of its weights against forces."""

import numpy as np
import tensorflow as tf
from scipy.optimize import least_squares

from lrc_keras.arguments import check_count
from lrc_keras.layers import LongRangeConvolution, ShortRangeDescriptor
from lrc_keras.models.adaptation import is_functional
from lrc_keras.models.energy_model import layers_of
from lrc_keras.models.force_field import ForceField
from lrc_keras.ops.neighbors.sums import add_to_neighbors
from lrc_keras.training.data.snapshots import Snapshots

DEGREE = 16  # of the polynomial in log r that stands for the short-range strength of a pair
STEP = 1e-3  # relative step of the differences: float32 forces have six digits
ALIKE = 0.9999  # cosine of two channels' forces from which on a training does not tell them apart
BATCH = 32  # snapshots at a time


def fit_multiplier(force_field, snapshots, num_snapshots=100):
    """Sets the multiplier's weights θ to those of the best sum over pairs, found from the forces of some snapshots.

    The model is the plainest one that has the layer: forces along the separation of every pair within R, with a
    strength that is any polynomial in log r, plus the forces of the layer's channels with free coefficients b,

        F_i ≈ Σ_j p(log r_ij) (x_i − x_j)/r_ij − Σ_c b_c ∂/∂x_i Σ_l u_c(x_l; θ).

    The polynomial and b are linear: for given θ they are a least-squares problem, whose solution is inserted. What is
    left is a small non-linear problem in θ alone (variable projection, Golub and Pereyra 1973), solved from the
    weights that the multiplier has. Training by gradients finds the same θ slowly: many θ give nearly the same sum,
    so that the valley is narrow. Coefficients are part of F in the network; θ are all that is taken over.

    The channels stay different: where the best weights make two of them alike, the last ones on the way there are
    taken at which the cosine between the channels' forces is below 0.9999. A weight that only scales a channel, as an
    amplitude does, is one of the coefficients b and stays as it is. Derivatives are differences, one for each weight:
    the fit is meant for multipliers of a few numbers.

    Args:
        force_field: `ForceField` of a network with the layers `short_range_descriptor` and `long_range_convolution`,
            without sources.
        snapshots: `Snapshots`.
        num_snapshots: number of snapshots to use, the first ones.

    Returns: {"before": …, "after": …}, what the best sum with the old and with the new weights leaves, relative to the
        forces.
    Raises: ValueError naming the argument.

    Example: λ of a screened Coulomb force with μ = 0.7 is found from a start at 2.
        >>> import tensorflow as tf
        >>> from lrc_keras.layers import ScreenedCoulombMultiplier
        >>> from lrc_keras.models import ForceField, build_full_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> from lrc_keras.training import Snapshots, fit_multiplier
        >>> def force_field(inverse_length):
        ...     kernel = ScreenedCoulombMultiplier(1, inverse_length, dtype="float64")
        ...     layers = {"fitting_depth": 0, "dtype": "float64"}
        ...     return ForceField(build_full_range_model(20, 1, 10.0, 1.5, 31, multiplier=kernel, **layers))
        >>> points = np.random.default_rng(0).uniform(0, 10, (8, 20, 1))
        >>> arrays = {"positions": points, "neighbors": neighbor_list(points, 10.0, 1.5)}
        >>> with tf.GradientTape() as tape:
        ...     x = tf.Variable(points)
        ...     energy = tf.reduce_sum(force_field(0.7).energy_model.get_layer("long_range_convolution")(x))
        >>> data = Snapshots(**arrays, energies=np.zeros(8), forces=-tape.gradient(energy, x).numpy())
        >>> guess = force_field(2.0)
        >>> fit_multiplier(guess, data)["after"] < 1e-6
        True
        >>> abs(float(guess.energy_model.get_layer("long_range_convolution").multiplier.inverse_length[0])).__round__(3)
        0.7
    """
    descriptor, layer = _layers(force_field)
    if not isinstance(snapshots, Snapshots) or snapshots.sources is not None or snapshots.species is not None:
        raise ValueError(f"snapshots must be Snapshots without sources and species; received {type(snapshots)}")
    rows = snapshots.take(check_count("num_snapshots", num_snapshots))
    forces = rows.forces.astype(np.float64).ravel()
    near = np.linalg.qr(pair_forces(descriptor, rows))[0]
    size = np.linalg.norm(forces)
    if size == 0:
        raise ValueError("snapshots must have forces; received zeros alone")
    left_by_pairs = forces - near @ (near.T @ forces)

    weights = layer.multiplier.trainable_weights
    start = np.concatenate([np.ravel(weight) for weight in weights])
    shapes = [tuple(weight.shape) for weight in weights]

    def assign(values):
        parts = np.split(values, np.cumsum([np.prod(shape, dtype=int) for shape in shapes])[:-1])
        for weight, part, shape in zip(weights, parts, shapes, strict=True):
            weight.assign(part.reshape(shape))

    of_channels = make_channel_forces(layer)

    def columns(values):
        """Forces of the channels without what pairs within R can do, each of length one."""
        assign(values)
        found = of_channels(rows)
        found -= near @ (near.T @ found)
        return found / np.maximum(np.linalg.norm(found, axis=0), np.finfo(float).tiny)

    def residual(values):
        basis = np.linalg.qr(columns(values))[0]
        return (left_by_pairs - basis @ (basis.T @ left_by_pairs)) / size

    scale = np.where(start == 0, 1.0, np.abs(start))
    sides = np.where(start > 0, 0.0, -np.inf), np.where(start < 0, 0.0, np.inf)  # a weight keeps its sign
    try:
        before = residual(start)
        change = [np.linalg.norm(residual(start + 0.1 * scale * unit) - before) for unit in np.eye(len(start))]
        # a weight that only scales a channel is one of the coefficients b: it changes nothing but float32 rounding
        free = change > max(1e-3 * np.max(change), 1e-5 * np.linalg.norm(left_by_pairs) / size)
        if not free.any():
            assign(start)
            return {"before": float(np.linalg.norm(before)), "after": float(np.linalg.norm(before))}

        # steps are relative, so a weight that starts at 0 has a variable that starts at 1
        shift = np.where(start[free] == 0, 1.0, 0.0)

        def with_free(variables):
            full = start.copy()
            full[free] = variables - shift
            return full

        options = {"x_scale": scale[free], "diff_step": STEP, "xtol": 1e-4, "ftol": 1e-6, "max_nfev": 40}
        bounds = [side[free] for side in sides]
        first = start[free] + shift
        found = least_squares(lambda variables: residual(with_free(variables)), first, bounds=bounds, **options)
        solution = _last_apart(lambda values: largest_cosine(columns(values)), start, with_free(found.x))
        after = residual(solution)
    except BaseException:
        assign(start)
        raise
    if np.linalg.norm(after) >= np.linalg.norm(before):
        assign(start)
        after = before
    return {"before": float(np.linalg.norm(before)), "after": float(np.linalg.norm(after))}


def largest_cosine(columns):
    """The largest |cosine| between two of the columns, which have length one or zero: 0 for a single column."""
    return np.abs(np.triu(columns.T @ columns, 1)).max()


def _last_apart(cosine, start, end):
    """The point nearest to `end` on the way from `start` where no two channels are alike; `start` if there is none.

    Two channels with one λ make a kernel that neither is: β (φ_λ − φ_λ')/(λ − λ') is e^{−λr} in 3-D. The best weights
    may be there, with coefficients b without bound. A training needs two channels that differ.
    """
    for share in np.linspace(1, 0, 41):
        if cosine(point := start + share * (end - start)) < ALIKE:
            return point
    return start


def pair_forces(descriptor, snapshots):
    """Forces Σ_j T_p(t_ij) (x_i − x_j)/r_ij of Chebyshev polynomials T_p, t the logarithm of r on [−1, 1].

    Args:
        descriptor: `ShortRangeDescriptor`, which knows cutoff and cell.
        snapshots: `Snapshots`.

    Returns: (S·N·d, DEGREE + 1) float64, of length one where they are not zero.
    Raises: ValueError when no point has a neighbour within the cutoff.
    """
    pairs = [_pairs(descriptor, batch) for batch in _batches(snapshots)]
    closest = min((distance[near].min() for _, distance, near, _ in pairs if near.any()), default=None)
    if closest is None:
        raise ValueError(f"snapshots must have a pair within cutoff={descriptor.cutoff}; received none")
    span = max(np.log(descriptor.cutoff / closest), np.finfo(float).eps)
    forces = []
    for separation, distance, near, neighbors in pairs:
        t = np.where(near, 2 * np.log(np.where(near, distance, closest) / closest) / span - 1, 0.0)
        strength = np.polynomial.chebyshev.chebvander(t, DEGREE) * near[..., np.newaxis]
        terms = (separation / distance[..., np.newaxis])[..., np.newaxis] * strength[..., np.newaxis, :]  # (B,N,K,d,P)
        own = terms.sum(axis=2)
        if descriptor.half_list:
            flat = terms.reshape(*terms.shape[:3], -1)
            own -= add_to_neighbors(tf.constant(flat), tf.constant(neighbors)).numpy().reshape(own.shape)
        forces.append(own.reshape(-1, DEGREE + 1))
    forces = np.concatenate(forces)
    return forces / np.maximum(np.linalg.norm(forces, axis=0), np.finfo(float).tiny)


def make_channel_forces(layer):
    """A function of `Snapshots` that returns −∂/∂x_i Σ_l u_c(x_l) for each channel c: (S·N·d, C) float64.

    Args:
        layer: built `LongRangeConvolution` without sources.
    """

    @tf.function(autograph=False)
    def forces(positions, cell):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(positions)
            totals = tf.unstack(tf.reduce_sum(layer(positions, cell=cell), axis=(0, 1)))
        return tf.stack([-tape.gradient(total, positions) for total in totals], axis=-1)

    def of_batch(snapshots):
        cells = None if snapshots.cells is None else tf.cast(snapshots.cells, tf.float64)
        values = forces(tf.constant(snapshots.positions), cells).numpy()
        return values.astype(np.float64).reshape(-1, values.shape[-1])

    return lambda snapshots: np.concatenate([of_batch(batch) for batch in _batches(snapshots)])


def _layers(force_field):
    """The descriptor and the LRC-layer of a network. Raises: ValueError when they are not what the fit needs."""
    if not isinstance(force_field, ForceField):
        raise ValueError(f"force_field must be a ForceField; received {force_field!r}")
    if not is_functional(force_field.energy_model):
        raise ValueError(f"force_field must have a functional energy model; received {force_field.energy_model!r}")
    found = []
    for kind in (ShortRangeDescriptor, LongRangeConvolution):
        layers = layers_of(force_field.energy_model, kind)
        if len(layers) != 1:
            raise ValueError(f"force_field must have one {kind.__name__}; received {len(layers)}")
        found += layers
    convolution = found[1]
    if len(tf.nest.flatten(convolution.input)) > (2 if convolution.box_length is None else 1):  # positions and cell
        raise ValueError("force_field must have a LongRangeConvolution without sources; received one with sources")
    if not convolution.multiplier.trainable_weights:
        raise ValueError("force_field must have a multiplier with trainable weights; received one without")
    return found


def _batches(snapshots):
    return [snapshots.rows(slice(first, first + BATCH)) for first in range(0, len(snapshots), BATCH)]


def _pairs(descriptor, snapshots):
    """(separation, distance, whether within R, neighbours) of a batch as float64 arrays."""
    positions, neighbors = tf.cast(snapshots.positions, tf.float64), tf.constant(snapshots.neighbors)
    cell = None if snapshots.cells is None else tf.cast(snapshots.cells, tf.float64)
    images = None if snapshots.images is None else tf.cast(snapshots.images, tf.float64)
    separation, distance, near = descriptor.pairs(positions, neighbors, cell, images)
    return separation.numpy(), distance.numpy(), near.numpy(), snapshots.neighbors
