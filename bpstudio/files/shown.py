"""How a wrong value is quoted in an error: short, on one line, harmless in a terminal."""

import os
from pathlib import Path

MOST_SHOWN = 40


def shown(value: object) -> str:
    """Return a value from a file as a person wrote it, cut at 40 characters; lists and objects by their size."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{escaped(value)}"'
        case list() | tuple():
            return f"a list of {len(value)}"
        case dict():
            return "an object"
        case int() if abs(value) >= 10**MOST_SHOWN:
            return "a whole number of more than 40 digits"
        case _:
            return escaped(str(value))


def shown_name(path: str | Path) -> str:
    """Return a file name in quotes, its end kept when it is long."""
    text = os.fspath(path)
    return f'"{_printable(text if len(text) <= 200 else "…" + text[-199:])}"'


def escaped(text: str) -> str:
    """Return text with everything unprintable written as \\u…, cut at 40 characters."""
    return _printable(text[:MOST_SHOWN]) + ("…" if len(text) > MOST_SHOWN else "")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
