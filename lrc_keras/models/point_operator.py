"""A neural operator on scattered points: LRC-layers that mix channels on the lowest modes, and pointwise layers."""

import keras

from lrc_keras.arguments import check_count, check_dim
from lrc_keras.layers import FreeMultiplier, LongRangeConvolution
from lrc_keras.layers.networks import known_to_keras
from lrc_keras.models.energy_model import precision
from lrc_keras.ops.cells import check_cell
from lrc_keras.ops.modes import check_num_modes


def build_point_operator(
    num_points,
    dim,
    box_length,
    num_modes,
    *,
    in_channels=1,
    out_channels=1,
    width=32,
    depth=4,
    activation="gelu",
    tolerance=1e-6,
    method="sums",
    dtype=None,
):
    """A map between functions on a periodic cell that are known at scattered points, as a functional Keras model.

    v⁰ = lifted values, then `depth` blocks and a pointwise network of one hidden layer with 4 `width` units:

        v ← σ( W v + b + (1/V) Σ_n φ̂(k_n) exp(i k_n·x_i) Σ_j w_j v_j exp(−i k_n·x_j) ),   σ left out in the last block.

    φ̂(k_n) is a complex matrix (`width`, `width`), one for every pair ±n of modes. With quadrature weights w_j the inner
    sum is an integral: the answer then depends on the function, and not on the number and the places of its points.
    On a regular grid with equal weights this is a Fourier neural operator. It commutes with translations and with
    permutations of the points.

    Args:
        num_points: N, or None when clouds of several sizes are meant.
        dim: dimension d of the points.
        box_length: the periodic cell: one side L, d sides, or a matrix of d lattice vectors.
        num_modes: Fourier modes per dimension that the layers act on, one number or d of them; odd, |n| ≤ ⌊M/2⌋.
        in_channels, out_channels: components of the function given and of the one wanted.
        width: channels C of the blocks.
        depth: number of blocks.
        activation: σ.
        tolerance, method: see `LongRangeConvolution`. "sums" suits few modes and many channels, for any number of
            points; its memory is 2 · B · N numbers for each mode of the half spectrum.
        dtype: "float32" or "float64"; default that of Keras' dtype policy.

    Inputs: a dict {"positions": (B, N, d), "values": (B, N, in_channels), "weights": (B, N)} of the model's dtype; the
    weights are those of `lrc_keras.ops.quadrature_weights`, in units of length^d. A padded point has weight 0; its
    output means nothing.
    Output: (B, N, out_channels), at the same points.
    Raises: ValueError naming the argument.
    Reference: Li and others, *Fourier neural operator for parametric partial differential equations*, ICLR 2021.

    Example:
        >>> from lrc_keras.models import build_point_operator
        >>> from lrc_keras.ops import quadrature_weights
        >>> model = build_point_operator(None, dim=1, box_length=2.0, num_modes=9, width=8, depth=2)
        >>> x = np.random.default_rng(0).uniform(0, 2, (3, 50, 1))
        >>> inputs = {"positions": x, "values": np.sin(np.pi * x), "weights": quadrature_weights(x, 2.0)}
        >>> model({name: value.astype("float32") for name, value in inputs.items()}).shape
        TensorShape([3, 50, 1])
    """
    num_points = None if num_points is None else check_count("num_points", num_points)
    dim, dtype = check_dim(dim), precision(dtype)
    box_length = check_cell(box_length, dim)
    counts = {"in_channels": in_channels, "out_channels": out_channels, "width": width, "depth": depth}
    in_channels, out_channels, width, depth = (check_count(name, value) for name, value in counts.items())
    if any(count % 2 == 0 for count in check_num_modes(num_modes, dim)):
        raise ValueError(f"num_modes must be odd; received {num_modes!r}")
    activation = known_to_keras("activation", keras.activations, activation)

    shapes = {"positions": (num_points, dim), "values": (num_points, in_channels), "weights": (num_points,)}
    inputs = {name: keras.Input(shape, dtype=dtype, name=name) for name, shape in shapes.items()}
    weights = keras.ops.expand_dims(inputs["weights"], axis=-1)
    features = keras.layers.Dense(width, dtype=dtype, name="lift")(inputs["values"])
    for block in range(depth):
        # small against the pointwise layer beside it, as the sum over `width` channels and all modes is larger
        start = keras.initializers.RandomNormal(stddev=0.5 / width)
        convolution = LongRangeConvolution(
            FreeMultiplier(width, start, in_channels=width, complex=True),
            num_modes,
            box_length,
            tolerance,
            subtract_self=False,  # an integral has no self term
            method=method,
            dtype=dtype,
            name=f"convolution_{block}",
        )
        near = keras.layers.Dense(width, dtype=dtype, name=f"pointwise_{block}")(features)
        features = near + convolution(inputs["positions"], weights * features)
        if block < depth - 1:
            features = keras.layers.Activation(activation, dtype=dtype, name=f"activation_{block}")(features)
    features = keras.layers.Dense(4 * width, activation, dtype=dtype, name="hidden")(features)
    return keras.Model(inputs, keras.layers.Dense(out_channels, dtype=dtype, name="output")(features), name="operator")
