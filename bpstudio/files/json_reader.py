"""Turns bytes into JSON values, strictly: UTF-8, bounded depth, no duplicate keys, no NaN, no 1e999.

Numbers that no float can hold, and keys written twice, become marks (`OutOfRange`, `JsonObject.repeated`), so that the reader
of the field can name its place.
"""

import json
import math
import re
from typing import NoReturn

from bpstudio.errors import RunFileError
from bpstudio.files.limits import (
    MOST_DEPTH,
    MOST_FILE_BYTES,
    MOST_KEYS,
    MOST_LISTS,
    MOST_OBJECTS,
    MOST_TEXTS,
    MOST_VALUES,
)
from bpstudio.files.shown import escaped
from bpstudio.records import dataclass

# One string (even an unfinished one, so that no quote is scanned twice) or one bracket.
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_MOST_DIGITS = 400


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """A number that is no finite float: 1e999, NaN, Infinity, 500 digits."""

    text: str

    def __str__(self) -> str:
        return self.text


class JsonObject(dict[str, object]):
    """An object of the file; ``repeated`` is a key it holds twice, if any."""

    repeated: str | None = None


def read_json(content: bytes | str) -> object:
    """Return the JSON value in ``content``; raises RunFileError naming line and column of what is no JSON."""
    text = content if isinstance(content, str) else decode_text(content)
    if len(text) > MOST_FILE_BYTES:
        raise RunFileError("", f"the text is too long; at most {MOST_FILE_BYTES:,} characters are read")
    if not text.strip():
        raise RunFileError("", "the file is empty; expected a run file in JSON")
    _require_shape(text)
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_int=_whole, parse_float=_number, parse_constant=OutOfRange
        )
    except json.JSONDecodeError as error:
        problem = error.msg[:1].lower() + error.msg[1:]
        raise RunFileError(f"line {error.lineno}, column {error.colno}", f"not JSON: {problem}") from None


def decode_text(content: bytes, place: str = "") -> str:
    """Return UTF-8 bytes as text, without a byte order mark; raises RunFileError naming the line of a bad byte."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        where = f"line {line}" if not place else f"{place}: line {line}"
        raise RunFileError(where, f"byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8") from None


def _object(pairs: list[tuple[str, object]]) -> JsonObject:
    result = JsonObject(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        result.repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return result


def _whole(text: str) -> int | OutOfRange:
    return int(text) if len(text) <= _MOST_DIGITS else OutOfRange(escaped(text))


def _number(text: str) -> float | OutOfRange:
    value = float(text)
    return value if math.isfinite(value) else OutOfRange(escaped(text))


def _require_shape(text: str) -> None:
    """Refuse nests and crowds of brackets, keys and values before the parser makes an object of each."""
    if text.count(",") > MOST_VALUES:
        raise RunFileError("", f"there are more than {MOST_VALUES:,} values; so many belong into a CSV file")
    if text.count(":") > MOST_KEYS:
        raise RunFileError("", f"there are more than {MOST_KEYS:,} keys")
    if text.count('"') > 2 * MOST_TEXTS:
        raise RunFileError("", f"there are more than {MOST_TEXTS:,} texts")
    depth = lists = objects = 0
    for match in _BRACKETS.finditer(text):
        first = text[match.start()]
        if first == '"':
            continue
        if first in "]}":
            depth -= 1
            continue
        depth += 1
        lists += first == "["
        objects += first == "{"
        if depth > MOST_DEPTH:
            _fail_at(text, match.start(), f"lists and objects are nested more than {MOST_DEPTH} deep")
        if lists > MOST_LISTS:
            _fail_at(text, match.start(), f"there are more than {MOST_LISTS:,} lists")
        if objects > MOST_OBJECTS:
            _fail_at(text, match.start(), f"there are more than {MOST_OBJECTS:,} objects")


def _fail_at(text: str, start: int, problem: str) -> NoReturn:
    line = text.count("\n", 0, start) + 1
    raise RunFileError(f"line {line}", problem)
