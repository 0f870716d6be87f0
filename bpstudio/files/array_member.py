"""Arrays as members of a session file: float64, little-endian, as they lie in memory; JSON says name and shape."""

import math
from collections.abc import Mapping

import numpy as np

from bpstudio.errors import SessionFileError
from bpstudio.files.section import Section
from bpstudio.files.session_limits import MOST_NUMBERS
from bpstudio.files.shown import shown
from bpstudio.model.spec import Array

KEY = "array"
SMALL = 512
"""Arrays up to this many numbers stay in the JSON text, where people can read them."""


def array_bytes(values: Array) -> bytes:
    """The numbers, row by row."""
    return np.ascontiguousarray(values, dtype="<f8").tobytes()


def refer(name: str, values: Array, members: dict[str, bytes]) -> object:
    """What stands in JSON for an array: itself if it is small, else the name of a member, which is added to ``members``."""
    if values.size <= SMALL:
        return values.tolist()
    members[name] = array_bytes(values)
    return {KEY: name, "shape": list(values.shape)}


def resolve(value: object, place: str, members: Mapping[str, bytes]) -> object:
    """The array that :func:`refer` put away, read-only; anything else as it is. Raises SessionFileError."""
    if not isinstance(value, Mapping):
        return value
    section = Section(value, place)
    name = section.text(KEY, None)
    shape = section.items("shape", "a list of whole numbers", 2)
    section.finish()
    if not all(type(n) is int and 0 <= n <= MOST_NUMBERS for n in shape):
        raise SessionFileError(f"{place}.shape: expected whole numbers, got {shown(shape)}")
    sizes = [n for n in shape if isinstance(n, int)]
    return read_array(name, members).reshape(_fitting(sizes, name, members))


def read_array(name: str, members: Mapping[str, bytes]) -> Array:
    """The numbers of a member, shape (n,), read-only. Raises SessionFileError when it is missing or broken off."""
    content = members.get(name)
    if content is None:
        raise SessionFileError(f"{shown(name)} is missing")
    if len(content) % 8:
        raise SessionFileError(f"{name}: expected numbers of 8 bytes, got {len(content):,} bytes")
    if len(content) // 8 > MOST_NUMBERS:
        raise SessionFileError(f"{name}: there are more than {MOST_NUMBERS:,} numbers")
    return np.frombuffer(content, dtype="<f8").astype(np.float64, copy=False)


def _fitting(shape: list[int], name: str, members: Mapping[str, bytes]) -> list[int]:
    if math.prod(shape) * 8 != len(members[name]):
        raise SessionFileError(f"{name}: its length does not fit the shape {shape}")
    return shape
