"""SOAP: Adam in the slowly turning eigenbasis of Shampoo's preconditioner."""

import collections
import typing

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.arguments import is_count, is_real

# The number of operations and variables, not arithmetic, sets the time of a step of a small network. So sides are
# padded to a multiple of 32, weights of one padded shape share their state, and one batched call updates them all. With
# 24 matrices of sides 1…96 under XLA this takes a third of the time of updates weight by weight.
SIDE_MULTIPLE = 32


class _Group(typing.NamedTuple):
    """W weights padded with zeros to (a, b), and their state; a side without a basis has None."""

    indices: list  # of the weights among the trainable variables
    shapes: list  # (m, n) of each weight
    momentum: keras.Variable  # M, (W, a, b)
    velocity: keras.Variable  # V, (W, a, b)
    factors: list  # [L (W, a, a), R (W, b, b)], zero on the padding
    bases: list  # [Q_L (W, a, a), Q_R (W, b, b)], orthogonal, the padding apart from the rest


@keras.saving.register_keras_serializable(package="lrc_keras")
class SOAP(keras.optimizers.Optimizer):
    """Shampoo with Adam in the preconditioner's eigenbasis (Vyas et al. 2024, arXiv:2409.11321, Algorithm 3).

    For a weight W (m, n) with gradient G (m, n), at step t:

        G' = Q_Lᵀ G Q_R,     M ← β₁ M + (1−β₁) G,     M' = Q_Lᵀ M Q_R
        V ← β₂ V + (1−β₂) G'²,     N' = M' / (√V + ε)
        W ← W − η_t Q_L N' Q_Rᵀ,     η_t = η √(1−β₂ᵗ) / (1−β₁ᵗ)
        L ← β_s L + (1−β_s) G Gᵀ,     R ← β_s R + (1−β_s) Gᵀ G
        every `refresh_interval` steps:     Q_L, Q_R ← power iteration and QR (Algorithm 4)

    As in the paper, M is kept in the original space and V in the rotated one. The first step only makes the bases, by
    `eigh` of the first G Gᵀ and Gᵀ G. It does not change W, M and V, and t counts from the second step. The reason: in
    its own eigenbasis G' is diagonal, and Adam would scale rounding errors off the diagonal up to ±η. (A gradient that
    repeats, as without mini-batches, still does this once, in the second step.)
    As in the authors' code, and unlike the paper, ε stands outside the root, moments are corrected for bias, and the
    columns of Q are sorted by their estimated eigenvalue, V with them, before each QR.

    A side above `max_side` keeps Q = 1. A matrix without a side in 2…`max_side`, and every weight that is not a matrix,
    is updated as by `keras.optimizers.Adam`, from the first step on. All state is in `optimizer.variables`, in the
    dtype of the weights.

    Args:
        learning_rate: float, or a `keras.optimizers.schedules.LearningRateSchedule`.
        beta_1, beta_2: decay of the first and of the second moment, in [0, 1).
        shampoo_beta: decay β_s of L and R, in [0, 1); None takes `beta_2`.
        epsilon: positive float, in units of the gradient.
        refresh_interval: steps between two refreshes of the bases, an int ≥ 1.
        max_side: longest side that gets a basis, an int ≥ 1.
        **kwargs: Keras' own: `weight_decay`, `clipnorm`, `global_clipnorm`, `use_ema`, `ema_momentum`, …

    Raises:
        ValueError: an argument is out of its range, or Keras does not know it.
        NotImplementedError: in a step inside `strategy.run` with more than one replica, as Keras' own `fit` takes it.

    If a first G Gᵀ has equal eigenvalues, mostly zeros, their eigenvectors are sensitive to rounding. Runs whose
    gradients differ in the last digit, as with several threads or replicas, then learn equally well with different
    digits.

    Example: used like any optimizer of Keras.
        >>> import keras
        >>> from lrc_keras.training import SOAP
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
        >>> model.compile(SOAP(learning_rate=1e-2, global_clipnorm=1.0), "mse", jit_compile=False)
        >>> x = np.random.default_rng(0).normal(size=(32, 4))
        >>> losses = model.fit(x, x[:, :1], batch_size=8, epochs=5, verbose=0).history["loss"]
        >>> losses[-1] < losses[0]
        True
    """

    def __init__(
        self, learning_rate=3e-3, beta_1=0.95, beta_2=0.95, shampoo_beta=None, epsilon=1e-8,
        refresh_interval=10, max_side=256, **kwargs,
    ):  # fmt: skip
        decay = beta_2 if shampoo_beta is None else shampoo_beta
        for name, beta in (("beta_1", beta_1), ("beta_2", beta_2), ("shampoo_beta", decay)):
            if not (is_real(beta) and 0 <= beta < 1):
                raise ValueError(f"{name} must be a number in [0, 1); received {beta!r}")
        if not (is_real(epsilon) and epsilon > 0):
            raise ValueError(f"epsilon must be a positive number; received {epsilon!r}")
        for name, count in (("refresh_interval", refresh_interval), ("max_side", max_side)):
            if not is_count(count):
                raise ValueError(f"{name} must be a positive integer; received {count!r}")
        super().__init__(learning_rate=learning_rate, **kwargs)
        self.beta_1 = float(beta_1)
        self.beta_2 = float(beta_2)
        self.shampoo_beta = None if shampoo_beta is None else float(shampoo_beta)
        self.epsilon = float(epsilon)
        self.refresh_interval = int(refresh_interval)
        self.max_side = int(max_side)

    def build(self, variables):
        """Make the state of `variables`, a list of weights."""
        if self.built:
            return
        super().build(variables)
        alike, self._adam_moments = collections.defaultdict(list), [None] * len(variables)
        for index, variable in enumerate(variables):
            shape = tuple(variable.shape)
            if len(shape) == 2 and any(1 < side <= self.max_side for side in shape):
                rotated = tuple(side <= self.max_side for side in shape)
                padded = tuple(n + (-n % SIDE_MULTIPLE) * r for n, r in zip(shape, rotated, strict=True))
                alike[padded, rotated, variable.dtype].append((index, shape))
            else:
                names = ("momentum", "velocity")
                self._adam_moments[index] = [self.add_variable_from_reference(variable, n) for n in names]
        self._groups = [self._make_group(*key, *zip(*found, strict=True)) for key, found in alike.items()]

    def _make_group(self, padded, rotated, dtype, indices, shapes):
        def add(name, a, b, initializer="zeros"):
            return self.add_variable((len(indices), a, b), initializer, dtype, name=f"{name}_{a}x{b}")

        def identity(shape, dtype):
            return tf.eye(shape[1], batch_shape=shape[:1], dtype=dtype)

        sides = [side if r else None for side, r in zip(padded, rotated, strict=True)]
        factors = [side and add("factor", side, side) for side in sides]
        bases = [side and add("basis", side, side, identity) for side in sides]
        return _Group(indices, shapes, add("momentum", *padded), add("velocity", *padded), factors, bases)

    def update_step(self, gradient, variable, learning_rate):
        """Adam, for a weight that is not rotated."""
        m, v = self._adam_moments[self._get_variable_index(variable)]
        g = tf.cast(gradient, variable.dtype)
        self.assign_add(m, (1 - self.beta_1) * (g - m))
        self.assign_add(v, (1 - self.beta_2) * (tf.square(g) - v))
        rate = self._corrected_rate(learning_rate, self.iterations + 1, variable.dtype)
        self.assign_sub(variable, rate * m / (tf.sqrt(v) + self.epsilon))

    def _backend_update_step(self, grads, trainable_variables, learning_rate):
        """Algorithm 3 for all weights. Keras calls it with clipped and, if asked, accumulated gradients."""
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise NotImplementedError(
                "SOAP expects gradients that are summed over the replicas, and a step outside of `strategy.run`, as "
                "`lrc_keras.training.train` takes it: its batched step does not reduce them."
            )
        pairs = {self._get_variable_index(v): (g, v) for g, v in zip(grads, trainable_variables, strict=True)}
        rest = [pair for index, pair in pairs.items() if self._adam_moments[index]]
        if rest:
            super()._backend_update_step(*zip(*rest, strict=True), learning_rate)
        for group in self._groups:
            self._update_group(group, pairs, learning_rate)
        if self._groups:
            tf.cond(self.iterations % self.refresh_interval == 0, self._refresh_bases, lambda: None)

    def _update_group(self, group, pairs, learning_rate):
        """Lines 3–11 of Algorithm 3; `pairs` maps an index to (gradient, variable), if it has a gradient."""
        m, v, dtype = group.momentum, group.velocity, group.momentum.dtype
        present = tf.constant([[[index in pairs]] for index in group.indices])
        learns = tf.cast(present, dtype)
        moves = tf.cast(present & (self.iterations > 0), dtype)  # the first step only makes the bases
        g = tf.stack([_pad(pairs.get(index), m.shape[1:], dtype) for index in group.indices])

        self.assign_add(m, moves * (1 - self.beta_1) * (g - m))
        self.assign_add(v, moves * (1 - self.beta_2) * (tf.square(_rotate(g, group.bases)) - v))
        n = _rotate(m.value, group.bases) / (tf.sqrt(v) + self.epsilon)
        rate = self._corrected_rate(learning_rate, tf.maximum(self.iterations, 1), dtype)
        step = moves * rate * _rotate(n, group.bases, back=True)
        for index, (rows, columns), step_i in zip(group.indices, group.shapes, tf.unstack(step), strict=True):
            if index in pairs:
                self.assign_sub(pairs[index][1], step_i[:rows, :columns])

        decay = self.beta_2 if self.shampoo_beta is None else self.shampoo_beta
        left, right = group.factors
        if left is not None:
            self.assign_add(left, learns * (1 - decay) * (tf.matmul(g, g, transpose_b=True) - left))
        if right is not None:
            self.assign_add(right, learns * (1 - decay) * (tf.matmul(g, g, transpose_a=True) - right))

    def _corrected_rate(self, learning_rate, t, dtype):
        """η_t = η √(1−β₂ᵗ) / (1−β₁ᵗ), Adam's correction for moments that start from zero."""
        power_1, power_2 = (tf.constant(b, dtype) ** tf.cast(t, dtype) for b in (self.beta_1, self.beta_2))
        return tf.cast(learning_rate, dtype) * tf.sqrt(1 - power_2) / (1 - power_1)

    def _refresh_bases(self):
        """Q_L and Q_R of all weights, and the order of V: one batched QR for each padded length of a side."""
        alike = collections.defaultdict(list)
        for group in self._groups:
            for axis, basis in enumerate(group.bases):
                if basis is not None:
                    alike[basis.shape[1], basis.dtype].append((group, axis))
        for members in alike.values():
            p = tf.concat([_padded_factor(group, axis) for group, axis in members], 0)
            q = tf.concat([group.bases[axis].value for group, axis in members], 0)
            q, order = _power_iteration(p, q, is_first=tf.equal(self.iterations, 0))
            stop = 0
            for group, axis in members:
                part = slice(stop, stop := stop + len(group.indices))
                self.assign(group.bases[axis], q[part])
                v = tf.gather(group.velocity.value, order[part], axis=axis + 1, batch_dims=1)
                self.assign(group.velocity, v)

    def get_config(self):
        own = ("beta_1", "beta_2", "shampoo_beta", "epsilon", "refresh_interval", "max_side")
        return super().get_config() | {name: getattr(self, name) for name in own}


