"""The numbers of Section 5, item by item, and what cells are made of them."""

import json
import math
from dataclasses import replace

import pytest

from experiments.paper import ITEMS, one_dimension, two_dimensions
from experiments.paper.one_dimension import FIGURE7, TABLE1, TABLE2
from experiments.paper.settings import PRESETS, Training
from experiments.paper.three_dimensions import TABLE6
from experiments.paper.two_dimensions import FIGURE8, TABLE3, TABLE4
from experiments.running.data import ensure_data, make_kernel
from lrc_keras.ops.neighbors import check_cutoff

TABLES = {"table1": TABLE1, "table2": TABLE2, "table3": TABLE3, "table4": TABLE4, "table6": TABLE6}
FIGURES = {"figure7": FIGURE7, "figure8": FIGURE8}

# kernel, box, N, δ_min, R, N_FFT
PRINTED = {
    "table1": ("screened_coulomb", (5.0,), 20, 0.05, 1.5, (501,)),
    "table2": ("screened_coulomb", (50.0,), 200, 0.05, 1.5, None),
    "table3": ("screened_coulomb", (15.0, 15.0), 450, 0.05, 1.5, (31, 31)),
    "table4": ("screened_coulomb", (5.0, 5.0), 50, 0.05, 1.5, None),
    "table6": ("exponential", (3.0, 3.0, 3.0), 54, 0.1, 1.0, (25, 25, 25)),
}


@pytest.mark.parametrize("name", TABLES)
def test_systems_of_the_tables(name):
    kernel, box, points, distance, cutoff, modes = PRINTED[name]
    for cell in TABLES[name].cells("paper"):
        system = cell.system
        assert (system.kernel, system.box_length, system.num_points) == (kernel, box, points)
        assert (system.min_distance, system.cutoff) == (distance, cutoff)
        assert modes is None or system.num_modes == modes
        # two points in a cell of side 1, or of 1/2 in one dimension
        assert {L / n for L, n in zip(box, system.cells, strict=True)} == {0.5 if system.dim == 1 else 1.0}
        check_cutoff(system.box_length, system.cutoff, system.dim)
        training = cell.training
        assert (training.recipe, training.changes, training.visits) == ("paper", {}, None)
        assert training.network == ({"long_range_activation": "relu"} if cell.network == "full" else {})
        assert (training.num_snapshots, training.num_test) == (10_000 if name == "table3" else 1000, 100)


def test_paper_start_is_paper_with_another_start():
    """Stages, rates, optimiser and ReLU are those of "paper"; the first weights are those of "quick"."""
    for item in TABLES.values():
        for cell, start in zip(item.cells("paper"), item.cells("paper_start"), strict=True):
            training = start.training
            assert training.start == "data" and training.keep_lengths == (
                start.network == "full" and item not in (TABLE3, TABLE4)
            )
            as_paper = replace(training, start="glorot", keep_lengths=False)
            assert replace(start, preset="paper", training=as_paper) == cell
    for figure in FIGURES.values():
        for cell, start in zip(figure.cells("paper"), figure.cells("paper_start"), strict=True):
            small = start.small_phase
            assert start.training.start == "data" and (small is None or small.training.start == "data")
            assert start.training.stages == cell.training.stages and start.labels == cell.labels


def test_columns_are_those_printed():
    for name in ("table1", "table3", "table6"):
        cells = TABLES[name].cells("paper")
        assert {(cell.network, *cell.system.mu) for cell in cells} == {
            (row, mu) for row, columns in ITEMS[name].printed.items() for mu in columns
        }
        assert all(dict(c.labels) == {"mu": c.system.mu[0], "network": c.network} for c in cells)
        assert {cell.system.alpha for cell in cells} == {(1.0,)}
    for name, mu, alpha in (("table2", (5.0, 0.5), (0.5, 0.5)), ("table4", (10.0, 1.0), (0.9, 0.1))):
        cells = TABLES[name].cells("paper")
        assert [dict(cell.labels) for cell in cells] == [{"modes": modes} for modes in ITEMS[name].printed["error"]]
        for cell in cells:
            modes = cell.labels[0][1]
            assert cell.network == ("short" if modes is None else "full")
            assert cell.system.num_modes == (() if modes is None else (modes,) * cell.system.dim)
            assert (cell.system.mu, cell.system.alpha) == (mu, alpha)
    assert TABLE2.cells("quick", seeds=(3,))[0].name == "modesnone_seed3"
    assert TABLE1.cells("quick")[5].name == "mu0.5_full_seed0"


@pytest.mark.parametrize(("half", "source"), [(one_dimension.TABLE5, TABLE2), (two_dimensions.TABLE5, TABLE4)])
def test_table5_is_the_full_range_runs_of_another_table(half, source):
    assert half.cells("quick") == [cell for cell in source.cells("quick") if cell.network == "full"]
    assert half.drawing == f"table5_{source.system.dim}d" in ITEMS


