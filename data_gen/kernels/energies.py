"""Energy and forces of snapshots by the sum over pairs, Eq. (2)."""

import numpy as np

from ..arguments import check_array, check_flag, check_sides, first_true, not_finite
from .green_functions import nearest_image
from .interactions import Exponential, Mixture, ScreenedCoulomb, check_kernel, terms

ELEMENTS_PER_CHUNK = 2**16  # numbers in one temporary array: small enough to stay in the cache
SLOPE_ERROR = 0.1  # of the largest slope, which a table of a kernel may have; a wrong sign or factor has more


def energy_and_forces(positions, box_length, kernel, *, potentials=False):
    """Energy U, forces F_j and, if wanted, local potentials U_j of every snapshot, Eq. (2):

        U = Σ_{i<j} ψ(x_i − x_j) = ½ Σ_j U_j,    U_j = Σ_{i≠j} ψ(x_i − x_j),    F_j = −∂U/∂x_j

    A kernel with the method `pair_sums`, such as the exact ScreenedCoulomb, sums a snapshot its own way, with errors
    below 1e-10 of the root-mean-square force. Other kernels are summed pair by pair. The result of a snapshot depends
    neither on the other snapshots nor on the number of threads.

    Args:
        positions: (S, N, d), in the unit of the box; points outside [0, L) are taken to be periodic images.
        box_length: one positive number, or d of them.
        kernel: an object with `value` and `gradient`, see `data_gen.kernels.interactions`.
        potentials: whether to return the U_j.

    Returns: energies (S,), forces (S, N, d) and, with `potentials`, U_j (S, N); float64.

    Raises: ValueError for a wrong shape, a NaN or an infinity, a box that does not fit, or a kernel whose methods
        return something else than they should.

    Example: two points at distance one.
        >>> from data_gen import Exponential, energy_and_forces
        >>> positions = np.array([[[1.0], [2.0]]])
        >>> energies, forces = energy_and_forces(positions, box_length=10.0, kernel=Exponential(mu=1.0))
        >>> energies.round(4).tolist(), forces.round(4).tolist()
        ([0.3679], [[[-0.3679], [0.3679]]])
    """
    positions = check_array("positions", positions)
    if positions.ndim != 3 or 0 in positions.shape or positions.dtype.kind not in "fiu":
        received = f"shape {positions.shape} of {positions.dtype}"
        raise ValueError(f"positions must be real numbers of shape (snapshots, points, dimension); received {received}")
    positions = positions.astype(np.float64)
    if place := not_finite(positions):
        received = f"{positions[place[:2]]} for snapshot {place[0]}, point {place[1]}"
        raise ValueError(f"positions must be finite; received {received}")
    num_snapshots, num_points, dimension = positions.shape
    sides = check_sides(box_length, dimension)
    check_kernel(kernel)
    potentials = check_flag("potentials", potentials)
    local, forces = np.zeros((num_snapshots, num_points)), np.zeros_like(positions)
    for weight, part in _parts(kernel, sides):
        plain = []  # the snapshots that are added up pair by pair
        for i in range(num_snapshots):
            sums = part.pair_sums(positions[i], sides) if hasattr(part, "pair_sums") else None
            if sums is None:
                plain.append(i)
                continue
            check_returned("pair_sums", sums[0], (num_points,))
            check_returned("pair_sums", sums[1], (num_points, dimension))
            local[i] += weight * sums[0]
            forces[i] -= weight * sums[1]
        sums = _add_pairs(positions[plain], sides, part)
        local[plain] += weight * sums[0]
        forces[plain] -= weight * sums[1]
    energies = local.sum(axis=1) / 2
    return (energies, forces, local) if potentials else (energies, forces)


def _parts(kernel, sides):
    """((α, ψ), …): each term with `pair_sums`, then one mixture of all other terms. Raises: as `probe_kernel`."""
    parts, rest = [], []
    for weight, part in terms(kernel):
        if type(part) not in (Exponential, ScreenedCoulomb):
            probe_kernel(part, sides)
        if weight != 0:
            (parts if hasattr(part, "pair_sums") else rest).append((weight, part))
    if rest:
        weights, kernels = zip(*rest, strict=True)
        parts.append((1.0, Mixture(kernels, weights)))
    return parts


