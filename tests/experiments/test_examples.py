"""The examples from the command line's `main`: a picture each, and what it is meant to show."""

import keras
import matplotlib.image
import numpy as np
import pytest

from experiments.examples import own_multiplier, point_cloud_regression
from lrc_keras.layers import LongRangeConvolution


def assert_picture(path):
    image = matplotlib.image.imread(path)
    assert min(image.shape[:2]) > 400 and np.ptp(image) > 0.9
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # nothing half written is left


def test_a_local_model_cannot_learn_a_long_range_potential(tmp_path, capsys):
    results = point_cloud_regression.main(["--quick", "--out", str(tmp_path / "drawn")])
    assert_picture(tmp_path / "drawn" / "point_cloud_regression.png")
    error = {name: curve[-1] for name, curve in results["curves"].items()}
    for name, predictions in results["predictions"].items():
        assert np.sqrt(np.mean((predictions - results["targets"]) ** 2)) == pytest.approx(error[name], rel=1e-4)
    # 0.86 and 0.20 of the spread; the bound, 0.81, holds on average, up to the noise of 32 clouds
    assert error["long-range"] < 0.5 * error["local"]
    assert error["long-range"] < 0.5 * results["bound"]
    assert error["local"] > 0.95 * results["bound"]
    assert f"long-range  error on test clouds  {error['long-range'] / np.std(results['targets']):.1%}" in (
        capsys.readouterr().out
    )


def test_the_bound_of_local_models_is_none_when_all_is_near_and_the_spread_when_all_is_far(monkeypatch):
    clouds = point_cloud_regression.make_clouds(8, 16, seed=0)
    monkeypatch.setattr(point_cloud_regression, "CUTOFF", 100.0)
    assert point_cloud_regression.bound_of_local_models(*clouds) < 1e-6
    monkeypatch.setattr(point_cloud_regression, "CUTOFF", 1e-9)
    # the best that is left is E y = 0, but for the mean over the draws
    expected = np.sqrt(np.mean(clouds[2] ** 2))
    assert point_cloud_regression.bound_of_local_models(*clouds, draws=4000) == pytest.approx(expected, rel=0.02)


def test_targets_are_the_sum_over_the_other_points():
    positions, charges, targets, _ = point_cloud_regression.make_clouds(2, 5, seed=1)
    x, q = positions[1].astype(np.float64), charges[1, :, 0]
    kernel, box = point_cloud_regression.KERNEL, np.array([10.0, 10.0])
    potential = sum(kernel.value(x[2] - x[j], box) * q[j] for j in range(5) if j != 2)
    assert targets[1, 2, 0] == pytest.approx(np.tanh(potential / point_cloud_regression.UNIT), rel=1e-4)


def test_the_multiplier_of_ones_own_finds_the_kernel(tmp_path, capsys):
    results = own_multiplier.main(["--quick", "--out", str(tmp_path)])
    assert_picture(tmp_path / "own_multiplier.png")
    modes = results["modes"]
    start, learned = (own_multiplier.kernel_error(modes[name], modes["truth"]) for name in ("start", "learned"))
    assert learned < 0.1 * start  # 0.003 and 0.99
    assert results["error"] < 0.02
    for name, truth in own_multiplier.TRUTH.items():
        assert results["numbers"][name][-1] == pytest.approx(truth, rel=0.1), name
    assert f"kernel off by {start:.2%} at the start, by {learned:.2%} after training" in capsys.readouterr().out


def test_the_true_modes_are_those_of_the_formula():
    """exp(−μr) has 2πμ/(|k|² + μ²)^(3/2) in the plane; the box leaves out the tail beyond 6, of size exp(−7.2)."""
    modes, mu = own_multiplier.true_modes(), own_multiplier.MU
    k = own_multiplier.wavenumbers(own_multiplier.NUM_MODES, own_multiplier.BOX_LENGTH)
    expected = 2 * np.pi * mu / (np.sum(k**2, axis=-1) + mu**2) ** 1.5
    np.testing.assert_allclose(modes, expected, atol=2e-2 * expected.max())
    r, values = own_multiplier.along_a_side(modes)
    np.testing.assert_allclose(values[r > 1], np.exp(-mu * r[r > 1]), atol=5e-3)


def test_the_multiplier_of_ones_own_is_saved_with_its_model(tmp_path):
    positions = keras.Input((4, 2))
    layer = LongRangeConvolution(own_multiplier.YukawaPower(), (5, 5), (12.0, 12.0))
    model = keras.Model(positions, layer(positions))
    layer.multiplier.power.assign([1.25])
    model.save(tmp_path / "model.keras")
    points = np.random.default_rng(0).uniform(0, 12, (1, 4, 2)).astype("float32")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(points), model(points))


@pytest.mark.parametrize("example", [own_multiplier, point_cloud_regression])
@pytest.mark.parametrize("name", ["file", "file/drawn"])
def test_a_folder_that_cannot_be_is_an_error_before_any_work(example, name, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(example, "run", lambda settings: pytest.fail("it has worked"))
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit):
        example.main(["--out", str(tmp_path / name)])
    assert "--out must be a folder that can be written; received" in capsys.readouterr().err
