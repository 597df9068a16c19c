"""Real transforms by a library for complex transforms, in NumPy. Two methods avoid redundant work:

Shifted  is for one channel. With q in the middle of 0…m, the modes of f exp(−2πi q s_d) around 0 are the modes of f
         around q, which are its half spectrum. The transform has half as many modes.
Pairs    is for several channels. One transform of f₁ + i f₂ on all modes −m…m serves two channels. Its Hermitian part
         is the modes of f₁, its anti-Hermitian part i times the modes of f₂.
"""

from dataclasses import dataclass

import numpy as np

from lrc_keras.ops.modes import half_mode_numbers, multiplicity

BLOCK = 2**15  # points processed at a time, which fit in the processor's cache


def choose(channels, num_modes):
    """The faster method for the number of channels."""
    return Shifted(num_modes) if channels == 1 else Pairs(num_modes)


def place(fractions, num_modes, precision, dtype):
    """Angles and carriers of points s (B, N, d) float64.

    Returns: angles 2πs reduced to [−π, π], (B, d, N) of dtype `precision`; carriers exp(−2πi q s_d), (B, N), complex
    with real dtype `dtype`.
    Raises: ValueError when a point is not finite.
    """
    batch, count, dim = fractions.shape
    angles = np.empty((batch, dim, count), precision)
    carriers = np.empty((batch, count), np.result_type(dtype.as_numpy_dtype, np.complex64))
    for start in range(0, count, BLOCK):
        block = slice(start, start + BLOCK)
        turns = fractions[:, block] - np.rint(fractions[:, block])
        if not np.all(np.isfinite(turns)):  # FINUFFT would write outside its grid
            raise ValueError(f"points must be finite; received {np.sum(~np.isfinite(turns))} NaN or infinite values")
        angles[:, :, block] = 2 * np.pi * np.moveaxis(turns, 2, 1)
        turns = Shifted(num_modes).shift * turns[..., -1]
        angle = (-2 * np.pi * (turns - np.rint(turns))).astype(dtype.as_numpy_dtype)
        carriers.real[:, block], carriers.imag[:, block] = np.cos(angle), np.sin(angle)
    return angles, carriers


@dataclass(frozen=True)
class Shifted:
    """One real channel as a complex transform of half as many modes. Arrays have axes (B, 1, …)."""

    num_modes: tuple

    @property
    def shape(self):
        """Mode counts of the complex transform: (H1, …, Hd)."""
        return tuple(len(n) for n in half_mode_numbers(self.num_modes))

    @property
    def shift(self):
        """q, the mode that is shifted to 0."""
        return self.shape[-1] // 2

    @property
    def margin(self):
        """Factor of the tolerance: the shift moves the modes around 0, which are often large, to where errors are."""
        return 1.0 if len(self.num_modes) == 3 else 0.25

    def from_strengths(self, strengths, carriers):
        return strengths * carriers[:, np.newaxis]

    def to_modes(self, modes, channels):
        return modes

    def from_modes(self, modes):
        return modes * multiplicity(self.num_modes).astype(modes.real.dtype)

    def to_fields(self, values, carriers, channels):
        carriers = carriers[:, np.newaxis]
        return values.real * carriers.real + values.imag * carriers.imag  # the real part of value · conj(carrier)


@dataclass(frozen=True)
class Pairs:
    """Two real channels as one complex channel. Arrays have axes (B, channels or pairs, …)."""

    num_modes: tuple
    margin = 1.0

    @property
    def shape(self):
        """Mode counts of the complex transform: −m…m in every dimension."""
        return tuple(2 * (m // 2) + 1 for m in self.num_modes)

    def from_strengths(self, strengths, carriers):
        batch, channels, count = strengths.shape
        values = np.zeros((batch, (channels + 1) // 2, count), np.result_type(strengths, np.complex64))
        values.real = strengths[:, ::2]
        values.imag[:, : channels // 2] = strengths[:, 1::2]
        return values

    def to_modes(self, modes, channels):
        """a = (c(n) + conj c(−n))/2 and b = (c(n) − conj c(−n))/2i for c = a + ib."""
        start = self.num_modes[-1] // 2
        positive, negative = modes[..., start:], self._mirrored(modes)[..., start:]
        halves = np.empty((modes.shape[0], channels, *positive.shape[2:]), modes.dtype)
        np.multiply(positive + negative, 0.5, out=halves[:, ::2])
        np.multiply((positive - negative)[:, : channels // 2], -0.5j, out=halves[:, 1::2])
        return halves

    def from_modes(self, modes):
        """c = a + ib on all modes, with a(−n) = conj a(n), b(−n) = conj b(n)."""
        start = self.num_modes[-1] // 2
        second = np.zeros_like(modes[:, ::2])
        second[:, : modes.shape[1] // 2] = 1j * modes[:, 1::2]
        full = np.empty((*second.shape[:2], *self.shape), modes.dtype)
        full[..., start:] = modes[:, ::2] + second
        full[..., : start + 1][..., ::-1] = self._mirrored(modes[:, ::2] - second, last=False)
        # the plane n_d = 0 holds n and −n: its part that is not Hermitian belongs to no real field
        full[..., start] = (modes[:, ::2, ..., 0] + second[..., 0] + full[..., start]) / 2
        return full

    def to_fields(self, values, carriers, channels):
        fields = np.empty((values.shape[0], channels, values.shape[2]), values.real.dtype)
        fields[:, ::2], fields[:, 1::2] = values.real, values.imag[:, : channels // 2]
        return fields

    def _mirrored(self, modes, last=True):
        """conj c(−n). With `last=False`, c is a half spectrum and its last axis is not reversed."""
        flipped = (Ellipsis, *[slice(None, None, -1)] * (len(self.num_modes) - (not last)), *[slice(None)] * (not last))
        return np.conj(modes[flipped])
