"""The cores of a process."""

import os

import pytest

from lrc_keras import machine


@pytest.mark.parametrize(
    ("quota", "cores"), [("150000 100000", 2), ("10000 100000", 1), ("9900000 100000", 8), ("max 100000", 8), ("", 8)]
)
def test_cores_within_the_quota_of_a_container(quota, cores, tmp_path, monkeypatch):
    """Microseconds of computing in a period of 0.1 s, rounded up to whole cores."""
    path = tmp_path / "cpu.max"
    path.write_text(quota)
    monkeypatch.setattr(machine, "QUOTA", path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert machine.usable_cores() == cores


def test_cores_without_a_quota(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "QUOTA", tmp_path / "none")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert machine.usable_cores() == os.cpu_count()