def test_figure7_and_8():
    expected = {
        "figure7": ((5.0,), 20, (50.0,), 200, (501,), (5.0, 0.5), 2),
        "figure8": ((3.0, 3.0), 18, (15.0, 15.0), 450, (31, 31), (10.0, 1.0), 4),
    }
    for name, (small_box, small_points, box, points, modes, mu, panels) in expected.items():
        cells = FIGURES[name].cells("paper")
        sizes = (10, 30, 100, 300, 1000, 3000, 10_000)
        assert len(cells) == len({cell.title for cell in cells}) == panels * 2 * len(sizes)
        smalls = {cell.small_phase.title for cell in cells if cell.small_phase}
        assert len(smalls) == panels
        for cell in cells:
            labels, system = dict(cell.labels), cell.system
            assert (system.box_length, system.num_points, system.num_modes, system.mu) == (box, points, modes, mu)
            assert (system.cutoff, system.min_distance) == (1.5, 0.05)
            assert system.alpha == {0.9: (0.9, 0.1), 0.5: (0.5, 0.5)}[labels["alpha"]]
            assert system.kernel == labels.get("kernel", "screened_coulomb")
            assert (cell.training.num_snapshots, cell.training.file_size) == (labels["snapshots"], 10_000)
            assert (cell.small_phase is None) == (labels["strategy"] == "one")
            if cell.small_phase:
                small = cell.small_phase
                assert small.item == f"{name}_small" and small.network == "short" and small.keep_weights
                assert small.labels == tuple((key, labels[key]) for key in ("kernel", "alpha") if key in labels)
                assert (small.system.box_length, small.system.num_points) == (small_box, small_points)
                same = replace(small.system, box_length=box, cells=system.cells, num_modes=modes)
                assert same == system and small.training.num_snapshots == 10_000
                check_cutoff(small.system.box_length, small.system.cutoff)  # in 2-D 3 is just twice R
                assert cell.settings()["small_phase"] == small.settings()
    names = [cell.name for cell in FIGURE8.cells("quick")]
    assert names[0] == "screened_coulomb_alpha0.9_one_snapshots10_seed0"
    assert FIGURE8.cells("smoke")[-1].small_phase.title == "figure8_small/screened_coulomb_alpha0.9_seed0"


def test_epochs_of_the_large_phase():
    """Both strategies and every number of snapshots have equally many epochs, also with another recipe."""
    for recipe in (None, "paper"):
        for cell in FIGURE8.cells("quick", recipe):
            size = cell.training.num_snapshots
            assert cell.training.stages == ((20, 2),) and cell.training.snapshots_seen == 20 * size
            assert cell.training.file_size == 1000 and cell.training.changes == {}
    assert "1,000 snapshots, recipe paper: 20 epochs of batch 2; small" in FIGURE8.words("quick", "paper")
    assert "its own epochs" in FIGURE8.words("paper")


@pytest.mark.parametrize(("table", "preset"), [(TABLE3, "quick"), (TABLE4, "quick"), (TABLE4, "smoke")])
def test_full_range_from_short_range(table, preset):
    """The full-range cells start from the short-range cell of the same data and seed."""
    cells = table.cells(preset, seeds=(0, 1))
    short = {(cell.system.mu, cell.seed): cell for cell in cells if cell.network == "short"}
    assert len(short) == 2 * len({cell.system.mu for cell in cells}) < len(cells)
    for cell in cells:
        if cell.network == "short":
            assert cell.keep_weights and cell.small_phase is None and cell.training.changes == {}
        else:
            assert cell.small_phase == short[cell.system.mu, cell.seed]
            assert cell.settings()["long_range_rows"] == "zero"
    assert "; full-range from the trained short-range networks on: " in table.words(preset)
    assert not any(cell.small_phase or cell.keep_weights for cell in table.cells("paper"))


def test_full_range_with_a_training_of_its_own():
    rates = {cell.network: cell.training.changes.get("learning_rate") for cell in TABLE3.cells("quick")}
    assert rates == {"short": None, "full": 1e-3}
    # another recipe has its own rate
    assert all(cell.training.changes == {} for cell in TABLE3.cells("quick", "paper"))


