"""Reading result records: what is kept, and what is said about a bad one."""

import json
import math

import pytest

from experiments.records import RecordError, read_record, read_records


def test_a_record_keeps_its_entries(write_record):
    multiplier = {"inverse_length": {"initial": [0.66, 1.25], "final": [0.5, 5.0]}}
    record = read_record(write_record(mu=2, network="short", seed=3, error=0.25, multiplier=multiplier))
    assert record.cell == {"mu": 2, "network": "short"}
    assert (record.item, record.preset, record.recipe) == ("table1", "quick", "soap")
    assert (record.seed, record.error, record.snapshots_seen) == (3, 0.25, 2400)
    assert record.multiplier == multiplier
    assert record.curve["snapshots"] == [0, 800, 1600, 2400]
    assert math.isnan(record.curve["test_error"][1])


@pytest.mark.parametrize("error", [math.nan, math.inf])
def test_an_error_is_a_finite_number(write_record, error):
    """A training that diverges ends without a record."""
    with pytest.raises(RecordError, match="entry 'error' must be"):
        read_record(write_record(error=error))


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"schema": 2}, "expected schema version 1; received 2"),
        ({"schema": None}, "received None"),
        ({"error": "small"}, "'error' must be float | int; received 'small'"),
        ({"error": True}, "'error' must be"),
        ({"seed": 1.5}, "'seed' must be int"),
        ({"multiplier": []}, "'multiplier' must be dict | None"),
        ({"cell": {"mu": [5, 0.5]}}, "cell entry 'mu'"),
        ({"curve": {"snapshots": [1]}}, "curve entry 'test_error'"),
        ({"curve": {"snapshots": [1], "test_error": ["a"]}}, "curve entry 'test_error'"),
        ({"curve": {"snapshots": [1], "test_error": []}}, "differ in length"),
    ],
)
def test_a_wrong_entry_is_named_with_its_file(write_record, entries, words):
    path = write_record(**entries)
    with pytest.raises(RecordError) as caught:
        read_record(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("content", [b"", b'{"schema": 1,', b"\xff\xfe", b"[" * 100000])
def test_a_damaged_file_is_named(write_record, content):
    path = write_record()
    path.write_bytes(content)
    with pytest.raises(RecordError, match="not valid JSON") as caught:
        read_record(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_entry_is_named(write_record):
    path = write_record()
    content = json.loads(path.read_text())
    del content["error"]
    path.write_text(json.dumps(content))
    with pytest.raises(RecordError, match="'error' is missing"):
        read_record(path)


def test_a_file_that_is_not_there_or_no_object(tmp_path):
    with pytest.raises(RecordError, match="cannot be read"):
        read_record(tmp_path / "none.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(RecordError, match="a record is a JSON object; received list"):
        read_record(tmp_path / "list.json")


def test_a_folder_is_read_in_order_without_unfinished_files(write_record, tmp_path):
    write_record(mu=1.0)
    write_record(mu=0.5)
    write_record(mu=5.0, name=".mu5.json")
    write_record(mu=5.0, name="mu5.json.partial")
    records = read_records(tmp_path / "results", "table1", "quick")
    assert [record.cell["mu"] for record in records] == [0.5, 1.0]


def test_a_missing_preset_names_those_there_are(write_record, tmp_path):
    write_record()
    write_record(preset="full", folder="full")
    (tmp_path / "results" / "table1" / "empty").mkdir()
    with pytest.raises(RecordError, match=r"table1/slow does not exist; presets with .*: full, quick$"):
        read_records(tmp_path / "results", "table1", "slow")
    with pytest.raises(RecordError, match=r"table1/empty holds no record; .*: full, quick$"):
        read_records(tmp_path / "results", "table1", "empty")
    with pytest.raises(RecordError, match=r"table2/quick does not exist; .*: none$"):
        read_records(tmp_path / "results", "table2", "quick")


def test_a_record_in_the_wrong_folder_is_named(write_record, tmp_path):
    path = write_record(preset="full")
    with pytest.raises(RecordError, match="belongs to table1/full, not table1/quick") as caught:
        read_records(tmp_path / "results", "table1", "quick")
    assert str(path) in str(caught.value)
