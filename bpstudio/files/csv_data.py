"""Reads columns of numbers and class labels from a CSV file, strictly and within limits.

The delimiter is the comma, semicolon or tab that the first line holds most of (`csv.Sniffer` takes half a minute on
hostile text). Numbers are ASCII digits with a point: `1_000`, Arabic digits, `nan` and `inf` are refused, though Python's
float() takes them.
"""

import csv
import math
import re
from collections.abc import Iterator

from bpstudio.errors import RunFileError
from bpstudio.files.json_reader import decode_text
from bpstudio.files.limits import MOST_COLUMNS, MOST_CSV_ROWS
from bpstudio.files.shown import escaped, shown
from bpstudio.records import dataclass

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST_NUMBER_TEXT = 400
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class CsvTable:
    """The cells of a CSV file as text. ``rows[r]`` stands in line ``lines[r]`` of the file (from 1)."""

    place: str
    header: tuple[str, ...] | None
    rows: list[list[str]]
    lines: list[int]
    width: int

    def column(self, wanted: object, place: str) -> int:
        """The index of a column named by its header or counted from 0; raises RunFileError for others."""
        if isinstance(wanted, int) and not isinstance(wanted, bool):
            if 0 <= wanted < self.width:
                return wanted
            raise RunFileError(place, f"expected a column from 0 to {self.width - 1}, got {shown(wanted)}")
        if not isinstance(wanted, str):
            raise RunFileError(place, f"expected a column name or number, got {shown(wanted)}")
        if self.header is None:
            raise RunFileError(place, f"the CSV file has no header; name column {shown(wanted)} by its number, from 0")
        if self.header.count(wanted) > 1:
            raise RunFileError(place, f"the CSV file has two columns named {shown(wanted)}")
        if wanted not in self.header:
            listed = ", ".join(escaped(name) for name in self.header[:12])
            raise RunFileError(place, f"the CSV file has no column {shown(wanted)}; it has {listed}")
        return self.header.index(wanted)

    def name(self, column: int) -> str:
        """A column's header; empty without one."""
        return self.header[column] if self.header is not None else ""

    def numbers(self, column: int) -> list[float]:
        """A column as finite numbers; raises RunFileError naming line and column of the first that is none."""
        return [self._number(row[column], line, column) for row, line in zip(self.rows, self.lines, strict=True)]

    def labels(self, column: int) -> list[str]:
        """A column as class labels; raises RunFileError naming the line of an empty one."""
        for row, line in zip(self.rows, self.lines, strict=True):
            if not row[column]:
                raise RunFileError(
                    self.place, f"line {line}, {self._title(column)}: expected a class label, got nothing"
                )
        return [row[column] for row in self.rows]

    def _number(self, text: str, line: int, column: int) -> float:
        value = strict_number(text)
        if value is None:
            got = shown(text) if text else "nothing"
            raise RunFileError(self.place, f"line {line}, {self._title(column)}: expected a finite number, got {got}")
        return value

    def _title(self, column: int) -> str:
        return f"column {shown(self.name(column))}" if self.header is not None else f"column {column}"


def strict_number(text: str) -> float | None:
    """The finite number that ``text`` spells in ASCII digits, else None."""
    if len(text) > _MOST_NUMBER_TEXT or _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def read_table(content: bytes, place: str, needs_header: bool) -> CsvTable:
    """Return the cells of a CSV file, spaces around them removed and empty lines left out.

    ``needs_header`` says that columns are asked for by name; otherwise the first row is a header when none of its cells
    is a number. Raises RunFileError naming the line of a row that is longer or shorter than the first, and of broken quotes.
    """
    text = decode_text(content, place)
    if "\0" in text.partition("\n")[0]:
        raise RunFileError(place, "line 1: every second byte seems to be 0, as in UTF-16; save the file as UTF-8")
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in _rows_of(text, place):
        if rows and len(row) != len(rows[0]):
            raise RunFileError(
                place, f"line {line}: expected {len(rows[0])} columns as in the first row, got {len(row)}"
            )
        if len(row) > MOST_COLUMNS:
            raise RunFileError(place, f"line {line}: expected at most {MOST_COLUMNS:,} columns, got {len(row):,}")
        if len(rows) > MOST_CSV_ROWS:
            raise RunFileError(place, f"line {line}: expected at most {MOST_CSV_ROWS:,} rows")
        rows.append(row)
        lines.append(line)
    if not rows:
        raise RunFileError(place, "the CSV file is empty")
    has_header = needs_header or all(strict_number(cell) is None for cell in rows[0])
    header = tuple(rows[0]) if has_header else None
    first = 1 if has_header else 0
    if len(rows) == first:
        raise RunFileError(place, "the CSV file has a header but no rows")
    return CsvTable(place, header, rows[first:], lines[first:], len(rows[0]))


def _rows_of(text: str, place: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(_lines_of(text), delimiter=_delimiter(text), strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise RunFileError(place, f"line {line}: not CSV: {escaped(str(error))}") from None
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


def _lines_of(text: str) -> Iterator[str]:
    """The lines with their ends, one by one: only real line ends count, not the form feeds splitlines() takes too."""
    return iter(re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text))


def _delimiter(text: str) -> str:
    first = re.match(r"\s*([^\r\n]{0,65536})", text)
    line = re.sub(r'"[^"]*"', "", first[1]) if first else ""
    return max(_DELIMITERS, key=line.count)
