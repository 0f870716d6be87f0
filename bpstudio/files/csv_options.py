"""How a table in a file is to be read: what a person chooses, and what is guessed of it from the file's beginning."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from bpstudio.files.csv_data import strict_number
from bpstudio.records import dataclass

HEAD_BYTES = 64 * 1024
"""What is looked at before a person has chosen: the beginning of the file."""
MOST_HEAD_ROWS = 200
MOST_HEAD_LINES = 2_000
MOST_GUESSED_CLASSES = 50
MOSTLY = 0.8
"""A column with this share of numbers was meant to hold numbers: the others are mistakes to be told of."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}
ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows 1252", "latin-1": "Latin 1"}
MISSING_WORDS = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-", "."})
"""What stands for a number that is missing, in small letters."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COMMA_NUMBER = re.compile(r"[+-]?[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?")


class Use(StrEnum):
    """What a column is for."""

    INPUT = "input"
    TARGET = "target"
    CLASS = "class"
    NOTHING = "leave out"


class Missing(StrEnum):
    """What becomes of a row with a number missing."""

    REFUSE = "refuse the file"
    DROP = "leave the row out"
    MEAN = "take the column's mean"


@dataclass(frozen=True, slots=True)
class CsvOptions:
    """All choices of the dialog. ``uses`` holds one for each column; ``held_out`` is a share from 0 to 0.9."""

    delimiter: str = ","
    is_decimal_comma: bool = False
    has_header: bool = True
    encoding: str = "utf-8"
    missing: Missing = Missing.REFUSE
    uses: tuple[Use, ...] = ()
    is_standardised: bool = True
    held_out: float = 0.0
    seed: int = 0


def number_in(text: str, is_decimal_comma: bool) -> float | None:
    """The finite number in a cell, or None; with a decimal comma a point groups thousands nowhere: it is no number."""
    plain = text.replace("\u2212", "-")
    if is_decimal_comma:
        if "." in plain:
            return None
        plain = plain.replace(",", ".", 1)
    return strict_number(plain)


def is_missing(text: str) -> bool:
    """Whether a cell says that there is no number."""
    return len(text) <= 4 and text.lower() in MISSING_WORDS


def lines_of(text: str) -> Iterator[str]:
    """Lines with their ends, one by one; only real line ends count."""
    return (match[0] for match in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text))


def guess_encoding(head: bytes) -> str:
    """By the byte order mark, else UTF-8 if it is that, else Windows 1252."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def head_text(head: bytes, encoding: str) -> str:
    """The beginning of the file as text: what is cut off or wrong is replaced, the last line left out if it is cut."""
    text = head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="replace")
    if len(head) >= HEAD_BYTES:
        end = max(text.rfind("\n"), text.rfind("\r"))
        text = text[: end + 1] if end >= 0 else text
    return text


def head_rows(text: str, delimiter: str, most: int = MOST_HEAD_ROWS) -> list[list[str]]:
    """The first rows with something in them; what follows broken quotes is left out."""
    rows: list[list[str]] = []
    reader = csv.reader(lines_of(text), delimiter=delimiter, skipinitialspace=delimiter == " ")
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append(cells)
            if len(rows) >= most or reader.line_num >= MOST_HEAD_LINES:
                break
    except csv.Error:
        pass
    return rows


def guess_options(head: bytes) -> CsvOptions:
    """What the beginning of a file suggests. Never slow: each delimiter is tried once on at most 200 rows."""
    encoding = guess_encoding(head)
    text = head_text(head, encoding)
    delimiter = max(DELIMITERS, key=lambda mark: _evenness(head_rows(text, mark, 50)))
    rows = head_rows(text, delimiter)
    options = CsvOptions(delimiter=delimiter, encoding=encoding)
    if not rows:
        return options
    body = [cell for row in rows[1:] for cell in row]
    is_comma = delimiter != "," and any(_COMMA_NUMBER.fullmatch(cell) for cell in body)
    options = replace(options, is_decimal_comma=is_comma)
    options = replace(options, has_header=_has_header(rows, is_comma))
    columns = column_texts(rows[1:] if options.has_header and len(rows) > 1 else rows)
    has_gap = any(is_missing(cell) for column in columns for cell in column)
    missing = Missing.DROP if has_gap else Missing.REFUSE
    return replace(options, missing=missing, uses=guess_uses(columns, is_comma))


def _evenness(rows: list[list[str]]) -> tuple[float, int]:
    """How well a delimiter fits: the share of rows as wide as most, if that is more than one cell, and the width."""
    if not rows:
        return 0.0, 0
    widths = [len(row) for row in rows]
    usual = max(set(widths), key=widths.count)
    return (0.0, 0) if usual < 2 else (widths.count(usual) / len(widths), usual)


def _has_header(rows: list[list[str]], is_decimal_comma: bool) -> bool:
    """A first row without a number is a header."""
    return all(number_in(cell, is_decimal_comma) is None and cell != "" for cell in rows[0])


def column_texts(rows: list[list[str]]) -> list[list[str]]:
    """The cells of each column of the first row's width; short rows have none."""
    width = len(rows[0]) if rows else 0
    return [[row[k] for row in rows if k < len(row)] for k in range(width)]


def guess_uses(columns: list[list[str]], is_decimal_comma: bool) -> tuple[Use, ...]:
    """Numbers are inputs; the last column of few different words is a class, else the last column of numbers is the target."""
    uses: list[Use] = []
    for cells in columns:
        known = [cell for cell in cells if not is_missing(cell)]
        numbers_in_it = sum(number_in(cell, is_decimal_comma) is not None for cell in known)
        is_number = numbers_in_it > 0 and numbers_in_it >= MOSTLY * len(known)
        uses.append(Use.INPUT if is_number else Use.NOTHING)
    words = [
        k
        for k, use in enumerate(uses)
        if use is Use.NOTHING and 2 <= len(set(columns[k])) <= min(MOST_GUESSED_CLASSES, max(2, len(columns[k]) // 2))
    ]
    numbers = [k for k, use in enumerate(uses) if use is Use.INPUT]
    if words:
        is_last = words[-1] > (numbers[-1] if numbers else -1)
        uses[words[-1] if is_last else words[0]] = Use.CLASS
    elif len(numbers) > 1:
        uses[numbers[-1]] = Use.TARGET
    return tuple(uses)
