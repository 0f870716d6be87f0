"""Reads a table of any size into a data set, in slices, so that nothing has to wait; says line and column of what is wrong."""

import csv
import time
from array import array
from collections.abc import Iterator

import numpy as np

from bpstudio.errors import RunFileError
from bpstudio.files.csv_options import (
    CsvOptions,
    Missing,
    Use,
    head_rows,
    head_text,
    is_missing,
    lines_of,
    number_in,
)
from bpstudio.files.limits import MOST_COLUMNS, MOST_CSV_ROWS, MOST_DATA_NUMBERS
from bpstudio.files.shown import escaped, shown
from bpstudio.model.dataset import make_dataset, one_hot
from bpstudio.model.spec import Array, Dataset
from bpstudio.records import dataclass

PREVIEWED = 50
MOST_CLASSES = 200
CELLS_AT_ONCE = 1000
"""Between two looks at the clock: a row may have a thousand."""


@dataclass(frozen=True, slots=True)
class CsvPreview:
    """The beginning of the table as it would be read: titles, cells, and the sentences of what is wrong so far."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[str, ...]
    wrong_cells: frozenset[tuple[int, int]]
    left_out: frozenset[int] = frozenset()
    """Rows that are left out because something is missing in them."""


def titles_of(header: list[str] | None, width: int) -> tuple[str, ...]:
    """A name for each column; those without one are counted from 1."""
    names = [] if header is None else [name[:80] for name in header]
    return tuple(names[k] if k < len(names) and names[k] else f"column {k + 1}" for k in range(width))


def preview_of(head: bytes, options: CsvOptions) -> CsvPreview:
    """What the first rows of a file become under ``options``; quick, whatever the bytes."""
    rows = head_rows(head_text(head, options.encoding), options.delimiter)
    if not rows:
        return CsvPreview((), (), ("The file has no rows.",), frozenset())
    width = len(rows[0])
    header, body = (rows[0], rows[1:]) if options.has_header else (None, rows)
    titles = titles_of(header, min(width, MOST_COLUMNS))
    problems: list[str] = []
    if width > MOST_COLUMNS:
        problems.append(f"At most {MOST_COLUMNS:,} columns are read; the first row has {width:,}.")
    if not body:
        problems.append("The file has a header but no rows.")
    if len(options.uses) == width:
        problems.extend(_use_problems(options))
    wrong: set[tuple[int, int]] = set()
    for number, row in enumerate(body[:PREVIEWED]):
        problem = _row_problem(row, number, width, options, titles, wrong)
        if problem and len(problems) < 5:
            problems.append(problem)
    shown_rows = tuple(tuple(cell[:80] for cell in row[:MOST_COLUMNS]) for row in body[:PREVIEWED])
    left_out = frozenset(k for k, row in enumerate(body[:PREVIEWED]) if _is_left_out(row, options))
    return CsvPreview(titles, shown_rows, tuple(problems), frozenset(wrong), left_out)


def _is_left_out(row: list[str], options: CsvOptions) -> bool:
    if options.missing is not Missing.DROP:
        return False
    used = [k for k, use in enumerate(options.uses) if use is not Use.NOTHING and k < len(row)]
    return any(is_missing(row[k]) for k in used)


def _use_problems(options: CsvOptions) -> list[str]:
    uses = options.uses
    problems = []
    if Use.INPUT not in uses:
        problems.append("Choose at least one column as input.")
    if Use.TARGET not in uses and Use.CLASS not in uses:
        problems.append("Choose a column as target or as class.")
    if uses.count(Use.CLASS) > 1:
        problems.append("Only one column can be the class.")
    if Use.CLASS in uses and Use.TARGET in uses:
        problems.append("Targets are either numbers or one class, not both.")
    return problems


def _row_problem(
    row: list[str],
    number: int,
    width: int,
    options: CsvOptions,
    titles: tuple[str, ...],
    wrong: set[tuple[int, int]],
) -> str:
    if len(row) != width:
        return f"Row {number + 1} has {len(row)} cells, the first has {width}."
    first = ""
    for column, use in enumerate(options.uses[:width]):
        sentence = _cell_problem(row[column], use, options)
        if sentence:
            wrong.add((number, column))
            first = first or f"Row {number + 1}, {escaped(titles[column])}: {sentence}."
    return first


def _cell_problem(text: str, use: Use, options: CsvOptions) -> str:
    match use:
        case Use.NOTHING:
            return ""
        case Use.CLASS:
            return "a class is missing" if not text and options.missing is not Missing.DROP else ""
        case Use.INPUT | Use.TARGET:
            if is_missing(text):
                return "a number is missing" if options.missing is Missing.REFUSE else ""
            return "" if number_in(text, options.is_decimal_comma) is not None else f"{shown(text)} is no number"


class CsvImport:
    """Reads on while ``advance`` is called; ``dataset`` is there when it has returned True. Raises RunFileError.

    A file of more rows than are read gives every k-th of them: ``stride`` is k. ``place`` names the file in errors.
    """

    def __init__(self, content: bytes, options: CsvOptions, place: str) -> None:
        problems = _use_problems(options)
        if problems:
            raise RunFileError(place, problems[0].rstrip("."))
        self._options = options
        self._place = place
        self._text = _decoded(content, options.encoding, place)
        lines = self._text.count("\n") or self._text.count("\r")
        self._columns = [k for k, use in enumerate(options.uses) if use in (Use.INPUT, Use.TARGET)]
        self._class = options.uses.index(Use.CLASS) if Use.CLASS in options.uses else None
        wide = max(1, len(self._columns))
        most = min(MOST_CSV_ROWS, MOST_DATA_NUMBERS // wide)
        self.stride = -(-(lines + 1) // most)
        self._total = max(1, lines)
        self._rows_at_once = max(1, CELLS_AT_ONCE // max(1, len(options.uses)))
        self._numbers = array("d")
        self._labels: list[str] = []
        self.dropped = 0
        self.row_count = 0
        self._seen = 0
        self._titles: tuple[str, ...] = ()
        self._reader = csv.reader(
            lines_of(self._text), delimiter=options.delimiter, strict=True, skipinitialspace=options.delimiter == " "
        )
        self._rows = self._read_rows()
        self.dataset: Dataset | None = None

    @property
    def progress(self) -> tuple[int, int]:
        """Lines read, of all."""
        return min(self._reader.line_num, self._total), self._total

    def advance(self, seconds: float) -> bool:
        """Read on for about that long; True when all is read."""
        end = time.perf_counter() + seconds
        while self.dataset is None and time.perf_counter() < end:
            for _ in range(self._rows_at_once):
                if next(self._rows, None) is None:
                    self.dataset = self._made()
                    break
        return self.dataset is not None

    def _read_rows(self) -> Iterator[bool]:
        options, width = self._options, len(self._options.uses)
        is_header = options.has_header
        if not is_header:
            self._titles = titles_of(None, width)
        while True:
            line = self._reader.line_num + 1
            try:
                row = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise RunFileError(self._place, f"line {line}: not CSV: {escaped(str(error))}") from None
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if is_header:
                self._titles, is_header = titles_of(cells, width), False
                continue
            self._seen += 1
            if (self._seen - 1) % self.stride == 0:
                self._take(cells, line, width)
            yield True

    def _take(self, cells: list[str], line: int, width: int) -> None:
        if len(cells) != width:
            raise RunFileError(
                self._place, f"line {line}: expected {width} cells as in the first row, got {len(cells)}"
            )
        options, place = self._options, self._place
        values: list[float] = []
        for column in self._columns:
            text = cells[column]
            value = number_in(text, options.is_decimal_comma)
            if value is None:
                if not is_missing(text) or options.missing is Missing.REFUSE:
                    got = shown(text) if text else "nothing"
                    raise RunFileError(
                        place, f"line {line}, {escaped(self._titles[column])}: expected a number, got {got}"
                    )
                if options.missing is Missing.DROP:
                    self.dropped += 1
                    return
                value = float("nan")
            values.append(value)
        if self._class is not None:
            label = cells[self._class]
            if not label or (options.missing is Missing.DROP and is_missing(label)):
                if options.missing is not Missing.DROP:
                    raise RunFileError(
                        place, f"line {line}, {escaped(self._titles[self._class])}: expected a class, got nothing"
                    )
                self.dropped += 1
                return
            self._labels.append(label[:80])
        self._numbers.extend(values)
        self.row_count += 1

    def _made(self) -> Dataset:
        options, uses = self._options, self._options.uses
        if not self.row_count:
            left = f"; {self.dropped:,} had something missing and were left out" if self.dropped else ""
            raise RunFileError(self._place, f"the file has no rows to train on{left}")
        table = np.frombuffer(self._numbers, dtype=np.float64).reshape(self.row_count, len(self._columns)).copy()
        self._fill(table)
        is_input = np.array([uses[k] is Use.INPUT for k in self._columns])
        inputs = table[:, is_input]
        names = tuple(escaped(self._titles[k]) for k in self._columns)
        input_names = tuple(name for name, is_one in zip(names, is_input.tolist(), strict=True) if is_one)
        if self._class is None:
            targets = table[:, ~is_input]
            target_names = tuple(name for name, is_one in zip(names, is_input.tolist(), strict=True) if not is_one)
        else:
            targets, target_names = self._classes()
        if options.is_standardised:
            with np.errstate(all="ignore"):
                is_usable = np.isfinite(inputs.std(axis=0))
            if not is_usable.all():
                name = input_names[int(np.argmin(is_usable))]
                raise RunFileError(self._place, f"the numbers of {name} are too large to be standardised")
        return make_dataset(
            inputs,
            targets,
            held_out=options.held_out,
            is_standardised=options.is_standardised,
            seed=options.seed,
            input_names=input_names,
            target_names=target_names,
            note=self._note(),
        )

    def _fill(self, table: Array) -> None:
        """Put each column's mean where a number is missing."""
        for column in np.flatnonzero(np.isnan(table).any(axis=0)).tolist():
            is_gap = np.isnan(table[:, column])
            known = table[~is_gap, column]
            if not known.size:
                title = escaped(self._titles[self._columns[column]])
                raise RunFileError(self._place, f"{title}: all numbers are missing")
            table[is_gap, column] = known.mean()

    def _classes(self) -> tuple[Array, tuple[str, ...]]:
        count = len(set(self._labels))
        title = escaped(self._titles[self._class or 0])
        if count > MOST_CLASSES:
            raise RunFileError(self._place, f"{title}: expected at most {MOST_CLASSES} classes, got {count:,}")
        targets, names = one_hot(self._labels)
        return targets, tuple(escaped(name) for name in names)

    def _note(self) -> str:
        every = "" if self.stride == 1 else f", every {self.stride}th row"
        left = f", {self.dropped:,} rows with something missing left out" if self.dropped else ""
        standard = ", inputs standardised" if self._options.is_standardised else ""
        return f"{escaped(self._place)}: {self.row_count:,} rows{every}{left}{standard}"


def _decoded(content: bytes, encoding: str, place: str) -> str:
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RunFileError(place, f"line {line}: byte {content[error.start]:#04x} is not {encoding.upper()}") from None
    return text
