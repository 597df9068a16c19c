"""The FFT grid of a transform: its size, its window, and the factors that undo the window."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular grid on the box, onto which points are spread.

    Args:
        box_length, num_modes, size: d sides, d mode counts, d node counts; size ≥ 2⌊M/2⌋ + 1 in every dimension.
        window: of `ops.windows`.

    Attributes:
        deconvolution: 1/ŵ(n) = Π 1/ŵ(2πn/G) over the half spectrum, (H1, …, Hd) float64.
    """

    box_length: tuple
    num_modes: tuple
    size: tuple
    window: object
    deconvolution: np.ndarray = field(init=False)

    def __post_init__(self):
        halves = [np.arange(-(m // 2), m // 2 + 1) for m in self.num_modes]
        halves[-1] = halves[-1][self.num_modes[-1] // 2 :]
        factor = np.ones(())
        for n, nodes in zip(halves, self.size, strict=True):
            factor = factor[..., None] / self.window.transform(2 * np.pi * n / nodes)
        object.__setattr__(self, "deconvolution", factor)

    @property
    def dim(self):
        """Dimension d."""
        return len(self.size)


def fft_size(at_least):
    """Smallest even 2^a 3^b 5^c that is not below `at_least`: sizes that FFTs like."""
    size = max(2, 2 * int(np.ceil(at_least / 2)))
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 2
