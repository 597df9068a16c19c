"""What counts as done, and what a record is."""

import json
import math
from dataclasses import asdict, replace

import pytest

from experiments.paper import ITEMS
from experiments.paper.one_dimension import FIGURE7, TABLE1
from experiments.records import RecordError, read_record, short, write_record
from experiments.running.command import OWN_RECORDS
from experiments.running.folders import Folders, has_weights, is_done

CELL = TABLE1.cells("smoke")[0]
SMALL = FIGURE7.cells("smoke")[-1].small_phase


def test_done_is_a_record_of_the_same_settings(folders, finish):
    assert not is_done(CELL, folders)
    finish(CELL)
    assert is_done(CELL, folders)


def test_records_are_copied_without_weights(folders, finish):
    """The cell is done, but others cannot start from it."""
    finish(SMALL)
    assert is_done(SMALL, folders) and has_weights(SMALL, folders)
    folders.weights(SMALL).unlink()
    assert is_done(SMALL, folders) and not has_weights(SMALL, folders)


def test_a_record_of_a_changed_recipe(folders, finish):
    """All settings of the recipe are compared, except for those that are newer than the record."""
    recipe = asdict(CELL.training.make_recipe())
    del recipe["particle_energy_weight"]
    settings = json.loads(json.dumps({**CELL.settings(), "recipe": recipe}))
    finish(CELL, settings=settings)
    assert is_done(CELL, folders)
    settings["recipe"]["learning_rate"] = 0.001
    finish(CELL, settings=settings)
    with pytest.raises(RecordError, match=r"a record with recipe.learning_rate = 0.001, where this run has 0.005"):
        is_done(CELL, folders)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_snapshots": 64}, "training.num_snapshots = 32, where this run has 64"),
        ({"changes": {"average": 0.9}}, "training.changes.average = nothing, where this run has 0.9"),
        ({"visits": 512}, r"training.stages\[0\]\[0\] = 8, where this run has 16"),
    ],
)
def test_a_record_of_other_settings(folders, finish, changes, message):
    finish(CELL)
    other = replace(CELL, training=replace(CELL.training, **changes))
    with pytest.raises(RecordError, match=rf"mu0.5_short_seed0.json: a record with {message}"):
        is_done(other, folders)


def test_a_small_phase_is_part_of_the_settings(folders, finish):
    cell = FIGURE7.cells("smoke")[-1]
    finish(cell)
    small = replace(SMALL, training=replace(SMALL.training, num_test=3))
    with pytest.raises(RecordError, match="small_phase.training.num_test = 16, where this run has 3"):
        is_done(replace(cell, small_phase=small), folders)


def test_a_damaged_record_is_not_skipped(folders, finish):
    finish(CELL)
    for text, message in (("{", "not valid JSON"), ("[]", "a record is a JSON object; received list")):
        folders.record(CELL).write_text(text)
        with pytest.raises(ValueError, match=f"mu0.5_short_seed0.json: {message}"):
            is_done(CELL, folders)
    folders.record(CELL).write_text('{"schema": 1}')
    with pytest.raises(RecordError, match="entry 'item' is missing"):
        is_done(CELL, folders)


def test_a_record_without_settings_is_of_another_run(folders, finish):
    finish(CELL, settings={})
    with pytest.raises(RecordError, match="a record with data_seeds = nothing"):
        is_done(CELL, folders)


@pytest.mark.parametrize("name", ITEMS)
def test_the_records_of_the_repository_are_done(name):
    """What a record says of its settings is what the item asks for today, so that no run is repeated."""
    item, folders = ITEMS[name], Folders(OWN_RECORDS)
    seeds = sorted({int(path.stem.rpartition("seed")[2]) for path in OWN_RECORDS.glob(f"{item.name}/quick/*.json")})
    cells = item.cells("quick", seeds=seeds or (0,))
    cells += [cell.small_phase for cell in cells if cell.small_phase is not None and cell.long_range_rows != "zero"]
    there = [cell for cell in cells if folders.record(cell).exists()]
    # some columns have more seeds than others; the first seed has all of them
    first = [cell.title for cell in cells if cell.seed == cells[0].seed]
    assert first == [cell.title for cell in there if cell.seed == cells[0].seed]
    assert all(is_done(cell, folders) for cell in there)


def test_a_record_is_json_without_nan(tmp_path):
    path = tmp_path / "table1" / "record.json"
    curve = {"snapshots": [1, 2, 3], "test_error": [math.nan, 1.0, -math.inf]}
    entries = {"item": "table1", "preset": "a", "recipe": "b", "seed": 0, "snapshots_seen": 3, "multiplier": None}
    write_record(path, **entries, error=0.5, start_up_time=math.nan, curve=curve, cell={"modes": None})
    assert json.loads(path.read_text(), parse_constant=pytest.fail)["curve"]["test_error"] == [None, 1.0, None]
    record = read_record(path)
    assert record.start_up_time is None and record.cell == {"modes": None} and record.curve["test_error"][1] == 1.0
    assert not list(path.parent.glob("*.partial"))
    assert short(1 / 3) == 0.3333333


def test_every_record_of_the_repository_is_read():
    paths = sorted(OWN_RECORDS.rglob("*.json"))
    reports = {
        path: json.loads(path.read_text())["item"] for path in paths if "results" in json.loads(path.read_text())
    }
    for path in paths:
        record = read_record(path, reports.get(path))
        assert record.results is not None if path in reports else record.item == path.parts[-3]
    assert 0 < len(reports) < len(paths)
