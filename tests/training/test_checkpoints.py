import keras
import numpy as np
import pytest

from lrc_keras.training import CheckpointError, load_checkpoint, restore_weights, save_checkpoint
from lrc_keras.training.checkpoints import check_checkpoint


def make(seed, units=3):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def test_round_trip(tmp_path):
    path = tmp_path / "run.npz"
    model, other = make(1), make(2)
    model.fit(np.ones((4, 2)), np.zeros((4, 3)), verbose=0)
    save_checkpoint(path, model, {"step": 7}, {"seed": 1, "stages": (8, 16)})
    assert load_checkpoint(path, other, {"seed": 1, "stages": (8, 16)}) == {"step": 7}
    for a, b in zip(
        [*model.weights, *model.optimizer.variables], [*other.weights, *other.optimizer.variables], strict=True
    ):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_weights_alone_whatever_the_settings(tmp_path):
    path = tmp_path / "run.npz"
    model, other = make(1), make(2)
    model.fit(np.ones((4, 2)), np.zeros((4, 3)), verbose=0)
    save_checkpoint(path, model, {}, {"seed": 1})
    restore_weights(path, other)
    for a, b in zip(model.weights, other.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert other.optimizer.iterations.numpy() == 0
    restore_weights(path, keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)]))  # not compiled
    with pytest.raises(CheckpointError, match="expected variables of shapes"):
        restore_weights(path, make(1, units=4))
    with pytest.raises(FileNotFoundError, match="none.npz: no such checkpoint"):
        restore_weights(tmp_path / "none.npz", other)


def test_no_checkpoint_is_no_progress(tmp_path):
    assert load_checkpoint(tmp_path / "none.npz", make(1), {}) is None
    check_checkpoint(tmp_path / "none.npz", {})


def test_other_settings_are_refused_by_name(tmp_path):
    path = tmp_path / "run.npz"
    save_checkpoint(path, make(1), {}, {"seed": 1, "batch": 8})
    with pytest.raises(CheckpointError, match="made by a run with batch = 8, this run has 16"):
        load_checkpoint(path, make(1), {"seed": 1, "batch": 16})
    with pytest.raises(CheckpointError, match="expected variables of shapes"):
        load_checkpoint(path, make(1, units=4), {"seed": 1, "batch": 8})


def test_nested_differences_are_named_to_the_leaf(tmp_path):
    path = tmp_path / "run.npz"
    saved = {"training": {"rate": 0.005, "stages": [[200, 8], [400, 16]], "old": True}, "widths": [1, 2]}
    wanted = {"training": {"rate": 0.001, "stages": [[200, 8], [400, 32]]}, "widths": [1, 2, 3]}
    save_checkpoint(path, make(1), {}, saved)
    with pytest.raises(CheckpointError) as caught:
        check_checkpoint(path, wanted)
    assert str(caught.value) == (
        f"{path}: made by a run with training.old = True, this run has nothing; "
        "with training.rate = 0.005, this run has 0.001; with training.stages[1][1] = 16, this run has 32; "
        "with widths = [1, 2], this run has [1, 2, 3]. Use another file, or delete this one to start again"
    )
    check_checkpoint(path, saved)


def test_arrays_of_another_dtype_are_refused(tmp_path):
    """A run in float64 that continued in float32 would be neither."""
    path, model = tmp_path / "run.npz", keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, dtype="float64")])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    save_checkpoint(path, model, {"step": 7}, {})
    assert load_checkpoint(path, model, {}) == {"step": 7}
    with pytest.raises(CheckpointError, match=r"run.npz: expected variables of dtypes \['float32', .*; received"):
        load_checkpoint(path, make(1), {})
    restore_weights(path, make(1))  # to start another run


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "run.npz"
    save_checkpoint(path, make(1), {"step": 1}, {})
    with pytest.raises(TypeError):
        save_checkpoint(path, make(1), {"step": object()}, {})
    assert load_checkpoint(path, make(1), {}) == {"step": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]
