import json

from experiments.data import make_kernel
from experiments.paper_values import PAPER_TABLES
from experiments.settings import PRESET_NOTES, PRESETS, TABLE1_MU, TABLE1_SYSTEM, table1_cells


def test_table1_is_section_5_1():
    assert (TABLE1_SYSTEM.dim, TABLE1_SYSTEM.num_points, TABLE1_SYSTEM.box_length) == (1, 20, (5.0,))
    assert (TABLE1_SYSTEM.cutoff, TABLE1_SYSTEM.min_distance, TABLE1_SYSTEM.num_modes) == (1.5, 0.05, (501,))
    cells = table1_cells("paper")
    assert len(cells) == len({cell.name for cell in cells}) == 10
    training = cells[0].training
    assert (training.recipe, training.changes, training.num_snapshots, training.num_test) == ("paper", {}, 1000, 100)
    assert set(PAPER_TABLES["table1"]["full"]) == set(TABLE1_MU)


def test_every_preset_is_explained_and_json():
    assert PRESETS.keys() == PRESET_NOTES.keys()
    for preset in PRESETS:
        for cell in table1_cells(preset):
            assert json.loads(json.dumps(cell.settings()))["seed"] == 0


def test_names_and_filters():
    cells = table1_cells("quick", mu=[0.5], networks=("full",), seeds=(0, 3))
    assert [cell.name for cell in cells] == ["mu0.5_full_seed0", "mu0.5_full_seed3"]


def test_kernel_of_a_cell():
    kernel = make_kernel(table1_cells("paper")[0].system)
    assert kernel.mu == 0.5
