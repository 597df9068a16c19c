import numpy as np
import pytest
import tensorflow as tf
from scipy.special import i0

from lrc_keras.ops.engines.windows import KaiserBessel, PaperGaussian


def numerical_transform(window, omega):
    """∫ w(z) exp(−iωz) dz by Gauss–Legendre quadrature on each unit interval of the window."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    edges = np.arange(window.width) - window.width / 2
    z = (edges[:, None] + (nodes + 1) / 2).ravel()
    return np.sum(window.values(tf.constant(z)).numpy() * np.cos(omega * z) * np.tile(weights / 2, window.width))


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-6, 1e-9, 1e-12])
def test_kaiser_bessel_is_its_polynomial_and_its_transform_is_right(tolerance):
    window = KaiserBessel(tolerance)
    z = np.linspace(-window.width / 2, window.width / 2, 301)[1:-1]
    exact = i0(window.beta * np.sqrt(1 - (2 * z / window.width) ** 2)) / i0(window.beta)
    # a twentieth of the tolerance is asked of the fit; in float64 its powers round to 1e-14
    np.testing.assert_allclose(window.values(tf.constant(z)), exact, atol=max(tolerance / 20, 1e-13))
    for omega in (0.0, 0.3, 1.0, np.pi / 2):
        error = abs(numerical_transform(window, omega) - window.transform(omega))
        assert error < window.width * max(tolerance / 20, 1e-13)


def test_paper_gaussian_is_the_printed_one():
    # Eq. (B.2) with τ = 12 (L/2πM)²: L = 5, M = 21, one grid spacing from the centre
    length, modes = 5.0, 21
    tau = 12 * (length / (2 * np.pi * modes)) ** 2
    spacing = length / modes
    window = PaperGaussian()
    values = window.values(tf.constant([0.0, 1.0], tf.float64))
    np.testing.assert_allclose(values, [1.0, np.exp(-(spacing**2) / (4 * tau))], rtol=1e-13)
    # ŵ = √(4πτ)/h · exp(−k²τ), with k = 2πn/L; e^{-3} of its top at the highest mode n = M/2
    k = 2 * np.pi * 4 / length
    expected = np.sqrt(4 * np.pi * tau) / spacing * np.exp(-(k**2) * tau)
    assert window.transform(2 * np.pi * 4 / modes) == pytest.approx(expected, rel=1e-13)
    assert window.transform(np.pi) / window.transform(0.0) == pytest.approx(np.exp(-3), rel=1e-13)
    assert numerical_transform(window, 0.7) == pytest.approx(window.transform(0.7), rel=1e-13)


@pytest.mark.parametrize("window", [KaiserBessel(1e-6), PaperGaussian()], ids=["accurate", "paper"])
def test_windows_are_even_and_end_at_half_their_width(window):
    z = tf.constant([0.3, 1.7, window.width / 2 + 1e-6, 2.0 * window.width], tf.float64)
    values = window.values(z).numpy()
    np.testing.assert_array_equal(window.values(-z), values)
    assert np.all(values[:2] > 0) and np.all(values[2:] == 0)
