"""Two equations on the torus [0, 2π)^d, random smooth data, and their solutions by spectral methods; NumPy and SciPy.

    Burgers            u_t + u u_x = ν u_xx,  ν = 0.1;     u(0) ↦ u(1)
    Poisson–Boltzmann  −Δu + sinh u = f  (d = 2);          f ↦ u, charges in a salt to their potential

Fields are real values on a regular grid, (S, G) or (S, G, G) float64. Between its nodes a field is its Fourier series.
"""

import numpy as np
from scipy import fft

VISCOSITY, TIME = 0.1, 1.0
MOST_STEPS = 10_000  # of the iteration for Poisson–Boltzmann
GRIDS = {"burgers": 256, "poisson_boltzmann": 48}  # nodes in each dimension
LARGEST_MODE, CHARGE = 3, 5.0  # of f: |n| per dimension, and its root mean square


def random_field(problem, count, rng):
    """Data of a problem: u(0) or f on the grid.

    u(0) is the Gaussian field N(0, 625 (−Δ + 25)⁻²) on a circle of length one (Li and others, ICLR 2021), whose
    amplitudes are 25/(4π²n² + 25), on the circle of length 2π. f has independent amplitudes, equal for all its modes.
    """
    size = GRIDS[problem]
    n = fft.fftfreq(size, 1 / size)
    if problem == "burgers":
        noise = fft.fft(rng.normal(size=(count, size))) / np.sqrt(size)
        amplitudes = np.where(abs(n) <= size // 3, 25 / (4 * np.pi**2 * n**2 + 25), 0)
        return size * fft.ifft(noise * amplitudes).real
    low = (abs(n) <= LARGEST_MODE).astype(float)
    noise = fft.fft2(rng.normal(size=(count, size, size))) * np.outer(low, low)
    return CHARGE * fft.ifft2(noise).real * size / (2 * LARGEST_MODE + 1)


def solve(problem, fields):
    """The answer on the same grid."""
    return {"burgers": solve_burgers, "poisson_boltzmann": solve_poisson_boltzmann}[problem](fields)


def solve_burgers(start, steps=256):
    """u(1) from u(0): Fourier modes with the 2/3 rule; time by the classical Runge–Kutta method of fourth order.

    An integrating factor that starts again at every step makes the viscous term exact.
    """
    size, step = start.shape[-1], TIME / steps
    n = np.arange(size // 2 + 1)
    resolved, half = n <= size // 3, np.exp(-VISCOSITY * n**2 * step / 2)

    def rate(modes):
        return np.where(resolved, -0.5j * n * fft.rfft(fft.irfft(modes, size) ** 2), 0)

    modes = np.where(resolved, fft.rfft(start), 0)
    for _ in range(steps):
        first = rate(modes)
        second = rate(half * (modes + step / 2 * first))
        third = rate(half * modes + step / 2 * second)
        fourth = rate(half**2 * modes + step * half * third)
        modes = half**2 * (modes + step / 6 * first) + step / 3 * half * (second + third) + step / 6 * fourth
    return fft.irfft(modes, size)


def solve_poisson_boltzmann(charges, tolerance=1e-11):
    """u of −Δu + sinh u = f, by u ← (−Δ + c)⁻¹ (f − sinh u + c u).

    |sinh u| ≤ max |f| by the maximum principle, so that 1 ≤ cosh u ≤ √(1 + max f²). With c in the middle between these
    bounds every step is a contraction.
    """
    size = charges.shape[-1]
    n = fft.fftfreq(size, 1 / size)
    squared = n[:, np.newaxis] ** 2 + n**2
    middle = (1 + np.sqrt(1 + np.max(charges**2, axis=(1, 2), keepdims=True))) / 2
    u = np.zeros_like(charges)
    for _ in range(MOST_STEPS):
        right = charges - np.sinh(u) + middle * u
        new = fft.ifft2(fft.fft2(right) / (squared + middle)).real
        change, u = np.max(abs(new - u)), new
        if change <= tolerance:
            return u
    raise RuntimeError(f"no solution to {tolerance:g} after {MOST_STEPS} steps; the last change is {change:g}")


def at_points(fields, positions):
    """The Fourier series of fields at other points for each: (S, G) or (S, G, G), (S, N, d) → (S, N, 1) float64."""
    dim, size = positions.shape[-1], fields.shape[-1]
    modes, n = fft.fftn(fields, axes=range(1, dim + 1)) / size**dim, fft.fftfreq(size, 1 / size)
    values = np.empty((*positions.shape[:2], 1))
    for row, (spectrum, points) in enumerate(zip(modes, positions, strict=True)):
        waves = np.exp(1j * points[..., np.newaxis] * n)  # (N, d, G)
        sums = waves[:, 0] @ spectrum
        values[row, :, 0] = (sums if dim == 1 else np.sum(sums * waves[:, 1], axis=-1)).real
    return values
