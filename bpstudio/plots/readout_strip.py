"""Legend and read-out in one line: for each curve a piece of its line, its name, and its number at the place pointed at."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bpstudio.look.fonts import font
from bpstudio.look.guard import guarded
from bpstudio.plots.strokes import pen_of
from bpstudio.viewstate.plots_state import Entry, Readout
from bpstudio.viewstate.theme import LIGHT, Theme

SAMPLE = 22
GAP = 14
MINUTE = 5


@dataclass(frozen=True, slots=True)
class Way:
    """How it is written: with or without what stands first (the window says it too), numbers short, smaller than other text."""

    has_head: bool
    is_short: bool
    size: float


WAYS = (
    *(Way(True, is_short, 1.0) for is_short in (False, True)),
    *(Way(has_head, True, size) for has_head in (True, False) for size in (0.9, 0.8)),
    *(Way(False, True, size) for size in (0.7, 0.6)),
)
"""From the most to the least room."""


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
        """One line."""
        return QSize(120, self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        """May shrink to nothing."""
        return QSize(0, self.fontMetrics().height() + 4)

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
        readout, theme = self._readout, self._theme
        way = self.way
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._font(way))
            left = self._text(painter, 0, readout.head, theme.quiet) if way.has_head else 0
            for entry in readout.entries:
                left = self._entry(painter, left + (GAP if left else 0), entry, way.is_short)
            if readout.note:
                self._text(painter, left + (GAP if left else 0), readout.note, theme.quiet)

    @property
    def way(self) -> "Way":
        """The first of the ways in which all of it has room, else the shortest."""
        fits = (way for way in WAYS if self.needed(way) <= self.width())
        return next(fits, WAYS[-1] if self._readout.entries else WAYS[0])

    def _font(self, way: "Way") -> QFont:
        return font(way.size * QFontInfo(self.font()).pixelSize())

    def needed(self, way: "Way") -> int:
        """How much room all of it takes in this way."""
        readout = self._readout
        advance = QFontMetrics(self._font(way)).horizontalAdvance
        parts = [advance(text) + GAP for text in (readout.head if way.has_head else "", readout.note) if text]
        for entry in readout.entries:
            sample = 0 if entry.style is None else SAMPLE + MINUTE
            text = (entry.short or entry.text) if way.is_short else entry.text
            parts.append(sample + advance(entry.name) + MINUTE + advance(text) + GAP)
        return sum(parts) - GAP

    def _entry(self, painter: QPainter, left: int, entry: Entry, is_short: bool) -> int:
        if left + SAMPLE > self.width():
            return left
        theme, middle = self._theme, self.height() / 2
        if entry.style is not None:
            painter.setPen(pen_of(entry.style, theme, 2.0))
            painter.drawLine(QLineF(left, middle, left + SAMPLE, middle))
            left += SAMPLE + MINUTE
        left = self._text(painter, left, entry.name, theme.text)
        text = entry.short or entry.text if is_short else entry.text
        if not text:
            return left
        return self._text(painter, left + MINUTE, text, theme.text if entry.is_finite else theme.not_finite)

    def _text(self, painter: QPainter, left: int, text: str, colour: str) -> int:
        """Paint a piece of text, elided where room ends; returns where it ends."""
        if not text:
            return left
        room, metrics = self.width() - left, painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
        painter.setPen(QColor(colour))
        painter.drawText(left, 0, max(0, room), self.height(), Qt.AlignmentFlag.AlignVCenter, shown)
        return left + metrics.horizontalAdvance(shown)
