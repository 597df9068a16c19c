import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.ops.windows import kaiser_bessel, paper_gaussian


def numerical_transform(window, omega):
    """∫ w(z) exp(−iωz) dz by Gauss–Legendre quadrature on each of the window's pieces, from its polynomials."""
    nodes, weights = np.polynomial.legendre.leggauss(30)
    t = (nodes + 1) / 2
    values = window.values(tf.constant(t)).numpy()  # (30, width)
    z = -window.width / 2 + np.arange(window.width) + t[:, None]
    return np.einsum("qw,qw,q->", values, np.cos(omega * z), weights / 2)


@pytest.mark.parametrize("tolerance", [1e-2, 1e-4, 1e-6, 1e-9, 1e-12])
def test_kaiser_bessel_transform_is_that_of_its_polynomials(tolerance):
    window = kaiser_bessel(tolerance)
    for omega in (0.0, 0.3, 1.0, np.pi / 2):
        # the fit is a twentieth of the tolerance off, at each of `width` nodes
        assert abs(numerical_transform(window, omega) - window.transform(omega)) < window.width * max(
            tolerance / 20, 1e-15
        )


def test_paper_gaussian_is_the_printed_one():
    # Eq. (B.2) with τ = 12 (L/2πM)²: L = 5, M = 21, one grid spacing from the centre
    length, modes = 5.0, 21
    tau = 12 * (length / (2 * np.pi * modes)) ** 2
    spacing = length / modes
    window = paper_gaussian()
    centre = window.width // 2
    values = window.values(tf.constant([0.0], tf.float64)).numpy()[0]
    assert values[centre] == pytest.approx(1.0, abs=1e-14)
    assert values[centre + 1] == pytest.approx(np.exp(-(spacing**2) / (4 * tau)), rel=1e-13)
    # ŵ = √(4πτ)/h · exp(−k²τ), with k = 2πn/L; e^{-3} of its top at the highest mode n = M/2
    k = 2 * np.pi * 4 / length
    expected = np.sqrt(4 * np.pi * tau) / spacing * np.exp(-(k**2) * tau)
    assert window.transform(2 * np.pi * 4 / modes) == pytest.approx(expected, rel=1e-13)
    assert window.transform(np.pi) / window.transform(0.0) == pytest.approx(np.exp(-3), rel=1e-13)


def test_windows_are_even():
    for window in (kaiser_bessel(1e-6), paper_gaussian()):
        t = tf.constant([0.0, 0.2, 0.7], tf.float64)
        np.testing.assert_allclose(window.values(t), window.values(1 - t).numpy()[:, ::-1], atol=1e-7)
