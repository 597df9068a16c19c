"""Displacements on the torus [0, L₁)×…×[0, L_d). Arrays hold the d components in their last axis, float64."""

import numpy as np

from ..arguments import check_array


def nearest_image(displacement, box_length):
    """Minimum image s − L·round(s/L) ∈ [−L/2, L/2]^d: (..., d) -> (..., d). Odd in s, as a force must be."""
    displacement = check_displacement(displacement).astype(np.float64, copy=False)
    return displacement - box_length * np.round(displacement / box_length)


def check_displacement(displacement):
    """Displacements as an array (..., d). Raises: ValueError when they are not real numbers of this shape."""
    array = check_array("displacement", displacement)
    if array.ndim == 0 or array.dtype.kind not in "fiu":
        raise ValueError(f"displacement must be real numbers of shape (..., d); received {array.dtype} {array.shape}")
    return array


def norm(vectors):
    """‖s‖: (..., d) -> (...)."""
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))


def along(vectors, radius, slope):
    """ψ'(r) s/r, the gradient of a function of r = ‖s‖: (..., d), (...), (...) -> (..., d). Zero where r is."""
    direction = np.divide(vectors, radius[..., None], out=np.zeros_like(vectors), where=radius[..., None] > 0)
    return slope[..., None] * direction