def test_every_preset_has_words_and_json():
    for item in ITEMS.values():
        assert tuple(item.presets) == PRESETS
        for preset in PRESETS:
            assert "snapshots" in item.words(preset) and "\n" not in item.words(preset)
            cells = item.cells(preset)
            assert len({cell.title for cell in cells}) == len(cells) > 0
            for cell in cells:
                assert json.loads(json.dumps(cell.settings()))["seed"] == 0
                assert cell.training.num_steps > 0
    words = "1,000 snapshots, recipe fast: 100 epochs of batch 8 (100,000 snapshots seen), start = data"
    assert TABLE1.words("quick") == TABLE6.words("quick") == words + ", keep_lengths = True"
    assert "columns none, 63 only" in TABLE2.words("smoke")
    assert "10, 30, 100, 300, 1,000, 3,000 snapshots" in FIGURE7.words("quick")
    assert "40 epochs" in FIGURE7.words("quick")


def test_visits_give_every_number_of_snapshots_the_same_steps():
    for size in (10, 30, 100, 300, 1000):
        training = Training(size, recipe="fast", visits=40_000)
        assert training.stages == ((math.ceil(40_000 / size), 8),)
        assert training.num_steps == training.make_recipe().total_steps(size) == pytest.approx(5000, rel=0.01)
        assert training.snapshots_seen == pytest.approx(40_000, rel=0.01)
    assert Training(3, recipe="fast", visits=100).stages == ((34, 3),)
    assert Training(10).stages == ((200, 8), (400, 10), (800, 10), (1600, 10))  # no batch larger than the data


def test_changes_and_network_options_are_recorded():
    training = Training(1000, recipe="fast", changes={"average": 0.99}, network={"smooth_cutoff": True})
    assert training.make_recipe().average == 0.99
    assert training.words().endswith(", average = 0.99, smooth_cutoff = True")
    cell = replace(TABLE1.cells("quick")[0], training=training)
    assert cell.settings()["training"]["network"] == {"smooth_cutoff": True}
    assert cell.settings()["training"]["stages"] == ((300, 8),)


def test_training_that_does_not_fit():
    with pytest.raises(ValueError, match="recipe must be one of 'paper', .*; received 'slow'"):
        Training(10, recipe="slow")
    with pytest.raises(ValueError, match="visits must be None when changes have stages"):
        Training(10, visits=5, changes={"stages": ((1, 2),)})
    with pytest.raises(ValueError, match="in_file must be at least num_snapshots = 10; received 5"):
        Training(10, in_file=5)
    with pytest.raises(ValueError, match="start must be one of 'glorot', 'data'; received 'zero'"):
        Training(10, start="zero")
    with pytest.raises(ValueError, match="keep_lengths must be False unless start is 'data'; received start='glorot'"):
        Training(10, keep_lengths=True)


def test_the_start_is_recorded_where_it_is_not_the_one_of_old_records():
    cell = replace(TABLE1.cells("quick")[0], training=Training(10))
    assert "start" not in cell.settings()["training"]
    assert replace(cell, training=Training(10, start="data")).settings()["training"]["start"] == "data"
    assert Training(10, start="data").words().endswith(", start = data")
    kept = Training(10, start="data", keep_lengths=True)
    assert replace(cell, training=kept).settings()["training"]["keep_lengths"]
    assert kept.for_network("short") == Training(10, start="data")  # which has no λ


def test_another_recipe_has_a_folder_of_its_own():
    cell = TABLE1.cells("demo", recipe="paper")[0]
    assert (cell.preset, cell.training.recipe, cell.training.stages) == ("demo-paper", "paper", ((50, 16),))
    assert TABLE1.cells("demo", recipe="fast")[0].preset == TABLE1.folder("demo", "fast") == "demo"
    assert TABLE1.cells("quick", recipe="paper")[0].training.stages == ((200, 8), (400, 16), (800, 32), (1600, 64))
    # what is changed in the preset's recipe is of no use to another, the length is
    changed = Training(1000, recipe="fast", changes={"learning_rate": 1e-2}, visits=100)
    assert changed.with_recipe("paper") == Training(1000, recipe="paper", visits=100)
    assert changed.with_recipe("fast") == changed
    cell = FIGURE7.cells("quick", recipe="paper")[-1]
    assert (cell.preset, cell.small_phase.preset, cell.small_phase.training.recipe) == (
        "quick-paper",
        "quick-paper",
        "paper",
    )


def test_data_of_a_cell(folders):
    """Kernels, and one file for all numbers of large snapshots."""
    assert make_kernel(TABLE1.cells("paper")[0].system).mu == 0.5
    mixture = make_kernel(FIGURE8.cells("paper")[-1].system)
    assert mixture.weights == (0.5, 0.5) and [kernel.mu for kernel in mixture.kernels] == [10.0, 1.0]
    one, other = FIGURE7.cells("smoke")[:2]
    assert one.training.num_snapshots != other.training.num_snapshots
    paths = ensure_data(one, folders)
    assert ensure_data(other, folders) == paths and all(path.exists() for path in paths)
    assert paths[0].name == "screened_coulomb_mu5-0.5_alpha0.9-0.1_box50_n200_s32_seed0.h5"
