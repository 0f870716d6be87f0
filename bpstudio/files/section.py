"""Reads the fields of one object of a run file, each with its place in every error."""

import difflib
import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

import numpy as np

from bpstudio.errors import RunFileError
from bpstudio.files.json_reader import JsonObject
from bpstudio.files.limits import MOST_TEXT
from bpstudio.files.shown import escaped, shown

Name = TypeVar("Name", bound=StrEnum)


class Section:
    """One object (`network.layers[1]`) whose keys are read one by one; ``finish`` refuses what nobody read."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, Mapping):
            raise RunFileError(place, f"expected an object, got {shown(value)}")
        self.place = place
        self._values: Mapping[Any, object] = value
        self._known: list[str] = []
        repeated = value.repeated if isinstance(value, JsonObject) else None
        if repeated is not None:
            raise RunFileError(self.at(repeated), "this key is written twice")

    def at(self, key: object) -> str:
        """The place of a key."""
        name = escaped(key) if isinstance(key, str) else shown(key)
        return f"{self.place}.{name}" if self.place else name

    def fail(self, key: str, problem: str) -> NoReturn:
        """Raise an error at a key."""
        raise RunFileError(self.at(key), problem)

    def has(self, key: str) -> bool:
        """Whether the key is written, even as null."""
        self._known.append(key)
        return key in self._values

    def value(self, key: str, default: object = None) -> object:
        """The bare value of a key."""
        self._known.append(key)
        return self._values.get(key, default)

    def required(self, key: str, expected: str) -> object:
        """The bare value of a key that must be there."""
        if not self.has(key):
            self.fail(key, f"missing; expected {expected}")
        return self._values[key]

    def section(self, key: str) -> "Section":
        """The object under a key; an empty one when it is not written."""
        return Section(self.value(key, {}), self.at(key))

    def items(self, key: str, expected: str, at_most: int) -> list[object]:
        """The list under a key that must be there."""
        value = self.required(key, expected)
        return list_of(value, self.at(key), expected, at_most)

    def whole(self, key: str, default: int | None, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``; ``default`` None makes the key required."""
        if not self.has(key):
            if default is None:
                self.fail(key, f"missing; expected a whole number ≥ {low}")
            return default
        value = self._values[key]
        if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
            self.fail(key, f"expected a whole number ≥ {low}, got {shown(value)}")
        if value < low:
            self.fail(key, f"expected a whole number ≥ {low}, got {shown(int(value))}")
        if value > high:
            self.fail(key, f"expected at most {high:,}, got {shown(int(value))}")
        return int(value)

    def number(
        self,
        key: str,
        default: float | None,
        *,
        low: float = -math.inf,
        below: float = math.inf,
        above: float | None = None,
    ) -> float:
        """A finite number in [low, below), or above ``above``; ``default`` None makes the key required."""
        expected = _range_text(low, below, above)
        if not self.has(key):
            if default is None:
                self.fail(key, f"missing; expected {expected}")
            return default
        value = finite(self._values[key], self.at(key), expected)
        if value < low or value >= below or (above is not None and value <= above):
            self.fail(key, f"expected {expected}, got {shown(self._values[key])}")
        return value

    def truth(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self.value(key, default)
        if not isinstance(value, bool):
            self.fail(key, f"expected true or false, got {shown(value)}")
        return value

    def text(self, key: str, default: str | None) -> str:
        """A text of at most 10,000 characters; ``default`` None makes the key required."""
        value = self.value(key, default) if default is not None else self.required(key, "a text")
        return checked_text(value, self.at(key))

    def choice(self, key: str, names: type[Name], default: Name | None) -> Name:
        """One of the names of an enum; ``default`` None makes the key required."""
        listed = ", ".join(names)
        if not self.has(key):
            if default is None:
                self.fail(key, f"missing; expected one of {listed}")
            return default
        value = self._values[key]
        if not isinstance(value, str) or value not in {str(name) for name in names}:
            self.fail(key, f"expected one of {listed}, got {shown(value)}")
        return names(value)

    def rest(self) -> dict[str, object]:
        """Keys that nobody read so far, with their values; afterwards they count as read."""
        left = {key: value for key, value in self._values.items() if key not in self._known}
        self._known.extend(left)
        return left

    def finish(self, reason: str = "") -> None:
        """Raise an error at a key that nobody read, suggesting the nearest known one; ``reason`` may say why."""
        for key in self._values:
            if key in self._known:
                continue
            near = difflib.get_close_matches(key[:100], self._known, n=1) if isinstance(key, str) else []
            hint = f"; did you mean {near[0]}?" if near else f"; known here: {', '.join(dict.fromkeys(self._known))}"
            raise RunFileError(self.at(key), f"unknown key{reason}{hint}")


def finite(value: object, place: str, expected: str = "a finite number") -> float:
    """Return a value as float; raises RunFileError unless it is a finite number (true and "1" are none)."""
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool):
        try:
            result = float(value)
        except (OverflowError, ValueError):
            result = math.inf
        if math.isfinite(result):
            return result
    raise RunFileError(place, f"expected {expected}, got {shown(value)}")


def checked_text(value: object, place: str) -> str:
    """Return a value as text; raises RunFileError for others, for more than 10,000 characters, and for half characters."""
    if not isinstance(value, str):
        raise RunFileError(place, f"expected a text, got {shown(value)}")
    if len(value) > MOST_TEXT:
        raise RunFileError(place, f"expected at most {MOST_TEXT:,} characters, got {len(value):,}")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise RunFileError(place, f"expected a text in Unicode, got half a surrogate pair in {shown(value)}")
    return value


def list_of(value: object, place: str, expected: str, at_most: int) -> list[object]:
    """Return a value as list; raises RunFileError for others and for more than ``at_most`` entries."""
    if not isinstance(value, list | tuple):
        raise RunFileError(place, f"expected {expected}, got {shown(value)}")
    if len(value) > at_most:
        raise RunFileError(place, f"expected at most {at_most:,} entries, got {len(value):,}")
    return list(value)


def _range_text(low: float, below: float, above: float | None) -> str:
    if above is not None:
        return f"a finite number > {above:g}" + (f" and < {below:g}" if below < math.inf else "")
    if low == -math.inf:
        return "a finite number"
    return f"a finite number ≥ {low:g}" + (f" and < {below:g}" if below < math.inf else "")