def _power_iteration(p, q, is_first):
    """Q ← qr(P Q), Algorithm 4, sorted by falling diag(Qᵀ P Q): (F, s, s), (F, s, s) -> Q (F, s, s), order (F, s).

    At first Q ← eigenvectors of P. V is zero then, so its order does not matter. XLA on one CPU core takes 0.8 ms for
    the QR of 28 matrices (32, 32) and 11 ms for `eigh`.
    """
    pq = tf.matmul(p, q)
    order = tf.argsort(tf.reduce_sum(q * pq, axis=1), direction="DESCENDING", stable=True)
    pq = tf.gather(pq, order, axis=2, batch_dims=1)
    q = tf.cond(is_first, lambda: tf.reverse(tf.linalg.eigh(p)[1], axis=[2]), lambda: tf.linalg.qr(pq)[0])
    return q, order


def _rotate(x, bases, back=False):
    """Q_Lᵀ x Q_R, or back: Q_L x Q_Rᵀ, (W, a, b) -> (W, a, b); a basis None is 1."""
    left, right = bases
    x = x if left is None else tf.matmul(left, x, transpose_a=not back)
    return x if right is None else tf.matmul(x, right, transpose_b=back)


def _padded_factor(group, axis):
    """P / tr P, with −1 on the diagonal of the padding. That is below every eigenvalue of P, so padding is last."""
    p = group.factors[axis].value
    is_padding = np.array([np.arange(p.shape[2]) >= shape[axis] for shape in group.shapes])
    scaled = tf.math.divide_no_nan(p, tf.linalg.trace(p)[:, None, None])
    return scaled - tf.linalg.diag(tf.constant(is_padding, p.dtype))


def _pad(pair, shape, dtype):
    """The gradient in `pair`, padded with zeros up to `shape`; all zeros without a pair."""
    if pair is None:
        return tf.zeros(shape, dtype)
    gradient = tf.cast(tf.convert_to_tensor(pair[0]), dtype)
    return tf.pad(gradient, [[0, size - n] for size, n in zip(shape, gradient.shape, strict=True)])
