"""Displacements on the torus [0, L₁)×…×[0, L_d). Arrays hold the d components in their last axis, float64."""

import numpy as np


def nearest_image(displacement, box_length):
    """Minimum image s − L·round(s/L) ∈ [−L/2, L/2]^d: (..., d) -> (..., d). Odd in s, as a force must be."""
    displacement = np.asarray(displacement, dtype=np.float64)
    return displacement - box_length * np.round(displacement / box_length)


def norm(vectors):
    """‖s‖: (..., d) -> (...)."""
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))


def along(vectors, radius, slope):
    """ψ'(r) s/r, the gradient of a function of r = ‖s‖: (..., d), (...), (...) -> (..., d). Zero where r is."""
    direction = np.divide(vectors, radius[..., None], out=np.zeros_like(vectors), where=radius[..., None] > 0)
    return slope[..., None] * direction
