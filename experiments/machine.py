"""What the numbers of a record depend on besides the code and the settings."""

import importlib
import importlib.util
import platform
from importlib import metadata
from pathlib import Path

from lrc_keras.machine import usable_cores


def machine():
    """Processor, cores and versions of the packages that decide the last digits, a dict for JSON."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    names = ("tensorflow", "keras", "numpy", "finufft")
    flags = fields.get("flags", "").split()
    return {
        "processor": fields.get("model name", platform.processor()),
        **({"vector_units": [flag for flag in ("avx2", "avx512f") if flag in flags]} if flags else {}),
        "cores": usable_cores(),
        "python": platform.python_version(),
        **{name: _version(name) for name in names if importlib.util.find_spec(name)},
    }


def _version(name):
    """The version of an installed package, also where its distribution has another name, such as tensorflow-cpu."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return getattr(importlib.import_module(name), "__version__", "unknown")
