"""Legend and read-out in one line: for each curve a piece of its line, its name, and its number at the place pointed at."""

from PySide6.QtCore import QEvent, QLineF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bpstudio.look.guard import guarded
from bpstudio.plots.strokes import pen_of
from bpstudio.viewstate.plots_state import Entry, Readout
from bpstudio.viewstate.theme import LIGHT, Theme

SAMPLE = 22
GAP = 14
MINUTE = 5


class ReadoutStrip(QWidget):
    """Shows a Readout; what does not fit is elided, the tooltip has all of it."""

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
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            left = self._text(painter, 0, readout.head, theme.quiet)
            is_short = self._width(readout) > self.width()
            for entry in readout.entries:
                left = self._entry(painter, left + (GAP if left else 0), entry, is_short)
            if readout.note:
                self._text(painter, left + (GAP if left else 0), readout.note, theme.quiet)

    def _width(self, readout: Readout) -> int:
        """How much room all of it takes in full."""
        advance = self.fontMetrics().horizontalAdvance
        parts = [advance(text) + GAP for text in (readout.head, readout.note) if text]
        for entry in readout.entries:
            sample = 0 if entry.style is None else SAMPLE + MINUTE
            parts.append(sample + advance(entry.name) + MINUTE + advance(entry.text) + GAP)
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
        room = self.width() - left
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, max(0, room))
        painter.setPen(QColor(colour))
        painter.drawText(left, 0, max(0, room), self.height(), Qt.AlignmentFlag.AlignVCenter, shown)
        return left + self.fontMetrics().horizontalAdvance(shown)
