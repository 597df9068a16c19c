"""Finished cells without training: a record as a run would leave it, in a folder of the test."""

import json

import pytest

from experiments.records import write_record
from experiments.running.folders import Folders


@pytest.fixture
def folders(tmp_path):
    return Folders(tmp_path)


@pytest.fixture
def finish(folders):
    """Writes the record of a cell, and its weights when it keeps them. Further entries replace the usual ones."""

    def write(cell, **entries):
        seen = cell.training.snapshots_seen
        record = {
            "item": cell.item,
            "preset": cell.preset,
            "recipe": cell.training.recipe,
            "cell": dict(cell.labels),
            "seed": cell.seed,
            "error": 0.01,
            "multiplier": None,
            "settings": {**json.loads(json.dumps(cell.settings())), "recipe": {"name": cell.training.recipe}},
            "steps": cell.training.num_steps,
            "snapshots_seen": seen,
            "wall_time": 10.0,
            "start_up_time": 2.0,
            "curve": {"snapshots": [seen / 2, seen], "seconds": [6.0, 10.0]},
        }
        record |= entries
        record["curve"] = {**record["curve"], "test_error": [0.01] * len(record["curve"]["snapshots"])}
        write_record(folders.record(cell), **record)
        if cell.keep_weights:
            folders.weights(cell).write_bytes(b"weights")

    return write