def _add_pairs(positions, sides, kernel):
    """Σ_{i≠j} ψ(x_j − x_i) and Σ_{i≠j} ∇ψ(x_j − x_i), (S, N) and (S, N, d), every pair evaluated once."""
    num_points, dimension = positions.shape[1:]
    potentials, gradients = np.zeros(positions.shape[:2]), np.zeros_like(positions)
    step = max(1, ELEMENTS_PER_CHUNK // (num_points * dimension))
    for start in range(0, len(positions), step):
        chunk = slice(start, start + step)
        x, u, du = positions[chunk], potentials[chunk], gradients[chunk]  # views
        for i in range(num_points - 1):
            s = nearest_image(x[:, i, None] - x[:, i + 1 :], sides)  # x_i − x_j: (S, N−i−1, d)
            value, gradient = kernel.value(s, sides), kernel.gradient(s, sides)
            u[:, i] += value.sum(axis=1)
            u[:, i + 1 :] += value
            du[:, i] += gradient.sum(axis=1)  # ∂(x_i − x_j)/∂x_i = 1
            du[:, i + 1 :] -= gradient  # and −1 for x_j: Newton's third law
    return potentials, gradients


def probe_kernel(kernel, sides):
    """Evaluates both methods of a kernel (not a mixture, whose sum would hide a wrong shape) at six displacements.

    Raises: ValueError when what they return is not real, finite and of the right shape, when they change their
        argument, or when ψ is not even or the gradient not that of ψ; whatever the kernel itself raises for a dimension
        or a box, (d,), that it does not support.
    """
    s = np.linspace(-0.39, 0.39, 6 * len(sides)).reshape(2, 3, -1) * sides  # no place where a kernel might be cut
    value = _probe_method(kernel, "value", s, sides, s.shape[:-1])
    gradient = _probe_method(kernel, "gradient", s, sides, s.shape)
    if type(kernel) in (Exponential, ScreenedCoulomb):  # differences of their smallest values are rounding
        return
    mirrored = kernel.value(-s, sides)
    rounding = np.finfo(np.result_type(value, np.float32)).eps
    scale = np.max(np.abs(value))
    if place := first_true(np.abs(mirrored - value) > np.sqrt(rounding) * scale):
        received = f"{value[place]} at {s[place].tolist()} and {mirrored[place]} at the opposite displacement"
        raise ValueError(f"kernel.value must be even; received {received}")
    step = np.cbrt(rounding) * np.min(sides)
    shifts = step * np.eye(len(sides))
    slope = [(kernel.value(s + shift, sides) - kernel.value(s - shift, sides)) / (2 * step) for shift in shifts]
    slope = np.stack(slope, axis=-1)
    allowed = SLOPE_ERROR * np.max(np.abs(slope)) + 10 * rounding * scale / step
    if place := first_true(np.abs(slope - gradient) > allowed):
        received = (
            f"{gradient[place[:-1]].tolist()} at {s[place[:-1]].tolist()}, where value has {slope[place[:-1]].tolist()}"
        )
        raise ValueError(f"kernel.gradient must return the derivatives of value; received {received}")


def _probe_method(kernel, name, s, sides, shape):
    """What a method returns, checked. Raises: as `probe_kernel`."""
    given = s.copy()
    values = getattr(kernel, name)(given, sides)
    check_returned(name, values, shape)
    if place := not_finite(values):
        where = f"at the displacement {s[place[:2]].tolist()} in the box {sides.tolist()}"
        raise ValueError(f"kernel.{name} must return finite numbers; received {np.asarray(values)[place]} {where}")
    if not np.array_equal(given, s):
        raise ValueError(f"kernel.{name} must not change its argument; it received {s[0, 0]} and left {given[0, 0]}")
    return np.asarray(values)


def check_returned(method, values, shape):
    """Raises: ValueError when what a kernel's method returned is not an array of real numbers of this shape."""
    if not hasattr(values, "shape"):
        raise ValueError(f"kernel.{method} must return an array of shape {shape}; received {values!r}")
    if values.shape != shape:
        raise ValueError(f"kernel.{method} must return shape {shape}; received {values.shape}")
    if np.asarray(values).dtype.kind not in "fiu":
        raise ValueError(f"kernel.{method} must return real numbers; received {values.dtype}")
