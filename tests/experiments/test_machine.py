from importlib import metadata

import numpy as np

from experiments.machine import machine


def test_versions_of_packages_whose_distribution_has_another_name(monkeypatch):
    """Such as tensorflow-cpu."""

    def version(name):
        raise metadata.PackageNotFoundError(name)

    known = machine()
    assert {"processor", "cores", "python", "tensorflow", "keras", "numpy"} <= set(known)
    monkeypatch.setattr(metadata, "version", version)
    assert machine() == known and known["numpy"] == np.__version__
