"""What was measured on: processor, Python and the versions of everything that takes part."""

import importlib.metadata
import platform
from pathlib import Path

PACKAGES = ("numpy", "numba", "torch", "scikit-learn", "micrograd")


def processor() -> str:
    """The name the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.machine()


def versions() -> tuple[list[str], list[str]]:
    """Those installed as `name version`, and the names of those that are not."""
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    return found, missing
