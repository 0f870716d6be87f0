"""Reads lists of numbers into arrays, naming the row and entry that is wrong."""

from typing import TypeGuard

import numpy as np

from bpstudio.errors import RunFileError
from bpstudio.files.section import finite, list_of
from bpstudio.files.shown import shown
from bpstudio.model.spec import Array


def read_vector(value: object, place: str, length: int) -> Array:
    """Return a list of ``length`` finite numbers, read-only, shape (length,)."""
    if _is_sound(value, (length,)):
        return _kept(value)
    entries = _plain(value, place, f"a list of {length} numbers", length)
    result = np.array(_numbers(entries, place))
    result.flags.writeable = False
    return result


def read_matrix(value: object, place: str, shape: tuple[int, int]) -> Array:
    """Return ``shape[0]`` rows of ``shape[1]`` finite numbers, read-only; the first wrong row is named."""
    if _is_sound(value, shape):
        return _kept(value)
    rows, columns = shape
    listed = _plain(value, place, f"{rows} rows of {columns} numbers", rows)
    return _matrix(
        [_plain(r, f"{place}[{k}]", f"a row of {columns} numbers", columns) for k, r in enumerate(listed)], place
    )


def read_rows(value: object, place: str, columns: int, at_most: int, meaning: str) -> Array:
    """Return any number of rows of ``columns`` finite numbers (at most ``at_most``), read-only, shape (N, columns)."""
    if isinstance(value, np.ndarray) and 0 < len(value) <= at_most and _is_sound(value, (len(value), columns)):
        return _kept(value)
    listed = list_of(_listed(value), place, f"a list of rows of {columns} numbers ({meaning})", at_most)
    if not listed:
        return _matrix_of_none(columns)
    expected = f"a row of {columns} numbers ({meaning})"
    return _matrix([_plain(row, f"{place}[{k}]", expected, columns) for k, row in enumerate(listed)], place)


def _is_sound(value: object, shape: tuple[int, ...]) -> TypeGuard[Array]:
    """Whether an array needs no look at each number: large ones come from session files."""
    return (
        isinstance(value, np.ndarray)
        and value.dtype == np.float64
        and value.shape == shape
        and bool((np.abs(value) <= 1e308).all())
    )


def _kept(value: Array) -> Array:
    result = np.array(value)
    result.flags.writeable = False
    return result


def _matrix_of_none(columns: int) -> Array:
    result = np.empty((0, columns))
    result.flags.writeable = False
    return result


def _matrix(rows: list[list[object]], place: str) -> Array:
    result = np.array([_numbers(row, f"{place}[{k}]") for k, row in enumerate(rows)])
    result.flags.writeable = False
    return result


def _numbers(entries: list[object], place: str) -> list[float]:
    return [
        entry if type(entry) is float and -1e308 <= entry <= 1e308 else finite(entry, f"{place}[{k}]")
        for k, entry in enumerate(entries)
    ]


def _plain(value: object, place: str, expected: str, length: int) -> list[object]:
    entries = _listed(value)
    if not isinstance(entries, list | tuple):
        raise RunFileError(place, f"expected {expected}, got {shown(value)}")
    if len(entries) != length:
        raise RunFileError(place, f"expected {expected}, got {len(entries)}")
    return list(entries)


def _listed(value: object) -> object:
    """NumPy arrays in a dict written by a program count as lists."""
    return value.tolist() if isinstance(value, np.ndarray) else value
