"""A kernel of the user's own, for the tests of what such kernels may do."""

import numpy as np


class Gaussian:
    """exp(−2s²), of the nearest image alone; not a dataclass and without a `repr`."""

    def value(self, displacement, box_length):
        s = displacement - box_length * np.round(displacement / box_length)
        return np.exp(-2 * (s**2).sum(axis=-1))

    def gradient(self, displacement, box_length):
        s = displacement - box_length * np.round(displacement / box_length)
        return -4 * s * self.value(displacement, box_length)[..., None]
