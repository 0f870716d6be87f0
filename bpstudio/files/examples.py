"""Finds the example runs that are shipped: one JSON file each in resources/examples."""

from pathlib import Path

from bpstudio import resources
from bpstudio.errors import RunFileError
from bpstudio.files.shown import shown

_FIRST = ("two-layer-deltas", "matrix-form", "mazur", "xor", "iris", "moons", "digits")


def example_names() -> tuple[str, ...]:
    """All names, those a newcomer should see first in front, the others by the alphabet."""
    found = {path.stem for path in resources.path("examples").glob("*.json")}
    return (*(name for name in _FIRST if name in found), *sorted(found.difference(_FIRST)))


def example_path(name: str) -> Path:
    """The run file of an example; raises RunFileError for an unknown name."""
    if name not in example_names():
        raise RunFileError("", f"there is no example {shown(name)}; the examples are {', '.join(example_names())}")
    return resources.path("examples", f"{name}.json")


def example_text(name: str) -> str:
    """The run file of an example as it is written; raises RunFileError for an unknown name."""
    return example_path(name).read_text(encoding="utf-8")
