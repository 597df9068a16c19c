"""The example of the point operator: its solvers against closed forms, its networks against each other, a short run."""

import json

import matplotlib.image
import numpy as np
import pytest

from experiments.examples.point_operator import problems, run, timing
from experiments.examples.point_operator.networks import build_fno
from lrc_keras.models import build_point_operator


def test_burgers_against_the_cole_hopf_solution():
    """u = −2ν θ_x/θ for θ_t = ν θ_xx, θ = 1 + a exp(−νt) cos x."""
    x, a, viscosity = np.arange(256) * 2 * np.pi / 256, 0.9, problems.VISCOSITY

    def exact(t):
        decayed = a * np.exp(-viscosity * t)
        return 2 * viscosity * decayed * np.sin(x) / (1 + decayed * np.cos(x))

    # modes fall like 0.63^n from the start: those beyond 85 are 1e-17; the rest is rounding and the time step
    np.testing.assert_allclose(problems.solve_burgers(exact(0)[np.newaxis])[0], exact(1), atol=1e-10)


def test_the_steps_in_time_are_small_enough(rng):
    start = problems.random_field("burgers", 20, rng)
    coarse, fine = (problems.solve_burgers(start, steps) for steps in (256, 512))
    assert np.max(np.abs(coarse - fine)) < 1e-5  # 1.3e-6; fields are of size one, a network is right to 1e-3 at best
    np.testing.assert_allclose(fine.mean(axis=1), start.mean(axis=1), atol=1e-12)  # momentum is conserved


def test_poisson_boltzmann_against_a_solution_that_is_given():
    x = np.arange(48) * 2 * np.pi / 48
    u = 1.5 * np.cos(x)[:, np.newaxis] * np.sin(2 * x)
    charges = 5 * u + np.sinh(u)
    np.testing.assert_allclose(problems.solve_poisson_boltzmann(charges[np.newaxis])[0], u, atol=1e-9)


def test_a_field_at_points_is_its_fourier_series(rng):
    x = np.arange(48) * 2 * np.pi / 48
    field = np.cos(3 * x)[:, np.newaxis] + np.sin(2 * x) * np.cos(x)[:, np.newaxis]
    points = rng.uniform(0, 2 * np.pi, (1, 9, 2))
    a, b = points[0].T
    expected = np.cos(3 * a) + np.sin(2 * b) * np.cos(a)
    np.testing.assert_allclose(problems.at_points(field[np.newaxis], points)[0, :, 0], expected, atol=1e-12)


def test_on_a_grid_with_equal_weights_the_point_operator_is_the_fno(rng):
    """The same weights give the same answers, to the rounding of float32."""
    size, sizes = 32, {"width": 4, "depth": 2}
    operator, fno = build_point_operator(None, 1, run.SIDE, 9, **sizes), build_fno(size, 4, **sizes)
    dense = [layer for layer in operator.layers if "dense" in type(layer).__name__.lower()]
    for layer, other in zip(dense, [x for x in fno.layers if type(x).__name__ == "Dense"], strict=True):
        other.set_weights([layer.kernel.numpy(), layer.bias.numpy() + 0.1])
        layer.bias.assign(layer.bias + 0.1)
    spectral = [layer for layer in fno.layers if type(layer).__name__ == "SpectralConvolution"]
    for block, layer in enumerate(spectral):
        multiplier = operator.get_layer(f"convolution_{block}").multiplier
        numbers = 2 * np.pi / run.SIDE * np.arange(-4, 5, dtype="float32")[:, np.newaxis]
        values = np.moveaxis(multiplier(numbers).numpy()[4:], 0, -1)  # (C_out, C_in, 0…4)
        layer.matrices.assign([values.real, values.imag])
    x = np.tile(np.arange(size)[:, np.newaxis] * run.SIDE / size, (3, 1, 1))
    values = rng.normal(size=(3, size, 1)).astype("float32")
    inputs = {"positions": x, "values": values, "weights": np.full((3, size), run.SIDE / size)}
    result = operator({name: value.astype("float32") for name, value in inputs.items()})
    np.testing.assert_allclose(result, fno({"values": values}), atol=1e-5)


def test_clustered_points_have_the_density_that_is_said(rng):
    """⟨exp(i(x − a))⟩ = 0.4 for the density (1 + 0.8 cos(x − a))/2π; 40,000 points know it to 0.005."""
    points = run.random_points(2, 40_000, 1, rng, clustered=True)
    np.testing.assert_allclose(np.abs(np.mean(np.exp(1j * points[..., 0]), axis=1)), 0.4, atol=0.02)


def test_every_mode_at_every_point_is_the_same_network(monkeypatch):
    monkeypatch.setattr(timing, "SIZES", {"width": 4, "depth": 1})
    result = timing.measure(2, 3, 50, "sums", repeats=1)
    assert result["difference"] < 1e-5 and result["layer"] > 0 and result["plain"] > 0


@pytest.mark.slow
def test_a_short_run(tmp_path, capsys):
    results = run.main(["--quick", "--out", str(tmp_path)])
    assert min(matplotlib.image.imread(tmp_path / "point_operator.png").shape[:2]) > 400
    stored = json.loads((tmp_path / "point_operator.json").read_text())["results"]
    errors = results["burgers"]["errors"]
    assert stored["burgers"]["errors"] == pytest.approx(errors)
    assert errors["as in training"] < 0.9 * errors["without the layer"]  # 0.33 and 0.46
    assert errors["a quarter of the points"] < 1.3 * errors["as in training"]
    assert "burgers            as in training" in capsys.readouterr().out
