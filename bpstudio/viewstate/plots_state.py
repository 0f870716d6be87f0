"""What the plots show: lines over the iterations with their styles, what is read off at a place, and the numbers as a table."""

import math
from dataclasses import field
from enum import StrEnum

import numpy as np

from bpstudio.explain.number_format import NumberFormat, full
from bpstudio.model.spec import Array
from bpstudio.records import dataclass

STYLES = 5
"""Colours and dash patterns that lines take in turn."""


class Stroke(StrEnum):
    """How a line is drawn: in turn by its index, or behind the others."""

    OWN = "own"
    FAINT = "faint"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class LineStyle:
    """A line's look; ``index`` chooses colour and dashes among OWN lines."""

    stroke: Stroke = Stroke.OWN
    index: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``x`` None means a number for every iteration from 0 on. Lines are equal when key, name, style and revision are.

    ``of`` > 0 means that ``y`` is a share of so many things, which are counted in words.
    """

    key: str
    name: str
    style: LineStyle
    revision: tuple[int, ...]
    x: Array | None = field(compare=False, repr=False)
    y: Array = field(compare=False, repr=False)
    of: int = 0

    def place(self, x: float) -> int | None:
        """The index of the number nearest to ``x``; None where the line has none near it."""
        count = len(self.y)
        if self.x is None:
            index = round(x)
            return index if 0 <= index < count else None
        if count == 0:
            return None
        right = int(np.searchsorted(self.x, x))
        near = [index for index in (right - 1, right) if 0 <= index < count]
        return min(near, key=lambda index: abs(float(self.x[index]) - x) if self.x is not None else 0.0)

    def at(self, index: int) -> float:
        """Where on the x axis a number stands."""
        return float(index) if self.x is None else float(self.x[index])


@dataclass(frozen=True, slots=True)
class Entry:
    """One number read off: the style of its line, its name, the number in words, and in fewer digits where room is short.

    Without a style it belongs to no line.
    """

    style: LineStyle | None
    name: str
    text: str
    is_finite: bool = True
    short: str = ""


@dataclass(frozen=True, slots=True)
class Readout:
    """What is read off at a place."""

    head: str
    entries: tuple[Entry, ...] = ()
    note: str = ""

    @property
    def text(self) -> str:
        """All of it as one line of plain text."""
        parts = [f"{entry.name} {entry.text}".strip() for entry in self.entries]
        return ", ".join(part for part in (self.head, *parts, self.note) if part)


@dataclass(frozen=True, slots=True)
class LinesState:
    """A plot of lines over iterations (or over another axis), and where the run stands on it.

    ``bounds`` fix the y axis; without them it holds what is finite, and 0 if ``has_zero``. ``note`` says why there is nothing, or
    how far measuring has come. ``numbers`` is how those in words are written.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...] = ()
    mark: float = 0.0
    end: int = 0
    is_log: bool = False
    is_percent: bool = False
    has_zero: bool = False
    bounds: tuple[float, float] | None = None
    note: str = ""
    numbers: NumberFormat = NumberFormat()

    @property
    def is_empty(self) -> bool:
        """Whether no line has a number."""
        return not any(len(line.y) for line in self.lines)

    def snapped(self, x: float) -> int | None:
        """The iteration nearest to ``x`` for which the first line has a number; None outside of what is known."""
        if self.is_empty or not -0.5 <= x < max(1, self.end) + 0.5:
            return None
        line = next(line for line in self.lines if len(line.y))
        index = line.place(x)
        return None if index is None else round(line.at(index))

    def neighbour(self, x: float | None, by: int) -> int | None:
        """The iteration of the number ``by`` places after (before) the one nearest to ``x``, or to where the run stands."""
        if self.is_empty:
            return None
        x = self.mark if x is None else x
        line = next(line for line in self.lines if len(line.y))
        index = line.place(min(max(x, line.at(0)), line.at(len(line.y) - 1)))
        if index is None:
            return None
        return round(line.at(min(max(index + by, 0), len(line.y) - 1)))

    def goal(self, x: float) -> int | None:
        """The iteration a click at ``x`` goes to."""
        return self.snapped(x)

    def read(self, x: float | None) -> Readout:
        """The numbers at ``x``, in full; without it those where the run stands, or the last, in a few digits."""
        if self.is_empty:
            return Readout("", (), self.note)
        place = self.mark if x is None else x
        found = self.snapped(place)
        if found is None:
            found = self.neighbour(place, 0)
        if found is None:
            return Readout("", (), self.note)
        entries = [entry for line in self.lines if (entry := self._entry(line, found, x is not None)) is not None]
        return Readout(f"iteration {self.numbers.count(found)}", tuple(entries), self.note)

    def _entry(self, line: Line, x: int, is_exact: bool) -> Entry | None:
        if line.style.stroke is Stroke.OTHER and not is_exact:
            return Entry(line.style, line.name, "")
        index = line.place(x)
        if index is None:
            return Entry(line.style, line.name, "–")
        value = float(line.y[index])
        text = self._words(value, line.of, is_exact)
        short = self._words(value, line.of, False)
        away = round(line.at(index))
        if away != x:
            where = self.numbers.count(away)
            text, short = f"{text} at {where}", f"{short} at {where}"
        return Entry(line.style, line.name, text, math.isfinite(value), short)

    def _words(self, value: float, of: int, is_exact: bool) -> str:
        """A number of a line: as all numbers of the window are written, or in full; shares in per cent or counted."""
        numbers = self.numbers
        if not math.isfinite(value):
            return numbers.format(value)
        if of:
            return f"{numbers.count(round(value * of))} of {numbers.count(of)}"
        if self.is_percent:
            return f"{numbers.significant(6 if is_exact else 3).format(100.0 * value)} %"
        return (numbers.in_full if is_exact else numbers).format(value)

    @property
    def tsv(self) -> str:
        """The numbers of all lines as text with tabs, in full: one row for each x that a line has."""
        columns = [line for line in self.lines if len(line.y)]
        places = [np.arange(len(line.y)) if line.x is None else line.x for line in columns]
        every = np.unique(np.concatenate(places)) if places else np.empty(0)
        rows = ["\t".join([self.x_label, *(line.name for line in columns)])]
        known = [dict(zip(x.tolist(), line.y.tolist(), strict=True)) for x, line in zip(places, columns, strict=True)]
        for x in every.tolist():
            cells = [full(numbers[x]) if x in numbers else "" for numbers in known]
            rows.append("\t".join([full(x).removesuffix(".0"), *cells]))
        return "\n".join(rows) + "\n"
