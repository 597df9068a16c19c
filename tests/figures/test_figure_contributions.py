"""Figure 3 is drawn from its record alone, twice the same, and a bad record is named."""

import json

import pytest

from experiments.records import RecordError
from figures.__main__ import main
from figures.plotting.reports import draw_figure3, read_figure3

RECORD = {
    "schema": 1,
    "item": "figure3",
    "settings": {"cutoff": 1.5, "box_length": 10.0, "particle": 100},
    "results": {
        "displacements": [-4.0, -1.0, 0.5, 2.0],
        "rows": [
            {"mu": 5.0, "force": -0.1, "share_beyond_cutoff": 0.0004, "contributions": [0.0, 0.1, -0.2, 0.0]},
            {"mu": 0.5, "force": -0.2, "share_beyond_cutoff": 0.47, "contributions": [0.1, 0.4, -0.5, -0.2]},
        ],
    },
}


@pytest.fixture
def records(tmp_path):
    def write(record):
        (tmp_path / "figure3").mkdir(exist_ok=True)
        (tmp_path / "figure3" / "contributions.json").write_text(
            record if isinstance(record, str) else json.dumps(record)
        )
        return tmp_path

    return write


def test_drawn_twice_the_same(records):
    folder = records(RECORD)
    for out in ("first", "second"):
        assert main(["figure3", "--records", str(folder), "--out", str(folder / out)]) == 0
    for kind in ("png", "pdf"):
        name = f"figure3.{kind}"
        assert (folder / "first" / name).read_bytes() == (folder / "second" / name).read_bytes()


def test_it_says_what_comes_from_far(records):
    figure = draw_figure3(records(RECORD))
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "from beyond\nR = 1.5: 0.04 %" in words and "from beyond\nR = 1.5: 47 %" in words
    # Distances 0.5, 1, 2, 4 bring 0.5, 0.4, 0.2 and 0.1 of 1.2.
    shares = figure.axes[2].lines[2].get_ydata()
    assert list(shares) == pytest.approx([0, 0.5 / 1.2, 0.9 / 1.2, 1.1 / 1.2, 1])


@pytest.mark.parametrize(
    "change, message",
    [
        ("{", "not valid JSON"),
        ({"item": "table1"}, "expected a record of figure3; received 'table1'"),
        ({"results": {}}, "not a readable record"),
        ({"results": {"displacements": [1.0], "rows": RECORD["results"]["rows"]}}, "a contribution per particle"),
        ({"results": {"displacements": RECORD["results"]["displacements"], "rows": []}}, "expected 2 rows"),
    ],
)
def test_bad_records_are_named(records, change, message):
    folder = records(change if isinstance(change, str) else {**RECORD, **change})
    with pytest.raises(RecordError, match=f"contributions.json: .*{message}"):
        read_figure3(folder)


@pytest.mark.parametrize("change", ["particle", "zero"])
def test_records_that_cannot_be_drawn_are_named(records, change):
    record = json.loads(json.dumps(RECORD))
    if change == "particle":
        del record["settings"]["particle"]
    else:
        record["results"]["rows"][0]["contributions"] = [0.0] * 4
    with pytest.raises(RecordError, match="contributions.json"):
        read_figure3(records(record))
