"""Made-up records for the tests of `figures`."""

import json

import pytest


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def write_record(tmp_path):
    """Returns a function that writes one made-up record below `tmp_path` and returns its path.

    Its arguments replace entries of the record; `name` and `folder` those of the file. Without a `cell` it is one of
    Table 1.
    """

    def write(
        mu=0.5, network="full", seed=0, error=0.0123, name=None, folder=None, item="table1", cell=None, **entries
    ):
        cell = {"mu": mu, "network": network} if cell is None else cell
        content = {
            "schema": 1,
            "item": item,
            "preset": "quick",
            "recipe": "soap",
            "cell": cell,
            "seed": seed,
            "error": error,
            "settings": {"batch_size": 8},
            "steps": 300,
            "snapshots_seen": 2400,
            "wall_time": 1.5,
            "multiplier": None,
            "curve": {
                "snapshots": [0, 800, 1600, 2400],
                "loss": [9.0, 3.0, 2.0, 1.0],
                "test_error": [1.0, None, 2 * error, error],
                "learning_rate": [1e-3] * 4,
                "seconds": [0.0, 0.5, 1.0, 1.5],
            },
            "versions": {"numpy": "2"},
            **entries,
        }
        name = name or "_".join([*(f"{key}{value}" for key, value in cell.items()), f"seed{seed}.json"])
        path = tmp_path / "results" / item / (folder or "quick") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        return path

    return write
