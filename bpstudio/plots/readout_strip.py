"""Legend and read-out in one line: for each curve a piece of its line, its name, and its number at the place pointed at."""

from PySide6.QtCore import QEvent, QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bpstudio.look.fonts import font
from bpstudio.look.guard import guarded
from bpstudio.plots.strokes import pen_of
from bpstudio.records import dataclass
from bpstudio.viewstate.plots_state import Entry, Readout
from bpstudio.viewstate.theme import LIGHT, Theme

SAMPLE = 22
GAP = 14
MINUTE = 5


@dataclass(frozen=True, slots=True)
class Way:
    """How it is written: with or without what stands first (the window says it too), numbers short, smaller than other text,
    in one line or two.
    """

    has_head: bool
    is_short: bool
    size: float
    lines: int = 1


WAYS = (
    *(Way(True, is_short, 1.0) for is_short in (False, True)),
    *(Way(has_head, True, size) for has_head in (True, False) for size in (0.9, 0.8)),
    Way(False, True, 0.8, 2),
    Way(False, True, 0.7),
    Way(False, True, 0.7, 2),
    Way(False, True, 0.52, 2),
)
"""From the most to the least room."""
OVERLAP = 4
"""Pixels by which lines may share their heights: no letter takes the whole height."""
SMALL_LINES = 1.5
"""Height of two of the smaller lines, as a share of that of other text."""
LEAST = 8.5
"""No text is smaller, in pixels, to save room."""


class ReadoutStrip(QWidget):
    """Shows a Readout, shorter and smaller where there is little room; what is elided even then is in the tooltip."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._readout = Readout("")
        self._theme = LIGHT

    @property
    def text(self) -> str:
        """All that is read off, as plain text."""
        return self._readout.text

    def show_readout(self, readout: Readout, theme: Theme) -> None:
        """Show other numbers; the same again does nothing."""
        if readout == self._readout and theme == self._theme:
            return
        self._readout, self._theme = readout, theme
        self.setAccessibleName(readout.text)
        self.update()

    def sizeHint(self) -> QSize:
        """One line, or two smaller ones."""
        height = self.fontMetrics().height()
        return QSize(120, max(height + 4, round(SMALL_LINES * height)))

    def minimumSizeHint(self) -> QSize:
        """May shrink to nothing in width."""
        return QSize(0, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """The tooltip is what is shown now, number by number."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            entries = [f"{entry.name}: {entry.text}" for entry in self._readout.entries if entry.text]
            QToolTip.showText(
                event.globalPos(), "\n".join([self._readout.head, *entries, self._readout.note]).strip(), self
            )
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        self._paint()

    @guarded
    def _paint(self) -> None:
        way = self.way
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._font(way))
            rows = self._rows(way)
            height = self.height() / len(rows)
            for number, row in enumerate(rows):
                left = 0
                for part in self.with_room(row, way):
                    self._part(painter, QRectF(left, number * height, self.width() - left, height), part, way)
                    left += self._width(part, way) + GAP

    @property
    def way(self) -> "Way":
        """The first of the ways in which all of it has room, else the shortest in one line."""
        pixels = QFontInfo(self.font()).pixelSize()
        ways = [way for way in WAYS if way.size == 1.0 or way.size * pixels >= LEAST]
        fits = (way for way in ways if self.needed(way) <= self.width())
        return next(fits, [way for way in ways if way.lines == 1][-1] if self._readout.entries else WAYS[0])

    def _font(self, way: "Way") -> QFont:
        return font(way.size * QFontInfo(self.font()).pixelSize())

    def needed(self, way: "Way") -> int:
        """How much room all of it takes in this way; more than there is where it takes more lines, or lines have no height."""
        rows = self._rows(way)
        is_high = len(rows) > 1 and len(rows) * QFontMetrics(self._font(way)).height() > self.height() + OVERLAP
        if len(rows) > way.lines or is_high:
            return self.width() + 1
        return (
            max(sum(self._width(part, way) + GAP for part in row) - GAP for row in rows) + 1
        )  # letters end between pixels

    def _rows(self, way: "Way") -> list[list[Entry]]:
        """The parts by lines: one, or as many as they need."""
        readout = self._readout
        parts = [*readout.entries, *([_words(readout.note)] if readout.note else [])]
        if way.has_head and readout.head:
            parts.insert(0, _words(readout.head))
        rows: list[list[Entry]] = [[]]
        left = 0
        for part in parts:
            width = self._width(part, way)
            if way.lines > 1 and rows[-1] and left + width > self.width():
                rows.append([])
                left = 0
            rows[-1].append(part)
            left += width + GAP
        return rows

    def with_room(self, row: list[Entry], way: "Way") -> list[Entry]:
        """What of a row is shown: a number whole or, but for the first, not at all; dots stand for the rest."""
        left = 0
        for index, part in enumerate(row):
            width = self._width(part, way)
            if index and part.text and left + width > self.width():
                return [*row[:index], _words("…")]
            left += width + GAP
        return row

    def _width(self, part: Entry, way: "Way") -> int:
        advance = QFontMetrics(self._font(way)).horizontalAdvance
        text = _number(part, way)
        sample = 0 if part.style is None else SAMPLE + MINUTE
        return sample + advance(part.name) + (MINUTE + advance(text) if text else 0)

    def _part(self, painter: QPainter, rect: QRectF, part: Entry, way: "Way") -> None:
        theme, left, middle = self._theme, round(rect.left()), rect.center().y()
        if part.style is not None and rect.width() > SAMPLE:
            painter.setPen(pen_of(part.style, theme, 2.0))
            painter.drawLine(QLineF(left, middle, left + SAMPLE, middle))
            left += SAMPLE + MINUTE
        text = _number(part, way)
        is_quiet = part.style is None and not part.text and part.name in (self._readout.head, self._readout.note)
        left = self._text(painter, rect, left, part.name, theme.quiet if is_quiet else theme.text)
        if text:
            self._text(painter, rect, left + MINUTE, text, theme.text if part.is_finite else theme.not_finite)

    def _text(self, painter: QPainter, rect: QRectF, left: int, text: str, colour: str) -> int:
        """Paint a piece of text, elided where room ends; returns where it ends."""
        room, metrics = max(0, self.width() - left), painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setPen(QColor(colour))
        painter.drawText(QRectF(left, rect.top(), room, rect.height()), Qt.AlignmentFlag.AlignVCenter, shown)
        return left + metrics.horizontalAdvance(shown)


def _words(text: str) -> Entry:
    """Words that belong to no line and have no number."""
    return Entry(None, text, "")


def _number(part: Entry, way: Way) -> str:
    return (part.short or part.text) if way.is_short else part.text
